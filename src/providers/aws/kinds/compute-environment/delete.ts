/** Deleting compute environments of AWS Batch: disabled first, and waited for, since what they use goes next. */
import type { CallContext } from '../../../../deploy/resource.ts';
import { jobsRunning } from '../batch/jobs.ts';
import { acceptedByBatch, isNotThere, untilGone, untilSettled } from '../batch/state.ts';
import type { AwsDeps } from '../deps.ts';
import type { ComputeEnvironmentAttrs } from './properties.ts';
import { type EnvironmentKey, type EnvironmentWaiting, jobsOf, waitingForEnvironment } from './read.ts';

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
