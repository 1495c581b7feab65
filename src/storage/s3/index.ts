/** The store that S3, and servers that speak its protocol (MinIO), are. */
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pageTokens } from '../../bounds.ts';
import { messageOf } from '../../errors.ts';
import type { JsonObject } from '../../json.ts';
import { withRetry } from '../../retry.ts';
import { reveal, type Text } from '../../secret.ts';
import { StorageError } from '../error.ts';
import { isPlaceholder } from '../key.ts';
import { metadataIn } from '../metadata.ts';
import type { ListOptions, ObjectInfo, ObjectName, Storage, TransferOptions } from '../storage.ts';
import type { S3Connection } from './client.ts';
import { withinServer } from './copy.ts';
import { type Content, writeContent } from './download.ts';
import { s3Error } from './error.ts';
import type { Answer } from './exchange.ts';
import {
  answerText,
  dropped,
  headerOf,
  lengthOf,
  type S3Http,
  type S3Request,
  s3Http,
  tagOf,
} from './http.ts';
import { downloadLarge, isLarge, NoRanges } from './large-download.ts';
import type { S3Credentials, S3Options } from './options.ts';
import { isBegun } from './partial-file.ts';
import { proofOf, WITH_CHECKSUM } from './proof.ts';
import { METADATA, uploadFile } from './upload.ts';
import { elementsOf, readElement, textOf } from './xml.ts';

/** One store and how its errors speak of it. */
interface Server {
  readonly http: S3Http;
  readonly partBytes: number | undefined;
  failure(bucket: string, key?: string, signal?: AbortSignal): (thrown: unknown) => unknown;
}

/** The store that the options reach. Nothing is loaded or contacted before the first call. */
export function s3Storage(options: S3Options = {}): Storage {
  const server: Server = {
    http: s3Http(options),
    partBytes: options.partBytes,
    failure: (bucket, key, signal) => (thrown) =>
      s3Error(thrown, { bucket, ...(key !== undefined && { key }), endpoint: options.endpoint }, signal),
  };
  let bySdk: Promise<S3Connection> | undefined;
  const connect = () => {
    bySdk ??= import('./client.ts').then(({ connectS3 }) => connectS3(options));
    return bySdk;
  };
  return {
    stat: (bucket, key) => head(server, { bucket, key }),
    list: (bucket, prefix, options = {}) => list(server, bucket, prefix, options),
    download: (bucket, key, file, transfer = {}) => download(server, { bucket, key }, file, transfer),
    upload: (file, bucket, key, transfer = {}) => upload(server, file, { bucket, key }, transfer),
    read: (bucket, key) => ask(server, { operation: 'GetObject', bucket, key }, streamOf),
    remove: (bucket, key) => remove(server, { bucket, key }),
    ...withinServer({ connect, failure: server.failure }),
  };
}

/** Times that a call is made which moves no file; transfers are tried as often as `withRetry` does by itself. */
const ATTEMPTS = 3;

/** Makes a call, again where that may help, and reads its answer. @throws StorageError */
function ask<T>(server: Server, request: S3Request, read: (answer: Answer) => Promise<T> | T): Promise<T> {
  const { bucket, key, signal } = request;
  const attempts = Number(process.env['AWS_MAX_ATTEMPTS']) || ATTEMPTS;
  const once = async () => {
    try {
      return await read(await server.http.send(request));
    } catch (thrown) {
      throw server.failure(bucket, key, signal)(thrown);
    }
  };
  return withRetry(once, { attempts, signal });
}

function streamOf({ body }: Answer): Readable {
  return Buffer.isBuffer(body) ? Readable.from([body], { objectMode: false }) : body;
}

/** The keys among the credentials of a store; nothing where one is not filled in. */
export function keysOf(credentials: Readonly<Record<string, Text>>): S3Credentials | undefined {
  const [accessKeyId, secretAccessKey, sessionToken] = ['access_key', 'secret_key', 'session_token'].map(
    (name) => reveal(credentials[name] ?? ''),
  );
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}

/** What an answer says of its object. */
function infoOf(key: string, answer: Pick<Answer, 'headers'>): ObjectInfo {
  const modified = new Date(headerOf(answer, 'last-modified') ?? 0);
  return {
    key,
    size: Number(headerOf(answer, 'content-length') ?? 0),
    modified: Number.isNaN(modified.getTime()) ? new Date(0) : modified,
    etag: tagOf(answer),
    ...metadataIn(METADATA, answer.headers),
  };
}

async function head(server: Server, name: ObjectName): Promise<ObjectInfo | undefined> {
  try {
    return await ask(server, { operation: 'HeadObject', ...name }, (answer) =>
      infoOf(name.key, dropped(answer)),
    );
  } catch (error) {
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
  const unseen = pageTokens((why) => foreignAnswer(bucket, why));
  let next: string | undefined;
  do {
    signal?.throwIfAborted();
    const query = { ...LISTED, prefix, 'continuation-token': next };
    const text = await ask(server, { operation: 'ListObjectsV2', bucket, query, signal }, (answer) =>
      answerText(answer, bucket),
    );
    // Every list has its bucket's name: the page of a proxy, which would be read as an empty list, has not.
    const page = readElement(text);
    if (textOf(page?.['Name']) === undefined) throw foreignAnswer(bucket);
    for (const object of listed(page ?? {})) if (!isPlaceholder(object.key, object.size)) yield object;
    const token = textOf(page?.['NextContinuationToken']);
    next = page?.['IsTruncated'] === 'true' ? unseen(token) : undefined;
  } while (next !== undefined);
}

/** Keys may have characters that XML has not. */
const LISTED = { 'list-type': 2, 'encoding-type': 'url' };

function listed(page: JsonObject): readonly ObjectInfo[] {
  const isEncoded = page['EncodingType'] === 'url';
  return elementsOf(page['Contents']).map((each) => {
    const key = textOf(each['Key']) ?? '';
    return {
      key: isEncoded ? decodeURIComponent(key.replaceAll('+', ' ')) : key,
      size: Number(textOf(each['Size']) ?? 0),
      modified: new Date(textOf(each['LastModified']) ?? 0),
      etag: (textOf(each['ETag']) ?? '').replaceAll('"', ''),
    };
  });
}

function foreignAnswer(bucket: string, why = 'the answer is not one of S3'): StorageError {
  const hint = 'Check the address of the storage provider: something else answers there, such as a proxy.';
  const message = `bucket "${bucket}" could not be listed: ${why}`;
  return new StorageError('storage-failed', message, { hint });
}

async function download(
  { http, failure: failures }: Server,
  name: ObjectName,
  file: string,
  options: TransferOptions,
): Promise<ObjectInfo> {
  const { signal } = options;
  const failure = failures(name.bucket, name.key, signal);
  const ask = (operation: 'GetObject' | 'HeadObject') =>
    http.send({ operation, ...name, headers: WITH_CHECKSUM, signal });
  const attempt = async () => {
    try {
      // Of an object that is there in part, the rest alone is asked for.
      const known = isBegun(file) ? await ask('HeadObject') : undefined;
      const answer = known && isLarge(known) ? known : await ask('GetObject');
      if (isLarge(answer)) {
        await downloadLarge({ http, name, file, options, failure }, answer).catch(async (error: unknown) => {
          if (!(error instanceof NoRanges)) throw error;
          await writeContent(contentOf(await ask('GetObject')), file, options);
        });
      } else await writeContent(contentOf(answer), file, options);
      return infoOf(name.key, answer);
    } catch (thrown) {
      throw failure(thrown);
    }
  };
  return withRetry(attempt, { signal });
}

function contentOf(answer: Answer): Content {
  return { body: answer.body, length: lengthOf(answer), proof: proofOf(answer) };
}

/** The time of the object is this machine's: S3 does not say it, and asking would cost another request. */
async function upload(
  server: Server,
  file: string,
  { bucket, key }: ObjectName,
  options: TransferOptions,
): Promise<ObjectInfo> {
  const size = await sizeOf(file);
  const { http, partBytes } = server;
  const failure = server.failure(bucket, key, options.signal);
  const etag = await uploadFile({ http, target: { bucket, key }, file, size, partBytes, options, failure });
  return { key, size, modified: new Date(), etag };
}

async function sizeOf(file: string): Promise<number> {
  const stats = await stat(file).catch((cause) => {
    throw new StorageError('storage-failed', `"${file}" cannot be uploaded: ${messageOf(cause)}`, { cause });
  });
  if (stats.isFile()) return stats.size;
  throw new StorageError('storage-failed', `"${file}" cannot be uploaded: it is no file`);
}

async function remove(server: Server, name: ObjectName): Promise<void> {
  try {
    await ask(server, { operation: 'DeleteObject', ...name }, dropped);
  } catch (error) {
    if (!(error instanceof StorageError && error.code === 'object-not-found')) throw error;
  }
}
