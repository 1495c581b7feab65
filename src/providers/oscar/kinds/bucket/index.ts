/**
 * Buckets of a cluster's MinIO. One that is there already is used as it is; ours goes when it is empty. Those of services
 * that are new come with them, since a cluster refuses a new service whose bucket is there already.
 */
import { DEFAULT_CONCURRENCY, mapBounded } from '../../../../deploy/concurrency.ts';
import type { CallContext, Found, Observed, ResourceKind, Stay } from '../../../../deploy/resource.ts';
import { IDENTITY, type Rules } from '../../../../deploy/rules.ts';
import { StorageError } from '../../../../storage/error.ts';
import { filesText, MAY_STAY, staysWith } from '../../../stays.ts';
import { ADMINISTRATOR } from '../../annotations.ts';
import { isSince } from '../../api/answers.ts';
import type { Minio, Tags } from '../../api/minio.ts';
import { type KindDeps, listBySite, minioOf, onCluster, oscarId, type Site } from '../deps.ts';
import { cameWith, isOwnedBy, seenServices } from '../ownership.ts';

export type BucketProps = {
  readonly cluster: string;
  readonly bucket: string;
  /** Services of the cluster that make it as they are made; none where others use it as well. */
  readonly madeWith?: readonly string[] | undefined;
};
export type BucketAttrs = {
  readonly cluster: string;
  readonly bucket: string;
  /** It is ours, but does not say so: whoever made it was stopped. */
  readonly isUnmarked?: boolean | undefined;
};

const RULES: Rules<BucketProps> = {
  cluster: IDENTITY,
  bucket: IDENTITY,
  madeWith: { ignored: 'it says how the bucket is made, which it is already' },
};

const KIND = 'oscar/bucket';
const WORKFLOW_TAG = 'fdl:workflow';
const OWNER_TAG = 'fdl:owner';

export function bucketKind(deps: KindDeps): ResourceKind<BucketProps, BucketAttrs> {
  return {
    title: 'bucket',
    rank: 90,
    foreign: 'use',
    read: (props, call) => observe(deps, props, call),
    rules: RULES,
    changes: (_props, { isUnmarked }) =>
      isUnmarked ? [{ path: `tags.${WORKFLOW_TAG}`, before: undefined, after: deps.workflow }] : [],
    reconcile: async ({ cluster, bucket, madeWith = [] }, call) => {
      const site = deps.site(cluster);
      await onCluster(deps, cluster, () => create(site, { bucket, madeWith }, deps, call));
      return { cluster, bucket };
    },
    delete: (attrs, call) => onCluster(deps, attrs.cluster, () => remove(deps, attrs, call)),
    stays: (attrs, call) => stayOf(deps, attrs, call),
    list: (_workflow, call) => listBySite(KIND, deps, (site) => listOn(site, deps, call)),
  };
}

async function observe(
  deps: KindDeps,
  { cluster, bucket }: Pick<BucketProps, 'cluster' | 'bucket'>,
  call: CallContext,
): Promise<Observed<BucketAttrs> | undefined> {
  const site = deps.site(cluster);
  const tags = await minioOf(site, deps, call).tags(bucket);
  if (!tags) return undefined;
  if (isMarked(tags, deps, site)) return { owned: true, attrs: { cluster, bucket } };
  const isUnmarked = await wasOurs(site, bucket, tags, deps, call);
  return { owned: isUnmarked, attrs: { cluster, bucket, ...(isUnmarked && { isUnmarked }) } };
}

function isMarked(tags: Tags, { workflow }: KindDeps, { owner }: Site): boolean {
  return tags[WORKFLOW_TAG] === workflow && (tags[OWNER_TAG] ?? owner) === owner;
}

/** What was made for us says so in another way until it is marked: by its service, or by the folder it was made with. */
async function wasOurs(
  site: Site,
  bucket: string,
  tags: Tags,
  deps: KindDeps,
  call: CallContext,
): Promise<boolean> {
  if (tags[WORKFLOW_TAG] !== undefined) return false;
  const isNamed = await cameWithOurs(site, bucket, deps, call);
  return isNamed || minioOf(site, deps, call).has(bucket, `${folderOf(deps, site)}/`);
}

async function cameWithOurs(site: Site, bucket: string, deps: KindDeps, call: CallContext): Promise<boolean> {
  const { services } = await seenServices(site, deps, call);
  return services.some((each) => isOwnedBy(each, deps, site) && cameWith(each, bucket));
}

/** The folder that a cluster makes along with a bucket of ours, in one call: it goes as soon as the bucket is marked. */
function folderOf({ workflow }: KindDeps, { owner }: Site): string {
  return `.fdl/${[workflow, owner].map(encodeURIComponent).join('/')}`;
}

async function create(
  site: Site,
  { bucket, madeWith }: { readonly bucket: string; readonly madeWith: readonly string[] },
  deps: KindDeps,
  call: CallContext,
): Promise<void> {
  const found = await minioOf(site, deps, call).tags(bucket);
  if (found === undefined && (await isToCome(site, madeWith, call))) return;
  // An interruption between the two would leave a bucket that does not say whose it is.
  const whole = { ...call, signal: new AbortController().signal };
  if (found === undefined) await make(site, bucket, deps, whole);
  await mark(site, bucket, deps, whole);
}

/** Whether a service that is not there yet will make it. */
async function isToCome(site: Site, services: readonly string[], { signal }: CallContext): Promise<boolean> {
  const found = await Promise.all(services.map((name) => site.client.service(name, signal)));
  return found.includes(undefined);
}

/** Says whose a bucket is. */
export async function mark(site: Site, bucket: string, deps: KindDeps, call: CallContext): Promise<void> {
  const minio = minioOf(site, deps, call);
  const tags = (await minio.tags(bucket)) ?? {};
  const own = { [WORKFLOW_TAG]: deps.workflow, [OWNER_TAG]: site.owner };
  if (!isMarked(tags, deps, site)) await minio.setTags(bucket, { ...tags, ...own });
  await dropFolder(minio, bucket, deps, site);
}

async function dropFolder(minio: Minio, bucket: string, deps: KindDeps, site: Site): Promise<void> {
  const folder = `${folderOf(deps, site)}/`;
  if (await minio.has(bucket, folder)) await minio.drop(bucket, folder);
}

/**
 * The cluster itself makes it where it can: then it knows whose it is, and gives its owner the rights. A user would get them
 * on the folder alone. Rule: OSCAR, `MakeCreateHandler` of buckets.
 */
async function make(site: Site, bucket: string, deps: KindDeps, call: CallContext): Promise<void> {
  const minio = minioOf(site, deps, call);
  if (!isSince(site.release, '3.6.0')) return minio.create(bucket);
  const name = site.owner === ADMINISTRATOR ? `${bucket}/${folderOf(deps, site)}` : bucket;
  try {
    await site.client.createBucket(name, {}, call.signal);
  } catch (error) {
    // There was none a moment ago: if there is one now, it is the answer that was lost, or that told of less.
    if ((await minio.tags(bucket)) === undefined) throw error;
  }
}

async function remove(
  deps: KindDeps,
  { cluster, bucket }: BucketAttrs,
  call: CallContext,
): Promise<{ readonly kept: string } | undefined> {
  const minio = minioOf(deps.site(cluster), deps, call);
  const tags = await minio.tags(bucket);
  if (tags === undefined) return undefined;
  const { QueueConfigurations: listeners = [] } = (await minio.notifications(bucket)) ?? {};
  if (listeners.length > 0) return { kept: 'services of others listen to it' };
  if (!deps.deleteData && !(await minio.isEmpty(bucket))) {
    return { kept: 'there are files in it; --delete-data deletes them as well' };
  }
  await minio.remove(bucket, deps.deleteData);
  return undefined;
}

async function stayOf(
  deps: KindDeps,
  { cluster, bucket }: BucketAttrs,
  call: CallContext,
): Promise<Stay | undefined> {
  if (deps.deleteData) return undefined;
  try {
    const counted = await minioOf(deps.site(cluster), deps, call).count(bucket);
    return counted.files > 0 ? staysWith(filesText(counted)) : undefined;
  } catch (thrown) {
    return unlessDenied(thrown) ?? MAY_STAY;
  }
}

/** Looks at all buckets that one sees: also those that the file does not name any more. */
async function listOn(site: Site, deps: KindDeps, call: CallContext): Promise<readonly Found<BucketAttrs>[]> {
  if (site.isClosed) return [];
  const minio = minioOf(site, deps, call);
  // MinIO refuses the list to a user whom it would be empty for, and a policy may: what the file names can be asked for.
  const seen = (await minio.buckets().catch(unlessDenied)) ?? namedBuckets(deps, site);
  const found = await mapBounded(seen, DEFAULT_CONCURRENCY, (bucket) => ownIn(site, bucket, deps, call));
  return found.flat();
}

async function ownIn(
  site: Site,
  bucket: string,
  deps: KindDeps,
  call: CallContext,
): Promise<readonly Found<BucketAttrs>[]> {
  const attrs = { cluster: site.id, bucket };
  const id = oscarId(site.id, 'bucket', bucket);
  try {
    const observed = await observe(deps, attrs, call);
    return observed?.owned ? [{ id, attrs: observed.attrs }] : [];
  } catch (error) {
    unlessDenied(error);
    // What one may see but not read belongs to somebody else, unless a service of ours says that it came with it.
    return (await cameWithOurs(site, bucket, deps, call)) ? [{ id, attrs, error }] : [];
  }
}

function namedBuckets({ known }: KindDeps, { id }: Site): readonly string[] {
  const own = known.filter(({ kind, props }) => kind === KIND && props['cluster'] === id);
  return own.map(({ props }) => String(props['bucket']));
}

/** What one may see but not read belongs to somebody else. */
export function unlessDenied(thrown: unknown): undefined {
  if (thrown instanceof StorageError && thrown.code === 'storage-denied') return undefined;
  throw thrown;
}
