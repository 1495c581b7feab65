/**
 * What services do to buckets: made with a POST, hardly touched by a PUT, deleted with all that is in them. Rules:
 * OSCAR, `pkg/handlers/create.go` (`createBuckets`), `update.go` and `delete.go`.
 */
import { CreateBucketCommand, HeadBucketCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Service } from './binding.ts';
import { ADMIN, type Cluster, Panic, provider, split } from './cluster.ts';
import { addPolicy, unsetPolicies } from './policies.ts';
import { clientFor } from './stores.ts';

/** An input that is not of MinIO: 400 rather than 500. */
export class InputError extends Error {}

/** Makes the buckets and folders of a service, and its notifications. Answers the names of the buckets. */
export async function createBuckets(
  cluster: Cluster,
  service: Service,
  isUpdate: boolean,
): Promise<readonly string[]> {
  const made: string[] = [];
  for (const input of service['input'] ?? []) await createInput(cluster, service, input, isUpdate, made);
  for (const output of service['output'] ?? []) await createOutput(cluster, service, output, isUpdate, made);
  await createMount(cluster, service, isUpdate, made);
  return made;
}

async function createInput(
  cluster: Cluster,
  service: Service,
  input: Service,
  isUpdate: boolean,
  made: string[],
): Promise<void> {
  const { kind, id } = provider(input['storage_provider'] ?? '');
  const { release } = cluster;
  const others = release.since('3.6.2') ? ['webdav', 'rucio'] : ['webdav'];
  if (kind !== 'minio' && !others.includes(kind)) {
    throw new InputError('unrecognized input (valid inputs are MinIO and dCache)');
  }
  if (kind !== 'minio') return;
  requireProvider(service, kind, id);
  if (id !== 'default' && !isOwn(cluster, service['storage_providers'].minio[id])) {
    const { endpoint } = service['storage_providers'].minio[id];
    throw new Error(`the provided MinIO server "${endpoint}" is not the configured in OSCAR`);
  }
  const [bucket, folder] = split(input['path'] ?? '');
  if (folder === undefined && !release.since('4.1')) throw new Panic('index out of range');
  await unlessUpdate(isUpdate, () => createWatched(cluster, service, bucket, folder));
  made.push(bucket);
  const isIsolated = String(service['isolation_level'] ?? '').toUpperCase() === 'USER';
  for (const [index, own] of (isIsolated ? (service['bucket_list'] ?? []) : []).entries()) {
    await unlessUpdate(isUpdate, async () => {
      await createWatched(cluster, service, own, folder && `${folder}/`);
      await addPolicy(cluster, own, service['allowed_users'][index], ['s3:*'], false);
    });
  }
}

async function createWatched(
  { minio }: Cluster,
  service: Service,
  bucket: string,
  folder: string | undefined,
): Promise<void> {
  await minio.create(bucket);
  if (folder === undefined) {
    throw new Error(`error enabling webhook for bucket, missing foler on path "[${bucket}]"`);
  }
  await minio.putFolder(bucket, `${folder}/`);
  const arn = minio.arnOf(service['name']);
  const events = ['s3:ObjectCreated:*'];
  const own = { id: `${service['name']}-${folder}`, arn, events, prefix: `${folder}/`, suffix: '' };
  await minio.listen(bucket, [...minio.listeners(bucket), own]);
}

async function createOutput(
  cluster: Cluster,
  service: Service,
  output: Service,
  isUpdate: boolean,
  made: string[],
): Promise<void> {
  const { kind, id } = provider(output['storage_provider'] ?? '');
  requireProvider(service, kind, id);
  const [bucket, folder] = split(output['path'] ?? '');
  if (folder === undefined && !cluster.release.since('4.1')) throw new Panic('index out of range');
  if (kind !== 'minio' && kind !== 's3') return;
  const isNew = !made.includes(bucket);
  if (isNew) made.push(bucket);
  const isOwnMinio = kind === 'minio' && (id === 'default' || !cluster.release.since('3.6.4'));
  await unlessUpdate(isUpdate, async () => {
    if (isOwnMinio) return createPath(cluster, bucket, folder, isNew);
    return createElsewhere(clientFor(cluster, service, kind, id), bucket, folder, isNew);
  });
}

async function createPath(
  { minio }: Cluster,
  bucket: string,
  folder: string | undefined,
  isNew: boolean,
): Promise<void> {
  if (isNew) await minio.create(bucket);
  if (folder !== undefined) await minio.putFolder(bucket, `${folder}/`);
}

async function createElsewhere(
  client: S3Client,
  bucket: string,
  folder: string | undefined,
  isNew: boolean,
): Promise<void> {
  try {
    if (isNew) {
      const isThere = await client.send(new HeadBucketCommand({ Bucket: bucket })).catch(() => undefined);
      if (isThere) throw new Error(`the bucket "${bucket}" already exists\n`);
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
    }
    if (folder !== undefined)
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: `${folder}/`, ContentLength: 0 }));
  } finally {
    client.destroy();
  }
}

async function createMount(
  cluster: Cluster,
  service: Service,
  isUpdate: boolean,
  made: string[],
): Promise<void> {
  const { kind, id } = provider(service['mount']?.storage_provider ?? '');
  if (kind !== 'minio') return;
  requireProvider(service, kind, id);
  if (id !== 'default') return;
  const { minio, release } = cluster;
  const [bucket, folder] = split(service['mount'].path ?? '');
  if (!release.since('3.6.4')) return createWatched(cluster, service, bucket, folder);
  const isThere = made.includes(bucket) || (await minio.exists(bucket));
  if (!made.includes(bucket)) made.push(bucket);
  if (isThere) return unlessUpdate(isUpdate, () => createPath(cluster, bucket, folder, false));
  return createPath(cluster, bucket, folder, true);
}

async function unlessUpdate(isUpdate: boolean, make: () => Promise<void>): Promise<void> {
  try {
    await make();
  } catch (error) {
    if (!isUpdate || error instanceof Panic) throw error;
  }
}

function requireProvider(service: Service, kind: string, id: string): void {
  if (service['storage_providers']?.[kind]?.[id]) return;
  throw new Error(`the StorageProvider "${kind}.${id}" is not defined`);
}

function isOwn({ minio }: Cluster, given: Service): boolean {
  const { url, region, root } = minio;
  const own = [url, true, root.accessKey, root.secretKey, region];
  const theirs = ['endpoint', 'verify', 'access_key', 'secret_key', 'region'].map((field) => given[field]);
  return JSON.stringify(own) === JSON.stringify(theirs);
}

/** Deletes the buckets of a service with their content. Breaks off at the first one that cannot be deleted. */
export async function deleteBuckets(cluster: Cluster, service: Service): Promise<void> {
  const inputs: readonly Service[] = (service['input'] ?? []).filter(
    (entry: Service) => provider(entry['storage_provider']).kind === 'minio',
  );
  for (const input of inputs) await deleteUnlessMounted(cluster, service, input);
  if (cluster.release.since('3.6.2')) {
    for (const output of service['output'] ?? []) {
      const { kind, id } = provider(output.storage_provider);
      if (kind !== 'minio' && kind !== 's3') continue;
      const isInput = inputs.some((input) => {
        const other = provider(input['storage_provider']);
        return other.kind === kind && other.id === id && split(input['path'])[0] === split(output.path)[0];
      });
      if (!isInput) await deleteUnlessMounted(cluster, service, output);
    }
  }
  const isIsolated = String(service['isolation_level'] ?? '').toUpperCase() === 'USER';
  for (const bucket of isIsolated ? (service['bucket_list'] ?? []) : []) {
    await cluster.minio.remove(bucket).catch(() => undefined);
  }
}

async function deleteUnlessMounted(cluster: Cluster, service: Service, entry: Service): Promise<void> {
  const { minio, release } = cluster;
  const [bucket] = split(entry['path'] ?? '');
  await silence(cluster, service, bucket);
  if (release.since('3.6.4') && isMounted(service, entry)) {
    return minio.tag(bucket, { owner: service['owner'] ?? '', service: 'false' });
  }
  await deleteBucket(cluster, bucket, service);
}

function isMounted({ mount }: Service, entry: Service): boolean {
  const [a, b] = [provider(entry['storage_provider']), provider(mount?.storage_provider ?? '')];
  return a.kind === b.kind && a.id === b.id && split(entry['path'])[0] === split(mount?.path ?? '')[0];
}

/** Takes the service's own notifications off a bucket; those of others stay. */
async function silence({ minio }: Cluster, service: Service, bucket: string): Promise<void> {
  const arn = minio.arnOf(service['name']);
  const all = minio.listeners(bucket);
  const others = all.filter((each) => each.arn !== arn);
  if (others.length < all.length) await minio.listen(bucket, others);
}

/** Deletes one bucket with its content, and its owner's rights on it. */
export async function deleteBucket(
  cluster: Cluster,
  bucket: string,
  { owner, visibility }: Service,
): Promise<void> {
  const { minio, release } = cluster;
  const isExempt = release.since('3.6.4') && owner === ADMIN;
  if (!isExempt) await unsetPolicies(cluster, bucket, { owner, visibility });
  if (!(await minio.exists(bucket))) {
    throw new Error(`error deleting bucket ${bucket}, NoSuchBucket: The specified bucket does not exist`);
  }
  await minio.remove(bucket);
}
