/** Making compute environments of AWS Batch, and bringing them to what they are to be. */
import type { CallContext } from '../../../../deploy/resource.ts';
import { FdlError } from '../../../../errors.ts';
import { isOwned } from '../../api/tags.ts';
import { pause, TIMEOUT } from '../../api/wait.ts';
import { jobsRunning } from '../batch/jobs.ts';
import {
  acceptedByBatch,
  isAlreadyThere,
  isNotThere,
  present,
  syncBatchTags,
  untilGone,
  untilSettled,
} from '../batch/state.ts';
import type { AwsDeps } from '../deps.ts';
import {
  type ComputeEnvironmentAttrs,
  type ComputeEnvironmentProps,
  environmentChanges,
  environmentTags,
  isServiceLinked,
  UPDATED_FIELDS,
} from './properties.ts';
import { type EnvironmentKey, type EnvironmentWaiting, jobsOf, waitingForEnvironment } from './read.ts';
import { createEnvironmentInput, updateEnvironmentInput } from './request.ts';

export async function reconcileEnvironment(
  deps: AwsDeps,
  props: ComputeEnvironmentProps,
  call: CallContext,
): Promise<ComputeEnvironmentAttrs> {
  const waiting = await waitingForEnvironment(deps, props, call);
  const there = await waiting.look();
  if (there && environmentChanges(props, there).length === 0) return there;
  const found = (await present(waiting)) ?? (await create(deps, props, waiting));
  const tags = environmentTags(props);
  await syncBatchTags(waiting.batch, found, tags, call);
  const updated = await update(props, found, waiting);
  const mended = updated.status === 'INVALID' ? await mend(props, waiting) : updated;
  if (mended.status === 'INVALID') throw invalid(props.name, mended.statusReason);
  return { ...mended, tags };
}

/** An earlier call whose answer was lost may have made it. */
async function create(
  { workflow }: AwsDeps,
  props: ComputeEnvironmentProps,
  waiting: EnvironmentWaiting,
): Promise<ComputeEnvironmentAttrs> {
  const { sdk, client } = waiting.batch;
  const command = new sdk.CreateComputeEnvironmentCommand(createEnvironmentInput(props));
  try {
    await acceptedByBatch(waiting, () => client.send(command, { abortSignal: waiting.call.signal }));
  } catch (thrown) {
    const there = isAlreadyThere(thrown) ? await waiting.look() : undefined;
    if (!isOwned(there?.tags, workflow)) throw thrown;
  }
  return untilSettled(waiting);
}

/** Milliseconds that an update is waited for. Jobs on former machines may hold it up for days, and nobody needs its end. */
const UPDATE_TIMEOUT = 3 * 60_000;

/** Changes what differs. */
async function update(
  props: ComputeEnvironmentProps,
  found: ComputeEnvironmentAttrs,
  waiting: EnvironmentWaiting,
): Promise<ComputeEnvironmentAttrs> {
  const paths = environmentChanges(props, found).map(({ path }) => path);
  const fields = UPDATED_FIELDS.filter((field) => paths.includes(field));
  if (fields.length === 0) return found;
  await send(props, fields, waiting);
  try {
    return await untilSettled(waiting, UPDATE_TIMEOUT);
  } catch (thrown) {
    const now = isTimeout(thrown) ? await waiting.look() : undefined;
    if (now?.status !== 'UPDATING') throw thrown;
    waiting.call.progress('jobs still run on its former machines: new jobs get new ones');
    return now;
  }
}

/** Milliseconds until Batch tells of a change that it accepted. */
const NOTICE = 1000;

async function send(
  props: ComputeEnvironmentProps,
  fields: readonly string[],
  { batch: { sdk, client }, ...waiting }: EnvironmentWaiting,
): Promise<void> {
  const { call, delay = pause } = waiting;
  const command = new sdk.UpdateComputeEnvironmentCommand(updateEnvironmentInput(props, fields));
  await acceptedByBatch(waiting, () => client.send(command, { abortSignal: call.signal }));
  await delay(NOTICE, call.signal);
}

function isTimeout(thrown: unknown): boolean {
  return thrown instanceof FdlError && thrown.code === TIMEOUT;
}

/** Milliseconds until a new role or instance profile holds everywhere. */
const SPREAD = 10_000;

/** Makes Batch look at an invalid environment once more: what it needs may not have been known everywhere. */
async function mend(
  props: ComputeEnvironmentProps,
  waiting: EnvironmentWaiting,
): Promise<ComputeEnvironmentAttrs> {
  const { call, delay = pause, title } = waiting;
  call.progress(`${title} is invalid: trying once more`);
  await delay(SPREAD, call.signal);
  const found = await untilSettled(waiting);
  const all = isServiceLinked(found.serviceRole) ? UPDATED_FIELDS : ['minVcpus', 'maxVcpus', 'state'];
  await send(props, all, waiting);
  return untilSettled(waiting);
}

function invalid(name: string, why = 'AWS gives no reason'): FdlError {
  return new FdlError('environment-invalid', `the compute environment ${name} is invalid: ${why}`, {
    hint: 'Mend what AWS says, and apply again.',
  });
}

/**
 * Deletes an environment, or waits for a deletion that is under way; absent is success. Throws `FdlError` `jobs-running`
 * where jobs run in it, unless they may be ended, and `batch-not-deleted`.
 */
export async function deleteEnvironment(
  deps: AwsDeps,
  key: EnvironmentKey,
  call: CallContext,
): Promise<void> {
  const waiting = await waitingForEnvironment(deps, key, call);
  const found = await waiting.look();
  if (!found) return;
  if (found.status !== 'DELETING') {
    const jobs = deps.force ? [] : await jobsOf(waiting.batch, found, call);
    if (jobs.length > 0) throw jobsRunning(waiting.title, jobs);
    await disableEnvironment(found, waiting);
    await sendDeletion(key, waiting);
  }
  await untilGone(waiting);
}

/** Lets an environment start no more jobs; those that run go on. */
export async function disableEnvironment(
  { state, name }: ComputeEnvironmentAttrs,
  waiting: EnvironmentWaiting,
): Promise<void> {
  if (state === 'DISABLED') return;
  const { sdk, client } = waiting.batch;
  const command = new sdk.UpdateComputeEnvironmentCommand({ computeEnvironment: name, state: 'DISABLED' });
  await untilSettled(waiting);
  await acceptedByBatch(waiting, () => client.send(command, { abortSignal: waiting.call.signal }));
}

async function sendDeletion({ name }: EnvironmentKey, waiting: EnvironmentWaiting): Promise<void> {
  const { sdk, client } = waiting.batch;
  const command = new sdk.DeleteComputeEnvironmentCommand({ computeEnvironment: name });
  await untilSettled(waiting);
  try {
    await acceptedByBatch(waiting, () => client.send(command, { abortSignal: waiting.call.signal }));
  } catch (thrown) {
    if (!isNotThere(thrown)) throw thrown;
  }
}
