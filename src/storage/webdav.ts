/**
 * The store that a WebDAV server is, such as dCache or Nextcloud. Buckets are the collections at the top of its address.
 * Rule: RFC 4918. As dCache does, servers may send clients on to another machine for the content.
 */
import type { Readable } from 'node:stream';
import { withRetry } from '../retry.ts';
import { hideCredentials, hideLogin, reveal } from '../secret.ts';
import { digestIn, WANTED } from './digests.ts';
import { StorageError } from './error.ts';
import { discard, type Http, type HttpAnswer, type HttpTrust, openHttp } from './http.ts';
import { checkUpload, saveBody, sending, sizeOf } from './http-body.ts';
import { type HttpSubject, notFound } from './http-error.ts';
import { checkPath, encodePath, serverUrl } from './http-path.ts';
import { compareKeys } from './key.ts';
import { isPartName } from './part-file.ts';
import type { ListOptions, ObjectInfo, Storage, TransferOptions } from './storage.ts';
import type { OpenableStore } from './store.ts';
import { type Entry, PROPFIND, readEntries } from './webdav-answers.ts';

export interface WebdavOptions extends HttpTrust {
  /** Id of the store, for errors. */
  readonly id: string;
  /** Host with port and path, as in `dcache.example.org:2880/home`; HTTPS, unless it says `http://`. */
  readonly hostname: string;
  readonly login?: { readonly user: string; readonly password: string } | undefined;
  /** A bearer token, in place of a login. */
  readonly token?: string | undefined;
}

/** One server, and what is known of it. */
interface Server {
  readonly id: string;
  readonly http: Http;
  /** Without a slash at its end. */
  readonly base: string;
  readonly secret: Readonly<Record<string, string>>;
  /** Collections that are there, by their paths. */
  readonly made: Set<string>;
}

/** The store as a file names it. @throws FdlError `storage-address` */
export function openWebdav({ id, endpoint = '', credentials, verifyTls, ca }: OpenableStore): Storage {
  const [user, password, token] = ['login', 'password', 'token'].map((name) =>
    reveal(credentials[name] ?? ''),
  );
  const login = user && password ? { user, password } : undefined;
  return webdavStorage({ id, hostname: endpoint, login, token, verifyTls, ca });
}

/** The store that the options reach; nothing is contacted before the first call. @throws FdlError `storage-address` */
export function webdavStorage(options: WebdavOptions): Storage {
  const base = serverUrl(options.id, 'hostname', options.hostname);
  const server: Server = {
    id: options.id,
    http: openHttp(options),
    base,
    secret: authorization(options),
    made: new Set(),
  };
  return {
    stat: (bucket, key) => stat(server, bucket, key),
    list: (bucket, prefix, options = {}) => list(server, bucket, prefix, options),
    download: (bucket, key, file, options = {}) => download(at(server, bucket, key), file, options),
    upload: (file, bucket, key, options = {}) => upload(file, at(server, bucket, key), options),
    read: (bucket, key) => read(at(server, bucket, key)),
    remove: (bucket, key) => remove(server, bucket, key),
  };
}

function authorization({ login, token }: WebdavOptions): Readonly<Record<string, string>> {
  if (token) {
    hideCredentials(token);
    return { authorization: `Bearer ${token}` };
  }
  if (!login) return {};
  hideLogin(login.user, login.password);
  return { authorization: `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}` };
}

function subjectOf({ id, base }: Server, bucket: string, key?: string): HttpSubject {
  return { store: id, server: base, bucket, key, bucketName: 'folder' };
}

/** An object on its server. */
interface Located {
  readonly server: Server;
  readonly bucket: string;
  readonly key: string;
  readonly url: string;
  readonly subject: HttpSubject;
}

function at(server: Server, bucket: string, key: string): Located {
  const subject = subjectOf(server, bucket, key);
  const path = `${bucket}/${key}`;
  checkPath(path, subject);
  return { server, bucket, key, url: `${server.base}/${encodePath(path)}`, subject };
}

/** What stands in a collection, or what the object itself is; nothing where nothing is there. */
async function find(server: Server, url: string, depth: 0 | 1, subject: HttpSubject, signal?: AbortSignal) {
  const { http, secret } = server;
  const headers = { depth: String(depth), 'content-type': 'application/xml; charset=utf-8' };
  const request = { method: 'PROPFIND', url, headers, secret, body: PROPFIND, subject, signal };
  const { answer, text } = await http.text({ ...request, accept: [404, 410] });
  if (answer.status === 404 || answer.status === 410) return undefined;
  return readEntries(text, answer, subject);
}

async function stat(server: Server, bucket: string, key: string): Promise<ObjectInfo | undefined> {
  const { url, subject } = at(server, bucket, key);
  const own = (await find(server, url, 0, subject))?.find(({ name }) => name === '');
  return own && !own.isCollection ? infoOf(key, own) : undefined;
}

function infoOf(key: string, { size, modified, etag }: Entry): ObjectInfo {
  const made = `${modified.getTime().toString(36)}-${size.toString(36)}`;
  return { key, size, modified, etag: etag === '' ? made : etag };
}

async function* list(
  server: Server,
  bucket: string,
  prefix: string,
  { signal }: ListOptions,
): AsyncGenerator<ObjectInfo> {
  // Only the collections that the prefix leads to are looked at.
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const top = subjectOf(server, bucket);
  checkPath(`${bucket}/${folder}`.replace(/\/$/, ''), top);
  if (yield* walk(server, bucket, folder, prefix, signal)) return;
  const isThere = folder !== '' && (await find(server, topOf(server, bucket), 0, top, signal));
  if (!isThere) throw notFound(top);
}

function topOf({ base }: Server, bucket: string): string {
  return `${base}/${encodePath(bucket)}/`;
}

/** Depth first, which is the order of the keys; each collection by itself, since servers refuse to list all below one. */
async function* walk(
  server: Server,
  bucket: string,
  folder: string,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ObjectInfo, boolean> {
  signal?.throwIfAborted();
  const url = `${server.base}/${encodePath(`${bucket}/${folder}`)}`;
  const entries = await find(server, url, 1, subjectOf(server, bucket), signal);
  if (!entries) return false;
  const keyed = entries
    .filter(({ name }) => name !== '' && !isPartName(name))
    .map((entry) => ({ entry, key: `${folder}${entry.name}${entry.isCollection ? '/' : ''}` }));
  keyed.sort((a, b) => compareKeys(a.key, b.key));
  for (const { entry, key } of keyed) {
    if (entry.isCollection && (key.startsWith(prefix) || prefix.startsWith(key)))
      yield* walk(server, bucket, key, prefix, signal);
    if (!entry.isCollection && key.startsWith(prefix)) yield infoOf(key, entry);
  }
  return true;
}

/** What an answer with the content, or without it, says of the object. */
function described(key: string, { headers }: HttpAnswer): Entry & { readonly sizeTold: number | undefined } {
  const told = headers['content-length'];
  const sizeTold = told === undefined || headers['content-encoding'] ? undefined : Number(told);
  const modified = new Date(headers['last-modified'] ?? Date.now());
  const etag = (headers['etag'] ?? '').replace(/^W\//, '').replaceAll('"', '');
  return { name: key, isCollection: false, size: sizeTold ?? 0, sizeTold, modified, etag };
}

async function download(located: Located, file: string, options: TransferOptions): Promise<ObjectInfo> {
  const { server, key, url, subject } = located;
  const { signal } = options;
  const request = {
    method: 'GET',
    url,
    headers: { 'want-digest': WANTED },
    secret: server.secret,
    subject,
    signal,
  };
  return withRetry(
    async () => {
      const answer = await server.http.sendOnce(request).catch((thrown) => absent(located, thrown));
      const entry = described(key, answer);
      const expected = { size: entry.sizeTold, digest: digestIn(answer.headers), subject };
      const size = await saveBody(answer, file, expected, options);
      return infoOf(key, { ...entry, size });
    },
    { signal },
  );
}

async function read(located: Located): Promise<Readable> {
  const { server, url, subject } = located;
  const request = { method: 'GET', url, secret: server.secret, subject };
  return (await server.http.send(request).catch((thrown) => absent(located, thrown))).body;
}

/** Whether the object or all of its bucket is missing, a server does not say. */
async function absent({ server, bucket }: Located, thrown: unknown): Promise<never> {
  if (!(thrown instanceof StorageError && thrown.code === 'object-not-found')) throw thrown;
  const top = subjectOf(server, bucket);
  const there = await find(server, topOf(server, bucket), 0, top);
  throw there ? thrown : notFound(top);
}

/** Collections above the object are made. What the server holds afterwards is compared with what was sent. */
async function upload(file: string, located: Located, options: TransferOptions): Promise<ObjectInfo> {
  const { server, bucket, key, url, subject } = located;
  const { signal } = options;
  const size = await sizeOf(file);
  await makeCollection(server, `${bucket}/${key}`.replace(/\/[^/]*$/, '/'), signal);
  const { body, takeBack } = sending({ file, start: 0, length: size }, options);
  const headers = { 'content-length': String(size), 'content-type': 'application/octet-stream' };
  const { http, secret } = server;
  const attempt = async () => {
    discard(await http.sendOnce({ method: 'PUT', url, headers, secret, body, subject, signal }));
    const stored = await http.sendOnce({
      method: 'HEAD',
      url,
      headers: { 'want-digest': WANTED },
      secret,
      subject,
      signal,
    });
    discard(stored);
    const entry = described(key, stored);
    const expected = { size: entry.sizeTold, digest: digestIn(stored.headers) };
    await checkUpload(file, size, expected, subject);
    return infoOf(key, { ...entry, size });
  };
  try {
    return await withRetry(attempt, { signal });
  } catch (thrown) {
    takeBack();
    await discardRest(located, size);
    throw thrown;
  }
}

/** Some servers keep what came of a file that broke off: nobody may take it for the whole. */
async function discardRest({ server, bucket, key }: Located, size: number): Promise<void> {
  const left = await stat(server, bucket, key).catch(() => undefined);
  if (left && left.size < size) await remove(server, bucket, key).catch(() => undefined);
}

/** Makes a collection and those above it. 405 says that it is there already. Rule: RFC 4918, section 9.3. */
async function makeCollection(
  server: Server,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (folder === '' || server.made.has(folder)) return;
  const { http, base, secret, made } = server;
  const url = `${base}/${encodePath(folder)}`;
  const subject = subjectOf(server, folder.replace(/\/$/, ''));
  const make = () =>
    http.send({ method: 'MKCOL', url, secret, subject, signal, accept: [403, 404, 405, 409] });
  let answer = await make();
  discard(answer);
  if (answer.status === 404 || answer.status === 409) {
    await makeCollection(server, folder.replace(/[^/]*\/$/, ''), signal);
    answer = await make();
    discard(answer);
  }
  // Who may not make it may still write into it.
  if (answer.status === 403 && !(await find(server, url, 0, subject, signal))) {
    const hint = `Let somebody make it who may, or give "${server.id}" credentials that may.`;
    throw new StorageError('storage-denied', `the folder "${folder}" may not be made at ${base}`, { hint });
  }
  made.add(folder);
}

/** Asked first, since deleting a collection deletes all that is in it. */
async function remove(server: Server, bucket: string, key: string): Promise<void> {
  if (!(await stat(server, bucket, key))) return;
  const { url, subject } = at(server, bucket, key);
  const request = { method: 'DELETE', url, secret: server.secret, subject, accept: [404, 410] };
  discard(await server.http.send(request));
}
