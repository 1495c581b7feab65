/** Lists of what is on a WebDAV server. Each collection is asked by itself, since servers refuse to list all below one. */
import { notFound } from '../http-error.ts';
import { checkPath, encodePath } from '../http-path.ts';
import { compareKeys } from '../key.ts';
import { isPartName } from '../part-file.ts';
import type { FolderInfo, ListOptions, ObjectInfo } from '../storage.ts';
import { find, infoOf, type Server, subjectOf, topOf } from './server.ts';

/** All objects whose keys start with a prefix: depth first, which is the order of the keys. */
export async function* list(
  server: Server,
  bucket: string,
  prefix: string,
  { signal }: ListOptions,
): AsyncGenerator<ObjectInfo> {
  // Only the collections that the prefix leads to are looked at.
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const entries = await inFolder(server, bucket, folder, signal);
  if (entries) yield* walk(server, bucket, entries, prefix, signal);
  else await needBucket(server, bucket, folder, signal);
}

async function* walk(
  server: Server,
  bucket: string,
  entries: readonly (ObjectInfo | FolderInfo)[],
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ObjectInfo> {
  for (const entry of entries) {
    if (!('folder' in entry)) {
      if (entry.key.startsWith(prefix)) yield entry;
    } else if (entry.folder.startsWith(prefix) || prefix.startsWith(entry.folder)) {
      // What was removed meanwhile is left out.
      const below = (await inFolder(server, bucket, entry.folder, signal)) ?? [];
      yield* walk(server, bucket, below, prefix, signal);
    }
  }
}

/** What stands right in a folder, in the order of the keys. */
export async function* level(
  server: Server,
  bucket: string,
  folder: string,
  { signal }: ListOptions,
): AsyncGenerator<ObjectInfo | FolderInfo> {
  const entries = await inFolder(server, bucket, folder, signal);
  if (entries) yield* entries;
  else await needBucket(server, bucket, folder, signal);
}

/** The names of the collections at the top. */
export async function buckets(server: Server, signal?: AbortSignal): Promise<readonly string[]> {
  const top = subjectOf(server, '');
  const entries = (await find(server, `${server.base}/`, 1, top, signal)) ?? [];
  return entries
    .filter(({ name, isCollection }) => name !== '' && isCollection)
    .map(({ name }) => name)
    .sort(compareKeys);
}

async function inFolder(
  server: Server,
  bucket: string,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<readonly (ObjectInfo | FolderInfo)[] | undefined> {
  signal?.throwIfAborted();
  const subject = subjectOf(server, bucket);
  checkPath(`${bucket}/${folder}`.replace(/\/$/, ''), subject);
  const url = `${server.base}/${encodePath(`${bucket}/${folder}`)}`;
  const entries = await find(server, url, 1, subject, signal);
  return entries
    ?.filter(({ name }) => name !== '' && !isPartName(name))
    .map((entry) =>
      entry.isCollection ? { folder: `${folder}${entry.name}/` } : infoOf(folder + entry.name, entry),
    )
    .sort((a, b) => compareKeys(keyOf(a), keyOf(b)));
}

function keyOf(entry: ObjectInfo | FolderInfo): string {
  return 'folder' in entry ? entry.folder : entry.key;
}

/** A folder without anything in it is none, but its bucket has to be there. */
async function needBucket(
  server: Server,
  bucket: string,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const top = subjectOf(server, bucket);
  const isThere = folder !== '' && (await find(server, topOf(server, bucket), 0, top, signal));
  if (!isThere) throw notFound(top);
}
