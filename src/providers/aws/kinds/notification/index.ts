/**
 * Our entries in the notification configuration of a bucket: S3 has one for the whole bucket, which others use as well,
 * so all entries of a workflow are one resource, written at once.
 */

import type { NotificationConfiguration } from '@aws-sdk/client-s3';
import type { CallContext, Observed, Ref, ResourceKind } from '../../../../deploy/resource.ts';
import { comparisonOf, IDENTITY, type Rules } from '../../../../deploy/rules.ts';
import { messageOf } from '../../../../errors.ts';
import type { Connection } from '../../api/clients.ts';
import { AwsError, hasAwsCode, unlessMissing } from '../../api/errors.ts';
import { remembered } from '../../api/memory.ts';
import { parseArn } from '../../api/tagged.ts';
import { taggedBuckets } from '../../api/tags.ts';
import { waitUntil } from '../../api/wait.ts';
import { awsId, type Site, siteKey } from '../../site.ts';
import { homeOfBucket } from '../bucket/location.ts';
import { changesOf } from '../changes.ts';
import type { AwsDeps } from '../deps.ts';
import { ownFunctions } from '../function/owned.ts';
import { type Candidate, ownedOf } from '../listing.ts';
import { statementsOf } from '../permission/index.ts';
import {
  byId,
  type Entry,
  foreignEntries,
  ownEntries,
  requireNoOverlap,
  sameEntries,
  withEntries,
} from './configuration.ts';

export type NotificationProps = {
  readonly site: Site;
  readonly bucket: string;
  /** Whose the bucket must be: twelve digits. */
  readonly account?: string | undefined;
  readonly entries: readonly {
    /** `fdl:WORKFLOW:STEP:NUMBER`. */
    readonly id: string;
    readonly step: string;
    /** ARN. */
    readonly function: string | Ref;
    /** Of keys; empty for the whole bucket. */
    readonly prefix: string;
    readonly suffix?: string | undefined;
  }[];
};

export type NotificationAttrs = {
  readonly site: Site;
  readonly bucket: string;
  readonly account?: string | undefined;
  readonly entries: readonly Entry[];
};

const RULES: Rules<NotificationProps> = {
  site: IDENTITY,
  bucket: IDENTITY,
  account: { ignored: 'a bucket of another account is refused' },
  entries: { by: 'configuration' },
};

const KIND = 'aws/notification';

export function notificationKind(deps: AwsDeps): ResourceKind<NotificationProps, NotificationAttrs> {
  return {
    title: 'notification',
    rank: 10,
    read: (props, call) => observe(deps, props, call),
    rules: RULES,
    changes: ({ entries }, attrs) =>
      changesOf({ entries: byId(entries) }, { entries: byId(attrs.entries) }, comparisonOf(RULES)),
    async reconcile({ site, bucket, account, entries }, call) {
      const place = { s3: await deps.clients('s3', site), bucket, account };
      const wanted = entries.map((entry) => ({ ...entry, function: entry.function as string }));
      await writeEntries(place, wanted, deps, call);
      return { site, bucket, account, entries: wanted };
    },
    async delete(attrs, call) {
      const place = await placeOf(deps, attrs, call);
      if (place) await writeEntries(place, [], deps, call);
      return undefined;
    },
    list: (_workflow, call) => list(deps, call),
  };
}

type Where = Omit<NotificationAttrs, 'entries'>;

async function placeOf(deps: AwsDeps, where: Where, call: CallContext): Promise<Place | undefined> {
  const home = await homeOfBucket(deps, where.site, where.bucket, call);
  return home && { s3: await deps.clients('s3', home), bucket: where.bucket, account: where.account };
}

/** The configuration of a bucket; nothing where there is no bucket. */
function configOf(deps: AwsDeps, where: Where, call: CallContext): ReturnType<typeof readConfig> {
  const { site, bucket, account = '' } = where;
  return remembered(deps, call, `notifications of ${siteKey(site)} ${bucket} ${account}`, async () => {
    const place = await placeOf(deps, where, call);
    return place && readConfig(place, call);
  });
}

/** What is there; throws `FdlError` `notification-overlap` where S3 would refuse what is wanted. */
async function observe(
  deps: AwsDeps,
  { entries: wanted, ...where }: NotificationProps,
  call: CallContext,
): Promise<Observed<NotificationAttrs> | undefined> {
  const config = (await configOf(deps, where, call)) ?? {};
  requireNoOverlap(where.bucket, wanted, config, deps.workflow);
  const entries = ownEntries(config, deps.workflow);
  return entries.length === 0 ? undefined : { owned: true, attrs: { ...where, entries } };
}

/**
 * Looks at the buckets of the file, and at those that tags and permissions of our functions name: one of the two still
 * does when an earlier change of the inputs was interrupted.
 */
async function list(deps: AwsDeps, call: CallContext) {
  const certain = await bucketsOfFunctions(deps, call);
  const candidates = [...deps.buckets, ...certain].map(
    ({ site, bucket }): Candidate<NotificationProps> => ({
      id: awsId(site, 'notification', bucket),
      props: { site, bucket, entries: [] },
    }),
  );
  const isCertain = (bucket: string) => certain.some((each) => each.bucket === bucket);
  const read = async (props: NotificationProps) => {
    try {
      return await observe(deps, { ...props, entries: [] }, call);
    } catch (thrown) {
      // What only receives files may well belong to somebody else who does not show it.
      if (!isCertain(props.bucket) && isHidden(thrown)) return undefined;
      throw thrown;
    }
  };
  return ownedOf({ kind: KIND, candidates, identity: ({ bucket }) => bucket }, deps, read, call);
}

function isHidden(thrown: unknown): boolean {
  const code = (thrown as { readonly code?: unknown }).code;
  return code === 'bucket-foreign' || hasAwsCode(thrown, 'AccessDenied', 'NotImplemented');
}

async function bucketsOfFunctions(
  deps: AwsDeps,
  call: CallContext,
): Promise<readonly { readonly site: Site; readonly bucket: string }[]> {
  const functions = await ownFunctions(deps, call);
  const found = await Promise.all(
    functions.map(async ({ site, name, tags }) => {
      const statements = await statementsOf(deps, site, name, call);
      const sources = statements.map(({ sourceArn = '' }) => parseArn(sourceArn));
      const permitted = sources.flatMap(({ service, resource }) => (service === 's3' ? [resource] : []));
      return [...new Set([...taggedBuckets(tags), ...permitted])].map((bucket) => ({ site, bucket }));
    }),
  );
  return found.flat();
}

interface Place {
  readonly s3: Connection<'s3'>;
  readonly bucket: string;
  /** Whose the bucket must be: twelve digits. */
  readonly account?: string | undefined;
}

/** The whole configuration; nothing where there is no such bucket. */
async function readConfig(
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
async function writeEntries(
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
