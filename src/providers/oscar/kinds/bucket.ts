/** Buckets of a cluster's MinIO. One that is there already is used as it is; ours goes when it is empty. */
import { DEFAULT_CONCURRENCY, mapBounded } from '../../../deploy/concurrency.ts';
import type { CallContext, Found, Observed, ResourceKind } from '../../../deploy/resource.ts';
import { IDENTITY, type Rules } from '../../../deploy/rules.ts';
import { type KindDeps, listBySite, minioOf, oscarId, type Site } from '../kind-deps.ts';
import type { Tags } from '../minio.ts';
import { isSince } from '../release.ts';

export type BucketProps = { readonly cluster: string; readonly bucket: string };
export type BucketAttrs = BucketProps;

const RULES: Rules<BucketProps> = {
  cluster: IDENTITY,
  bucket: IDENTITY,
};

const KIND = 'oscar/bucket';
const OWNER_TAG = 'fdl:workflow';

export function bucketKind(deps: KindDeps): ResourceKind<BucketProps, BucketAttrs> {
  return {
    title: 'bucket',
    rank: 90,
    foreign: 'use',
    read: (props, call) => observe(deps, props, call),
    rules: RULES,
    changes: () => [],
    reconcile: async (props, call) => {
      const site = deps.site(props.cluster);
      await create(site, props.bucket, deps, call);
      return props;
    },
    delete: (attrs, call) => remove(deps, attrs, call),
    list: (_workflow, call) => listBySite(KIND, deps, (site) => listOn(site, deps, call)),
  };
}

async function observe(
  deps: KindDeps,
  { cluster, bucket }: BucketProps,
  call: CallContext,
): Promise<Observed<BucketAttrs> | undefined> {
  const tags = await minioOf(deps.site(cluster), deps, call).tags(bucket);
  return tags && { owned: isOurs(tags, deps), attrs: { cluster, bucket } };
}

function isOurs(tags: Tags, { workflow }: KindDeps): boolean {
  return tags[OWNER_TAG] === workflow;
}

async function create(site: Site, bucket: string, deps: KindDeps, call: CallContext): Promise<void> {
  const found = await minioOf(site, deps, call).tags(bucket);
  // An interruption between the two would leave a bucket that nobody knows to be ours.
  const whole = { ...call, signal: new AbortController().signal };
  if (found === undefined) await make(site, bucket, deps, whole);
  const minio = minioOf(site, deps, whole);
  const tags = found ?? (await minio.tags(bucket)) ?? {};
  if (!isOurs(tags, deps)) await minio.setTags(bucket, { ...tags, [OWNER_TAG]: deps.workflow });
}

/** The cluster itself makes it where it can: then it knows whose it is, and gives its owner the rights. */
async function make(site: Site, bucket: string, deps: KindDeps, call: CallContext): Promise<void> {
  const minio = minioOf(site, deps, call);
  if (!isSince(site.release, '3.6.0')) return minio.create(bucket);
  try {
    await site.client.createBucket(bucket, call.signal);
  } catch (error) {
    // There was none a moment ago: if there is one now, it is the answer that was lost.
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

/** Looks at all buckets that one sees: also those that the file does not name any more. */
async function listOn(site: Site, deps: KindDeps, call: CallContext): Promise<readonly Found<BucketAttrs>[]> {
  if (site.isClosed) return [];
  const minio = minioOf(site, deps, call);
  const found = await mapBounded(await minio.buckets(), DEFAULT_CONCURRENCY, async (bucket) => {
    const tags = await minio.tags(bucket);
    if (!tags || !isOurs(tags, deps)) return [];
    return [{ id: oscarId(site.id, 'bucket', bucket), attrs: { cluster: site.id, bucket } }];
  });
  return found.flat();
}
