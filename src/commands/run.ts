import { relative } from 'node:path';
import { messageOf } from '../errors.ts';
import { diagnosticJson } from '../fdl/diagnostic.ts';
import type { EngineChoice } from '../providers/runtime.ts';
import { type Cost, FdlError, type GivenPrices, type RunDone, type Session } from '../session/index.ts';
import { objectUri } from '../storage/uri.ts';
import { countOf, durationText } from '../terminal/amount.ts';
import { commandLine, type WorkflowLine } from '../terminal/command-line.ts';
import { costLine } from '../terminal/cost-text.ts';
import {
  attemptsText,
  doneText,
  failedBeforeText,
  failureText,
  filesText,
  notFetchedLines,
  notPutText,
  overwrittenLines,
  statusMark,
  whyText,
} from '../terminal/run-text.ts';
import { stepOrder } from '../workflow/links.ts';
import { overwritten } from '../workflow/results.ts';
import type { CommandContext, ExitCode, Handler } from './command.ts';
import { fileAndRest, lineOf, openSession, type WorkflowOptions } from './open-session.ts';

/** How steps run, and how long they are waited for. */
export interface WorkOptions {
  readonly engine?: EngineChoice;
  readonly concurrency?: number;
  readonly retries?: number;
  /** Seconds to wait for steps on clouds. */
  readonly timeout?: number;
  readonly prices?: string;
}

interface Options extends WorkflowOptions, WorkOptions {
  readonly output?: string;
  readonly step?: string;
  readonly followLinks?: boolean;
  readonly resume?: boolean;
  /** As `resume`, and runs what failed again. */
  readonly failed?: boolean;
  /** Uses results that still count; `why` says of all others why they do not. */
  readonly cached?: true | 'why';
}

/** Files and failures that are listed for people; `--json` has all. */
const SHOWN = 20;

/** Puts the inputs, waits until nothing is left to do, fetches what came out; on this machine, sets all up before. */
export const run: Handler = async (context, [first, more], options: Options) => {
  const { output, step, followLinks, failed, timeout, engine, concurrency, retries, cached } = options;
  const words = [first ?? [], more ?? []].flat();
  const { file, rest: inputs } = fileAndRest(context, words);
  const session = await openSession(context, file, options, 'use');
  const started = performance.now();
  const resume = failed || options.resume;
  if (cached && resume) throw eitherCachedOrResumed();
  await checkPrices(context, session, options);
  const work = { timeout, engine, concurrency, retries, cached: cached !== undefined };
  const how = { output, step, followLinks, resume, failed, ...work };
  const done = await session.run(inputs, how);
  if (cached === 'why')
    for (const each of done.why ?? []) context.terminal.note(whyText(each, context.terminal.noteStyle));
  const took = performance.now() - started;
  const code = report(
    context,
    session,
    await withCost(session, done, options),
    took,
    lineOf(session, options),
  );
  await tell(context, session, done, took);
  return code;
};

/** Tells those whom the file names what came of work that took so many milliseconds; not, if somebody stopped it. */
export async function tell(
  { signal }: CommandContext,
  session: Session,
  done: RunDone,
  milliseconds: number,
): Promise<void> {
  const { invocations, failures, failedBefore, lost = [], left, notPut, notFetched, fault } = done;
  const status = statusOf(done, signal);
  if (status === 'interrupted') return;
  const again = lost.map(({ invocation, reason }) => {
    return { ...invocation, reason: `it cannot be run again: ${reason}` };
  });
  const failed = [...failures.map(({ invocation }) => invocation), ...failedBefore, ...again];
  // Of work that had nothing to do there is nothing to tell.
  if (status === 'succeeded' && invocations.length + failed.length === 0) return;
  await session.notify({
    status: again.length > 0 ? 'failed' : status,
    startedAt: new Date(Date.now() - milliseconds),
    invocations,
    failures: failed,
    left,
    notPut: notPut.length,
    notFetched: notFetched.length,
    fault,
  });
}

function eitherCachedOrResumed(): FdlError {
  return new FdlError('usage', '--cached and --resume are two ways to go on', {
    hint: 'With input files: --cached; to finish what an earlier run left: --resume.',
    exitCode: 2,
  });
}

/** What came of a run, with what it cost. */
type Priced = RunDone & { readonly cost?: Cost };

/** Work on this machine has no price, nor has what was not done again. */
export async function withCost(session: Session, done: RunDone, prices: GivenPrices): Promise<Priced> {
  const ran = [...done.attempts, ...done.invocations.filter(({ cached }) => !cached)];
  if (session.target === 'local' || ran.length === 0) return done;
  return { ...done, cost: await session.cost(ran, prices) };
}

/**
 * Reads prices before anything runs: what came of that must not be lost for them. On this machine nothing needs those of the
 * environment, so that it is only said where they cannot be read.
 * @throws FdlError `prices-file-invalid`, …
 */
export async function checkPrices(
  { environment, terminal }: CommandContext,
  session: Session,
  given: GivenPrices,
): Promise<void> {
  if (session.target !== 'local' || given.prices !== undefined) {
    await session.cost([], given);
    return;
  }
  if (!environment['FDL_PRICES']) return;
  await session.cost([], given).catch((thrown: unknown) => {
    terminal.note(`${terminal.noteStyle('yellow', '!')} FDL_PRICES: ${messageOf(thrown)}`);
  });
}

/** Shows what came of work. `verb`: what was to be done with inputs that it was not done with. */
export function report(
  context: CommandContext,
  session: Session,
  ran: Priced,
  milliseconds: number,
  line: WorkflowLine,
  verb = 'put',
): ExitCode {
  const { terminal, signal } = context;
  const { workflow } = session;
  const { invocations, failures, failedBefore, notPut, outputs, notFetched, left, fault } = ran;
  const status = statusOf(ran, signal);
  const lost = overwritten(invocations);
  if (terminal.json) terminal.data(documentOf(session, ran, status));
  for (const each of notPut) terminal.note(notPutText(each, terminal.noteStyle, verb));
  for (const failure of failures.slice(0, SHOWN))
    terminal.note(failureText(failure, terminal.noteStyle, line));
  if (failures.length > SHOWN)
    terminal.note(`… and ${failures.length - SHOWN} more: ${commandLine('status', line)} --failed`);
  for (const failure of failedBefore.slice(0, SHOWN))
    terminal.note(failedBeforeText(failure, terminal.noteStyle));
  if (failedBefore.length > SHOWN)
    terminal.note(`… and ${failedBefore.length - SHOWN} more: ${commandLine('status', line)} --failed`);
  const what = doneText(invocations, stepOrder(workflow), left);
  const failed = failures.length > 0 ? `, ${failures.length} failed` : '';
  const head = terminal.outStyle('bold', workflow.name);
  terminal.out(`${head}: ${what}${failed} in ${durationText(milliseconds)}`);
  const files = outputs.map(({ uri, path, size }) => ({ name: path ? shortPath(context, path) : uri, size }));
  const sorted = files.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (files.length > 0) terminal.out(filesText(sorted.slice(0, SHOWN), terminal.room));
  if (files.length > SHOWN) terminal.out(`  … and ${files.length - SHOWN} more`);
  if (ran.attempts.length > 0) terminal.out(attemptsText(ran.attempts, invocations));
  const cost = ran.cost && costLine(ran.cost);
  if (cost !== undefined) terminal.out(cost);
  for (const line of notFetchedLines(notFetched, terminal.noteStyle)) terminal.note(line);
  for (const line of overwrittenLines(lost, terminal.noteStyle)) terminal.note(line);
  if (failedBefore.length > 0) terminal.note(againText(line, failedBefore.length));
  if (fault !== undefined) terminal.note(`${statusMark('failed', terminal.noteStyle)} stopped: ${fault}`);
  if (left > 0) terminal.note(leftText(line, ran));
  return EXITS[status];
}

/** What `--json` prints. */
export type RunDocument = ReturnType<typeof documentOf>;

function documentOf({ workflow, diagnostics }: Session, ran: Priced, status: keyof typeof EXITS) {
  const { invocations, outputs, notFetched, left, failedBefore, fault } = ran;
  return {
    workflow: workflow.name,
    status,
    invocations,
    attempts: ran.attempts,
    outputs,
    notPut: ran.notPut.map(({ path, store, bucket, key, reason }) => {
      return { path, uri: objectUri(store, bucket, key), reason };
    }),
    notFetched,
    overwritten: overwritten(invocations),
    left,
    diagnostics: diagnostics.map(diagnosticJson),
    failedBefore,
    fault,
    cost: ran.cost,
    why: ran.why,
    lost: ran.lost?.map(({ invocation: { id, step, input }, reason }) => {
      return { invocation: id, step, uri: input?.uri, reason };
    }),
  };
}

const EXITS = { interrupted: 130, failed: 1, 'timed-out': 1, succeeded: 0 } as const;

function statusOf(
  { failures, failedBefore, notPut, notFetched, timedOut, fault }: RunDone,
  { aborted }: AbortSignal,
): keyof typeof EXITS {
  if (aborted) return 'interrupted';
  const failed = failures.length + failedBefore.length + notPut.length + notFetched.length;
  if (failed > 0 || fault !== undefined) return 'failed';
  return timedOut ? 'timed-out' : 'succeeded';
}

function againText(line: WorkflowLine, count: number): string {
  const what = `${countOf(count, 'input')} failed earlier`;
  return `${what}; to run what failed again: ${commandLine('run', line)} --resume --failed`;
}

function leftText(line: WorkflowLine, { left, goesOn }: RunDone): string {
  const inputs = countOf(left, 'input');
  return goesOn
    ? `${inputs} not through yet, which the steps go on with: ${commandLine('status', line)}`
    : `${inputs} left to do: ${commandLine('run', line)} --resume`;
}

/** From the working directory, where the file lies below it. */
function shortPath({ workingDirectory }: CommandContext, path: string): string {
  const short = relative(workingDirectory, path);
  return short.startsWith('..') ? path : short;
}
