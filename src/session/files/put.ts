/** Files and folders of this machine, and what comes on a stream, as objects. */
import { createWriteStream, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FdlError } from '../../errors.ts';
import { globPattern } from '../results.ts';
import type { Settings } from '../settings.ts';
import { expandSources, type SourceOptions, shortList } from '../sources.ts';
import { type Job, type Moved, moveAll } from './move.ts';
import { needBucket } from './objects.ts';
import type { Place } from './place.ts';

/** What is to be moved, and what cannot be. */
export interface Jobs {
  readonly jobs: readonly Job[];
  readonly failed: readonly Moved[];
}

/**
 * Files as objects below a folder: a file keeps its name, of a folder all files below it keep their path in it.
 * Throws as `expandSources`, and FdlError `uri-invalid`.
 */
export function uploadsTo(
  place: Place,
  sources: readonly string[],
  { workingDirectory, emit }: Pick<Settings, 'workingDirectory' | 'emit'>,
  options: SourceOptions = {},
): Jobs {
  needBucket(place);
  const named = sources.flatMap((source) => expandPattern(source, workingDirectory));
  const { files, skipped, notes } = expandSources(named, workingDirectory, options);
  for (const message of shortList(notes)) void emit({ type: 'note', message });
  return {
    jobs: files.map(({ path: file, name }) => uploadJob(file, place, keyBelow(place, name))),
    failed: skipped.map(({ path: source, name, reason }) => {
      const target = place.nameOf(keyBelow(place, name));
      return { source, target, size: 0, status: 'failed', reason };
    }),
  };
}

/** One file as one object. */
export function uploadJob(file: string, place: Place, key: string): Job {
  const { size, mtime } = statSync(file);
  return { source: { uri: file, file, size, modified: mtime }, target: targetAt(place, key) };
}

/** Where an object of a place is. */
export function targetAt({ id, storage, bucket, nameOf, path: local }: Place, key: string): Job['target'] {
  const uri = nameOf(key);
  return { uri, at: { id, storage, bucket, key }, ...(local !== undefined && { file: uri }) };
}

/** The key of a name below the folder that a place is. Keys have slashes, whatever paths have. */
export function keyBelow({ key }: Pick<Place, 'key'>, name: string): string {
  const below = path.sep === '/' ? name : name.replaceAll(path.sep, '/');
  return key === '' ? below : `${key}/${below}`;
}

/**
 * Puts what comes on a stream as one object: it is kept in a file first, since its length must be known.
 * @throws FdlError `uri-invalid` where the place is no object
 */
export async function putStream(
  place: Place,
  stream: NodeJS.ReadableStream,
  settings: Pick<Settings, 'emit' | 'signal'>,
): Promise<readonly Moved[]> {
  needBucket(place);
  if (place.isFolder) {
    const hint = `Add a name behind it: ${place.written.replace(/\/*$/, '/')}NAME.`;
    const message = `what comes on standard input needs the name of an object, and ${place.written} is a folder`;
    throw new FdlError('uri-invalid', message, { hint, exitCode: 2 });
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-put-'));
  try {
    const file = path.join(folder, 'stdin');
    await pipeline(stream, createWriteStream(file), { signal: settings.signal });
    const { source, target } = uploadJob(file, place, place.key);
    const job = { source: { ...source, uri: '-' }, target };
    return await moveAll([job], { force: true }, settings);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Paths that fit a pattern that no shell has expanded; what is there under its very name is itself. */
function expandPattern(source: string, workingDirectory: string): readonly string[] {
  const at = path.resolve(workingDirectory, source);
  if (!/[*?]/.test(source) || statSync(at, { throwIfNoEntry: false })) return [source];
  const names = source.split('/');
  const first = names.findIndex((name) => /[*?]/.test(name));
  const top = first === 0 ? '.' : names.slice(0, first).join('/') || '/';
  const pattern = globPattern(names.slice(first).join('/'));
  const isDeep = source.includes('**');
  const depth = isDeep ? Number.POSITIVE_INFINITY : names.length - first;
  const found = entriesBelow(path.resolve(workingDirectory, top), { depth, isDeep }, '');
  const fitting = found.filter((name) => pattern.test(name)).sort();
  // Where nothing fits, the error names it as it stands.
  return fitting.length === 0 ? [source] : fitting.map((name) => path.join(top, name));
}

interface Look {
  /** How many folders deep. */
  readonly depth: number;
  /** Files alone count: their folders would put them a second time. */
  readonly isDeep: boolean;
}

/** Paths below a folder, with slashes. As in a shell, no pattern means hidden files. */
function entriesBelow(top: string, { depth, isDeep }: Look, folder: string): readonly string[] {
  const here = path.join(top, folder);
  if (depth === 0 || !statSync(here, { throwIfNoEntry: false })?.isDirectory()) return [];
  const entries = readdirSync(here, { withFileTypes: true }).filter(({ name }) => !name.startsWith('.'));
  return entries.flatMap((entry) => {
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [name];
    const below = entriesBelow(top, { depth: depth - 1, isDeep }, name);
    return isDeep ? below : [name, ...below];
  });
}
