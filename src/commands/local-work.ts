/** Working on a workflow's queue on this machine: what run, put --wait and dev share. */
import { setMaxListeners } from 'node:events';
import { runnableSteps } from '../providers/local/desired.ts';
import type { EngineChoice } from '../providers/local/engine.ts';
import { type LocalHome, localHome } from '../providers/local/home.ts';
import {
  announce,
  type IntakeDeps,
  type NotPut,
  reassign,
  stillThere,
  type TakenIn,
  takeIn,
} from '../providers/local/intake.ts';
import type { Announced } from '../providers/local/journal.ts';
import { openSession, type Session, type SessionOptions } from '../providers/local/session.ts';
import { countLeft, type Failed, standingOf } from '../providers/local/standing.ts';
import { triggersOf } from '../providers/local/triggers.ts';
import type { Counts } from '../providers/local/work-queue.ts';
import { GRACE } from '../supervisor/work.ts';
import { countOf } from '../terminal/amount.ts';
import { countsText } from '../terminal/run-text.ts';
import type { Invocation, LogLine } from '../workflow/invocation.ts';
import type { Folder, Workflow } from '../workflow/model.ts';
import type { CommandContext } from './command.ts';
import { type Failure, RecentLines } from './recent-lines.ts';
import type { SourceFile } from './sources.ts';
import type { ReadWorkflow } from './workflow-file.ts';

export interface WorkOptions {
  readonly engine?: EngineChoice;
  readonly concurrency?: number;
  readonly retries?: number;
}

/** What came of the work. */
export interface Worked {
  /** Those that ended, in that order. */
  readonly invocations: readonly Invocation[];
  readonly failures: readonly Failure[];
  /** Files that did not become inputs. */
  readonly notPut: readonly NotPut[];
  /** Inputs and invocations that are left to do, also of earlier commands. */
  readonly left: number;
  /** Inputs that earlier commands failed for; asked for with `--resume` only. */
  readonly failedBefore: readonly Invocation[];
  /** What the machine lacks, as a clause, because of which work is left. */
  readonly fault?: string | undefined;
}

export interface Work {
  readonly session: Session;
  /** Those so far. */
  readonly failures: readonly Failure[];
  /** Copies files to a folder and queues what they trigger. */
  put(files: readonly SourceFile[], folder: Folder): Promise<TakenIn>;
  /** How much earlier commands left. */
  left(): number;
  /** Queues what earlier commands left; answers what they had done since nothing was left. */
  resume(): Promise<readonly Invocation[]>;
  /** Work that failed, whose input is still there. */
  failed(): Promise<readonly Failed[]>;
  /** Queues such work again. */
  again(failed: readonly Failed[]): void;
  /** Waits until nothing is left to do, or somebody interrupts. */
  finish(): Promise<Worked>;
}

export interface WorkHooks {
  readonly onLine?: (line: LogLine) => void;
  readonly onEnd?: (invocation: Invocation, lastLines: readonly string[]) => void;
}

/** What is said to somebody who interrupts. */
const GRACE_TEXT = `told to end, within ${GRACE / 1000} seconds; what is done stays done`;

/** What ended so far, and what could not be put. */
interface SoFar {
  readonly invocations: Invocation[];
  readonly failures: Failure[];
  readonly notPut: NotPut[];
}

/**
 * Opens the queue of a workflow, works with it, and closes it whatever happens.
 * @throws FdlError `locked`, and what `work` throws
 */
export async function withWork<T>(
  context: CommandContext,
  loaded: ReadWorkflow,
  options: WorkOptions,
  work: (work: Work) => Promise<T>,
  hooks: WorkHooks = {},
): Promise<T> {
  const stop = new AbortController();
  const interrupted = () => {
    const { running } = session.queue.counts;
    if (running > 0) context.terminal.note(`${countOf(running, 'script')} running: ${GRACE_TEXT}`);
    stop.abort();
  };
  // Every script that runs listens to both.
  setMaxListeners(0, stop.signal, process);
  const record: SoFar = { invocations: [], failures: [], notPut: [] };
  const progress = await context.terminal.progress('starting');
  const settings = sessionOptions(context, loaded, options, hooks, record);
  const onChange = (counts: Counts) => progress.update(countsText(counts));
  const home = localHome(loaded.workflow, context.environment);
  const session = openSession(loaded.workflow, home, { ...settings, onChange, signal: stop.signal });
  context.signal.addEventListener('abort', interrupted, { once: true });
  if (context.signal.aborted) interrupted();
  try {
    return await work(workOn(loaded.workflow, home, session, record, stop.signal));
  } catch (thrown) {
    // What still runs must not find the journal closed.
    stop.abort();
    await session.queue.idle();
    throw thrown;
  } finally {
    progress.stop();
    session.close();
  }
}

function sessionOptions(
  { environment, terminal }: CommandContext,
  { read }: ReadWorkflow,
  { engine = 'auto', concurrency, retries = 0 }: WorkOptions,
  hooks: WorkHooks,
  { invocations, failures }: SoFar,
): Omit<SessionOptions, 'onChange' | 'signal'> {
  const recent = new RecentLines();
  return {
    engine,
    concurrency,
    retries,
    secrets: read.secrets,
    environment,
    say: (message) => terminal.note(message),
    onLine: (line) => {
      recent.add(line);
      hooks.onLine?.(line);
    },
    onEnd: (invocation) => {
      const lastLines = recent.take(invocation.id);
      invocations.push(invocation);
      if (invocation.status !== 'succeeded') failures.push({ invocation, lastLines });
      hooks.onEnd?.(invocation, lastLines);
    },
  };
}

function workOn(
  workflow: Workflow,
  home: LocalHome,
  session: Session,
  record: SoFar,
  signal: AbortSignal,
): Work {
  const { queue, journal, storage } = session;
  const enqueue: IntakeDeps['enqueue'] = (queued) => queue.enqueue(queued);
  const onFault = (fault: string) => queue.halt(fault);
  const intake: IntakeDeps = { journal, storage, enqueue, triggers: triggersOf(workflow), signal, onFault };
  const take = async (announced: readonly Announced[], remember: boolean) => {
    const taken = await takeIn(announced, intake, { remember });
    record.notPut.push(...taken.notPut);
    return taken;
  };
  return {
    session,
    failures: record.failures,
    put: (files, folder) => take(announce(files, folder, new Date().toISOString()), true),
    left: () => countLeft(standingOf(home)),
    async failed() {
      const steps = new Set(runnableSteps(workflow).map(({ id }) => id));
      const found: Failed[] = [];
      for (const each of standingOf(home).failed) {
        const { step, store, bucket, key } = each.queued;
        if (steps.has(step) && (await storage(store).stat(bucket, key))) found.push(each);
      }
      return found;
    },
    again: (failed) => queue.enqueue(failed.map(({ queued }) => queued)),
    async resume() {
      const ended: Invocation[] = [];
      const { announced, pending } = standingOf(home, (invocation) => ended.push(invocation));
      const steps = new Set(runnableSteps(workflow).map(({ id }) => id));
      queue.take(reassign(pending, steps, intake));
      await take(stillThere(announced, journal), false);
      return ended;
    },
    async finish() {
      await queue.idle();
      return { ...record, left: countLeft(standingOf(home)), failedBefore: [], fault: queue.fault };
    },
  };
}
