/** A host like AWS Lambda's: starts a runtime when an event comes, gives it one after the other, and ends it. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type Delivery, type Outcome, type RuntimeApiServer, startRuntimeApi } from './runtime-api.ts';

/** A running runtime. */
export interface Sandbox {
  /** Ends with the exit code when the runtime does. */
  readonly exited: Promise<number>;
  /** All that it wrote so far. */
  output(): string;
  /** Ends it for certain. */
  kill(): Promise<void>;
}

/** Starts a runtime that speaks to the Runtime API at `address`. */
export type Launch = (address: string) => Sandbox;

export type Invoked = Outcome & {
  /** What the runtime wrote meanwhile. */
  readonly logs: string;
};

export interface LambdaHost {
  /** Invokes the function, after the invocations that were asked for before. */
  invoke(event: unknown, options?: Partial<Omit<Delivery, 'event'>>): Promise<Invoked>;
  /** How many runtimes were started so far. */
  starts(): number;
  close(): Promise<void>;
}

/** Milliseconds: AWS Lambda's own for a start, and the default of a function. */
const INIT_TIMEOUT = 10_000;
const DEADLINE = 3000;
/** Milliseconds without output after which all of it is taken to be there. */
const QUIET = 20;

export interface HostOptions {
  readonly launch: Launch;
  /** Milliseconds; 10,000 by default, as on AWS. */
  readonly initTimeoutMs?: number;
}

/** A host without any runtime yet. */
export async function startLambdaHost({ launch, initTimeoutMs }: HostOptions): Promise<LambdaHost> {
  const api = await startRuntimeApi();
  const sandboxes = keepOne(() => launch(api.address), api.reset);
  let queue: Promise<unknown> = Promise.resolve();
  return {
    invoke: (event, { deadlineMs = DEADLINE, requestId = randomUUID(), ...rest } = {}) => {
      const delivery = { event, deadlineMs, requestId, ...rest };
      const mine = queue.then(() => invoke(api, sandboxes, delivery, initTimeoutMs));
      queue = mine.catch(() => {});
      return mine;
    },
    starts: sandboxes.starts,
    close: async () => {
      await sandboxes.end();
      await api.close();
    },
  };
}

interface Sandboxes {
  /** The one that runs; nothing before the first event and after an end. */
  current(): Sandbox | undefined;
  /** The one that runs, else a new one. */
  take(): Sandbox;
  end(): Promise<void>;
  starts(): number;
}

/** Keeps one sandbox. One that ends while nothing is asked of it is replaced without a word. */
function keepOne(launch: () => Sandbox, onEnd: () => void): Sandboxes {
  let kept: Sandbox | undefined;
  let starts = 0;
  const forget = (ended: Sandbox) => {
    if (kept !== ended) return;
    kept = undefined;
    onEnd();
  };
  return {
    current: () => kept,
    take: () => {
      if (kept) return kept;
      const started = launch();
      kept = started;
      starts += 1;
      void started.exited.then(() => forget(started));
      return started;
    },
    end: async () => {
      const ended = kept;
      await ended?.kill();
      if (ended) forget(ended);
    },
    starts: () => starts,
  };
}

async function invoke(
  api: RuntimeApiServer,
  sandboxes: Sandboxes,
  delivery: Delivery,
  initTimeoutMs = INIT_TIMEOUT,
): Promise<Invoked> {
  const before = sandboxes.current()?.output().length ?? 0;
  const sandbox = sandboxes.take();
  const started = within(initTimeoutMs, api.ready());
  const outcome = await Promise.race([
    started.then((ready) => (ready ? api.invoke(delivery) : initTimedOut(initTimeoutMs))),
    api.initFailed().then((error): Outcome => ({ status: 'failed', error, last: true })),
    exited(sandbox, delivery.requestId),
  ]);
  const logsOf = () => sandbox.output().slice(before);
  // Who was killed in the middle of its work writes no end of it.
  const isAlive = !(outcome.status === 'failed' && outcome.last);
  await quiet(sandbox);
  if (isAlive) await ended(logsOf, sandbox);
  if (outcome.status === 'failed' && outcome.last) await sandboxes.end();
  return { ...outcome, logs: logsOf() };
}

async function exited(sandbox: Sandbox, requestId: string | undefined): Promise<Outcome> {
  const errorMessage = `RequestId: ${requestId} Error: Runtime exited with error: exit status ${await sandbox.exited}`;
  return { status: 'failed', error: { errorType: 'Runtime.ExitError', errorMessage }, last: true };
}

function initTimedOut(ms: number): Outcome {
  const errorMessage = `Init phase timed out after ${(ms / 1000).toFixed(2)} seconds`;
  return { status: 'failed', error: { errorType: 'Sandbox.Timedout', errorMessage }, last: true };
}

/** Whether something ends within some milliseconds. */
function within(ms: number, awaited: Promise<unknown>): Promise<boolean> {
  return Promise.race([awaited.then(() => true), wait(ms, false, { ref: false })]);
}

/** Milliseconds that the end of what was begun may be on its way: a busy machine passes it on late. */
const ON_ITS_WAY = 10_000;

/** Waits until what the supervisor began in the log is ended there: it writes that before it answers. */
async function ended(logs: () => string, sandbox: Sandbox): Promise<void> {
  const until = Date.now() + ON_ITS_WAY;
  const count = (what: string) => logs().split(`{"fdl":"${what}"`).length;
  while (count('start') > count('end') && Date.now() < until) await wait(QUIET);
  await quiet(sandbox);
}

/** Waits until what was written has arrived. */
async function quiet(sandbox: Sandbox): Promise<void> {
  let length = -1;
  while (length !== sandbox.output().length) {
    length = sandbox.output().length;
    await wait(QUIET);
  }
}
