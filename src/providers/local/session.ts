/** A process that works on a workflow: it holds the lock, the journal and the log, and runs what is queued. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { FdlError } from '../../errors.ts';
import { masker } from '../../secret.ts';
import { localStorage } from '../../storage/local-folders.ts';
import type { ObjectInfo, Storage } from '../../storage/storage.ts';
import type { TaskDeps, TaskResult } from '../../supervisor/context.ts';
import { handleTask } from '../../supervisor/invocation.ts';
import { runProcess } from '../../supervisor/process-runner.ts';
import type { Runner } from '../../supervisor/script.ts';
import { objectTask, type Task } from '../../supervisor/task.ts';
import type { Invocation, LogLine } from '../../workflow/invocation.ts';
import type { Step, Workflow } from '../../workflow/model.ts';
import { stepOrder } from '../../workflow/order.ts';
import { containerRunner, removeLeftovers } from './container-runner.ts';
import { runnableSteps } from './desired.ts';
import { type EngineChoice, findEngine } from './engine.ts';
import type { LocalHome } from './home.ts';
import { ensureImage } from './images.ts';
import { type JournalWriter, openJournal, type Queued } from './journal.ts';
import { takeLock } from './lock.ts';
import { openLog } from './log-file.ts';
import { settle, standingOf } from './standing.ts';
import { secretsOf, stepConfig } from './step-config.ts';
import { triggersOf, type Written } from './triggers.ts';
import { type Counts, type Handled, WorkQueue } from './work-queue.ts';

export interface SessionOptions {
  readonly engine: EngineChoice;
  /** Scripts at the same time; by default as many as there are processors. */
  readonly concurrency?: number | undefined;
  readonly retries: number;
  /** Texts that no log may show. */
  readonly secrets: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly onChange?: (counts: Counts) => void;
  readonly onEnd?: (invocation: Invocation, run: string) => void;
  readonly onLine?: (line: LogLine) => void;
  /** For people: what engine is used, what is pulled. */
  readonly say: (message: string) => void;
}

export interface Session {
  readonly queue: WorkQueue;
  readonly journal: JournalWriter;
  /** Opens a store by its id. */
  storage(store: string): Storage;
  /** Makes what is needed to run the steps ready: the engine and the images. Nothing is run before. */
  prepare(): Promise<void>;
  /** Runs a step for a task outside the queue; downstream work is queued in the journal only. */
  call(step: Step, task: Task, id: string): Promise<Handled & { readonly result: TaskResult }>;
  /** Ends the session; notes whether anything is left to do. */
  close(): void;
}

/** Bytes of the answer of a direct call, as on AWS Lambda. */
const ANSWER_LIMIT = 6 * 1024 * 1024;
/** What scripts without a container get of this machine's environment: what programs need to work at all. */
const INHERITED = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_.*|TZ|TMPDIR)$/;

/**
 * Opens a session.
 * @throws FdlError `locked`: another process works on the workflow
 */
export function openSession(workflow: Workflow, home: LocalHome, options: SessionOptions): Session {
  const unlock = takeLock(home);
  // What a killed process left; its scripts may still be running, so that nothing of it is used again.
  clear(home.tmp);
  const tmpRoot = join(home.tmp, randomUUID());
  mkdirSync(tmpRoot, { recursive: true });
  const journal = openJournal(home);
  const log = openLog(home);
  const mask = masker(options.secrets);
  const stores = new Map(workflow.stores.map((store) => [store.id, store]));
  const steps = new Map(runnableSteps(workflow).map((step) => [step.id, step]));
  const runners = new Map<string, Runner>();
  const opened = new Map<string, Storage>();

  const storage = (id: string): Storage => {
    const namespace = stores.get(id)?.namespace ?? id;
    const known = opened.get(namespace) ?? localStorage(`${home.buckets}/${namespace}`);
    opened.set(namespace, known);
    return known;
  };
  const write = (line: LogLine) => {
    log.write(line);
    options.onLine?.(line);
  };
  const attempt = async (step: Step, task: Task, id: string, capture: number) => {
    const written: Written[] = [];
    const deps: TaskDeps = {
      storage: (store) =>
        noting(storage(store), (bucket, object) => {
          written.push({ store, namespace: stores.get(store)?.namespace ?? store, bucket, object });
        }),
      runner: runners.get(step.id) ?? runProcess,
      log: write,
      mask,
      clock: Date.now,
      tmpRoot,
      environment: runners.has(step.id) ? {} : inherited(options.environment),
      secretEnvironment: secretsOf(step),
      signal: options.signal,
      captureBytes: capture,
    };
    const result = await handleTask(task, configOf(step), deps, id);
    return { result, invocation: invocationOf(result), written };
  };
  const configs = new Map([...steps.values()].map((step) => [step.id, stepConfig(workflow, step, home)]));
  const configOf = (step: Step) => configs.get(step.id) ?? stepConfig(workflow, step, home);

  const queue = new WorkQueue({
    journal,
    triggers: triggersOf(workflow),
    order: stepOrder(workflow).filter((id) => steps.has(id)),
    handle: (queued) => attempt(stepFor(steps, queued), taskFor(queued, stores), queued.id, 0),
    concurrency: options.concurrency ?? availableParallelism(),
    stepLimits: stepLimits(steps.values()),
    retries: options.retries,
    onChange: options.onChange ?? (() => {}),
    onEnd: options.onEnd ?? (() => {}),
    signal: options.signal,
  });

  return {
    queue,
    journal,
    storage,
    prepare: () => prepareRunners([...steps.values()], runners, home, options),
    async call(step, task, id) {
      const handled = await attempt(step, task, id, ANSWER_LIMIT);
      const next = handled.written.flatMap((each) => triggersOf(workflow)(each, id));
      journal.append({ type: 'ended', run: id, invocation: handled.invocation, next });
      return handled;
    },
    close() {
      log.close();
      journal.close();
      settle(home, standingOf(home));
      clear(home.tmp);
      unlock();
    },
  };
}

/** Removes folders as far as possible: a script may be writing there, or a container's user may own files. */
function clear(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // The next session tries again.
  }
}

/** A store that tells what is written to it. */
function noting(storage: Storage, note: (bucket: string, object: ObjectInfo) => void): Storage {
  return {
    ...storage,
    async upload(file, bucket, key, options) {
      const object = await storage.upload(file, bucket, key, options);
      note(bucket, object);
      return object;
    },
  };
}

function stepFor(steps: ReadonlyMap<string, Step>, { step }: Queued): Step {
  const found = steps.get(step);
  if (!found) throw new Error(`the queue has work for the unknown step ${step}`);
  return found;
}

function taskFor(
  queued: Queued,
  stores: ReadonlyMap<string, { readonly kind: 's3' | 'minio' | 'onedata' | 'webdav' | 'rucio' }>,
): Task {
  const { store, bucket, key, size, etag, time } = queued;
  return objectTask({ store, kind: stores.get(store)?.kind ?? 'minio', bucket, key, size, etag, time });
}

function invocationOf({ stdout, stdoutCut, signal, ...result }: TaskResult): Invocation {
  return result;
}

function inherited(environment: SessionOptions['environment']): SessionOptions['environment'] {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => INHERITED.test(name)));
}

/** A function's reserved concurrency holds here as well. */
function stepLimits(steps: Iterable<Step>): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  for (const step of steps) {
    const limit = step.provider === 'aws' ? step.settings.lambda?.reserved_concurrency : undefined;
    if (limit !== undefined && limit > 0) limits.set(step.id, limit);
  }
  return limits;
}

async function prepareRunners(
  steps: readonly Step[],
  runners: Map<string, Runner>,
  home: LocalHome,
  options: SessionOptions,
): Promise<void> {
  const engine = await findEngine(options.engine);
  if (!engine) {
    if (options.engine === 'auto')
      options.say('no container engine works here: scripts run without their image');
    else options.say('scripts run without their image (--engine host)');
    return;
  }
  const label = `fdl.home=${home.root}`;
  await removeLeftovers(engine, label);
  const { environment, signal, say } = options;
  const mirrors = environment['FDL_REGISTRY_MIRRORS'];
  const images = new Map<string, Promise<string>>();
  const nameOf = (image: string) => {
    const name = images.get(image) ?? ensureImage(image, { engine, mirrors, signal, say });
    images.set(image, name);
    return name;
  };
  await Promise.all(
    steps.map(async ({ id, image, limits }) => {
      if (!image) throw noImage(id);
      const name = await nameOf(image);
      runners.set(id, containerRunner({ engine, image: name, limits, label, environment }));
    }),
  );
}

function noImage(step: string): FdlError {
  return new FdlError('missing-image', `"${step}" has no container image`, {
    hint: 'Name one in the file, or run without images: --engine host.',
    exitCode: 2,
  });
}
