/** Putting files where they trigger steps on clouds, and waiting for what comes of it: the same for all of them. */
import { FdlError, messageOf } from '../errors.ts';
import { backOff, pause } from '../retry.ts';
import { openSlots } from '../slots.ts';
import { kindOfStore } from '../storage/kinds.ts';
import type { Storage } from '../storage/storage.ts';
import { type Transfer, transferAll } from '../storage/transfer.ts';
import { objectUri } from '../storage/uri.ts';
import { folderUri } from '../workflow/draw.ts';
import { type FollowedObject, locationOf, triggeredSteps } from '../workflow/follow.ts';
import type { Workflow } from '../workflow/model.ts';
import { openFollower, type Waited } from './follow.ts';
import type {
  Again,
  Emit,
  Inputs,
  PutResult,
  Runtime,
  WorkEvent,
  WorkRequest,
  WorkResult,
} from './runtime.ts';
import { failedInputs, type Outcome, withAttempts } from './try-again.ts';
import { uploading } from './uploading.ts';

/** What is needed of a runtime to put files and to follow them. */
export type Looks = Pick<Runtime, 'invocations' | 'logs' | 'steps' | 'storage'>;

/** And to let steps have inputs again. */
type Works = Looks & Pick<Runtime, 'invoke'>;

/** What follows from looking at steps that go on by themselves. `signal` ends the waiting, not the steps. */
export function cloudWork(runtime: Works, signal: AbortSignal): Pick<Runtime, 'check' | 'put' | 'work'> {
  return {
    check(workflow, { resume, watch }) {
      if (resume || watch) throw nothingToResume(workflow.file);
    },
    async put(workflow, inputs, emit) {
      const steps = new Set(triggered(workflow, inputs));
      await requireDeployed(workflow, runtime, steps, emit);
      return uploadFiles(workflow, runtime, inputs, { signal, emit });
    },
    work: (workflow, request, emit) => workAndFollow(workflow, runtime, request, { signal, emit }),
  };
}

interface How {
  readonly signal: AbortSignal;
  readonly emit: Emit<WorkEvent>;
}

/** Puts inputs, sends steps others that are there already, and waits for what comes of all. */
async function workAndFollow(
  workflow: Workflow,
  runtime: Works,
  { inputs, again = [], running = [], timeout, retries = 0 }: WorkRequest,
  how: How,
): Promise<WorkResult> {
  const { signal, emit } = how;
  if (!inputs && again.length + running.length === 0) throw nothingToResume(workflow.file);
  const first = inputs ? triggered(workflow, inputs) : [];
  if (inputs && first.length === 0) throw nothingTriggered(inputs);
  const steps = [...first, ...[...again, ...running].map(({ step }) => step)];
  await requireDeployed(workflow, runtime, stepsFrom(workflow, steps), emit);
  const follower = await openFollower({ workflow, runtime, signal, emit }, { timeout, running });
  const put = inputs ? await uploadFiles(workflow, runtime, inputs, { signal, emit }) : NOTHING_PUT;
  const sent = await sendAgain(workflow, runtime, again, { signal, emit });
  const going = running.flatMap(({ step, input }) =>
    input ? [{ ...locationOf(input.uri), steps: [step] }] : [],
  );
  const followed = [...put.puts, ...sent.followed, ...going];
  const once = outcomeOf(await follower.until(followed));
  const done = await tryAgain(workflow, runtime, once, { ...how, timeout, retries });
  const notPut = [...put.notPut, ...sent.notPut];
  return { ...done, puts: put.puts, notPut, goesOn: true, failedBefore: [] };
}

function outcomeOf({ invocations, failures, pending, timedOut }: Waited): Outcome {
  return { invocations, failures, attempts: [], timedOut, left: pending.length };
}

/** Sends inputs that failed again, after longer and longer pauses. What cannot be sent stays a failure. */
async function tryAgain(
  workflow: Workflow,
  runtime: Works,
  first: Outcome,
  {
    signal,
    emit,
    timeout,
    retries,
  }: How & { readonly timeout?: number | undefined; readonly retries: number },
): Promise<Outcome> {
  let done = first;
  for (let attempt = 1; attempt <= retries && !done.timedOut && !signal.aborted; attempt += 1) {
    const failed = await failedInputs(workflow, done.failures, (id) => openStore(workflow, runtime, id));
    if (failed.length === 0) break;
    void emit({ type: 'note', message: `${countOf(failed.length)} tried again (${attempt} of ${retries})` });
    await pause(backOff(attempt + SLOWER), signal).catch(() => {});
    const follower = await openFollower({ workflow, runtime, signal, emit }, { timeout });
    const { followed } = await sendAgain(
      workflow,
      runtime,
      failed.map(({ again }) => again),
      { signal, emit },
    );
    const isSent = new Set(followed.map(attemptName));
    const tried = failed.filter(({ again }) => isSent.has(attemptName(followedOf(again))));
    const now = outcomeOf(await follower.until(followed));
    done = withAttempts(done, new Set(tried.map(({ id }) => id)), now);
  }
  return done;
}

/** Doublings of the pause: what failed on a cloud has been repeated there in the meantime. */
const SLOWER = 2;

function countOf(inputs: number): string {
  return inputs === 1 ? '1 input that failed is' : `${inputs} inputs that failed are`;
}

function followedOf({ step, store, bucket, object: { key } }: Again): FollowedObject {
  return { store, bucket, key, steps: [step] };
}

function attemptName({ store, bucket, key, steps = [] }: FollowedObject): string {
  return `${steps.join()} ${objectUri(store, bucket, key)}`;
}

const NOTHING_PUT: PutResult = { puts: [], notPut: [] };

/** Calls that are sent at the same time. */
const CALLS = 8;

/** What was sent, and what was not. */
interface Sent {
  readonly followed: readonly FollowedObject[];
  readonly notPut: PutResult['notPut'];
}

/** Sends each step the event of its object. One that is refused does not keep the others back. */
async function sendAgain(
  workflow: Workflow,
  runtime: Works,
  again: readonly Again[],
  { signal, emit }: How,
): Promise<Sent> {
  const time = new Date().toISOString();
  const slot = openSlots(CALLS);
  const send = async (each: Again): Promise<string | undefined> => {
    const step = workflow.steps.find(({ id }) => id === each.step);
    if (!step) return `${workflow.name} has no step "${each.step}"`;
    if (signal.aborted) return 'interrupted';
    try {
      const call = { payload: eventOf(workflow, each, time), async: true };
      const { reason } = await runtime.invoke(workflow, step, call, emit);
      if (reason !== undefined) void emit({ type: 'note', message: reason });
      return undefined;
    } catch (thrown) {
      return messageOf(thrown);
    }
  };
  const sent = await Promise.all(again.map((each) => slot(() => send(each))));
  const placed = again.map(followedOf);
  const followed = placed.filter((_, index) => sent[index] === undefined);
  const notPut = placed.flatMap(({ steps: _, ...place }, index) => {
    const reason = sent[index];
    return reason === undefined
      ? []
      : [{ path: objectUri(place.store, place.bucket, place.key), ...place, reason }];
  });
  return { followed, notPut };
}

/** As its store would send it now: another time makes it another event, also for what leaves out events that repeat. */
function eventOf({ stores }: Workflow, { store, bucket, object }: Again, time: string): object {
  const kind = stores.find(({ id }) => id === store)?.kind;
  const event = kind && kindOfStore(kind).events?.write?.({ bucket, ...object, time });
  if (event) return event;
  throw new FdlError('no-event', `objects in "${store}" cannot be sent to a step again`, {
    hint: 'Put them again: fdl put.',
  });
}

/** These steps and all that come after them. */
export function stepsFrom({ links }: Workflow, first: readonly string[]): ReadonlySet<string> {
  const reached = new Set(first);
  // It grows as it is walked through.
  for (const id of reached) for (const { from, to } of links) if (from === id) reached.add(to);
  return reached;
}

/**
 * Makes sure that steps are there before anything is sent to them, since nothing tells a step of files that came before
 * it; what is there and not ready is said.
 * @throws FdlError `step-not-deployed`
 */
export async function requireDeployed(
  workflow: Workflow,
  runtime: Pick<Runtime, 'steps'>,
  steps: ReadonlySet<string>,
  emit: Emit<WorkEvent>,
): Promise<void> {
  const deployed = new Map((await runtime.steps(workflow)).map((each) => [each.step, each]));
  const missing = [...steps].filter((id) => !deployed.has(id));
  if (missing.length > 0) throw notDeployed(workflow, missing);
  for (const id of steps) {
    const { state, scriptDiffers } = deployed.get(id) ?? {};
    if (scriptDiffers) {
      const message = `${id} is deployed with another script than the file has: fdl apply ${workflow.file}`;
      void emit({ type: 'note', message });
    }
    if (state !== undefined && state !== 'ready')
      void emit({ type: 'note', message: `${id} is not ready: ${state}` });
  }
}

type Upload = Transfer & { readonly kind: 'upload' };

/** Uploads files, several at a time. One that fails does not keep the others back. */
async function uploadFiles(
  workflow: Workflow,
  runtime: Pick<Runtime, 'storage'>,
  { sources, folder: { store, bucket, prefix } }: Inputs,
  { signal, emit }: How,
): Promise<PutResult> {
  const storage = openStore(workflow, runtime, store);
  const uploads = sources.map(({ path, name }): Upload => {
    return { kind: 'upload', storage, file: path, bucket, key: prefix === '' ? name : `${prefix}/${name}` };
  });
  const say = uploading(sources, emit);
  try {
    await say();
    const results = await transferAll(uploads, { signal, onProgress: say });
    const place = ({ file, key }: Upload) => ({ path: file, store, bucket, key });
    return {
      puts: results.flatMap((result) =>
        result.status === 'done' ? [{ ...place(result.transfer), size: result.object.size }] : [],
      ),
      notPut: results.flatMap((result) =>
        result.status === 'failed' ? [{ ...place(result.transfer), reason: messageOf(result.error) }] : [],
      ),
    };
  } finally {
    void emit({ type: 'activity' });
  }
}

function openStore(workflow: Workflow, runtime: Pick<Runtime, 'storage'>, id: string): Storage {
  const store = workflow.stores.find((each) => each.id === id);
  if (!store) throw new Error(`the workflow has no store ${id}`);
  return runtime.storage(workflow, store);
}

/** The steps that the files trigger. */
function triggered(workflow: Workflow, { folder, sources }: Inputs): readonly string[] {
  const steps = triggeredSteps(workflow);
  const { store, bucket, prefix } = folder;
  const keys = sources.map(({ name }) => (prefix === '' ? name : `${prefix}/${name}`));
  return [...new Set(keys.flatMap((key) => steps({ store, bucket, key })))];
}

function notDeployed({ file }: Workflow, steps: readonly string[]): FdlError {
  const what = steps.length === 1 ? `the step "${steps[0]}" is` : `the steps ${steps.join(', ')} are`;
  return new FdlError('step-not-deployed', `${what} not deployed`, {
    hint: `Deploy the workflow: fdl apply ${file}; or run every step on this machine: --local.`,
  });
}

function nothingTriggered({ folder }: Inputs): FdlError {
  const message = `files in ${folderUri(folder)} trigger no step`;
  const hint = 'AWS starts functions for files in S3 only; call the step itself: fdl invoke.';
  return new FdlError('nothing-triggered', message, { hint, exitCode: 2 });
}

function nothingToResume(file: string): FdlError {
  return new FdlError('resume-local', 'on clouds, steps go on by themselves: there is nothing to resume', {
    hint: `See how far they are: fdl status ${file}.`,
    exitCode: 2,
  });
}
