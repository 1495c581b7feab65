/** What S3 does by itself: it lists buckets and single folders, copies objects, and keeps their versions. */
import { pageTokens } from '../../bounds.ts';
import { withRetry } from '../../retry.ts';
import { StorageError } from '../error.ts';
import { isPlaceholder } from '../key.ts';
import type { FolderInfo, ListOptions, ObjectInfo, ObjectName, Storage } from '../storage.ts';
import type { S3Connection } from './client.ts';

/** One store and how its errors speak of it. */
interface Server {
  connect(): Promise<S3Connection>;
  failure(bucket: string, key?: string, signal?: AbortSignal): (thrown: unknown) => unknown;
}

type Sdk = typeof import('./copy-sdk.ts');

interface Connected {
  readonly sdk: Sdk;
  readonly client: S3Connection['client'];
}

/** The optional methods of a store. Nothing is loaded or contacted before the first call. */
export function withinServer(
  server: Server,
): Required<Pick<Storage, 'buckets' | 'level' | 'copy' | 'keepsVersions'>> {
  return {
    buckets: (signal) => buckets(server, signal),
    level: (bucket, prefix, options = {}) => level(server, bucket, prefix, options),
    copy: (from, to, size, signal) => copy(server, { from, to, size, signal }),
    keepsVersions: (bucket) => keepsVersions(server, bucket),
  };
}

async function connect(server: Server): Promise<Connected> {
  const [sdk, { client }] = await Promise.all([import('./copy-sdk.ts'), server.connect()]);
  return { sdk, client };
}

async function buckets(server: Server, signal?: AbortSignal): Promise<readonly string[]> {
  const { sdk, client } = await connect(server);
  const names: string[] = [];
  const unseen = pageTokens((why) => listingFailed('the list of buckets', why));
  let next: string | undefined;
  do {
    const command = new sdk.ListBucketsCommand({ ContinuationToken: next });
    const page = await client.send(command, { ...(signal && { abortSignal: signal }) }).catch((thrown) => {
      throw server.failure('', undefined, signal)(thrown);
    });
    names.push(...(page.Buckets ?? []).flatMap(({ Name }) => Name ?? []));
    next = page.ContinuationToken === undefined ? undefined : unseen(page.ContinuationToken);
  } while (next !== undefined);
  return names;
}

async function* level(
  server: Server,
  bucket: string,
  prefix: string,
  { signal }: ListOptions,
): AsyncGenerator<ObjectInfo | FolderInfo> {
  const { sdk, client } = await connect(server);
  const unseen = pageTokens((why) => listingFailed(`bucket "${bucket}"`, why));
  let next: string | undefined;
  do {
    signal?.throwIfAborted();
    const asked = { Bucket: bucket, Prefix: prefix, Delimiter: '/', ContinuationToken: next };
    const command = new sdk.ListObjectsV2Command(asked);
    const page = await client.send(command, { ...(signal && { abortSignal: signal }) }).catch((thrown) => {
      throw server.failure(bucket, undefined, signal)(thrown);
    });
    if (page.Name === undefined && page.KeyCount === undefined)
      throw listingFailed(`bucket "${bucket}"`, 'the answer is not one of S3');
    for (const { Prefix: folder } of page.CommonPrefixes ?? []) if (folder !== undefined) yield { folder };
    for (const { Key: key = '', Size: size = 0, LastModified, ETag = '' } of page.Contents ?? []) {
      if (isPlaceholder(key, size)) continue;
      yield { key, size, modified: LastModified ?? new Date(0), etag: ETag.replaceAll('"', '') };
    }
    next = page.IsTruncated ? unseen(page.NextContinuationToken) : undefined;
  } while (next !== undefined);
}

function listingFailed(what: string, why: string): StorageError {
  const hint = 'Check the address of the storage provider: something else answers there, such as a proxy.';
  return new StorageError('storage-failed', `${what} could not be listed: ${why}`, { hint });
}

/** Rule: a bucket that never had versions says nothing, one whose versions are suspended keeps those it has. */
async function keepsVersions(server: Server, bucket: string): Promise<boolean> {
  const { sdk, client } = await connect(server);
  const { Status } = await client
    .send(new sdk.GetBucketVersioningCommand({ Bucket: bucket }))
    .catch((thrown) => {
      throw server.failure(bucket)(thrown);
    });
  return Status === 'Enabled';
}

// Copying.

interface Copy {
  readonly from: ObjectName;
  readonly to: ObjectName;
  /** Bytes. */
  readonly size: number;
  readonly signal: AbortSignal | undefined;
}

const GIB = 1024 ** 3;
/** Bytes. Rule: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html; larger ones go in parts. */
const LARGEST = 5 * GIB;
/** Bytes of a part, of which there may be 10,000. */
const PART = GIB;
const MOST_PARTS = 10_000;

async function copy(server: Server, work: Copy): Promise<void> {
  const { from, to, size, signal } = work;
  const connected = await connect(server);
  const aborting = { ...(signal && { abortSignal: signal }) };
  const attempt = async () => {
    try {
      if (size > LARGEST) return await copyParts(connected, work);
      const { sdk, client } = connected;
      const target = { Bucket: to.bucket, Key: to.key, CopySource: sourceOf(from) };
      await client.send(new sdk.CopyObjectCommand(target), aborting);
    } catch (thrown) {
      throw server.failure(missesBucketOf(thrown, from) ? from.bucket : to.bucket, from.key, signal)(thrown);
    }
  };
  return withRetry(attempt, { signal });
}

/** Which bucket an error is about: S3 names it only where that one is not there. */
function missesBucketOf(thrown: unknown, { bucket }: ObjectName): boolean {
  return (thrown as { readonly BucketName?: unknown }).BucketName === bucket;
}

/** As a header: each name encoded, with slashes between them. */
function sourceOf({ bucket, key }: ObjectName): string {
  return [bucket, ...key.split('/')].map(encodeURIComponent).join('/');
}

/** Unlike a copy at once, one in parts takes nothing along: type and metadata are read and set. */
async function copyParts({ sdk, client }: Connected, { from, to, size, signal }: Copy): Promise<void> {
  const aborting = { ...(signal && { abortSignal: signal }) };
  const source = await client.send(
    new sdk.HeadObjectCommand({ Bucket: from.bucket, Key: from.key }),
    aborting,
  );
  const target = { Bucket: to.bucket, Key: to.key };
  const { ContentType, Metadata, CacheControl, ContentEncoding, ContentDisposition } = source;
  const kept = { ContentType, Metadata, CacheControl, ContentEncoding, ContentDisposition };
  const { UploadId } = await client.send(
    new sdk.CreateMultipartUploadCommand({ ...target, ...kept }),
    aborting,
  );
  try {
    const partSize = Math.max(PART, Math.ceil(size / MOST_PARTS));
    const Parts = [];
    for (let start = 0, PartNumber = 1; start < size; start += partSize, PartNumber += 1) {
      const CopySourceRange = `bytes=${start}-${Math.min(size, start + partSize) - 1}`;
      const CopySource = sourceOf(from);
      const CopySourceIfMatch = source.ETag;
      const part = { ...target, UploadId, PartNumber, CopySource, CopySourceRange, CopySourceIfMatch };
      const { CopyPartResult } = await client.send(new sdk.UploadPartCopyCommand(part), aborting);
      Parts.push({ PartNumber, ETag: CopyPartResult?.ETag });
    }
    const whole = { ...target, UploadId, MultipartUpload: { Parts } };
    await client.send(new sdk.CompleteMultipartUploadCommand(whole), aborting);
  } catch (thrown) {
    await client.send(new sdk.AbortMultipartUploadCommand({ ...target, UploadId })).catch(() => {});
    throw thrown;
  }
}
