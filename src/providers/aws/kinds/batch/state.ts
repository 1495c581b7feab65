/** Waiting for compute environments and queues of AWS Batch, which change, and go, in their own time. */

import type { CallContext } from '../../../../deploy/resource.ts';
import { FdlError } from '../../../../errors.ts';
import { AwsError, hasAwsCode } from '../../api/errors.ts';
import { type Tags, tagSync } from '../../api/tags.ts';
import { untilAccepted, type WaitOptions, waitUntil } from '../../api/wait.ts';
import type { Batch } from './jobs.ts';

/** What Batch says of an environment or a queue. */
export interface BatchState {
  /** `CREATING`, `UPDATING`, `DELETING`, `VALID` or `INVALID`. */
  readonly status: string;
  readonly statusReason?: string | undefined;
}

export type BatchWaiting<T extends BatchState> = Omit<WaitOptions, 'timeoutMs' | 'what'> & {
  /** What people read: `the queue shop-resize`. */
  readonly title: string;
  /** Reads it; nothing where it is not there. */
  readonly look: () => Promise<T | undefined>;
};

/** Milliseconds until an environment or a queue is ready, and until it is gone with its machines and jobs. */
const READY_TIMEOUT = 10 * 60_000;
const GONE_TIMEOUT = 30 * 60_000;
/** And until what refers to each other, or was just made, is known everywhere. */
const ACCEPTED_TIMEOUT = 60_000;

/** Waits until it is valid, or invalid, and answers it; what is not there yet, is about to be. */
export async function untilSettled<T extends BatchState>(
  waiting: BatchWaiting<T>,
  timeoutMs: number = READY_TIMEOUT,
): Promise<T> {
  return waitUntil({ ...waiting, timeoutMs, what: `${waiting.title} to be ready` }, async () => {
    const found = await waiting.look();
    return found && ['VALID', 'INVALID'].includes(found.status) ? found : undefined;
  });
}

/** Waits until it is gone. Throws `FdlError` `batch-not-deleted` where its deletion failed. */
export async function untilGone<T extends BatchState>(waiting: BatchWaiting<T>): Promise<void> {
  let deleting = false;
  await waitUntil({ ...waiting, timeoutMs: GONE_TIMEOUT, what: `${waiting.title} to be gone` }, async () => {
    const found = await waiting.look();
    if (!found) return true;
    // The state from before the deletion may be told for a moment.
    if (found.status === 'INVALID' && deleting) throw notDeleted(waiting.title, found.statusReason);
    deleting ||= found.status === 'DELETING';
    return undefined;
  });
}

/** Reads it once it is neither being made, changed nor deleted; nothing where it is gone then. */
export async function present<T extends BatchState>(waiting: BatchWaiting<T>): Promise<T | undefined> {
  const found = await waiting.look();
  if (found?.status === 'DELETING') {
    await untilGone(waiting);
    return undefined;
  }
  return found && (await untilSettled(waiting));
}

/** Sends a change, again and again while something that passes is in its way. Throws what AWS says in the end. */
export async function acceptedByBatch<T>(
  { call, delay, title }: Omit<BatchWaiting<BatchState>, 'look'>,
  send: () => Promise<T>,
): Promise<T> {
  const waiting = { call, delay, timeoutMs: ACCEPTED_TIMEOUT, what: `AWS Batch to accept ${title}` };
  return untilAccepted(waiting, isForTheMoment, send);
}

/** Every refusal of Batch has the same code: what it says tells them apart. */
const PASSING =
  /is being modified|JobQueue relationship|(service|instance).?(role|profile).*(not exist|not found|not authorized|invalid)/i;

function isForTheMoment(thrown: unknown): boolean {
  return (
    hasAwsCode(thrown, 'ClientException') && PASSING.test((thrown as AwsError).message) && !isNotThere(thrown)
  );
}

/** Whether Batch refuses since there is no such environment, queue or definition. */
export function isNotThere(thrown: unknown): boolean {
  return (
    hasAwsCode(thrown, 'ClientException') &&
    /(compute.?environment|job.?queue|job.?definition)\b.*(does not exist|not found)/i.test(
      (thrown as AwsError).message,
    )
  );
}

/** Whether Batch refuses to make what is there already. */
export function isAlreadyThere(thrown: unknown): boolean {
  return thrown instanceof AwsError && /already exists/i.test(thrown.message);
}

function notDeleted(title: string, why = 'AWS gives no reason'): FdlError {
  return new FdlError('batch-not-deleted', `${title} cannot be deleted: ${why}`, {
    hint: 'Bring back what AWS misses, or apply the workflow again, and remove it then.',
  });
}

/** Sets and removes what differs. */
export async function syncBatchTags(
  { sdk, client }: Batch,
  { arn: resourceArn, tags: found }: { readonly arn: string; readonly tags: Tags },
  wanted: Tags,
  { signal: abortSignal }: CallContext,
): Promise<void> {
  const { set: tags, remove: tagKeys } = tagSync(wanted, found);
  if (Object.keys(tags).length > 0) {
    await client.send(new sdk.TagResourceCommand({ resourceArn, tags }), { abortSignal });
  }
  if (tagKeys.length > 0) {
    await client.send(new sdk.UntagResourceCommand({ resourceArn, tagKeys: [...tagKeys] }), { abortSignal });
  }
}
