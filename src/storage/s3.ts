/** The store that S3, and servers that speak its protocol (MinIO), are. */
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pageTokens } from '../bounds.ts';
import { messageOf } from '../errors.ts';
import { withRetry } from '../retry.ts';
import { reveal, type Text } from '../secret.ts';
import { StorageError } from './error.ts';
import { isPlaceholder } from './key.ts';
import { connectS3, type S3Connection, type S3Credentials, type S3Options } from './s3-client.ts';
import { withinServer } from './s3-copy.ts';
import { bodyOf, writeAnswer } from './s3-download.ts';
import { s3Error } from './s3-error.ts';
import { uploadFile } from './s3-upload.ts';
import type { ListOptions, ObjectInfo, ObjectName, Storage, TransferOptions } from './storage.ts';

/** One store and how its errors speak of it. */
interface Server {
  readonly partBytes: number | undefined;
  connect(): Promise<S3Connection>;
  failure(bucket: string, key?: string, signal?: AbortSignal): (thrown: unknown) => unknown;
}

/** The store that the options reach. Nothing is loaded or contacted before the first call. */
export function s3Storage(options: S3Options = {}): Storage {
  let connection: Promise<S3Connection> | undefined;
  const server: Server = {
    partBytes: options.partBytes,
    connect: () => {
      connection ??= connectS3(options);
      return connection;
    },
    failure: (bucket, key, signal) => (thrown) =>
      s3Error(thrown, { bucket, ...(key !== undefined && { key }), endpoint: options.endpoint }, signal),
  };
  return {
    stat: (bucket, key) => head(server, bucket, key),
    list: (bucket, prefix, options = {}) => list(server, bucket, prefix, options),
    download: (bucket, key, file, transfer = {}) => download(server, { bucket, key }, file, transfer),
    upload: (file, bucket, key, transfer = {}) => upload(server, file, { bucket, key }, transfer),
    read: (bucket, key) => read(server, bucket, key),
    remove: (bucket, key) => remove(server, bucket, key),
    ...withinServer(server),
  };
}

/** The keys among the credentials of a store; nothing where one is not filled in. */
export function keysOf(credentials: Readonly<Record<string, Text>>): S3Credentials | undefined {
  const [accessKeyId, secretAccessKey, sessionToken] = ['access_key', 'secret_key', 'session_token'].map(
    (name) => reveal(credentials[name] ?? ''),
  );
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}

interface Described {
  readonly ContentLength?: number | undefined;
  readonly LastModified?: Date | undefined;
  readonly ETag?: string | undefined;
}

function infoOf(key: string, { ContentLength = 0, LastModified, ETag = '' }: Described): ObjectInfo {
  return { key, size: ContentLength, modified: LastModified ?? new Date(0), etag: ETag.replaceAll('"', '') };
}

async function head(server: Server, bucket: string, key: string): Promise<ObjectInfo | undefined> {
  const { sdk, client } = await server.connect();
  try {
    return infoOf(key, await client.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key: key })));
  } catch (thrown) {
    const error = server.failure(bucket, key)(thrown);
    const absent =
      error instanceof StorageError && ['object-not-found', 'bucket-not-found'].includes(error.code);
    if (absent) return undefined;
    throw error;
  }
}

async function* list(
  server: Server,
  bucket: string,
  prefix: string,
  { signal }: ListOptions,
): AsyncGenerator<ObjectInfo> {
  const { sdk, client } = await server.connect();
  const unseen = pageTokens((why) => foreignAnswer(bucket, why));
  let next: string | undefined;
  do {
    signal?.throwIfAborted();
    const command = new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: next });
    const page = await client.send(command, signal ? { abortSignal: signal } : {}).catch((thrown) => {
      throw server.failure(bucket, undefined, signal)(thrown);
    });
    // Every list has its bucket's name: the page of a proxy, which is read as an empty list, has not.
    if (page.Name === undefined && page.KeyCount === undefined) throw foreignAnswer(bucket);
    for (const { Key: key = '', Size: ContentLength, ...rest } of page.Contents ?? []) {
      if (!isPlaceholder(key, ContentLength)) yield infoOf(key, { ContentLength, ...rest });
    }
    next = page.IsTruncated ? unseen(page.NextContinuationToken) : undefined;
  } while (next !== undefined);
}

function foreignAnswer(bucket: string, why = 'the answer is not one of S3'): StorageError {
  const hint = 'Check the address of the storage provider: something else answers there, such as a proxy.';
  const message = `bucket "${bucket}" could not be listed: ${why}`;
  return new StorageError('storage-failed', message, { hint });
}

async function download(
  server: Server,
  { bucket, key }: ObjectName,
  file: string,
  options: TransferOptions,
): Promise<ObjectInfo> {
  const { signal } = options;
  const { sdk, client } = await server.connect();
  const failure = server.failure(bucket, key, signal);
  const attempt = async () => {
    try {
      const command = new sdk.GetObjectCommand({ Bucket: bucket, Key: key });
      const answer = await client.send(command, signal ? { abortSignal: signal } : {});
      await writeAnswer(answer, file, options);
      return infoOf(key, answer);
    } catch (thrown) {
      throw failure(thrown);
    }
  };
  return withRetry(attempt, { signal });
}

/** The time of the object is this machine's: S3 does not say it, and asking would cost another request. */
async function upload(
  server: Server,
  file: string,
  { bucket, key }: ObjectName,
  options: TransferOptions,
): Promise<ObjectInfo> {
  const size = await sizeOf(file);
  const connection = await server.connect();
  const failure = server.failure(bucket, key, options.signal);
  try {
    const target = { Bucket: bucket, Key: key };
    const { partBytes } = server;
    const ETag = await uploadFile({ connection, target, file, size, partBytes, options, failure });
    return infoOf(key, { ContentLength: size, LastModified: new Date(), ETag });
  } catch (thrown) {
    throw failure(thrown);
  }
}

async function sizeOf(file: string): Promise<number> {
  const stats = await stat(file).catch((cause) => {
    throw new StorageError('storage-failed', `"${file}" cannot be uploaded: ${messageOf(cause)}`, { cause });
  });
  if (stats.isFile()) return stats.size;
  throw new StorageError('storage-failed', `"${file}" cannot be uploaded: it is no file`);
}

async function read(server: Server, bucket: string, key: string): Promise<Readable> {
  const { sdk, client } = await server.connect();
  try {
    return bodyOf(await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key })));
  } catch (thrown) {
    throw server.failure(bucket, key)(thrown);
  }
}

async function remove(server: Server, bucket: string, key: string): Promise<void> {
  const { sdk, client } = await server.connect();
  try {
    await client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: key }));
  } catch (thrown) {
    const error = server.failure(bucket, key)(thrown);
    if (!(error instanceof StorageError && error.code === 'object-not-found')) throw error;
  }
}
