/** The objects that a place stands for: one, those below a folder, or those whose names fit a pattern. */
import { basename } from 'node:path';
import { FdlError } from '../../errors.ts';
import { objectNotFound } from '../../storage/error.ts';
import type { Skipped } from '../../storage/odd-files.ts';
import type { FolderInfo, ObjectInfo } from '../../storage/storage.ts';
import { globPattern } from '../results.ts';
import { noFile, type Place } from './place.ts';

/** An object, with its name below the place that it was found by. */
export interface Found extends ObjectInfo {
  /** Its path below the folder, or its last name. */
  readonly name: string;
  /** URI, or path. */
  readonly uri: string;
}

export interface FoundObjects {
  readonly objects: readonly Found[];
  /** They lie below a folder, or fit a pattern: there may be any number. */
  readonly isMany: boolean;
  /** Files of local folders that are no objects. */
  readonly skipped: readonly Skipped[];
}

export interface FindOptions {
  readonly signal: AbortSignal;
  /** Only names that fit one of these, with * and ?; by default all. */
  readonly patterns?: readonly string[] | undefined;
  /** Only what changed after that moment. */
  readonly newer?: Date | undefined;
  /** Only the object that changed last. */
  readonly latest?: boolean | undefined;
}

/**
 * Finds what a place stands for. An object of the very name counts first, then a pattern (`*`, `?`, `**`), then a folder.
 * @throws FdlError `uri-invalid` (no bucket), and what the store says
 */
export async function findObjects(place: Place, options: FindOptions): Promise<FoundObjects> {
  needBucket(place);
  const { storage, bucket, key, isFolder } = place;
  const exact = isFolder || key === '' ? undefined : await storage.stat(bucket, key);
  if (exact) return chosen([found(place, exact, basename(key))], options, { isMany: false, skipped: [] });
  const { folder, pattern } = splitPattern(key);
  const skipped: Skipped[] = [];
  const objects: Found[] = [];
  const prefix = folder === '' ? '' : `${folder}/`;
  const listed = storage.list(bucket, prefix, {
    signal: options.signal,
    onSkipped: (each) => void skipped.push(each),
  });
  for await (const object of listed) {
    const name = object.key.slice(prefix.length);
    if (pattern === undefined || pattern.test(name)) objects.push(found(place, object, name));
  }
  return chosen(objects, options, { isMany: true, skipped });
}

/** @throws FdlError `uri-invalid` */
export function needBucket({ bucket, written }: Place): void {
  if (bucket !== '') return;
  const hint =
    'Add the name of a bucket, as in s3://my-bucket/folder; fdl ls s3:// lists those that there are.';
  throw new FdlError('uri-invalid', `"${written}" names no bucket`, { hint, exitCode: 2 });
}

/** The error where a place stands for nothing. */
export function nothingAt({ bucket, key, written, path }: Place): FdlError {
  if (path !== undefined) return noFile(written);
  return objectNotFound(bucket, key);
}

function found({ nameOf }: Place, object: ObjectInfo, name: string): Found {
  return { ...object, name, uri: nameOf(object.key) };
}

/** The part of a key in front of its first name with a `*` or `?`, and the rest as a pattern. */
function splitPattern(key: string): { readonly folder: string; readonly pattern?: RegExp } {
  const names = key.split('/');
  const first = names.findIndex((name) => /[*?]/.test(name));
  if (first < 0) return { folder: key };
  return { folder: names.slice(0, first).join('/'), pattern: globPattern(names.slice(first).join('/')) };
}

function chosen(
  objects: readonly Found[],
  { patterns = [], newer, latest }: FindOptions,
  rest: Pick<FoundObjects, 'isMany' | 'skipped'>,
): FoundObjects {
  const wanted = patterns.map(globPattern);
  const isWanted = ({ name }: Found) =>
    wanted.length === 0 || wanted.some((each) => each.test(name) || each.test(basename(name)));
  const fitting = objects.filter((each) => isWanted(each) && (!newer || each.modified > newer));
  if (!latest) return { ...rest, objects: fitting };
  const last = fitting.reduce<Found | undefined>(
    (best, each) => (best && best.modified >= each.modified ? best : each),
    undefined,
  );
  return { ...rest, objects: last ? [last] : [] };
}

// What stands right below a folder.

export type Entry = Found | { readonly folder: string; readonly name: string; readonly uri: string };

/**
 * What `ls` shows of a place: the object of the very name, or what stands right below the folder; `recursive`, all below.
 * Throws as `findObjects`.
 */
export async function* entriesAt(
  place: Place,
  options: FindOptions & { readonly recursive?: boolean | undefined },
): AsyncGenerator<Entry> {
  needBucket(place);
  const { storage, bucket, key, isFolder, nameOf } = place;
  const { recursive, signal } = options;
  const level = storage.level?.bind(storage);
  if (recursive || /[*?]/.test(key) || !level) {
    const { objects } = await findObjects(place, options);
    return yield* recursive || /[*?]/.test(key) ? objects : firstLevel(objects, place);
  }
  const exact = isFolder ? undefined : await storage.stat(bucket, key);
  if (exact) return yield found(place, exact, basename(key));
  const prefix = key === '' ? '' : `${key}/`;
  for await (const each of level(bucket, prefix, { signal })) {
    if (!isFolderInfo(each)) yield found(place, each, each.key.slice(prefix.length));
    else yield { folder: each.folder, name: each.folder.slice(prefix.length), uri: nameOf(each.folder) };
  }
}

function isFolderInfo(entry: ObjectInfo | FolderInfo): entry is FolderInfo {
  return 'folder' in entry;
}

/** The same of a store that lists whole buckets only. */
function* firstLevel(objects: readonly Found[], { nameOf }: Place): Generator<Entry> {
  let last: string | undefined;
  for (const object of objects) {
    const [first = '', ...below] = object.name.split('/');
    const prefix = object.key.slice(0, object.key.length - object.name.length);
    if (below.length === 0) yield object;
    else if (first !== last)
      yield { folder: `${prefix}${first}/`, name: `${first}/`, uri: nameOf(`${prefix}${first}/`) };
    last = below.length === 0 ? undefined : first;
  }
}
