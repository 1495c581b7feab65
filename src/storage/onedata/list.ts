/** What is in a space of Onedata: one file, and lists. */
import { type HttpSubject, notFound } from '../http-error.ts';
import { checkPath, encodePath } from '../http-path.ts';
import { compareKeys } from '../key.ts';
import { isPartName } from '../part-file.ts';
import type { FolderInfo, ListOptions, ObjectInfo } from '../storage.ts';
import { type Cdmi, childrenOf, objectOf } from './cdmi.ts';

export function subjectOf({ id, base, space }: Cdmi, bucket: string, key?: string): HttpSubject {
  return { store: id, server: `${base} (space ${space})`, bucket, key, bucketName: 'folder' };
}

/** An object on its server. */
export interface Located {
  readonly server: Cdmi;
  readonly bucket: string;
  readonly key: string;
  /** Below the space. */
  readonly path: string;
  readonly url: string;
  readonly subject: HttpSubject;
}

export function at(server: Cdmi, bucket: string, key: string): Located {
  const subject = subjectOf(server, bucket, key);
  const path = `${bucket}/${key}`;
  // A slash at the end stands for a folder.
  checkPath(path.replace(/\/$/, ''), subject);
  return { server, bucket, key, path, url: urlOf(server, path), subject };
}

export function urlOf({ base, space }: Cdmi, path: string): string {
  return `${base}/cdmi/${encodePath(`${space}/${path}`)}`;
}

/** A folder is there as an empty object with a slash at its end, as in stores that have no folders. */
export async function stat(
  { server, key, path, subject }: Located,
  signal?: AbortSignal,
): Promise<ObjectInfo | undefined> {
  if (!key.endsWith('/')) {
    const found = await objectOf(server, path, subject, signal);
    return found && { key, ...found };
  }
  const children = await childrenOf(server, path, subject, signal);
  return children && { key, size: 0, modified: new Date(0), etag: String(children.length) };
}

/** All objects whose keys start with a prefix: depth first, which is the order of the keys. */
export async function* list(
  server: Cdmi,
  bucket: string,
  prefix: string,
  options: ListOptions,
): AsyncGenerator<ObjectInfo> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  for await (const entry of level(server, bucket, folder, options, prefix)) {
    if ('folder' in entry) yield* list(server, bucket, longer(entry.folder, prefix), options);
    else yield entry;
  }
}

function longer(a: string, b: string): string {
  return a.length > b.length ? a : b;
}

/** Objects that are looked at a time: a list has names alone. */
const BATCH = 16;

/** What stands right in a folder, in the order of the keys; only what starts with `prefix`, or leads to it. */
export async function* level(
  server: Cdmi,
  bucket: string,
  folder: string,
  { signal }: ListOptions,
  prefix: string = folder,
): AsyncGenerator<ObjectInfo | FolderInfo> {
  const top = subjectOf(server, bucket);
  checkPath(`${bucket}/${folder}`.replace(/\/$/, ''), top);
  const names = await childrenOf(server, `${bucket}/${folder}`, top, signal);
  if (!names && (folder === '' || !(await childrenOf(server, `${bucket}/`, top, signal))))
    throw notFound(top);
  const keys = (names ?? [])
    .filter((name) => !isPartName(name))
    .map((name) => folder + name)
    .filter((key) => key.startsWith(prefix) || (key.endsWith('/') && prefix.startsWith(key)))
    .sort(compareKeys);
  for (let start = 0; start < keys.length; start += BATCH) {
    signal?.throwIfAborted();
    const found = await Promise.all(
      keys
        .slice(start, start + BATCH)
        .map((key) => (key.endsWith('/') ? { folder: key } : stat(at(server, bucket, key), signal))),
    );
    // What was removed meanwhile is left out.
    for (const each of found) if (each) yield each;
  }
}

/** The names of the folders at the top of the space. */
export async function buckets(server: Cdmi, signal?: AbortSignal): Promise<readonly string[]> {
  const names = (await childrenOf(server, '', subjectOf(server, ''), signal)) ?? [];
  return names
    .filter((name) => name.endsWith('/'))
    .map((name) => name.slice(0, -1))
    .sort(compareKeys);
}
