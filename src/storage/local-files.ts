/** Copying and moving files so that the target appears complete or not at all. */
import {
  chmodSync,
  constants,
  copyFileSync,
  createReadStream,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { copyFile, open } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { hasCode } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';
import { compareKeys } from './key.ts';
import { DANGLING, kindProblem, type NamedEntry, NO_TEXT, namedEntries, type Skipped } from './odd-files.ts';
import { discardPart, isPartName, partBeside } from './part-file.ts';
import type { TransferOptions } from './storage.ts';

/** Bytes. Below this, reading and writing costs less than the system's copy (measured: 73 against 110 µs for 1 kB). */
const SMALL = 128 * 1024;
/** Bytes. Above this, a copy goes in pieces, so that it can be stopped and other work is not held up. */
const LARGE = 8 * 1024 * 1024;
/** Bytes. */
const PIECE = 1024 * 1024;

type CopyOptions = Pick<TransferOptions, 'signal' | 'onBytes'>;

/**
 * Copies `source`, of `size` bytes, over `target`; the folder of the target must exist. Throws system errors, and the
 * reason of the signal.
 */
export async function copyWhole(
  source: string,
  target: string,
  size: number,
  options: CopyOptions = {},
): Promise<void> {
  const part = partBeside(target);
  try {
    if (size <= SMALL) writeFileSync(part, readFileSync(source));
    else {
      if (size > LARGE) await copyLarge(source, part, size, options);
      else copyFileSync(source, part);
      // The system's copy takes the mode along, but a copy is for whoever may read the folder, as an object is.
      chmodSync(part, 0o644);
    }
    renameSync(part, target);
  } catch (error) {
    discardPart(part);
    throw error;
  }
  if (size <= LARGE) options.onBytes?.(size);
}

/** A file system that can share what both files have in common takes no time for it. */
async function copyLarge(source: string, part: string, size: number, options: CopyOptions): Promise<void> {
  try {
    await copyFile(source, part, constants.COPYFILE_FICLONE_FORCE);
  } catch {
    return copyInPieces(source, part, options);
  }
  options.onBytes?.(size);
}

/** What was copied in vain is taken back from the count. */
async function copyInPieces(source: string, part: string, { signal, onBytes }: CopyOptions): Promise<void> {
  let moved = 0;
  const count = (bytes: number) => {
    moved += bytes;
    onBytes?.(bytes);
  };
  async function* counted(pieces: AsyncIterable<Buffer>) {
    for await (const piece of pieces) {
      yield piece;
      count(piece.length);
    }
  }
  // Opened first: a stream opens its file late, and would make it after a failure has already cleaned up.
  const target = (await open(part, 'w')).createWriteStream({ highWaterMark: PIECE });
  try {
    const pieces = createReadStream(source, { highWaterMark: PIECE });
    await pipeline(pieces, counted, target, { ...(signal && { signal }) });
  } catch (error) {
    count(-moved);
    throw signal?.aborted ? signal.reason : error;
  }
}

/**
 * Moves `source` over `target` by rename, or copies it where that cannot be: to another file system, or out of a folder
 * of somebody else, as containers leave them. Throws system errors.
 */
export async function moveWhole(
  source: string,
  target: string,
  size: number,
  options: CopyOptions = {},
): Promise<void> {
  try {
    renameSync(source, target);
  } catch (error) {
    if (!['EXDEV', 'EACCES', 'EPERM'].some((code) => hasCode(error, code))) throw error;
    return copyWhole(source, target, size, options);
  }
  options.onBytes?.(size);
}

/** Another process may remove the folder that was just made, when it cleans up after its last file. */
const ATTEMPTS = 5;

/**
 * Runs `write`, which puts a file at `target`; where the folder is missing, makes it and runs `write` again.
 * Trying first is cheaper than asking whether the folder is there. `before` may throw to say why nothing is made.
 */
export async function inFolder(
  target: string,
  write: () => Promise<void>,
  before?: () => void,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write();
    } catch (error) {
      if (!hasCode(error, 'ENOENT') || attempt === ATTEMPTS) throw error;
      before?.();
      makeFolder(path.dirname(target));
    }
  }
}

/** Removes empty folders from `folder` upwards, as far as `top`, which stays. */
export function pruneFolders(folder: string, top: string): void {
  for (let current = folder; current.length > top.length; current = path.dirname(current)) {
    try {
      rmdirSync(current);
    } catch {
      return;
    }
  }
}

// Walks a folder in the order of object keys.

/** A file by its key: its path below the top folder. */
interface KeyedFile {
  readonly key: string;
  readonly stats: Stats;
}

/**
 * Files below `top` whose key starts with `prefix`, ordered by key; links are followed, but not in a circle. `skip` hears
 * of what can be no object.
 */
export function* walk(
  top: string,
  prefix: string,
  skip: (skipped: Skipped) => void = () => {},
): Generator<KeyedFile> {
  const start = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  yield* walkFolder({ top, prefix, skip, ancestors: [] }, start);
}

interface Walk {
  readonly top: string;
  readonly prefix: string;
  readonly skip: (skipped: Skipped) => void;
  /** Real paths of the linked folders that lead here. */
  readonly ancestors: readonly string[];
}

/** `folder` is a key that ends in a slash, or empty for the top. */
function* walkFolder(walk: Walk, folder: string): Generator<KeyedFile> {
  const entries = entriesOf(`${walk.top}/${folder}`)
    .filter(({ entry }) => !isPartName(entry.name))
    .map((named) => ({ ...named, key: folder + named.entry.name }))
    .filter(({ key }) => key.startsWith(walk.prefix));
  // A folder's keys sort where its name and a slash would: "a-b" < "a/x" < "a0".
  const kinds = entries.map((named) => resolveKind(walk, named)).filter((kind) => kind !== undefined);
  kinds.sort((a, b) => compareKeys(a.sortKey, b.sortKey));
  for (const kind of kinds) {
    if (kind.folder) yield* walkFolder(kind.folder, kind.sortKey);
    else if (kind.stats) yield { key: kind.sortKey, stats: kind.stats };
    else yield* statFile(walk.top, kind.sortKey);
  }
}

interface Kind {
  readonly sortKey: string;
  readonly folder?: Walk;
  readonly stats?: Stats;
}

function resolveKind(
  walk: Walk,
  { entry, isText, key }: NamedEntry & { readonly key: string },
): Kind | undefined {
  const skip = (reason: string) => void walk.skip({ name: key, reason });
  if (!isText) return skip(NO_TEXT);
  if (entry.isDirectory()) return { sortKey: `${key}/`, folder: walk };
  if (entry.isFile()) return { sortKey: key };
  return entry.isSymbolicLink() ? resolveLink(walk, key, skip) : skip(kindProblem(entry));
}

function resolveLink(walk: Walk, key: string, skip: (reason: string) => undefined): Kind | undefined {
  const file = `${walk.top}/${key}`;
  const stats = statOf(file);
  if (stats?.isFile()) return { sortKey: key, stats };
  if (!stats?.isDirectory()) return skip(stats ? kindProblem(stats) : DANGLING);
  const real = realpathSync(file);
  const within = [...walk.ancestors, realpathSync(walk.top)];
  if (within.some((ancestor) => ancestor === real || ancestor.startsWith(`${real}/`))) return undefined;
  return { sortKey: `${key}/`, folder: { ...walk, ancestors: [...walk.ancestors, real] } };
}

function* statFile(top: string, key: string): Generator<KeyedFile> {
  const stats = statOf(`${top}/${key}`);
  if (stats) yield { key, stats };
}

/** Nothing where the file went away in the meantime, or a folder of its path is a file. */
function statOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    if (hasCode(error, 'ENOTDIR') || hasCode(error, 'ELOOP')) return undefined;
    throw error;
  }
}

function entriesOf(folder: string): readonly NamedEntry[] {
  try {
    return namedEntries(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return [];
    throw error;
  }
}
