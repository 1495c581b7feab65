/** The session of a command: opened with what the command line gives, and shown in the terminal. */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { FdlError } from '../errors.ts';
import type { Emit } from '../providers/provider.ts';
import type { SessionEvent } from '../session/events.ts';
import { open, type Session } from '../session/index.ts';
import type { Purpose } from '../session/read-file.ts';
import type { WorldOptions } from '../session/world.ts';
import type { WorkflowLine } from '../terminal/command-line.ts';
import type { CommandContext } from './command.ts';
import { showEvents } from './show-events.ts';

export interface WorkflowOptions {
  readonly local?: boolean;
  /** Name given on the command line. */
  readonly workflow?: string;
}

/**
 * Opens the workflow of a file. Whatever happens is shown, and `also` hears of it before.
 * @throws FdlError `file-invalid` (with everything that is wrong shown before), `file-not-found`
 */
export function openSession(
  context: CommandContext,
  file: string,
  options: WorkflowOptions,
  purpose: Purpose,
  also: Emit<SessionEvent> = () => {},
): Promise<Session> {
  const world = worldOptions(context, options);
  const show = world.emit ?? (() => {});
  const emit: Emit<SessionEvent> = (event) => {
    void also(event);
    return show(event);
  };
  return open(file, { ...world, emit, name: options.workflow, purpose });
}

/** How to name its workflow again on a command line. */
export function lineOf({ workflow: { file }, target }: Session, { workflow }: WorkflowOptions): WorkflowLine {
  return { file, local: target === 'local', workflow };
}

/** What a session gets of the world of a command. */
export function worldOptions(
  { environment, workingDirectory, signal, terminal }: CommandContext,
  { local }: WorkflowOptions,
): WorldOptions {
  return {
    environment,
    workingDirectory,
    target: local ? 'local' : undefined,
    signal,
    emit: showEvents(terminal),
    hide: (secrets) => terminal.hide(secrets),
  };
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
