import { MachineError } from '../errors.ts';
import type { Emit, WatchedFolder } from '../providers/provider.ts';
import type { SessionEvent } from '../session/events.ts';
import { durationText } from '../terminal/amount.ts';
import type { WorkflowLine } from '../terminal/command-line.ts';
import { lineText } from '../terminal/log-text.ts';
import { failureText } from '../terminal/run-text.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { folderUri } from '../workflow/draw.ts';
import type { Handler } from './command.ts';
import { fileOf, lineOf, openSession, type WorkflowOptions } from './open-session.ts';
import type { WorkOptions } from './run.ts';

/** Stays until Ctrl-C: runs what arrives in the input folders and prints the log of all steps. */
export const run: Handler = async (context, [file], options: WorkflowOptions & WorkOptions) => {
  const { terminal } = context;
  const { engine, concurrency, retries } = options;
  let show: Emit<SessionEvent> = () => {};
  const local = { ...options, local: true };
  const session = await openSession(context, fileOf(context, file), local, 'deploy', (event) => show(event));
  const { name, steps, file: path } = session.workflow;
  const width = Math.max(...steps.map(({ id }) => id.length));
  show = showWork(terminal, lineOf(session, options), name, width);
  const { invocations, failures, fault } = await session.watch({ engine, concurrency, retries });
  const done = invocations.filter(({ status }) => status === 'succeeded').length;
  terminal.note(`stopped; ${done} done, ${failures.length} failed`);
  if (fault === undefined) return 0;
  throw new MachineError('machine-failed', fault, { hint: `Mend that, then go on: fdl dev ${path}.` });
};

/** What scripts write, on stdout; what ended, as a note. */
function showWork(
  terminal: Terminal,
  line: WorkflowLine,
  workflow: string,
  width: number,
): Emit<SessionEvent> {
  return (event) => {
    if (event.type === 'watching') terminal.note(watchText(workflow, event.folders));
    else if (event.type === 'line') {
      if (terminal.json) terminal.data(event.line);
      else if (event.line.stream !== 'supervisor')
        terminal.out(lineText(event.line, width, terminal.outStyle));
    } else if (event.type === 'ended') terminal.note(endText(event, terminal, line));
  };
}

function watchText(workflow: string, folders: readonly WatchedFolder[]): string {
  const lines = folders.map(({ step, folder, path }) => `  ${step}: ${folderUri(folder)} is ${path}`);
  return [`${workflow} waits for files; Ctrl-C stops it`, ...lines].join('\n');
}

function endText(
  { invocation, lastLines }: Extract<SessionEvent, { type: 'ended' }>,
  { noteStyle }: Terminal,
  line: WorkflowLine,
): string {
  if (invocation.status !== 'succeeded') return failureText({ invocation, lastLines }, noteStyle, line);
  return `${noteStyle('green', '✓')} ${invocation.step} ${durationText(invocation.durationMs ?? 0)}`;
}
