/**
 * The store that a space of Onedata is, by the CDMI of its Oneprovider, as faas-supervisor uses it. Buckets are the folders
 * at the top of the space. Rule: `src/http/cdmi` of https://github.com/onedata/op-worker
 */
import { withRetry } from '../../retry.ts';
import { hideCredentials, reveal } from '../../secret.ts';
import { StorageError } from '../error.ts';
import { discard, openHttp } from '../http.ts';
import { checkUpload, discardRest, saveBody, sending, sizeOf } from '../http-body.ts';
import { notFound } from '../http-error.ts';
import { serverUrl } from '../http-path.ts';
import type { ObjectInfo, Storage, TransferOptions } from '../storage.ts';
import type { OpenableStore } from '../store.ts';
import { type Cdmi, childrenOf, makeFolders } from './cdmi.ts';
import { at, buckets, type Located, level, list, stat, subjectOf } from './list.ts';

/** The store as a file names it; nothing is contacted before the first call. @throws FdlError `storage-address` */
export function openOnedata({ id, endpoint = '', credentials, verifyTls, ca }: OpenableStore): Storage {
  const base = serverUrl(id, 'oneprovider_host', endpoint);
  const [space = '', token = ''] = ['space', 'token'].map((name) => reveal(credentials[name] ?? ''));
  hideCredentials(token);
  const http = openHttp({ verifyTls, ca });
  const server: Cdmi = { id, http, base, space, secret: { 'x-auth-token': token }, made: new Set() };
  return {
    stat: (bucket, key) => stat(at(server, bucket, key)),
    list: (bucket, prefix, options = {}) => list(server, bucket, prefix, options),
    level: (bucket, prefix, options = {}) => level(server, bucket, prefix, options),
    buckets: (signal) => buckets(server, signal),
    download: (bucket, key, file, options = {}) => download(at(server, bucket, key), file, options),
    upload: (file, bucket, key, options = {}) => upload(file, at(server, bucket, key), options),
    read: async (bucket, key) => (await withRetry(() => content(at(server, bucket, key)))).body,
    remove: (bucket, key) => remove(at(server, bucket, key)),
  };
}

/** Without a version of CDMI asked for, the content comes as it is. */
async function content({ server, bucket, url, subject }: Located, signal?: AbortSignal) {
  const { http, secret } = server;
  return http.sendOnce({ method: 'GET', url, secret, subject, signal }).catch(async (thrown) => {
    if (!(thrown instanceof StorageError && thrown.code === 'object-not-found')) throw thrown;
    const top = subjectOf(server, bucket);
    throw (await childrenOf(server, `${bucket}/`, top)) ? thrown : notFound(top);
  });
}

async function download(located: Located, file: string, options: TransferOptions): Promise<ObjectInfo> {
  const { key, subject } = located;
  const { signal } = options;
  return withRetry(
    async () => {
      const answer = await content(located, signal);
      // The answer tells neither when the object changed, nor another mark of its content.
      const info = await stat(located, signal);
      await saveBody(answer, file, { size: info?.size, digest: undefined, subject }, options);
      return info ?? { key, size: 0, modified: new Date(), etag: '' };
    },
    { signal },
  );
}

/** Folders above the object are made. How much the server has afterwards is compared with what was sent. */
async function upload(file: string, located: Located, options: TransferOptions): Promise<ObjectInfo> {
  const { server, key, path, url, subject } = located;
  const { signal } = options;
  const { http, secret } = server;
  const size = await sizeOf(file);
  await makeFolders(server, path.replace(/[^/]*$/, ''), subjectOf(server, located.bucket), signal);
  const { body, takeBack } = sending({ file, start: 0, length: size }, options);
  const headers = { 'content-length': String(size), 'content-type': 'application/octet-stream' };
  const attempt = async () => {
    discard(await http.sendOnce({ method: 'PUT', url, headers, secret, body, subject, signal }));
    const stored = await stat(located, signal);
    await checkUpload(file, size, { size: stored?.size, digest: undefined }, subject);
    return stored ?? { key, size, modified: new Date(), etag: '' };
  };
  try {
    return await withRetry(attempt, { signal });
  } catch (thrown) {
    takeBack();
    await discardRest(
      () => stat(located),
      size,
      () => remove(located),
    );
    throw thrown;
  }
}

/** Asked first, since deleting a folder deletes all that is in it: only one that is empty goes. */
async function remove(located: Located): Promise<void> {
  const found = await stat(located);
  if (!found) return;
  const { server, key, path, url, subject } = located;
  if (key.endsWith('/') && (await childrenOf(server, path, subject))?.length !== 0) return;
  const request = { method: 'DELETE', url, secret: server.secret, subject, accept: [404], follows: false };
  discard(await server.http.send(request));
  server.made.delete(path);
}
