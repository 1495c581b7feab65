/** Working on a workflow's queue on this machine, and calling its steps, with the lock held. */
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { contentEvent, readEvent } from '../../supervisor/event.ts';
import type { TaskResult } from '../../supervisor/task.ts';
import { GRACE } from '../../supervisor/work.ts';
import type { Invocation } from '../../workflow/invocation.ts';
import type { Step, Workflow } from '../../workflow/model.ts';
import type {
  Again,
  Call,
  CallResult,
  Emit,
  Failure,
  Inputs,
  NotPut,
  PutResult,
  WorkEvent,
  WorkRequest,
  WorkResult,
} from '../runtime.ts';
import { uploading } from '../uploading.ts';
import { runnableSteps } from './desired.ts';
import { type LocalHome, stepFileName } from './home.ts';
import { type Announced, type Queued, readJournal } from './journal.ts';
import { RecentLines } from './log-file.ts';
import { announce, type PutDeps, putFiles, reassign, stillThere } from './put.ts';
import { countLeft, type Failed, queueState, replay } from './queue-state.ts';
import { triggersOf } from './triggers.ts';
import { watchedFolders, watchInputs } from './watch.ts';
import { openWorker, type Worker, type WorkerOptions } from './worker.ts';

interface WorkDeps {
  readonly home: LocalHome;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Texts that no log may show. */
  readonly secrets: readonly string[];
  /** Ends the work, in order. */
  readonly signal: AbortSignal;
  readonly emit: Emit<WorkEvent>;
}

/** Works until nothing is left to do, the machine cannot go on, or the signal. @throws FdlError `locked` */
export function workOff(workflow: Workflow, request: WorkRequest, deps: WorkDeps): Promise<WorkResult> {
  return withWork(workflow, request, deps, async (work) =>
    request.watch ? watch(workflow, work, deps) : workOnce(work, request),
  );
}

/** Nothing is made ready where there is nothing to run: finding the engine alone takes longer than that. */
async function workOnce(work: Work, request: WorkRequest): Promise<WorkResult> {
  const { inputs, resume, failed } = request;
  const again = failed ? (await work.failed()).map(({ queued }) => queued) : work.again(request.again ?? []);
  if (inputs || again.length > 0 || (resume && work.left() > 0)) await work.worker.prepare();
  const before = resume ? await work.resume() : [];
  work.worker.queue.enqueue(again);
  const put = inputs ? await work.put(inputs) : NOTHING_PUT;
  const worked = await work.finish();
  const now = new Set(worked.invocations.map(({ id }) => id));
  const left = resume ? await work.failed() : [];
  const failedBefore = left.map(({ invocation }) => invocation).filter(({ id }) => !now.has(id));
  return { ...worked, puts: put.puts, invocations: [...before, ...worked.invocations], failedBefore };
}

const NOTHING_PUT: PutResult = { puts: [], notPut: [] };

/** Does what was left, and what arrives in the input folders until the signal. */
async function watch(workflow: Workflow, work: Work, { home, emit }: WorkDeps): Promise<WorkResult> {
  const { queue, storage, prepare } = work.worker;
  await prepare();
  const known = new Set<string>();
  const { pending } = replay(readJournal(home), ({ id }) => known.add(id));
  for (const { id } of pending) known.add(id);
  await work.resume();
  await emit({ type: 'watching', folders: watchedFolders(workflow, home) });
  // Until the first file arrives, nothing else would say that it has started.
  const { counts } = queue;
  if (counts.waiting + counts.running === 0)
    void emit({ type: 'activity', activity: { name: 'working', counts, steps: [] } });
  const enqueue = queue.enqueue.bind(queue);
  const onSkipped = (uri: string, reason: string) => void emit({ type: 'skipped', uri, reason });
  const signal = AbortSignal.any([work.stop, queue.halted]);
  const run = new Date().toISOString();
  await watchInputs(workflow, { home, storage, known, enqueue, onSkipped, run, signal });
  return work.finish();
}

/** Calls a step as its provider would: an event is handled as such, anything else is its input. */
export async function invokeStep(
  workflow: Workflow,
  step: Step,
  { payload, engine }: Call,
  deps: WorkDeps,
): Promise<CallResult> {
  const lines: string[] = [];
  const emit: WorkDeps['emit'] = (event) => {
    if (event.type === 'line' && event.line.stream === 'stderr') lines.push(event.line.message);
  };
  const results = await withWork(workflow, { engine }, { ...deps, emit }, async ({ worker }) => {
    await worker.prepare();
    const done: TaskResult[] = [];
    for (const task of readEvent(payload instanceof Uint8Array ? contentEvent(payload) : payload)) {
      const id = `${stepFileName(step.id)}-${randomUUID().slice(0, 12)}`;
      done.push((await worker.call(step, task, id)).result);
    }
    return done;
  });
  return resultOf(results, lines);
}

function resultOf(results: readonly TaskResult[], log: readonly string[]): CallResult {
  const failed = results.find(({ status }) => status !== 'succeeded');
  return {
    status: failed?.status ?? 'succeeded',
    body: Buffer.concat(results.map(({ stdout }) => stdout ?? new Uint8Array())),
    requestId: results[0]?.id,
    outputs: results.flatMap(({ outputs }) => outputs),
    log: log.join('\n'),
    isLogApart: true,
    ...(failed && { reason: failed.reason ?? `exit code ${failed.exitCode}` }),
  };
}

/** What is done with the queue while the lock is held. */
interface Work {
  readonly worker: Worker;
  /** Fires when the work is to end. */
  readonly stop: AbortSignal;
  /** Copies files to a folder and queues what they trigger. */
  put(inputs: Inputs): Promise<PutResult>;
  /** How much earlier processes left. */
  left(): number;
  /** Queues what earlier processes left; answers what they had done since nothing was left. */
  resume(): Promise<readonly Invocation[]>;
  /** The work that inputs are, whatever became of it before. */
  again(inputs: readonly Again[]): readonly Queued[];
  /** Work that failed, whose input is still there. */
  failed(): Promise<readonly Failed[]>;
  /** Waits until nothing is left to do, or somebody interrupts. */
  finish(): Promise<WorkResult>;
}

/** What ended so far, and what could not be put. */
interface SoFar {
  readonly invocations: Invocation[];
  readonly failures: Failure[];
  readonly attempts: Invocation[];
  readonly notPut: NotPut[];
}

/**
 * Opens the queue of a workflow, works with it, and closes it whatever happens.
 * @throws FdlError `locked`, and what `work` throws
 */
async function withWork<T>(
  workflow: Workflow,
  request: WorkRequest,
  deps: WorkDeps,
  work: (work: Work) => Promise<T>,
): Promise<T> {
  const { home, emit, signal } = deps;
  const stop = new AbortController();
  const interrupted = () => {
    const { running } = worker.queue.counts;
    if (running > 0) void emit({ type: 'stopping', running, grace: GRACE });
    stop.abort();
  };
  // Every script that runs listens to both.
  setMaxListeners(0, stop.signal, process);
  const record: SoFar = { invocations: [], failures: [], attempts: [], notPut: [] };
  await emit({ type: 'activity', activity: { name: 'starting' } });
  let worker: Worker;
  try {
    worker = openWorker(workflow, home, workerOptions(request, deps, record, stop.signal));
  } catch (thrown) {
    void emit({ type: 'activity' });
    throw thrown;
  }
  signal.addEventListener('abort', interrupted, { once: true });
  if (signal.aborted) interrupted();
  try {
    return await work(workOn(workflow, home, worker, record, { signal: stop.signal, emit }));
  } catch (thrown) {
    // What still runs must not find the journal closed.
    stop.abort();
    await worker.queue.idle();
    throw thrown;
  } finally {
    signal.removeEventListener('abort', interrupted);
    void emit({ type: 'activity' });
    worker.close();
  }
}

function workerOptions(
  { engine = 'auto', concurrency, retries = 0 }: WorkRequest,
  { environment, secrets, emit }: WorkDeps,
  { invocations, failures, attempts }: SoFar,
  signal: AbortSignal,
): WorkerOptions {
  const recent = new RecentLines();
  return {
    engine,
    concurrency,
    retries,
    secrets,
    environment,
    signal,
    say: (message) => void emit({ type: 'note', message }),
    onChange: (counts, steps) =>
      void emit({ type: 'activity', activity: { name: 'working', counts, steps } }),
    onLine: (line) => {
      recent.add(line);
      void emit({ type: 'line', line });
    },
    onRetry: (invocation) => void attempts.push(invocation),
    onEnd: (invocation) => {
      const lastLines = recent.take(invocation.id);
      invocations.push(invocation);
      if (invocation.status !== 'succeeded') failures.push({ invocation, lastLines });
      void emit({ type: 'ended', invocation, lastLines });
    },
  };
}

function workOn(
  workflow: Workflow,
  home: LocalHome,
  worker: Worker,
  record: SoFar,
  { signal, emit }: Pick<WorkDeps, 'signal' | 'emit'>,
): Work {
  const { queue, journal, storage } = worker;
  const steps = new Set(runnableSteps(workflow).map(({ id }) => id));
  const enqueue: PutDeps['enqueue'] = (queued) => queue.enqueue(queued);
  const onFault = (fault: string) => queue.halt(fault);
  const deps: PutDeps = { journal, storage, enqueue, triggers: triggersOf(workflow), signal, onFault };
  const put = async (
    announced: readonly Announced[],
    remember: boolean,
    onProgress?: PutDeps['onProgress'],
  ) => {
    const done = await putFiles(announced, { ...deps, onProgress }, { remember });
    record.notPut.push(...done.notPut);
    return done;
  };
  return {
    worker,
    stop: signal,
    put: ({ sources, folder }) => {
      const say = uploading(sources, emit);
      // From the first file on, what its steps do says more.
      const isFirst = () => record.invocations.length + queue.counts.waiting + queue.counts.running === 0;
      return put(announce(sources, folder, new Date().toISOString()), true, (progress) => {
        if (isFirst()) void say(progress);
      });
    },
    left: () => countLeft(queueState(home)),
    again(inputs) {
      const run = new Date().toISOString();
      const queued = inputs.flatMap(({ step, ...written }) =>
        deps.triggers(written, run).filter((each) => each.step === step),
      );
      return queued.filter(({ step }) => steps.has(step));
    },
    async failed() {
      const found: Failed[] = [];
      for (const each of queueState(home).failed) {
        const { step, store, bucket, key } = each.queued;
        if (steps.has(step) && (await storage(store).stat(bucket, key))) found.push(each);
      }
      return found;
    },
    async resume() {
      const ended: Invocation[] = [];
      const { announced, pending } = queueState(home, (invocation) => ended.push(invocation));
      queue.take(reassign(pending, steps, deps));
      await put(stillThere(announced, journal), false);
      return ended;
    },
    async finish() {
      await queue.idle();
      const say = (message: string) => void emit({ type: 'note', message });
      const left = countLeft(queueState(home, undefined, say));
      const rest = { puts: [], failedBefore: [], timedOut: false, goesOn: false };
      return { ...record, ...rest, left, fault: queue.fault };
    },
  };
}
