/**
 * The store that a WebDAV server is, such as dCache or Nextcloud. Buckets are the collections at the top of its address.
 * Rule: RFC 4918. As dCache does, servers may send clients on to another machine for the content.
 */
import type { Readable } from 'node:stream';
import { withRetry } from '../../retry.ts';
import { hideCredentials, hideLogin, reveal } from '../../secret.ts';
import { digestIn, WANTED } from '../digests.ts';
import { StorageError } from '../error.ts';
import { discard, type HttpAnswer, type HttpTrust, openHttp } from '../http.ts';
import { checkUpload, discardRest, saveBody, sending, sizeOf } from '../http-body.ts';
import { notFound } from '../http-error.ts';
import { encodePath, serverUrl } from '../http-path.ts';
import type { ObjectInfo, Storage, TransferOptions } from '../storage.ts';
import type { OpenableStore } from '../store.ts';
import type { Entry } from './answers.ts';
import { buckets, level, list } from './list.ts';
import { at, find, infoOf, type Located, type Server, subjectOf, topOf } from './server.ts';

export interface WebdavOptions extends HttpTrust {
  /** Id of the store, for errors. */
  readonly id: string;
  /** Host with port and path, as in `dcache.example.org:2880/home`; HTTPS, unless it says `http://`. */
  readonly hostname: string;
  readonly login?: { readonly user: string; readonly password: string } | undefined;
  /** A bearer token, in place of a login. */
  readonly token?: string | undefined;
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
    level: (bucket, prefix, options = {}) => level(server, bucket, prefix, options),
    buckets: (signal) => buckets(server, signal),
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

/** A folder is there as an empty object with a slash at its end, as in stores that have no folders. */
async function stat(server: Server, bucket: string, key: string): Promise<ObjectInfo | undefined> {
  const { url, subject } = at(server, bucket, key);
  const own = (await find(server, url, 0, subject))?.find(({ name }) => name === '');
  return own && own.isCollection === key.endsWith('/') ? infoOf(key, own) : undefined;
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
    await discardRest(
      () => stat(server, bucket, key),
      size,
      () => remove(server, bucket, key),
    );
    throw thrown;
  }
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

/** Asked first, since deleting a collection deletes all that is in it: only one that is empty goes. */
async function remove(server: Server, bucket: string, key: string): Promise<void> {
  if (!(await stat(server, bucket, key))) return;
  const { url, subject } = at(server, bucket, key);
  if (key.endsWith('/') && (await find(server, url, 1, subject))?.some(({ name }) => name !== '')) return;
  const request = { method: 'DELETE', url, secret: server.secret, subject, accept: [404, 410] };
  discard(await server.http.send(request));
  server.made.delete(`${bucket}/${key}`);
}
