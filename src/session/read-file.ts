/** Reading the FDL file of a session: all that is to be said of it is emitted, and what stands in the way ends it. */
import { FdlError } from '../errors.ts';
import { type Diagnostic, diagnosticJson } from '../fdl/diagnostic.ts';
import { LANGUAGE } from '../providers/language.ts';
import type { Workflow } from '../workflow/model.ts';
import { blocking, matters, type ReadFile, readWorkflow } from '../workflow/read.ts';
import { withEnvFile } from './env-file.ts';
import { givenValues } from './parameters.ts';
import type { Settings } from './settings.ts';

/**
 * What a workflow is opened for. To look, a file need only be understood; to deploy, nothing may keep it from that; to
 * use is to deploy where that costs nothing, else to look.
 */
export type Purpose = 'deploy' | 'use' | 'look';

/** Which file is wanted, and what for. */
interface Wanted {
  readonly name: string | undefined;
  readonly purpose: Purpose;
  /** What stands in it, where there is no file. */
  readonly text?: string | undefined;
}

export interface ReadWorkflow extends Pick<ReadFile, 'secrets' | 'parameters' | 'unset'> {
  readonly workflow: Workflow;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads the file and refuses what would not work where the workflow is to run.
 * @throws FdlError `file-invalid` (with everything that is wrong emitted before), `file-not-found`
 */
export async function readFile(
  file: string,
  { environment: given, envFile, workingDirectory, target, hide, emit, ...settings }: Settings,
  { name, purpose, text }: Wanted,
): Promise<ReadWorkflow> {
  const environment =
    text === undefined ? await withEnvFile(given, file, { workingDirectory, envFile }) : given;
  const values = await givenValues(settings, workingDirectory);
  const options = { language: LANGUAGE, environment, parameters: values, workingDirectory, name, text };
  const read = await readWorkflow(file, options);
  const { source, secrets, parameters, unset } = read;
  hide(secrets);
  // Nobody wrote it, so that nobody can mend it.
  if (text !== undefined && read.workflow)
    return { workflow: read.workflow, diagnostics: [], secrets, parameters, unset };
  const isLook = purpose === 'look' || (purpose === 'use' && target === 'cloud');
  const stops = isLook && read.workflow ? [] : blocking(read.diagnostics, target);
  if (read.workflow && stops.length === 0) {
    const diagnostics = read.diagnostics.filter((each) => !each.isRemark && matters(each, target));
    await emit({ type: 'diagnostics', diagnostics, isInvalid: false, file, source });
    return { workflow: read.workflow, diagnostics, secrets, parameters, unset };
  }
  await emit({ type: 'diagnostics', diagnostics: stops, isInvalid: true, file, source });
  throw invalidFile(file, stops);
}

/**
 * What to say where a file that was opened to look at it leaves nothing to look at: its own faults, if it has any that keep
 * its steps from running, else what happened.
 */
export function faultOf(
  { workflow: { file }, diagnostics }: ReadWorkflow,
  target: Settings['target'],
  happened: unknown,
): unknown {
  const stops = blocking(diagnostics, target);
  return happened instanceof FdlError && happened.exitCode === 1 && stops.length > 0
    ? invalidFile(file, stops)
    : happened;
}

function invalidFile(file: string, stops: readonly Diagnostic[]): FdlError {
  const found = stops.length === 1 ? 'this error' : `these ${stops.length} errors`;
  const hint = `Mend ${found}; \`fdl validate ${file}\` shows warnings as well.`;
  const details = { diagnostics: stops.map(diagnosticJson) };
  const place = stops[0]?.place;
  return new FdlError('file-invalid', `${file} cannot be used`, { hint, place, exitCode: 2, details });
}
