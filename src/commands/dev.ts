import { statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FdlError, MachineError, messageOf } from '../errors.ts';
import type { Emit, WatchedFolder } from '../providers/runtime.ts';
import type { SessionEvent } from '../session/events.ts';
import type { Ended, Session, WorkResult } from '../session/index.ts';
import { countOf, durationText } from '../terminal/amount.ts';
import { commandLine, type WorkflowLine } from '../terminal/command-line.ts';
import { lineText } from '../terminal/log-text.ts';
import { failedBeforeText, failureText } from '../terminal/run-text.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { nameText } from '../terminal/visible.ts';
import { isFailed, lastAttempts } from '../workflow/again.ts';
import { folderUri } from '../workflow/draw.ts';
import type { Invocation } from '../workflow/invocation.ts';
import type { Workflow } from '../workflow/model.ts';
import type { CommandContext, Handler } from './command.ts';
import { fileOf, lineOf, openSession, type WorkflowOptions } from './open-session.ts';
import type { WorkOptions } from './run.ts';

/** Stays until Ctrl-C: runs what arrives in the input folders, and starts anew when the file or a script changes. */
export const run: Handler = async (context, [given], options: WorkflowOptions & WorkOptions) => {
  const { terminal } = context;
  const file = fileOf(context, given);
  let next: Watching | undefined = await openWatching(context, file, options);
  const { line } = next;
  const { workflow } = next.session;
  const seen: Invocation[] = [];
  const startedAt = new Date();
  let last = next.session;
  const ran: Invocation[] = [];
  for await (const each of next.session.invocations({})) seen.push(each);
  nameFailures(terminal, failuresIn(workflow, seen), line);
  const totals = { done: 0, failed: 0 };
  while (next) {
    const current: Watching = next;
    next = undefined;
    const worked = current.work();
    const changed = waitForChange(context, current, () => openWatching(context, file, options));
    const { invocations, failures, fault } = await worked;
    next = await changed;
    last = current.session;
    totals.done += invocations.filter(({ status }) => status === 'succeeded').length;
    totals.failed += failures.length;
    seen.push(...invocations);
    ran.push(...invocations);
    if (fault !== undefined) {
      await tell(last, { startedAt, invocations: ran, failures: failuresIn(workflow, seen), fault });
      throw new MachineError('machine-failed', fault, { hint: `Mend that, then go on: fdl dev ${file}.` });
    }
  }
  terminal.note(`stopped; ${totals.done} done, ${totals.failed} failed`);
  const failed = failuresIn(workflow, seen);
  const left = failed.length;
  if (left > 0)
    terminal.note(`${countOf(left, 'input')} failed; to run again: ${commandLine('rerun', line)}`);
  await tell(last, { startedAt, invocations: ran, failures: failed });
  return left > 0 ? 1 : 0;
};

/** Tells those whom the file names what came of all that ran, if anything did. */
async function tell(session: Session, ended: Omit<Ended, 'status'>): Promise<void> {
  const { invocations, failures, fault } = ended;
  if (invocations.length === 0 && fault === undefined) return;
  const status = failures.length > 0 || fault !== undefined ? 'failed' : 'succeeded';
  await session.notify({ ...ended, status });
}

/** Inputs whose last attempt failed. */
function failuresIn(workflow: Workflow, invocations: readonly Invocation[]): readonly Invocation[] {
  return lastAttempts(workflow, invocations).filter(isFailed);
}

/** Failures that are named; how many more there are is said. */
const NAMED = 10;

function nameFailures(terminal: Terminal, failures: readonly Invocation[], line: WorkflowLine): void {
  for (const failure of failures.slice(0, NAMED))
    terminal.note(failedBeforeText(failure, terminal.noteStyle));
  if (failures.length > NAMED)
    terminal.note(`… and ${failures.length - NAMED} more: ${commandLine('status', line)} --failed`);
}

/** A workflow as its file is now, and what its work depends on. */
interface Watching {
  readonly session: Session;
  readonly line: WorkflowLine;
  /** The file and the scripts, by what people call them. */
  readonly files: readonly string[];
  readonly work: () => Promise<WorkResult>;
  /** Ends the work, so that what the file says now can begin. What runs is left to do. */
  readonly stop: () => void;
  /** Fires when the work is over. */
  readonly over: AbortSignal;
}

/** @throws FdlError `file-invalid`, `file-not-found`, … */
async function openWatching(
  context: CommandContext,
  file: string,
  options: WorkflowOptions & WorkOptions,
): Promise<Watching> {
  const { engine, concurrency, retries } = options;
  const [stopping, over] = [new AbortController(), new AbortController()];
  const signal = AbortSignal.any([context.signal, stopping.signal]);
  let show: Emit<SessionEvent> = () => {};
  const local = { ...options, local: true };
  const session = await openSession({ ...context, signal }, file, local, 'deploy', (event) => show(event));
  const { name, steps } = session.workflow;
  const width = Math.max(...steps.map(({ id }) => id.length));
  const line = lineOf(session, local);
  show = showWork(context.terminal, line, name, width);
  const scripts = steps.flatMap(({ script }) => (script?.kind === 'file' ? [script.path] : []));
  return {
    session,
    line,
    files: [...new Set([resolve(context.workingDirectory, file), ...scripts])],
    work: () => session.watch({ engine, concurrency, retries }).finally(() => over.abort()),
    stop: () => stopping.abort(),
    over: over.signal,
  };
}

/** Milliseconds between two looks at the file and the scripts. */
const LOOK = 500;

/**
 * Answers what the file says once it, or a script, has changed and can be used; nothing if the work is over before. Says
 * what changed. A file that cannot be used changes nothing.
 */
async function waitForChange(
  { terminal, workingDirectory, signal }: CommandContext,
  { files, stop, over }: Watching,
  reopen: () => Promise<Watching>,
): Promise<Watching | undefined> {
  let before = statesOf(files);
  let pending: ReadonlyMap<string, string> | undefined;
  while (!over.aborted) {
    await sleep(LOOK, undefined, { signal: over }).catch(() => {});
    if (over.aborted || signal.aborted) return undefined;
    const now = statesOf(files);
    const changed = files.filter((file) => now.get(file) !== before.get(file));
    if (changed.length === 0) continue;
    // Editors write in several steps: the second look that shows the same counts.
    const isSettled = pending !== undefined && files.every((file) => now.get(file) === pending?.get(file));
    pending = now;
    if (!isSettled) continue;
    before = now;
    const names = changed.map((file) => relative(workingDirectory, file)).join(', ');
    try {
      const next = await reopen();
      terminal.note(`${names} changed: starting anew`);
      stop();
      return next;
    } catch (thrown) {
      // What is wrong with the file was shown.
      const why =
        thrown instanceof FdlError && thrown.code === 'file-invalid' ? '' : `: ${messageOf(thrown)}`;
      terminal.note(`${names} changed, but cannot be used${why}; going on as before`);
    }
  }
  return undefined;
}

function statesOf(files: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    files.map((file) => {
      const found = statSync(file, { throwIfNoEntry: false });
      return [file, found ? `${found.size} ${found.mtimeMs} ${found.mode}` : 'absent'];
    }),
  );
}

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
  const input = invocation.input ? `${nameText(keyOf(invocation.input.uri))} ` : '';
  return `${noteStyle('green', '✓')} ${invocation.step} ${input}${durationText(invocation.durationMs ?? 0)}`;
}

/** `s3://bucket/in/a.csv` → `in/a.csv`. */
function keyOf(uri: string): string {
  return uri.replace(/^[^:]+:\/\/[^/]*\//, '');
}
