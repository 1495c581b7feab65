/**
 * The store that Rucio is: scopes are its buckets, and the names of files in them its keys. Rucio knows where the copies of a
 * file are; they lie on storage elements, which are reached by WebDAV with the same token.
 * Rule: https://rucio.github.io/documentation/html/rest_api_doc.html, and the clients of Rucio itself.
 */
import { rename } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { makeFolder } from '../../make-folder.ts';
import { digestsOf } from '../digests.ts';
import { StorageError } from '../error.ts';
import { type HttpSubject, notFound } from '../http-error.ts';
import { discardPart, partBeside } from '../part-file.ts';
import type { ListOptions, ObjectInfo, Storage, TransferOptions } from '../storage.ts';
import type { OpenableStore } from '../store.ts';
import {
  element,
  type FileOfRucio,
  fileOf,
  infoOf,
  linesOf,
  metaOf,
  type Place,
  post,
  type RucioServer,
  replicasOf,
  rucioServer,
  subjectOf,
} from './server.ts';
import { rucioTokens } from './token.ts';
import { upload } from './upload.ts';

/** The store as a file names it; nothing is contacted before the first call. @throws FdlError `storage-address` */
export function openRucio(store: OpenableStore): Storage {
  const server = rucioServer(store, rucioTokens(store));
  return {
    stat: (bucket, key) => stat(server, bucket, key),
    list: (bucket, prefix, options = {}) => list(server, bucket, prefix, options),
    download: (bucket, key, file, options = {}) => download(server, { bucket, key }, file, options),
    buckets: (signal) => scopesOf(server, subjectOf(server, ''), signal),
    upload: (file, bucket, key, options = {}) => upload(server, file, { bucket, key }, options),
    read: (bucket, key) => read(server, { bucket, key }),
    remove: (bucket, key) => remove(server, bucket, key),
  };
}

interface ObjectName {
  readonly bucket: string;
  readonly key: string;
}

async function stat(server: RucioServer, bucket: string, key: string): Promise<ObjectInfo | undefined> {
  const meta = await metaOf(server, subjectOf(server, bucket, key));
  return meta && infoOf(meta);
}

/** Files asked about at a time. */
const BATCH = 500;

async function* list(
  server: RucioServer,
  bucket: string,
  prefix: string,
  { signal }: ListOptions,
): AsyncGenerator<ObjectInfo> {
  const subject = subjectOf(server, bucket);
  const query = new URLSearchParams({ type: 'file', name: `${prefix}*` });
  const search = `/dids/${encodeURIComponent(bucket)}/dids/search?${query}`;
  const { text } = await server.ask({ method: 'GET', path: search, subject, signal });
  // Without more, names are all that is told, each as a text of JSON.
  const names = linesOf(text, subject)
    .filter((name) => typeof name === 'string' && name.startsWith(prefix))
    .sort((a, b) => Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b))));
  if (names.length === 0) await needScope(server, subject, signal);
  for (let start = 0; start < names.length; start += BATCH) {
    const dids = names.slice(start, start + BATCH).map((name) => ({ scope: bucket, name }));
    const found = await post(server, '/dids/bulkmeta', { dids }, subject, signal);
    const files = linesOf(found, subject).flatMap((line) => fileOf(line, subject) ?? []);
    const byName = new Map(files.map((file) => [file.name, file]));
    for (const { name } of dids) {
      const file = byName.get(String(name));
      if (file) yield infoOf(file);
    }
  }
}

/** An empty list is told of scopes that are not there, too. */
async function needScope(server: RucioServer, subject: HttpSubject, signal?: AbortSignal): Promise<void> {
  if (!(await scopesOf(server, subject, signal)).includes(subject.bucket)) throw notFound(subject);
}

async function scopesOf(
  server: RucioServer,
  subject: HttpSubject,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const { text } = await server.ask({ method: 'GET', path: '/scopes/', subject, signal });
  return linesOf(text, subject).flat().map(String).sort();
}

/** What is known of a file, and where it is. Copies that are near come first, as Rucio sorts them. */
async function locate(
  server: RucioServer,
  { bucket, key }: ObjectName,
  signal?: AbortSignal,
): Promise<{ readonly file: FileOfRucio; readonly places: readonly Place[] }> {
  const subject = subjectOf(server, bucket, key);
  const file = await metaOf(server, subject, signal);
  if (!file) {
    await needScope(server, subjectOf(server, bucket), signal);
    throw notFound(subject);
  }
  const places = await replicasOf(server, subject, signal);
  if (places.length > 0) return { file, places };
  const message = `no copy of "${key}" in scope "${bucket}" can be read over HTTP`;
  const hint =
    'Ask with `rucio replica list file` where it is: an element with davs or https must have a copy.';
  throw new StorageError('storage-failed', message, { hint });
}

/** From the first element that gives it, and only as what Rucio knows it for. */
async function download(
  server: RucioServer,
  name: ObjectName,
  file: string,
  options: TransferOptions,
): Promise<ObjectInfo> {
  const { file: known, places } = await locate(server, name, options.signal);
  return fromFirst(places, async (place) => {
    const part = partBeside(file);
    try {
      makeFolder(path.dirname(file));
      const at = await element(server, place, subjectOf(server, name.bucket));
      await at.storage.download(at.bucket, at.key, part, options);
      await checkContent(part, known, place);
      await rename(part, file);
      return infoOf(known);
    } catch (thrown) {
      discardPart(part);
      throw thrown;
    }
  });
}

async function fromFirst<T>(places: readonly Place[], take: (place: Place) => Promise<T>): Promise<T> {
  let failure: unknown;
  for (const place of places) {
    try {
      return await take(place);
    } catch (thrown) {
      if (!(thrown instanceof StorageError)) throw thrown;
      failure ??= thrown;
    }
  }
  throw failure;
}

async function checkContent(part: string, { adler32, md5 }: FileOfRucio, { url }: Place): Promise<void> {
  const [algorithm, known] = adler32 ? (['adler32', adler32] as const) : (['md5', md5] as const);
  if (known === '') return;
  const [own = ''] = await digestsOf(part, [algorithm]);
  if (own === known.toLowerCase().padStart(own.length, '0')) return;
  const message = `what ${new URL(url).host} has is not what Rucio knows: its ${algorithm} is ${own}, and not ${known}`;
  throw new StorageError('storage-failed', message);
}

async function read(server: RucioServer, name: ObjectName): Promise<Readable> {
  const { places } = await locate(server, name);
  return fromFirst(places, async (place) => {
    const at = await element(server, place, subjectOf(server, name.bucket));
    return at.storage.read(at.bucket, at.key);
  });
}

/** Seconds after which a file goes, as with `rucio did remove`: until then, it can be had back. */
const GRACE = 86_400;

/** Rucio deletes by itself what has reached the end of its lifetime. */
async function remove(server: RucioServer, bucket: string, key: string): Promise<void> {
  const subject = subjectOf(server, bucket, key);
  if (!(await metaOf(server, subject))) return;
  const path = `/dids/${encodeURIComponent(bucket)}/${encodeURIComponent(key)}/meta/lifetime`;
  await post(server, path, { value: GRACE }, subject);
}
