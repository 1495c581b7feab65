/** The store that Google Cloud Storage is. Rule: https://cloud.google.com/storage/docs/json_api/v1 */
import type { Readable } from 'node:stream';
import { pageTokens } from '../../bounds.ts';
import { asObject, asText, parseJson } from '../../json.ts';
import { withRetry } from '../../retry.ts';
import { reveal } from '../../secret.ts';
import { StorageError } from '../error.ts';
import { discard, type HttpAnswer, type HttpTrust, openHttp } from '../http.ts';
import { saveBody } from '../http-body.ts';
import { type HttpSubject, notFound, wrongAnswer } from '../http-error.ts';
import { serverUrl } from '../http-path.ts';
import { isPlaceholder } from '../key.ts';
import { keysOf, s3Storage } from '../s3/index.ts';
import type { FolderInfo, ListOptions, ObjectInfo, Storage, TransferOptions } from '../storage.ts';
import type { OpenableStore } from '../store.ts';
import {
  at,
  bucketUrl,
  FIELDS,
  infoOf,
  type Located,
  md5Of,
  resourceOf,
  type Server,
  subjectOf,
} from './server.ts';
import { gcsTokens } from './token.ts';
import { upload } from './upload.ts';

export interface GcsOptions extends HttpTrust {
  /** Id of the store, for errors. */
  readonly id: string;
  /** URL of the server. */
  readonly endpoint: string;
  /** JSON of a key; absent for servers that need none. */
  readonly credentials?: string | undefined;
  /** Bytes of a part of an upload, a multiple of 256 KiB; larger files go in parts. 16 MiB by default. */
  readonly partBytes?: number | undefined;
}

const ENDPOINT = 'https://storage.googleapis.com';

/** The store as a file names it: with HMAC keys by the protocol of S3. @throws FdlError `storage-address`, `storage-denied` */
export function openGcs({ id, endpoint, credentials, verifyTls, ca }: OpenableStore): Storage {
  const url = serverUrl(id, 'endpoint', endpoint ?? ENDPOINT);
  const key = reveal(credentials['credentials'] ?? '');
  // Rule: https://cloud.google.com/storage/docs/interoperability
  if (key === '')
    return s3Storage({ endpoint: url, region: 'auto', credentials: keysOf(credentials), verifyTls, ca });
  return gcsStorage({ id, endpoint: url, credentials: key, verifyTls, ca });
}

/** Rule: parts are multiples of 256 KiB. */
const PART = 16 * 1024 * 1024;

/** The store that the options reach; nothing is contacted before the first call. @throws StorageError `storage-denied` */
export function gcsStorage(options: GcsOptions): Storage {
  const { id, endpoint: base, credentials, partBytes = PART } = options;
  const http = openHttp(options);
  const token = credentials === undefined ? undefined : gcsTokens(id, credentials, http);
  const secret = async (subject: HttpSubject) =>
    token ? { authorization: `Bearer ${await token(subject)}` } : {};
  const server: Server = { id, http, base, partBytes, secret };
  return {
    stat: (bucket, key) => stat(at(server, bucket, key)),
    list: (bucket, prefix, options = {}) =>
      list(server, bucket, { prefix }, options) as AsyncGenerator<ObjectInfo>,
    level: (bucket, prefix, options = {}) => list(server, bucket, { prefix, delimiter: '/' }, options),
    download: (bucket, key, file, options = {}) => download(at(server, bucket, key), file, options),
    upload: (file, bucket, key, options = {}) => upload(file, at(server, bucket, key), options),
    read: (bucket, key) => read(at(server, bucket, key)),
    remove: (bucket, key) => remove(at(server, bucket, key)),
  };
}

async function stat({ server, url, subject }: Located): Promise<ObjectInfo | undefined> {
  const secret = await server.secret(subject);
  const request = { method: 'GET', url: `${url}?fields=${FIELDS}`, secret, subject, accept: [404] };
  const { answer, text } = await server.http.text(request);
  return answer.status === 404 ? undefined : infoOf(resourceOf(text, subject));
}

/** `delimiter`: only what is right below the prefix, and its folders. */
async function* list(
  server: Server,
  bucket: string,
  asked: { readonly prefix: string; readonly delimiter?: string },
  { signal }: ListOptions,
): AsyncGenerator<ObjectInfo | FolderInfo> {
  const subject = subjectOf(server, bucket);
  const unseen = pageTokens((why) => wrongAnswer(why, subject));
  let token: string | undefined;
  do {
    signal?.throwIfAborted();
    const query = new URLSearchParams({ ...asked, fields: `nextPageToken,kind,prefixes,items(${FIELDS})` });
    if (token !== undefined) query.set('pageToken', token);
    const url = `${bucketUrl(server, bucket)}/o?${query}`;
    const secret = await server.secret(subject);
    const { text } = await server.http.text({ method: 'GET', url, secret, subject, signal });
    const page = asObject(parseJson(text)?.value);
    if (page?.['kind'] !== 'storage#objects')
      throw wrongAnswer('the answer is not one of Google Cloud Storage', subject);
    for (const folder of [page['prefixes'] ?? []].flat()) yield { folder: String(folder) };
    for (const item of [page['items'] ?? []].flat()) {
      const info = infoOf(asObject(item));
      if (!isPlaceholder(info.key, info.size)) yield info;
    }
    token = unseen(asText(page['nextPageToken']));
  } while (token !== undefined);
}

/** Objects that are stored compressed come as they are stored: only so are length and digest right. */
async function content({ server, url, subject, bucket }: Located, signal?: AbortSignal): Promise<HttpAnswer> {
  const secret = await server.secret(subject);
  const headers = { 'accept-encoding': 'gzip' };
  const request = { method: 'GET', url: `${url}?alt=media`, headers, secret, subject, signal };
  return server.http.sendOnce(request).catch(async (thrown) => {
    if (!(thrown instanceof StorageError && thrown.code === 'object-not-found')) throw thrown;
    // Whether the bucket is there, those may not see who may read its objects alone.
    const accept = [401, 403, 404];
    const top = subjectOf(server, bucket);
    const found = await server.http.send({
      method: 'GET',
      url: bucketUrl(server, bucket),
      secret,
      subject: top,
      accept,
    });
    discard(found);
    throw found.status === 404 ? notFound(top) : thrown;
  });
}

async function download(located: Located, file: string, options: TransferOptions): Promise<ObjectInfo> {
  const { key, subject } = located;
  const { signal } = options;
  return withRetry(
    async () => {
      const answer = await content(located, signal);
      const {
        'content-length': length,
        'x-goog-hash': hashes,
        'x-goog-generation': etag = '',
      } = answer.headers;
      const size = length === undefined ? undefined : Number(length);
      const digest = md5Of(/md5=([^,\s]+)/.exec(hashes ?? '')?.[1]);
      const moved = await saveBody(answer, file, { size, digest, subject }, options);
      return { key, size: moved, modified: new Date(answer.headers['last-modified'] ?? 0), etag };
    },
    { signal },
  );
}

async function read(located: Located): Promise<Readable> {
  return (await withRetry(() => content(located))).body;
}

async function remove({ server, url, subject }: Located): Promise<void> {
  const secret = await server.secret(subject);
  discard(await server.http.send({ method: 'DELETE', url, secret, subject, accept: [404] }));
}
