/** Passes an input on to AWS Batch: one job for it, however often its event comes. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Delay } from '../../retry.ts';
import { CallError } from '../aws/call-error.ts';
import type { AwsSend } from '../aws/send.ts';
import {
  type BatchApi,
  isTooLongFor,
  type JobNames,
  type JobOrder,
  jobNames,
  openBatch,
  submission,
} from './job.ts';
import { type Bucket, claim, giveBack, noteSubmitted, openBucket } from './marker.ts';

interface DelegationDeps {
  readonly send: AwsSend;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly delay?: Delay | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Job {
  readonly id: string;
  readonly name: string;
}

/**
 * Sees to it that there is a job for the input. Answers the one that is there already, if there is one.
 * @throws FdlError `delegation-busy`, or what calls to AWS reject with
 */
export async function delegate(order: JobOrder, deps: DelegationDeps): Promise<Job> {
  const { send, signal, clock, delay = pause } = deps;
  const bucket = openBucket(order.target.bucket, send, signal);
  const batch = openBatch(send, signal);
  const names = jobNames(order);
  const { jobName } = names;
  const marker = { bucket, key: names.marker, jobName, clock, delay, signal };
  const claimed = await claim(marker);
  if (claimed.kind === 'submitted') return { id: claimed.jobId, name: jobName };
  try {
    const id = await submitted(order, names, {
      batch,
      bucket,
      fresh: claimed.fresh,
      settle: () => delay(SETTLE_MS, signal),
    });
    // A marker that stays a claim is repaired by whoever gets the event next: the job is found by its name.
    await noteSubmitted(marker, id).catch(() => {});
    return { id, name: jobName };
  } catch (error) {
    if (!isUncertain(error)) await giveBack(marker).catch(() => {});
    throw error;
  }
}

interface Submitting {
  readonly batch: BatchApi;
  readonly bucket: Bucket;
  readonly fresh: boolean;
  /** Waits until a job that was just submitted is listed. */
  readonly settle: () => Promise<unknown>;
}

const ATTEMPTS = 3;
/** Milliseconds. */
const SETTLE_MS = 1000;

/** Submits the job unless it is there. A submission that may have got through is looked for before the next one. */
async function submitted(order: JobOrder, names: JobNames, submitting: Submitting): Promise<string> {
  const { batch, bucket, fresh, settle } = submitting;
  const find = () => batch.find(names.jobName, order.target.jobQueue);
  const body = await submissionOf(order, names, bucket);
  let known = fresh ? undefined : await find();
  for (let attempt = 1; known === undefined; attempt += 1) {
    try {
      return await batch.submit(body);
    } catch (error) {
      if (!isUncertain(error) || attempt === ATTEMPTS) throw error;
      await settle();
      known = await find();
    }
  }
  return known;
}

async function submissionOf(order: JobOrder, names: JobNames, bucket: Bucket): Promise<string> {
  if (!isTooLongFor(order, names)) return submission(order, names, 'inline');
  await bucket.put(names.event, order.event, 'always');
  return submission(order, names, 'stored');
}

function isUncertain(error: unknown): boolean {
  return !(error instanceof CallError) || error.uncertain;
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<unknown> {
  return wait(ms, undefined, signal && { signal });
}
