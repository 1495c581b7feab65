/** Putting files where they trigger steps on clouds, and waiting for what comes of it: the same for all of them. */
import { FdlError, messageOf } from '../errors.ts';
import type { Storage } from '../storage/storage.ts';
import { type Transfer, transferAll } from '../storage/transfer.ts';
import { folderUri } from '../workflow/draw.ts';
import { triggeredSteps } from '../workflow/follow.ts';
import type { Workflow } from '../workflow/model.ts';
import { openFollower } from './follow.ts';
import type { Emit, Inputs, PutResult, Runtime, WorkEvent, WorkRequest, WorkResult } from './provider.ts';
import { uploading } from './uploading.ts';

/** What is needed of a runtime to put files and to follow them. */
export type Looks = Pick<Runtime, 'invocations' | 'logs' | 'steps' | 'storage'>;

/** What follows from looking at steps that go on by themselves. `signal` ends the waiting, not the steps. */
export function cloudWork(runtime: Looks, signal: AbortSignal): Pick<Runtime, 'check' | 'put' | 'work'> {
  return {
    check(workflow, { resume, watch }) {
      if (resume || watch) throw nothingToResume(workflow.file);
    },
    async put(workflow, inputs, emit) {
      const steps = new Set(triggered(workflow, inputs));
      await requireDeployed(workflow, runtime, steps, emit);
      return uploadFiles(workflow, runtime, inputs, { signal, emit });
    },
    work: (workflow, request, emit) => putAndFollow(workflow, runtime, request, { signal, emit }),
  };
}

interface How {
  readonly signal: AbortSignal;
  readonly emit: Emit<WorkEvent>;
}

async function putAndFollow(
  workflow: Workflow,
  runtime: Looks,
  { inputs, timeout }: WorkRequest,
  { signal, emit }: How,
): Promise<WorkResult> {
  if (!inputs) throw nothingToResume(workflow.file);
  const first = triggered(workflow, inputs);
  if (first.length === 0) throw nothingTriggered(inputs);
  await requireDeployed(workflow, runtime, stepsFrom(workflow, first), emit);
  const follower = await openFollower({ workflow, runtime, signal, emit }, { timeout });
  const { puts, notPut } = await uploadFiles(workflow, runtime, inputs, { signal, emit });
  const { invocations, failures, pending, timedOut } = await follower.until(puts);
  const left = pending.length;
  return { puts, notPut, invocations, failures, left, timedOut, goesOn: true, failedBefore: [] };
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
    const state = deployed.get(id)?.state;
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
