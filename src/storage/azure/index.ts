/** The store that Azure Blob Storage is. Rule: https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api */
import type { Readable } from 'node:stream';
import { parseXML } from '@aws-sdk/xml-builder';
import { pageTokens } from '../../bounds.ts';
import { asObject, asText, type JsonObject } from '../../json.ts';
import { withRetry } from '../../retry.ts';
import { reveal } from '../../secret.ts';
import { StorageError } from '../error.ts';
import { discard, type HttpTrust, openHttp } from '../http.ts';
import { saveBody } from '../http-body.ts';
import { type HttpSubject, wrongAnswer } from '../http-error.ts';
import { isPlaceholder } from '../key.ts';
import type { FolderInfo, ListOptions, ObjectInfo, Storage, TransferOptions } from '../storage.ts';
import type { OpenableStore } from '../store.ts';
import { type AzureFields, azureAccount } from './account.ts';
import { ask, at, infoOf, type Located, type Server, subjectOf } from './server.ts';
import { upload } from './upload.ts';

export interface AzureOptions extends HttpTrust, AzureFields {
  /** Id of the store, for errors. */
  readonly id: string;
  /** Bytes of a block; larger files go in blocks. 16 MiB by default. */
  readonly partBytes?: number | undefined;
}

/** The store as a file names it. @throws FdlError `storage-address`, `storage-incomplete` */
export function openAzure({ id, endpoint, credentials, verifyTls, ca }: OpenableStore): Storage {
  const fields = Object.entries(credentials).map(([name, value]) => [name, reveal(value)]);
  return azureStorage({ id, verifyTls, ca, endpoint, ...Object.fromEntries(fields) });
}

const PART = 16 * 1024 * 1024;

/** The store that the options reach; nothing is contacted before the first call. @throws FdlError `storage-address`, `storage-incomplete` */
export function azureStorage(options: AzureOptions): Storage {
  const { id, partBytes = PART } = options;
  const server: Server = { id, http: openHttp(options), account: azureAccount(id, options), partBytes };
  return {
    stat: (bucket, key) => stat(at(server, bucket, key)),
    list: (bucket, prefix, options = {}) =>
      list(server, bucket, { prefix }, options) as AsyncGenerator<ObjectInfo>,
    level: (bucket, prefix, options = {}) => list(server, bucket, { prefix, delimiter: '/' }, options),
    buckets: (signal) => buckets(server, signal),
    download: (bucket, key, file, options = {}) => download(at(server, bucket, key), file, options),
    upload: (file, bucket, key, options = {}) => upload(file, at(server, bucket, key), options),
    read: (bucket, key) => read(at(server, bucket, key)),
    remove: (bucket, key) => remove(at(server, bucket, key)),
  };
}

const ABSENT = ['object-not-found', 'bucket-not-found'];

function unlessAbsent(thrown: unknown): undefined {
  if (thrown instanceof StorageError && ABSENT.includes(thrown.code)) return undefined;
  throw thrown;
}

async function stat({ server, key, url, subject }: Located): Promise<ObjectInfo | undefined> {
  const answer = await withRetry(() => ask(server, { method: 'HEAD', url, subject })).catch(unlessAbsent);
  if (!answer) return undefined;
  discard(answer);
  // Accounts with folders have these as well.
  if (answer.headers['x-ms-resource-type'] === 'directory') return undefined;
  return infoOf(key, answer.headers, Number(answer.headers['content-length'] ?? 0));
}

/** `delimiter`: only what is right below the prefix, and its folders. */
async function* list(
  server: Server,
  bucket: string,
  asked: { readonly prefix: string; readonly delimiter?: string },
  { signal }: ListOptions,
): AsyncGenerator<ObjectInfo | FolderInfo> {
  const subject = subjectOf(server, bucket);
  const url = `${server.account.base}/${encodeURIComponent(bucket)}`;
  for await (const page of pages(server, url, { restype: 'container', ...asked }, subject, signal)) {
    const blobs = asObject(page['Blobs']);
    for (const folder of [blobs?.['BlobPrefix'] ?? []].flat()) yield { folder: nameIn(asObject(folder)) };
    for (const blob of [blobs?.['Blob'] ?? []].flat()) {
      const info = blobInfo(asObject(blob));
      if (info && !isPlaceholder(info.key, info.size)) yield info;
    }
  }
}

async function buckets(server: Server, signal?: AbortSignal): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const page of pages(server, `${server.account.base}/`, {}, subjectOf(server, ''), signal))
    for (const each of [asObject(page['Containers'])?.['Container'] ?? []].flat())
      names.push(asText(asObject(each)?.['Name']) ?? '');
  return names;
}

async function* pages(
  server: Server,
  url: string,
  asked: Readonly<Record<string, string>>,
  subject: HttpSubject,
  signal: AbortSignal | undefined,
): AsyncGenerator<JsonObject> {
  const unseen = pageTokens((why) => wrongAnswer(why, subject));
  let marker: string | undefined;
  do {
    signal?.throwIfAborted();
    const query = new URLSearchParams({ comp: 'list', ...asked });
    if (marker !== undefined) query.set('marker', marker);
    const page = pageOf(await listed(server, `${url}?${query}`, subject, signal), subject);
    yield page;
    marker = unseen(asText(page['NextMarker']));
  } while (marker !== undefined);
}

/** Signed as it is sent, which a page may wait for. */
function listed(
  { http, account }: Server,
  url: string,
  subject: HttpSubject,
  signal: AbortSignal | undefined,
) {
  const opened = account.open({ method: 'GET', url, headers: {} });
  return http.text({ method: 'GET', ...opened, subject, signal }).then(({ text }) => text);
}

function pageOf(text: string, subject: HttpSubject): JsonObject {
  let page: JsonObject | undefined;
  try {
    page = asObject(asObject(parseXML(text.replace(/^\ufeff/, '')))?.['EnumerationResults']);
  } catch {
    // A page of HTML, for instance.
  }
  if (!page) throw wrongAnswer('the answer is not one of Azure Blob Storage', subject);
  return page;
}

/** Names that XML has no characters for are encoded. */
function nameIn(element: JsonObject | undefined): string {
  const encoded = asObject(element?.['Name']);
  return encoded ? decodeURIComponent(asText(encoded['#text']) ?? '') : (asText(element?.['Name']) ?? '');
}

/** Accounts with folders list these as well. */
function blobInfo(blob: JsonObject | undefined): ObjectInfo | undefined {
  const properties = asObject(blob?.['Properties']);
  if (properties?.['ResourceType'] === 'directory') return undefined;
  const key = nameIn(blob);
  const [length, modified, etag = ''] = ['Content-Length', 'Last-Modified', 'Etag'].map((name) =>
    asText(properties?.[name]),
  );
  return {
    key,
    size: Number(length ?? 0),
    modified: new Date(modified ?? 0),
    etag: etag.replaceAll('"', ''),
  };
}

async function download(
  { server, key, url, subject }: Located,
  file: string,
  options: TransferOptions,
): Promise<ObjectInfo> {
  const { signal } = options;
  return withRetry(
    async () => {
      const answer = await ask(server, { method: 'GET', url, subject, signal });
      const { 'content-length': length, 'content-md5': md5 } = answer.headers;
      const size = length === undefined ? undefined : Number(length);
      const digest = md5 === undefined ? undefined : ({ algorithm: 'md5', hex: hexOf(md5) } as const);
      const moved = await saveBody(answer, file, { size, digest, subject }, options);
      return infoOf(key, answer.headers, moved);
    },
    { signal },
  );
}

function hexOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}

async function read({ server, url, subject }: Located): Promise<Readable> {
  return (await withRetry(() => ask(server, { method: 'GET', url, subject }))).body;
}

async function remove({ server, url, subject }: Located): Promise<void> {
  const headers = { 'x-ms-delete-snapshots': 'include' };
  const gone = await withRetry(() => ask(server, { method: 'DELETE', url, headers, subject })).catch(
    unlessAbsent,
  );
  if (gone) discard(gone);
}
