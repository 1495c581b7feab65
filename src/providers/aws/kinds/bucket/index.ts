/** Buckets of S3. One that is there already is used as it is: its settings are its owner's. */
import type { ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import type { CallContext, Change, Observed, ResourceKind, Stay } from '../../../../deploy/resource.ts';
import { comparisonOf, IDENTITY, type Rules } from '../../../../deploy/rules.ts';
import { FdlError } from '../../../../errors.ts';
import { COUNTED, filesText, MAY_STAY, staysWith } from '../../../stays.ts';
import type { Connection } from '../../api/clients.ts';
import { AwsError, hasAwsCode, unlessMissing } from '../../api/errors.ts';
import { remembered } from '../../api/memory.ts';
import { isOwned, type Tags } from '../../api/tags.ts';
import { untilAccepted } from '../../api/wait.ts';
import { awsId, type Site, siteKey } from '../../site.ts';
import { changesOf } from '../changes.ts';
import type { AwsDeps } from '../deps.ts';
import { ownedOf, taggedCandidates } from '../listing.ts';
import { homeOfBucket } from './location.ts';
import { createBucket, encryptionKeys, finishBucket, setTags, tagsOf, UNFINISHED } from './settings.ts';

export type BucketProps = {
  readonly site: Site;
  readonly bucket: string;
  readonly tags: Tags;
  /** It triggers a step, which S3 does only within its region. */
  readonly needsRegion?: boolean | undefined;
};

export type BucketAttrs = {
  readonly site: Site;
  readonly bucket: string;
  readonly region: string;
  /** ARNs of the keys that objects are encrypted with by default, where they are not AWS's own. */
  readonly keys: readonly string[];
  readonly tags: Tags;
};

const RULES: Rules<BucketProps> = {
  site: IDENTITY,
  bucket: IDENTITY,
  tags: { by: 'tags' },
  needsRegion: { ignored: 'a bucket cannot move: one in another region is refused' },
};

const KIND = 'aws/bucket';
/** Our tags begin so; all others of a bucket are left alone. */
const OURS = 'fdl:';

export function bucketKind(deps: AwsDeps): ResourceKind<BucketProps, BucketAttrs> {
  return {
    title: 'bucket',
    rank: 90,
    foreign: 'use',
    read: async (props, call) => requireRegion(props, await observe(deps, props, call)),
    rules: RULES,
    changes: ({ tags }, attrs) => tagChanges(tags, attrs.tags),
    reconcile: (props, call) => reconcile(deps, props, call),
    delete: (attrs, call) => remove(deps, attrs, call),
    stays: (attrs, call) => stayOf(deps, attrs, call),
    async list(_workflow, call) {
      const candidates = await taggedCandidates<BucketProps>(
        deps,
        call,
        (site, { service, resource }, tags) =>
          service === 's3' && !resource.includes('/')
            ? { id: awsId(site, 'bucket', resource), props: { site, bucket: resource, tags } }
            : undefined,
      );
      const read = (props: BucketProps) => unlessForeign(observe(deps, props, call));
      return ownedOf({ kind: KIND, candidates, identity: ({ bucket }) => bucket }, deps, read, call);
    },
  };
}

type Key = Pick<BucketProps, 'site' | 'bucket'>;

function observe(deps: AwsDeps, key: Key, call: CallContext): Promise<Observed<BucketAttrs> | undefined> {
  const question = `attributes of bucket ${siteKey(key.site)} ${key.bucket}`;
  return remembered(deps, call, question, () => ask(deps, key, call));
}

async function ask(
  { workflow, ...deps }: AwsDeps,
  { site, bucket }: Key,
  call: CallContext,
): Promise<Observed<BucketAttrs> | undefined> {
  const { clients } = deps;
  const home = await homeOfBucket(deps, site, bucket, call);
  if (!home) return undefined;
  const s3 = await clients('s3', home);
  const [tags, keys] = await Promise.all([
    tagsOf(s3, bucket, call),
    encryptionKeys(s3, bucket, home.region, call),
  ]);
  return { owned: isOwned(tags, workflow), attrs: { site, bucket, region: home.region, keys, tags } };
}

/** Throws `FdlError` `bucket-region`. */
function requireRegion(
  { bucket, site, needsRegion }: BucketProps,
  observed: Observed<BucketAttrs> | undefined,
): Observed<BucketAttrs> | undefined {
  if (!observed || !needsRegion || observed.attrs.region === site.region) return observed;
  const { region } = observed.attrs;
  const message = `the bucket ${bucket} is in ${region}, and cannot trigger a function in ${site.region}`;
  const hint = `Set the region of the step to ${region}, or use another bucket.`;
  throw new FdlError('bucket-region', message, { hint });
}

/** What other accounts own is never ours: to remove a workflow, they need not let us see it. */
async function unlessForeign<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (thrown) {
    if (thrown instanceof FdlError && thrown.code === 'bucket-foreign') return undefined;
    throw thrown;
  }
}

function tagChanges(wanted: Tags, found: Tags): readonly Change[] {
  const ours = Object.entries(found).filter(([name]) => name.startsWith(OURS) || Object.hasOwn(wanted, name));
  return changesOf({ tags: wanted }, { tags: Object.fromEntries(ours) }, comparisonOf(RULES));
}

async function reconcile(deps: AwsDeps, props: BucketProps, call: CallContext): Promise<BucketAttrs> {
  const { site, bucket, tags } = props;
  const found = requireRegion(props, await observe(deps, props, call))?.attrs;
  if (!found) await create(deps, props, call);
  const region = found?.region ?? site.region;
  const s3 = await deps.clients('s3', { ...site, region });
  const others = Object.entries(found?.tags ?? {}).filter(([name]) => !name.startsWith(OURS));
  const all = { ...Object.fromEntries(others), ...tags };
  if (!found || found.tags[UNFINISHED]) await finishBucket(s3, bucket, all, call);
  else if (tagChanges(tags, found.tags).length > 0) await setTags(s3, bucket, all, call);
  return { site, bucket, region, keys: found?.keys ?? [], tags: all };
}

/** Milliseconds. After a bucket was deleted its name is not free at once. */
const CREATION_TIMEOUT = 120_000;

async function create({ clients, delay }: AwsDeps, props: BucketProps, call: CallContext): Promise<void> {
  const { site, bucket, tags } = props;
  const s3 = await clients('s3', site);
  const what = `the name of the bucket ${bucket} to become free`;
  await untilAccepted(
    { call, delay, timeoutMs: CREATION_TIMEOUT, what },
    (thrown) => hasAwsCode(thrown, 'OperationAborted'),
    () => createBucket(s3, { bucket, region: site.region, tags }, call),
  );
}

async function remove(
  { clients, deleteData }: AwsDeps,
  { site, bucket, region }: BucketAttrs,
  call: CallContext,
): Promise<{ readonly kept: string } | undefined> {
  const s3 = await clients('s3', { ...site, region });
  if (deleteData) await deleteWithContent(s3, bucket, call);
  else if (!(await deleteIfEmpty(s3, bucket, call))) {
    return { kept: `it is not empty: s3://${bucket} (--delete-data removes it)` };
  }
  return undefined;
}

type S3 = Connection<'s3'>;

/** Deletes a bucket that is empty; answers whether it was. A bucket that is not there counts as deleted. */
async function deleteIfEmpty({ sdk, client }: S3, bucket: string, call: CallContext): Promise<boolean> {
  const command = new sdk.DeleteBucketCommand({ Bucket: bucket });
  try {
    await unlessMissing(client.send(command, { abortSignal: call.signal }), 'NoSuchBucket');
    return true;
  } catch (thrown) {
    if (hasAwsCode(thrown, 'BucketNotEmpty')) return false;
    throw thrown;
  }
}

/** What of a bucket would stay. Who may not look at what is in it need not know before. */
async function stayOf(
  { clients, deleteData }: AwsDeps,
  { site, bucket, region }: BucketAttrs,
  { signal }: CallContext,
): Promise<Stay | undefined> {
  if (deleteData) return undefined;
  const { sdk, client } = await clients('s3', { ...site, region });
  const command = new sdk.ListObjectVersionsCommand({ Bucket: bucket, MaxKeys: COUNTED });
  try {
    const page = await unlessMissing(client.send(command, { abortSignal: signal }), 'NoSuchBucket');
    return page && contentStays(page);
  } catch (thrown) {
    if (thrown instanceof AwsError && thrown.code === 'aws-denied') return MAY_STAY;
    throw thrown;
  }
}

/** What was overwritten or deleted in a bucket with versions keeps the bucket, too. */
function contentStays({
  Versions = [],
  DeleteMarkers = [],
  IsTruncated: isMore = false,
}: ListObjectVersionsCommandOutput): Stay | undefined {
  const files = Versions.filter(({ IsLatest }) => IsLatest).length;
  if (files > 0) return staysWith(filesText({ files, isMore }));
  return Versions.length + DeleteMarkers.length > 0 ? staysWith('old versions of files') : undefined;
}

/** Files may arrive while a bucket is emptied: so often it is emptied again. */
const ROUNDS = 3;

/** Deletes a bucket with every object and every version in it. Throws `FdlError` `bucket-busy`, `object-undeletable`. */
async function deleteWithContent(s3: S3, bucket: string, call: CallContext): Promise<void> {
  for (let round = 1; round <= ROUNDS; round += 1) {
    if (await deleteIfEmpty(s3, bucket, call)) return;
    await empty(s3, bucket, call);
  }
  if (await deleteIfEmpty(s3, bucket, call)) return;
  throw new FdlError('bucket-busy', `the bucket ${bucket} was emptied, but files still arrive in it`, {
    hint: 'Stop what writes to it, and remove again.',
  });
}

/** One page has at most 1,000 versions, as many as one deletion takes. Rule: S3's ListObjectVersions, DeleteObjects. */
async function empty({ sdk, client }: S3, bucket: string, call: CallContext): Promise<void> {
  const options = { abortSignal: call.signal };
  let deleted = 0;
  for (;;) {
    // Always the first page: what it showed before is gone.
    const page = await client.send(new sdk.ListObjectVersionsCommand({ Bucket: bucket }), options);
    const found = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
    const objects = found.map(({ Key, VersionId }) => ({ Key, VersionId }));
    if (objects.length === 0) return;
    const Delete = { Objects: objects, Quiet: true };
    const answer = await client.send(new sdk.DeleteObjectsCommand({ Bucket: bucket, Delete }), options);
    const [refused] = answer.Errors ?? [];
    if (refused) throw undeletable(bucket, refused);
    deleted += objects.length;
    call.progress(`deleted ${deleted} objects of ${bucket}`);
  }
}

interface Refused {
  readonly Key?: string | undefined;
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
}

function undeletable(bucket: string, { Key, Code, Message }: Refused): FdlError {
  return new FdlError('object-undeletable', `s3://${bucket}/${Key} cannot be deleted: ${Message ?? Code}`, {
    hint: 'An object lock or a policy of the bucket may protect it.',
  });
}
