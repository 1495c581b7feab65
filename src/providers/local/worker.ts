/** A process that works on a workflow: it holds the lock, the journal and the log, and runs what is queued. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { machineFault, messageOf } from '../../errors.ts';
import type { Storage } from '../../storage/storage.ts';
import { objectTask, type Task } from '../../supervisor/task.ts';
import type { Invocation, LogLine } from '../../workflow/invocation.ts';
import { stepOrder } from '../../workflow/links.ts';
import type { Step, Workflow } from '../../workflow/model.ts';
import { type Attempt, attempts, localStores, type Ready } from './attempt.ts';
import { runnableSteps } from './desired.ts';
import type { LocalHome } from './home.ts';
import { type JournalWriter, openJournal, type Queued } from './journal.ts';
import { keysOf } from './keys.ts';
import { takeLock } from './lock.ts';
import { openLog } from './log-file.ts';
import { queueState, settle } from './queue-state.ts';
import { prepareRunners, type RunnerOptions } from './runners.ts';
import { triggersOf } from './triggers.ts';
import { type QueueDeps, WorkQueue } from './work-queue.ts';

export interface WorkerOptions extends RunnerOptions {
  /** Scripts at the same time; by default as many as there are processors. */
  readonly concurrency?: number | undefined;
  readonly retries: number;
  /** Texts that no log may show. */
  readonly secrets: readonly string[];
  readonly onChange?: QueueDeps['onChange'];
  readonly onRetry?: QueueDeps['onRetry'];
  readonly onEnd?: (invocation: Invocation, run: string) => void;
  readonly onLine?: (line: LogLine) => void;
}

export interface Worker {
  readonly queue: WorkQueue;
  readonly journal: JournalWriter;
  /** Opens a store by its id. */
  storage(store: string): Storage;
  /** Makes what is needed to run the steps ready: the engine and the images. Nothing is run before. */
  prepare(): Promise<void>;
  /** Runs a step for a task outside the queue; downstream work is queued in the journal only. */
  call(step: Step, task: Task, id: string): Promise<Attempt>;
  /** Gives the lock back; notes whether anything is left to do. */
  close(): void;
}

/** Bytes of the answer of a direct call, as on AWS Lambda. */
const ANSWER_LIMIT = 6 * 1024 * 1024;

/**
 * Starts to work on a workflow; nothing runs yet.
 * @throws FdlError `locked`: another process works on the workflow
 */
export function openWorker(workflow: Workflow, home: LocalHome, options: WorkerOptions): Worker {
  const unlock = takeLock(home);
  // What a killed process left; its scripts may still be running, so that nothing of it is used again.
  clear(home.tmp);
  const tmpRoot = join(home.tmp, randomUUID());
  mkdirSync(tmpRoot, { recursive: true });
  const journal = openJournal(home);
  const log = openLog(home, (error) => queue.halt(machineFault(error) ?? messageOf(error)));
  const write = (line: LogLine) => {
    log.write(line);
    options.onLine?.(line);
  };
  const steps = new Map(runnableSteps(workflow).map((step) => [step.id, step]));
  const triggers = triggersOf(workflow);
  let prepared: Ready = { runners: new Map(), keys: new Map() };
  const attempt = attempts(workflow, home, () => prepared, { ...options, tmpRoot, log: write });
  const taskOf = taskMaker(workflow);
  const queue: WorkQueue = new WorkQueue({
    journal,
    triggers,
    order: stepOrder(workflow).filter((id) => steps.has(id)),
    handle: (queued) => attempt(stepOf(steps, queued), taskOf(queued), queued.id, 0),
    concurrency: options.concurrency ?? availableParallelism(),
    stepLimits: stepLimits(steps.values()),
    retries: options.retries,
    onChange: options.onChange ?? (() => {}),
    onRetry: options.onRetry ?? (() => {}),
    onEnd: options.onEnd ?? (() => {}),
    signal: options.signal,
  });
  return {
    queue,
    journal,
    storage: localStores(workflow, home),
    async prepare() {
      const { runners, runsIn } = await prepareRunners([...steps.values()], home, options);
      prepared = { runners, keys: keysOf(workflow, home, runsIn) };
    },
    async call(step, task, id) {
      const done = await attempt(step, task, id, ANSWER_LIMIT);
      const next = done.written.flatMap((each) => triggers(each, id));
      journal.append({ type: 'ended', run: id, invocation: done.invocation, next });
      return done;
    },
    close() {
      log.close();
      journal.close();
      settleIfPossible(home);
      clear(home.tmp);
      unlock();
    },
  };
}

/** Without room for the note that nothing is left to do, the next worker reads more. */
function settleIfPossible(home: LocalHome): void {
  try {
    settle(home, queueState(home));
  } catch (thrown) {
    if (machineFault(thrown) === undefined) throw thrown;
  }
}

/** Removes folders as far as possible: a script may be writing there, or a container's user may own files. */
function clear(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // The next worker tries again.
  }
}

function stepOf(steps: ReadonlyMap<string, Step>, { step }: Queued): Step {
  const found = steps.get(step);
  if (!found) throw new Error(`the queue has work for the unknown step ${step}`);
  return found;
}

/** Makes the task, with the event, of an object that waits. */
function taskMaker({ stores }: Workflow): (queued: Queued) => Task {
  const kinds = new Map(stores.map(({ id, kind }) => [id, kind]));
  return ({ store, bucket, key, size, etag, time }) =>
    objectTask({ store, kind: kinds.get(store) ?? 'minio', bucket, key, size, etag, time });
}

/** What limits a step on its cloud holds here as well. */
function stepLimits(steps: Iterable<Step>): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  for (const { id, concurrency } of steps) if (concurrency !== undefined) limits.set(id, concurrency);
  return limits;
}
