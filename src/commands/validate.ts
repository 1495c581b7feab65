import { type Diagnostic, diagnosticJson, fromError, hasErrors } from '../fdl/diagnostic.ts';
import { LANGUAGE } from '../providers/language.ts';
import { withEnvFile } from '../session/env-file.ts';
import { givenValues } from '../session/parameters.ts';
import { type Target, targetOf } from '../session/target.ts';
import { countText, diagnosticText, keptText } from '../terminal/diagnostics.ts';
import { faultsOfFile, isOfFile, matters, type ReadFile, readWorkflow } from '../workflow/read.ts';
import type { CommandContext, Handler } from './command.ts';
import { fileOf, parametersOf } from './open-session.ts';

interface Options {
  readonly strict?: boolean;
  readonly form?: boolean;
  readonly local?: boolean;
  readonly localFiles?: boolean;
  readonly envFile?: string;
  readonly param?: readonly string[];
  readonly params?: string;
}

/** What files are judged for: their form alone, or where their steps are to run. */
type Judged = 'form' | Target;

/** Checks every file; one broken file does not keep the others from being checked. */
export const run: Handler = async (
  context,
  [files],
  { strict, localFiles, form, local, envFile, param, params }: Options,
) => {
  const { workingDirectory } = context;
  const values = { parameters: parametersOf(param), parametersFile: params };
  const parameters = await givenValues(values, workingDirectory);
  const target = local ? 'local' : targetOf(context.environment);
  let failed = false;
  const given = (files ?? []) as readonly string[];
  for (const file of given.length > 0 ? given : [fileOf(context, undefined)]) {
    const read = await withEnvFile(context.environment, file, { workingDirectory, envFile })
      .then((environment) =>
        readWorkflow(file, {
          language: LANGUAGE,
          environment,
          parameters,
          workingDirectory,
          strict,
          localFiles,
        }),
      )
      .catch((thrown: unknown) => unread(file, thrown));
    context.terminal.hide(read.secrets);
    const isGood = show(context, read, form ? 'form' : target);
    failed ||= !isGood;
  }
  return failed ? 2 : 0;
};

function unread(file: string, thrown: unknown): ReadFile {
  return { file, diagnostics: [fromError(thrown, file)], secrets: [], parameters: {}, unset: [] };
}

/** Whether the file is good for what it is judged for. */
function show({ terminal }: CommandContext, read: ReadFile, judged: Judged): boolean {
  const { file, source } = read;
  const where = judged === 'local' ? 'local' : 'cloud';
  const diagnostics = read.diagnostics.filter((each) => matters(each, where));
  const valid = !hasErrors(diagnostics);
  const stops = faultsOfFile(diagnostics, where);
  const deployable = stops.length === 0;
  if (terminal.json) {
    terminal.data(documentOf(file, { valid, deployable }, diagnostics));
  } else {
    for (const each of diagnostics) {
      terminal.out(diagnosticText(each, source, terminal.outStyle));
      if (each.blocks && judged !== 'form') terminal.out(`      ${placesOf(each)}`);
    }
    terminal.out(`${file}: ${verdictOf(valid, stops, diagnostics, judged, terminal.outStyle)}`);
  }
  return valid && (judged === 'form' || deployable);
}

export function documentOf(
  file: string,
  { valid, deployable }: { readonly valid: boolean; readonly deployable: boolean },
  diagnostics: readonly Diagnostic[],
) {
  return { file, valid, deployable, diagnostics: diagnostics.map(diagnosticJson) };
}

/** Where a finding counts. */
function placesOf(found: Diagnostic): string {
  if (!isOfFile(found)) return 'The value is needed where it is deployed or run; the file itself is good.';
  return {
    cloud: 'This keeps it from being deployed to a cloud; it does not matter with --local.',
    local: 'This keeps it from running with --local; it does not matter on a cloud.',
    any: 'This keeps it from being deployed to a cloud and from running with --local.',
  }[found.blocks ?? 'any'];
}

function verdictOf(
  valid: boolean,
  stops: readonly Diagnostic[],
  diagnostics: readonly Diagnostic[],
  judged: Judged,
  style: CommandContext['terminal']['outStyle'],
): string {
  if (valid && stops.length > 0 && judged !== 'form') {
    return keptText(stops.length, judged, style);
  }
  const count = diagnostics.length > 0 ? ` (${countText(diagnostics)})` : '';
  return `${valid ? style('green', 'valid') : style('red', 'not valid')}${count}`;
}
