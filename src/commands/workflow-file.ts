/** Reading the FDL file of a command: all that is to be said of it is shown, and what stands in the way ends the command. */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { FdlError } from '../errors.ts';
import type { Diagnostic } from '../fdl/diagnostic.ts';
import { LANGUAGE } from '../providers/language.ts';
import { countOf } from '../terminal/amount.ts';
import { diagnosticJson, diagnosticText } from '../terminal/diagnostics.ts';
import type { Workflow } from '../workflow/model.ts';
import { blocking, type ReadFile, readWorkflow } from '../workflow/read.ts';
import type { CommandContext } from './command.ts';

export interface WorkflowOptions {
  readonly local?: boolean;
  /** Name given on the command line. */
  readonly workflow?: string;
}

export interface ReadWorkflow {
  readonly workflow: Workflow;
  readonly read: ReadFile;
  /** The warnings that were shown, for `--json`. */
  readonly diagnostics: readonly object[];
}

/** Whether every step is to run on this machine. */
export function isLocal(context: CommandContext, options: WorkflowOptions): boolean {
  return options.local === true || context.environment['FDL_TARGET'] === 'local';
}

/** Warnings that are shown by commands other than `validate`. */
const SHOWN = 20;

/**
 * Reads the file, shows its warnings, and refuses what would not work where the workflow is to run.
 * @throws FdlError `file-invalid` (with everything that is wrong shown before), `file-not-found`
 */
export async function loadWorkflow(
  context: CommandContext,
  file: string,
  options: WorkflowOptions,
  purpose: 'deploy' | 'look' = 'deploy',
): Promise<ReadWorkflow> {
  const { environment, workingDirectory, terminal } = context;
  const read = await readWorkflow(file, {
    language: LANGUAGE,
    environment,
    workingDirectory,
    name: options.workflow,
  });
  terminal.hide(read.secrets);
  const where = isLocal(context, options) ? 'local' : 'cloud';
  const stops = purpose === 'look' && read.workflow ? [] : blocking(read.diagnostics, where);
  if (read.workflow && stops.length === 0) {
    // What keeps a step from a cloud is of no interest to somebody who runs it here.
    const warnings = read.diagnostics.filter(({ blocks }) => where === 'cloud' || blocks !== 'cloud');
    show(context, read, warnings);
    return { workflow: read.workflow, read, diagnostics: warnings.map(diagnosticJson) };
  }
  for (const stop of stops) terminal.note(diagnosticText(stop, read.source, terminal.noteStyle));
  throw invalidFile(file, stops);
}

function show(
  { terminal }: CommandContext,
  { file, source }: ReadFile,
  warnings: readonly Diagnostic[],
): void {
  for (const warning of warnings.slice(0, SHOWN))
    terminal.note(diagnosticText(warning, source, terminal.noteStyle));
  const more = warnings.length - SHOWN;
  if (more > 0) terminal.note(`… and ${countOf(more, 'more warning')}: fdl validate ${file}`);
}

function invalidFile(file: string, stops: readonly Diagnostic[]): FdlError {
  const found = stops.length === 1 ? 'this error' : `these ${stops.length} errors`;
  const hint = `Mend ${found}; \`fdl validate ${file}\` shows warnings as well.`;
  const details = { diagnostics: stops.map(diagnosticJson) };
  const place = stops[0]?.place;
  return new FdlError('file-invalid', `${file} cannot be used`, { hint, place, exitCode: 2, details });
}

/** Names that are tried where a command takes the file as an option. */
const USUAL = ['workflow.yaml', 'workflow.yml', 'fdl.yaml', 'fdl.yml'];

/**
 * The file of `-f`, or the usual one in the working directory.
 * @throws FdlError `file-not-found`
 */
export function fileOption(context: CommandContext, given: string | undefined): string {
  if (given !== undefined) return given;
  const found = USUAL.map((name) => join(context.workingDirectory, name)).find((path) => existsSync(path));
  if (found) return relative(context.workingDirectory, found);
  throw new FdlError('file-not-found', `there is no ${USUAL.join(', ')} in the working directory`, {
    hint: 'Name the FDL file: -f path/to/workflow.yaml.',
    exitCode: 2,
  });
}
