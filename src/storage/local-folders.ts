/** A store of objects as files: buckets are folders below one root, keys are paths below their bucket. */
import { createReadStream, existsSync, openSync, type Stats, statSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { hasCode, messageOf } from '../errors.ts';
import { bucketNotFound, objectNotFound, StorageError } from './error.ts';
import { checkBucket, checkKey, compareKeys } from './key.ts';
import { copyWhole, inFolder, moveWhole, pruneFolders, walk } from './local-files.ts';
import { namedEntries } from './odd-files.ts';
import type { ListOptions, ObjectInfo, Storage, TransferOptions } from './storage.ts';
import { takeTurns } from './turns.ts';

/**
 * The store below the folder `root`; a bucket exists when its folder does. Small files are handled by synchronous
 * calls, which cost a fraction of a trip through the thread pool. Unlike in S3, one key cannot be both an object and
 * the folder of others (`a` and `a/b`): that is refused with `storage-failed`.
 */
export function localStorage(root: string): Storage {
  const top = path.resolve(root);
  return {
    stat: async (bucket, key) => stat(locate(top, bucket, key), key),
    list: (bucket, prefix, options) => list(top, bucket, prefix, options),
    download: (bucket, key, file, options) => download(locate(top, bucket, key), file, options),
    upload: (file, bucket, key, options) => upload(file, locate(top, bucket, key), options),
    read: async (bucket, key) => read(locate(top, bucket, key)),
    remove: async (bucket, key) => remove(locate(top, bucket, key)),
    buckets: async () => bucketsIn(top),
  };
}

function bucketsIn(top: string): readonly string[] {
  if (!existsSync(top)) return [];
  const entries = namedEntries(top).filter(({ entry, isText }) => isText && entry.isDirectory());
  return entries.map(({ entry: { name } }) => name).sort(compareKeys);
}

interface Located {
  readonly bucket: string;
  readonly key: string;
  /** The folder of the bucket. */
  readonly folder: string;
  readonly file: string;
}

function locate(root: string, bucket: string, key: string): Located {
  checkBucket(bucket);
  checkKey(key);
  const folder = `${root}/${bucket}`;
  return { bucket, key, folder, file: `${folder}/${key}` };
}

/** The tag is made of time and size: cheap, and it changes with every write that a clock tells apart. */
function infoOf(key: string, stats: Stats): ObjectInfo {
  const etag = `${Math.round(stats.mtimeMs * 1000).toString(36)}-${stats.size.toString(36)}`;
  return { key, size: stats.size, modified: stats.mtime, etag };
}

function stat(at: Located, key: string): ObjectInfo | undefined {
  const stats = statFile(at.file);
  return stats?.isFile() ? infoOf(key, stats) : undefined;
}

function statFile(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    if (hasCode(error, 'ENOTDIR')) return undefined;
    throw failed(file, error);
  }
}

async function* list(
  root: string,
  bucket: string,
  prefix: string,
  { onSkipped, signal }: ListOptions = {},
): AsyncGenerator<ObjectInfo> {
  checkBucket(bucket);
  const trimmed = prefix.replace(/\/$/, '');
  if (trimmed !== '') checkKey(trimmed);
  const folder = `${root}/${bucket}`;
  if (!existsSync(folder)) throw bucketNotFound(bucket);
  for (const { key, stats } of walk(folder, prefix, onSkipped)) {
    await takeTurns(signal);
    yield infoOf(key, stats);
  }
}

async function download(at: Located, file: string, options: TransferOptions = {}): Promise<ObjectInfo> {
  await takeTurns(options.signal);
  const stats = existing(at);
  try {
    await inFolder(file, () => copyWhole(at.file, file, stats.size, options));
  } catch (error) {
    throw failed(file, error, options);
  }
  return infoOf(at.key, stats);
}

async function upload(file: string, at: Located, options: TransferOptions = {}): Promise<ObjectInfo> {
  await takeTurns(options.signal);
  const source = statFile(file);
  if (!source?.isFile()) throw new StorageError('storage-failed', `there is no file "${file}" to upload`);
  try {
    const put = options.consume ? moveWhole : copyWhole;
    await inFolder(
      at.file,
      () => put(file, at.file, source.size, options),
      () => requireBucket(at),
    );
  } catch (error) {
    throw conflict(at, error) ?? failed(at.file, error, options);
  }
  return infoOf(at.key, statFile(at.file) ?? source);
}

function requireBucket(at: Located): void {
  if (!existsSync(at.folder)) throw bucketNotFound(at.bucket);
}

function existing(at: Located): Stats {
  const stats = statFile(at.file);
  if (stats?.isFile()) return stats;
  requireBucket(at);
  throw objectNotFound(at.bucket, at.key);
}

function read(at: Located): Readable {
  existing(at);
  try {
    // Opened here, so that a failure is thrown here and not by the stream.
    return createReadStream(at.file, { fd: openSync(at.file, 'r') });
  } catch (error) {
    throw failed(at.file, error);
  }
}

/** Folders that become empty go too: they would stand in the way of an object of their name. */
function remove(at: Located): void {
  try {
    unlinkSync(at.file);
    pruneFolders(path.dirname(at.file), at.folder);
  } catch (error) {
    const absent = ['ENOENT', 'ENOTDIR', 'EISDIR', 'EPERM'].some((code) => hasCode(error, code));
    if (!absent || statFile(at.file)?.isFile()) throw failed(at.file, error);
  }
}

const CONFLICTS = ['ENOTDIR', 'EISDIR', 'EEXIST', 'ENOTEMPTY'];

function conflict(at: Located, cause: unknown): StorageError | undefined {
  if (!CONFLICTS.some((code) => hasCode(cause, code))) return undefined;
  const what = statFile(at.file)?.isDirectory()
    ? 'is a folder there'
    : 'has a file among the folders above it';
  return new StorageError('storage-failed', `"${at.key}" ${what}, in bucket "${at.bucket}"`, {
    hint: 'A local folder cannot hold an object "a" beside an object "a/b": rename one of them.',
    cause,
  });
}

function failed(file: string, cause: unknown, { signal }: TransferOptions = {}): unknown {
  if (cause instanceof StorageError || signal?.aborted) return cause;
  if (hasCode(cause, 'EACCES')) {
    const hint = 'Give yourself the right to read and write there, or name another folder.';
    return new StorageError('storage-denied', `"${file}" may not be accessed.`, { hint, cause });
  }
  return new StorageError('storage-failed', `"${file}" could not be stored or read: ${messageOf(cause)}`, {
    cause,
  });
}
