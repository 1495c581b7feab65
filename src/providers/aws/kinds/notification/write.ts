/** Writes the entries of a workflow into the notification configuration of a bucket that others write as well. */
import type { NotificationConfiguration } from '@aws-sdk/client-s3';
import type { CallContext } from '../../../../deploy/resource.ts';
import { messageOf } from '../../../../errors.ts';
import type { Connection } from '../../api/clients.ts';
import { AwsError, hasAwsCode, unlessMissing } from '../../api/errors.ts';
import { waitUntil } from '../../api/wait.ts';
import type { AwsDeps } from '../deps.ts';
import {
  type Entry,
  foreignEntries,
  ownEntries,
  requireNoOverlap,
  sameEntries,
  withEntries,
} from './configuration.ts';

export interface Place {
  readonly s3: Connection<'s3'>;
  readonly bucket: string;
  /** Whose the bucket must be: twelve digits. */
  readonly account?: string | undefined;
}

/** The whole configuration; nothing where there is no such bucket. */
export async function readConfig(
  { s3: { sdk, client }, bucket, account }: Place,
  { signal }: CallContext,
): Promise<NotificationConfiguration | undefined> {
  const command = new sdk.GetBucketNotificationConfigurationCommand({ Bucket: bucket, ...ownerOf(account) });
  const answer = await unlessMissing(client.send(command, { abortSignal: signal }), 'NoSuchBucket');
  if (!answer) return undefined;
  const { $metadata: _, ...config } = answer;
  return config;
}

function ownerOf(account: string | undefined): { readonly ExpectedBucketOwner?: string } {
  return account === undefined ? {} : { ExpectedBucketOwner: account };
}

/** Milliseconds for S3 to take our entries and to give them back. */
const WRITE_TIMEOUT = 120_000;

/**
 * Makes these the entries of the workflow. The call replaces the whole configuration, without a condition: so it comes
 * right after reading, and is done again until what is read back has our entries. Nothing is written where it has them.
 */
export async function writeEntries(
  place: Place,
  entries: readonly Entry[],
  { workflow, delay }: AwsDeps,
  call: CallContext,
): Promise<void> {
  let tries: Tries = { refused: 0, unvalidated: false };
  const what = `the notifications of the bucket ${place.bucket}`;
  const done = (config: NotificationConfiguration) => sameEntries(ownEntries(config, workflow), entries);
  await waitUntil({ call, delay, timeoutMs: WRITE_TIMEOUT, what }, async () => {
    const config = await readConfig(place, call);
    // Without a bucket there is nothing to take out; putting something in says itself that the bucket is missing.
    if (config ? done(config) : entries.length === 0) return true;
    requireNoOverlap(place.bucket, entries, config ?? {}, workflow);
    try {
      await putConfig(place, withEntries(config ?? {}, workflow, entries), tries.unvalidated, call);
    } catch (thrown) {
      const foreign = foreignEntries(config ?? {}, workflow).length > 0;
      tries = nextTry(thrown, tries, culpritOf(thrown, entries, foreign));
      return undefined;
    }
    const again = await readConfig(place, call);
    return again && done(again) ? true : undefined;
  });
}

async function putConfig(
  { s3: { sdk, client }, bucket, account }: Place,
  NotificationConfiguration: NotificationConfiguration,
  unvalidated: boolean,
  { signal }: CallContext,
): Promise<void> {
  const command = new sdk.PutBucketNotificationConfigurationCommand({
    Bucket: bucket,
    NotificationConfiguration,
    ...ownerOf(account),
    ...(unvalidated && { SkipDestinationValidation: true }),
  });
  await client.send(command, { abortSignal: signal });
}

interface Tries {
  /** How often S3 did not accept a destination. */
  readonly refused: number;
  /** Ask S3 not to look at the destinations. */
  readonly unvalidated: boolean;
}

/** So often our own destinations may be refused: it takes S3 some seconds to learn of a permission that was just given. */
const OWN_REFUSALS = 10;
/** And so often a destination that S3 does not name, until it is taken for somebody else's. */
const UNNAMED_REFUSALS = 4;

/**
 * How to write the next time; throws the refusal where that would not help. A destination of somebody else that is gone
 * must not keep our entries out, while a refusal of ours is never overridden.
 */
function nextTry(thrown: unknown, { refused, unvalidated }: Tries, culprit: Culprit): Tries {
  if (hasAwsCode(thrown, 'OperationAborted')) return { refused, unvalidated };
  if (!isDestinationRefused(thrown) || unvalidated || refused + 1 >= OWN_REFUSALS) throw thrown;
  const skip = culprit === 'others' || (culprit === 'unnamed' && refused + 1 >= UNNAMED_REFUSALS);
  return { refused: refused + 1, unvalidated: skip };
}

function isDestinationRefused(thrown: unknown): boolean {
  return hasAwsCode(thrown, 'InvalidArgument') && /destination/i.test(messageOf(thrown));
}

type Culprit = 'ours' | 'others' | 'unnamed';

/** Whose destination S3 refuses: it names it in fields such as `ArgumentName1` of its answer. */
function culpritOf(thrown: unknown, entries: readonly Entry[], foreign: boolean): Culprit {
  if (!foreign) return 'ours';
  const answer = Object.entries((thrown instanceof AwsError ? thrown.cause : undefined) ?? {});
  const named = answer.flatMap(([field, value]) => (/^Argument/.test(field) ? [String(value)] : []));
  if (named.length === 0) return 'unnamed';
  return entries.some((entry) => named.some((text) => text.includes(entry.function))) ? 'ours' : 'others';
}
