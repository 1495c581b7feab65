/** Making, changing and deleting compute environments and queues of AWS Batch, which do all of it in their own time. */

import type { CallContext, Change } from '../../../../deploy/resource.ts';
import { FdlError } from '../../../../errors.ts';
import { AwsError, hasAwsCode } from '../../api/errors.ts';
import { isOwned, type Tags, tagSync } from '../../api/tags.ts';
import { pause, untilAccepted, type WaitOptions, waitUntil } from '../../api/wait.ts';
import type { Batch } from './jobs.ts';

/** What Batch says of an environment or a queue. */
interface BatchState {
  /** `ENABLED`, or `DISABLED`: then it takes no more jobs, and those that run go on. */
  readonly state: string;
  /** `CREATING`, `UPDATING`, `DELETING`, `VALID` or `INVALID`. */
  readonly status: string;
  readonly statusReason?: string | undefined;
  readonly tags: Tags;
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
async function untilGone<T extends BatchState>(waiting: BatchWaiting<T>): Promise<void> {
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

/** Creates it, and waits until it is ready. An earlier call whose answer was lost may have made it. */
export async function createInBatch<T extends BatchState>(
  waiting: BatchWaiting<T>,
  workflow: string,
  send: () => Promise<unknown>,
): Promise<T> {
  try {
    await acceptedByBatch(waiting, send);
  } catch (thrown) {
    const there = isAlreadyThere(thrown) ? await waiting.look() : undefined;
    if (!isOwned(there?.tags, workflow)) throw thrown;
  }
  return untilSettled(waiting);
}

/** Milliseconds until Batch tells of a change that it accepted. */
const NOTICE = 1000;

/** Sends a change, and waits until its state tells of it. */
export async function updateInBatch<T extends BatchState>(
  waiting: BatchWaiting<T>,
  send: () => Promise<unknown>,
): Promise<void> {
  const { call, delay = pause } = waiting;
  await acceptedByBatch(waiting, send);
  await delay(NOTICE, call.signal);
}

/** Lets it take no more jobs; those that run go on. `send` sends the state `DISABLED`. One that is gone takes none. */
export async function disableInBatch<T extends BatchState>(
  { state }: T,
  waiting: BatchWaiting<T>,
  send: () => Promise<unknown>,
): Promise<void> {
  if (state === 'DISABLED') return;
  if (!(await untilRemovable(waiting))) return;
  await acceptedByBatch(waiting, send).catch(unlessGoing(waiting));
}

/** Waits until it can be changed or deleted; nothing where it is gone, or somebody else deletes it. */
async function untilRemovable<T extends BatchState>(waiting: BatchWaiting<T>): Promise<T | undefined> {
  const what = `${waiting.title} to be ready`;
  const { still } = await waitUntil({ ...waiting, timeoutMs: READY_TIMEOUT, what }, async () => {
    const found = await waiting.look();
    if (!found || found.status === 'DELETING') return { still: undefined };
    return ['VALID', 'INVALID'].includes(found.status) ? { still: found } : undefined;
  });
  return still;
}

/** Takes a refusal for what it is, unless the thing is gone, or about to be: somebody else has removed it. */
function unlessGoing<T extends BatchState>({ look }: BatchWaiting<T>): (thrown: unknown) => Promise<void> {
  return async (thrown) => {
    if (isNotThere(thrown)) return;
    if (!hasAwsCode(thrown, 'ClientException')) throw thrown;
    const found = await look();
    if (found && found.status !== 'DELETING') throw thrown;
  };
}

/**
 * Deletes it, or waits for a deletion that is under way; absent is success. `prepare` is called first: it disables what
 * is there, or throws where it must stay. Throws `FdlError` `batch-not-deleted`.
 */
export async function deleteInBatch<T extends BatchState>(
  waiting: BatchWaiting<T>,
  { prepare, send }: { prepare: (found: T) => Promise<void>; send: () => Promise<unknown> },
): Promise<void> {
  const found = await waiting.look();
  if (!found) return;
  if (found.status !== 'DELETING') {
    await prepare(found);
    if (await untilRemovable(waiting)) await acceptedByBatch(waiting, send).catch(unlessGoing(waiting));
  }
  await untilGone(waiting);
}

/** What Batch says of one that is not as it should be. */
export function statusChange({
  status,
  statusReason,
}: Pick<BatchState, 'status' | 'statusReason'>): readonly Change[] {
  if (status === 'VALID' || status === 'UPDATING') return [];
  const before = status === 'INVALID' && statusReason ? `${status}: ${statusReason}` : status;
  return [{ path: 'status', before, after: 'VALID' }];
}

/** The error where Batch calls one invalid, and goes on doing so. */
export function invalidInBatch(code: string, title: string, why = 'AWS gives no reason'): FdlError {
  return new FdlError(code, `${title} is invalid: ${why}`, { hint: 'Mend what AWS says, and apply again.' });
}

/** Sends a change, again and again while something that passes is in its way. Throws what AWS says in the end. */
async function acceptedByBatch<T>(
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
function isAlreadyThere(thrown: unknown): boolean {
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
