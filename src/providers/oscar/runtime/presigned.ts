/** A cluster's MinIO without keys: lists come from the cluster, contents by URLs that it makes for each object. */

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type Readable, Transform } from 'node:stream';
import { readBounded } from '../../../bounds.ts';
import { messageOf } from '../../../errors.ts';
import { certificatesWith, openAgent } from '../../../network.ts';
import { withRetry } from '../../../retry.ts';
import { bucketNotFound, objectNotFound, StorageError } from '../../../storage/error.ts';
import { isPlaceholder } from '../../../storage/key.ts';
import { writeContent } from '../../../storage/s3/download.ts';
import { s3Error } from '../../../storage/s3/error.ts';
import type { ObjectInfo, Storage, TransferOptions } from '../../../storage/storage.ts';
import type { OscarClient } from '../api/calls.ts';
import { OscarError } from '../api/error.ts';
import { orAgain } from '../api/restarting.ts';

interface PresignedOptions {
  readonly client: OscarClient;
  /** False takes any certificate of MinIO. */
  readonly verifyTls: boolean;
  readonly ca?: string | undefined;
  readonly signal: AbortSignal;
}

/** Seconds that a URL is good for: a large file takes long on a slow line. */
const VALID = 3600;
/** Milliseconds without an answer or any byte. */
const IDLE = 60_000;

/** Opens the store of a cluster; nothing is contacted yet. */
export function presignedStorage(options: PresignedOptions): Storage {
  return {
    stat: async (bucket, key) => {
      for await (const object of list(options, bucket, key)) if (object.key === key) return object;
      return undefined;
    },
    list: (bucket, prefix, { signal } = {}) =>
      list({ ...options, signal: signal ?? options.signal }, bucket, prefix),
    download: (bucket, key, file, transfer = {}) => download(options, { bucket, key }, file, transfer),
    upload: (file, bucket, key, transfer = {}) => upload(options, file, { bucket, key }, transfer),
    read: async (bucket, key) => (await get(options, { bucket, key }, {})).body,
    remove: async (bucket, key) => {
      const hint = 'Remove it where the MinIO of the cluster can be reached.';
      const message = `"${key}" in bucket "${bucket}" cannot be removed through cluster ${options.client.cluster}`;
      throw new StorageError('storage-failed', message, { hint });
    },
  };
}

interface ObjectName {
  readonly bucket: string;
  readonly key: string;
}

async function* list(
  { client, signal }: PresignedOptions,
  bucket: string,
  prefix: string,
): AsyncGenerator<ObjectInfo> {
  try {
    for await (const object of client.objects(bucket, prefix, signal)) {
      if (!isPlaceholder(object.key, object.size)) yield { ...object, etag: '' };
    }
  } catch (thrown) {
    throw clusterError(thrown, { bucket });
  }
}

interface Got {
  readonly body: Readable;
  /** Bytes, where the answer says it. */
  readonly length: number | undefined;
  readonly headers: Headers;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

async function get(options: PresignedOptions, name: ObjectName, { signal }: TransferOptions): Promise<Got> {
  const { headers, body } = await send(options, name, 'download', signal);
  const length = headers['content-length'];
  return { body, headers, length: length === undefined ? undefined : Number(length) };
}

async function download(
  options: PresignedOptions,
  name: ObjectName,
  file: string,
  transfer: TransferOptions,
): Promise<ObjectInfo> {
  const attempt = async () => {
    try {
      const { body, length = 0, headers } = await get(options, name, transfer);
      await writeContent({ body, length }, file, transfer);
      return infoOf(name.key, length, headers);
    } catch (thrown) {
      throw s3Error(thrown, name, transfer.signal);
    }
  };
  return withRetry(attempt, { signal: transfer.signal });
}

async function upload(
  options: PresignedOptions,
  file: string,
  name: ObjectName,
  transfer: TransferOptions,
): Promise<ObjectInfo> {
  const { size } = await stat(file);
  const attempt = async () => {
    let moved = 0;
    const counter = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        moved += chunk.length;
        transfer.onBytes?.(chunk.length);
        done(null, chunk);
      },
    });
    const source = createReadStream(file);
    source.once('error', (error) => counter.destroy(error));
    try {
      const content = { body: source.pipe(counter), size };
      const { headers, body } = await send(options, name, 'upload', transfer.signal, content);
      await answerText(body);
      return infoOf(name.key, size, headers);
    } catch (thrown) {
      source.destroy();
      if (moved > 0) transfer.onBytes?.(-moved);
      throw s3Error(thrown, name, transfer.signal);
    }
  };
  return withRetry(attempt, { signal: transfer.signal });
}

function infoOf(key: string, size: number, headers: Headers): ObjectInfo {
  const modified = new Date(String(headers['last-modified'] ?? ''));
  const isKnown = !Number.isNaN(modified.getTime());
  const etag = String(headers['etag'] ?? '').replaceAll('"', '');
  return { key, size, modified: isKnown ? modified : new Date(), etag };
}

interface Content {
  readonly body: Readable;
  readonly size: number;
}

/** Sends a request to a URL that the cluster made for it. */
async function send(
  { client, verifyTls, ca, signal: ended }: PresignedOptions,
  name: ObjectName,
  operation: 'upload' | 'download',
  signal: AbortSignal = ended,
  content?: Content,
): Promise<{ readonly headers: Headers; readonly body: Readable }> {
  const url = await client.presign({ ...name, operation, seconds: VALID }, signal).catch((thrown) => {
    throw clusterError(thrown, name);
  });
  const target = new URL(url.url);
  const agent = await openAgent({ verifyTls, ca: certificatesWith(ca) });
  const {
    statusCode: status,
    headers,
    body,
  } = await reached(
    client.cluster,
    target.origin,
    agent.request({
      origin: target.origin,
      path: target.pathname + target.search,
      method: url.method === 'PUT' ? 'PUT' : 'GET',
      headers: { ...url.headers, ...(content && { 'content-length': String(content.size) }) },
      body: content?.body ?? null,
      headersTimeout: content ? VALID * 1000 : IDLE,
      bodyTimeout: IDLE,
      signal,
    }),
  );
  // Closes as soon as the answer has been read.
  void agent.close();
  if (status < 300) return { headers, body };
  throw answerError(status, await answerText(body), name);
}

/** Failures of the connection that say that nobody is there. */
const NOBODY = /^(ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;

/**
 * What a request is answered. A cluster makes URLs with the address that its own services use, which may lead nowhere
 * from here. Rule: OSCAR, `MINIO_ENDPOINT`; `minIO.endpoint` in its Helm chart.
 */
async function reached<T>(cluster: string, origin: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (thrown) {
    const code = String((thrown as { code?: unknown }).code ?? '');
    if (!NOBODY.test(code)) throw thrown;
    // A server that restarts refuses connections, too.
    const retryable = code === 'ECONNREFUSED';
    const message = `the MinIO of cluster ${cluster} at ${origin} cannot be reached from here: ${messageOf(thrown)}`;
    const hint =
      'Ask who runs the cluster to give its manager an address of MinIO that is reached from outside, too: MINIO_ENDPOINT, or minIO.endpoint of its Helm chart.';
    throw new StorageError('storage-failed', message, { hint, retryable, cause: thrown });
  }
}

/** Bytes: MinIO answers an upload, or why there is none, with little. */
const LONGEST_ANSWER = 1024 * 1024;

async function answerText(body: Readable): Promise<string> {
  const fail = (why: string) => new StorageError('storage-failed', `MinIO cannot be read: ${why}`);
  return (await readBounded(body, { bytes: LONGEST_ANSWER, ms: IDLE }, fail)).toString('utf8');
}

function answerError(status: number, answer: string, { bucket, key }: ObjectName): StorageError {
  const [, code = ''] = /<Code>([^<]*)<\/Code>/.exec(answer) ?? [];
  if (code === 'NoSuchBucket') return bucketNotFound(bucket);
  if (status === 404) return objectNotFound(bucket, key);
  const message = `"${key}" in bucket "${bucket}" could not be used: ${code || status}`;
  const retryable = status >= 500 || status === 429;
  return new StorageError(status === 403 ? 'storage-denied' : 'storage-failed', message, { retryable });
}

/** What the cluster says of buckets and objects, as stores say it. */
function clusterError(thrown: unknown, { bucket }: { readonly bucket: string }): unknown {
  if (!(thrown instanceof OscarError)) return thrown;
  const isMissing = thrown.status === 404 || /NoSuchBucket|bucket does not exist/i.test(thrown.said ?? '');
  if (isMissing && thrown.code !== 'oscar-unsupported') return bucketNotFound(bucket, thrown);
  const { message, hint, retryable } = orAgain(thrown);
  const code = thrown.code === 'oscar-denied' ? 'storage-denied' : 'storage-failed';
  return new StorageError(code, message, { hint, retryable, cause: thrown });
}
