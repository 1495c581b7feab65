import { FdlError } from '../errors.ts';
import type { PutDone, RunDone, Session } from '../session/index.ts';
import { objectUri } from '../storage/uri.ts';
import { bytesText, countOf } from '../terminal/amount.ts';
import { commandLine, type WorkflowLine } from '../terminal/command-line.ts';
import { failureText, notPutText, transferText } from '../terminal/run-text.ts';
import type { CommandContext, ExitCode, Handler } from './command.ts';
import { reportMoved, transfersDocument } from './moves.ts';
import { filesOf, hasWorkflow, isLocal, isUri } from './open-files.ts';
import { fileOf, lineOf, openSession, type WorkflowOptions } from './open-session.ts';
import { tell, type WorkOptions } from './run.ts';

interface Options extends WorkflowOptions, WorkOptions {
  readonly file?: string;
  readonly step?: string;
  readonly to?: string;
  readonly wait?: boolean;
  readonly followLinks?: boolean;
  readonly checksum?: boolean;
  readonly force?: boolean;
}

/**
 * Puts files where they trigger the entry step, or another one; waits for what comes of it only when asked to. Behind a
 * URI they are objects, whatever they trigger.
 */
export const run: Handler = async (context, [given], options: Options) => {
  const { sources: names, uri } = sourcesOf(given as readonly string[]);
  const isWork = options.wait || isLocal(context, options);
  if (uri !== undefined && !isWork) return putObjects(context, names, uri, options);
  if (options.to !== undefined && !isWork && !hasWorkflow(context, options))
    return putObjects(context, names, options.to, options);
  return putInputs(context, names, { ...options, ...(uri !== undefined && { to: uri }) });
};

/**
 * The sources, and the URI that stands behind them.
 * @throws FdlError `usage` where one stands among them, or alone
 */
function sourcesOf(given: readonly string[]): { readonly sources: readonly string[]; readonly uri?: string } {
  const uri = given.findLast(isUri);
  if (uri === undefined) return { sources: given };
  const sources = given.slice(0, -1);
  if (given.at(-1) === uri && sources.length > 0 && !sources.some(isUri)) return { sources, uri };
  const hint =
    'Write the files first and where they go last: fdl put FILE… s3://bucket/folder. From one store to another: fdl cp.';
  throw new FdlError('usage', `${uri} stands where files are to be named`, { hint, exitCode: 2 });
}

async function putObjects(
  context: CommandContext,
  sources: readonly string[],
  to: string,
  { step, followLinks, checksum, force, ...options }: Options,
): Promise<ExitCode> {
  if (step !== undefined) throw new FdlError('usage', '--step and a URI name two places', { exitCode: 2 });
  const files = filesOf(context, options);
  const started = performance.now();
  const moved = isStream(sources)
    ? await files.putStream(process.stdin, to)
    : await files.put(sources, to, { followLinks, checksum, force });
  return reportMoved(context, moved, performance.now() - started);
}

/** Standard input, and nothing else. @throws FdlError `usage` */
function isStream(sources: readonly string[]): boolean {
  if (!sources.includes('-')) return false;
  if (sources.length === 1) return true;
  const hint = 'Put standard input by itself, and the files with another command.';
  throw new FdlError('usage', '"-" is standard input, which becomes one object', { hint, exitCode: 2 });
}

async function putInputs(
  context: CommandContext,
  names: readonly string[],
  options: Options,
): Promise<ExitCode> {
  const session = await openSession(context, fileOf(context, options.file), options, 'use');
  const started = performance.now();
  const done = await put(context, session, names, options);
  const took = performance.now() - started;
  const code = report(context, session, done, took, lineOf(session, options));
  if (done.ran) await tell(context, session, done.ran, took);
  return code;
}

async function put(
  context: CommandContext,
  session: Session,
  paths: readonly string[],
  options: Options,
): Promise<Reported> {
  const { step, to, followLinks, wait, timeout, engine, concurrency, retries } = options;
  const where = { step, to, followLinks };
  if (!wait) return { ...(await session.put(paths, where)), failures: [] };
  const done = await session.run(paths, { ...where, timeout, engine, concurrency, retries });
  noteLeft(context, lineOf(session, options), done);
  return { ...done, left: isUnfinished(done) ? done.left : 0, ran: done };
}

/** What others queued here is not for this command to do. */
function isUnfinished({ fault, goesOn }: RunDone): boolean {
  return fault !== undefined || goesOn;
}

function noteLeft({ terminal }: CommandContext, line: WorkflowLine, { fault, goesOn, left }: RunDone): void {
  if (fault !== undefined) terminal.note(`stopped: ${fault}; to go on: ${commandLine('run', line)} --resume`);
  if (goesOn && left > 0)
    terminal.note(`${countOf(left, 'input')} not through yet: ${commandLine('status', line)}`);
}

interface Reported extends PutDone, Pick<RunDone, 'failures'> {
  /** Inputs that are not through. */
  readonly left?: number;
  /** What came of a run that was waited for. */
  readonly ran?: RunDone;
}

function report(
  { terminal, signal }: CommandContext,
  { workflow }: Session,
  { puts, notPut, failures, files, left = 0, isIdle }: Reported,
  milliseconds: number,
  line: WorkflowLine,
): ExitCode {
  const transfers = puts.map(({ path, store, bucket, key, size }) => {
    return { source: path, target: objectUri(store, bucket, key), size, status: 'done' as const };
  });
  const failed = notPut.map(({ path, store, bucket, key, reason }) => {
    return { source: path, target: objectUri(store, bucket, key), status: 'failed' as const, reason };
  });
  const document = transfersDocument(workflow.name, [...transfers, ...failed], milliseconds);
  if (terminal.json) terminal.data(document);
  for (const each of notPut) terminal.note(notPutText(each, terminal.noteStyle));
  for (const failure of failures) terminal.note(failureText(failure, terminal.noteStyle, line));
  for (const each of transfers) terminal.out(transferText(each));
  terminal.out(`${countOf(puts.length, 'file')}, ${bytesText(document.summary.bytes)}`);
  if (isIdle && puts.length > 0 && !signal.aborted) {
    const now = `${commandLine('run', line)} --resume`;
    const always = commandLine('dev', { ...line, local: false });
    terminal.note(`nothing works on what was put yet: ${now} does, or ${always}`);
  }
  if (signal.aborted) {
    const notYet = files - puts.length - notPut.length;
    const again = line.local ? `to go on: ${commandLine('run', line)} --resume` : 'put them again';
    if (notYet > 0) terminal.note(`${countOf(notYet, 'file')} not put yet; ${again}`);
    return 130;
  }
  return failures.length + notPut.length + left > 0 || puts.length < files ? 1 : 0;
}
