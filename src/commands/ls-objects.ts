/** `fdl ls URI`: the buckets of a store, or what stands below a folder. */

import { FdlError } from '../errors.ts';
import type { Entry } from '../session/files/index.ts';
import { bytesText } from '../terminal/amount.ts';
import type { Style } from '../terminal/style.ts';
import { nameText } from '../terminal/visible.ts';
import type { CommandContext, ExitCode } from './command.ts';
import { type FilesOptions, filesOf } from './open-files.ts';

/** An object that is listed. */
export interface ListedObject {
  readonly uri: string;
  /** Bytes. */
  readonly size: number;
  /** ISO 8601. */
  readonly modified: string;
}

export interface ObjectListing {
  /** As it was named. */
  readonly uri: string;
  readonly objects: readonly ListedObject[];
  /** URIs of folders right below; none of a listing of all below. */
  readonly folders: readonly string[];
}

export interface BucketListing {
  /** URIs of buckets. */
  readonly buckets: readonly string[];
}

interface Options extends FilesOptions {
  readonly recursive?: boolean;
}

/** Lists what a URI names. @throws FdlError `object-not-found` where there is nothing below a folder */
export async function listObjects(context: CommandContext, uri: string, options: Options): Promise<ExitCode> {
  return /:\/\/\/*$/.test(uri) ? listBuckets(context, uri, options) : listEntries(context, uri, options);
}

async function listBuckets(context: CommandContext, uri: string, options: Options): Promise<ExitCode> {
  const { terminal } = context;
  const buckets = await filesOf(context, options).buckets(uri);
  if (terminal.json) terminal.data({ buckets } satisfies BucketListing);
  for (const bucket of buckets) terminal.out(nameText(bucket));
  if (buckets.length === 0) terminal.note('there are no buckets');
  return 0;
}

async function listEntries(
  context: CommandContext,
  uri: string,
  { recursive, ...options }: Options,
): Promise<ExitCode> {
  const { terminal } = context;
  const [objects, folders]: [ListedObject[], string[]] = [[], []];
  const progress = await terminal.progress({ line: 'listing' });
  try {
    for await (const entry of filesOf(context, options).list(uri, { recursive })) {
      // Of many, the first are shown while the last are still asked for.
      if (!terminal.json) terminal.out(entryText(entry, terminal.outStyle));
      if ('folder' in entry) folders.push(entry.uri);
      else objects.push({ uri: entry.uri, size: entry.size, modified: entry.modified.toISOString() });
    }
  } finally {
    progress.stop();
  }
  const isEmpty = objects.length + folders.length === 0;
  if (isEmpty && !/^[^/]+:\/\/[^/]+\/*$/.test(uri)) throw nothingBelow(uri);
  if (terminal.json) terminal.data({ uri, objects, folders } satisfies ObjectListing);
  else if (isEmpty) terminal.note('the bucket is empty');
  return 0;
}

function nothingBelow(uri: string): FdlError {
  const hint = 'Check the spelling; upper and lower case differ.';
  return new FdlError('object-not-found', `there is nothing below ${uri}`, { hint });
}

const SIZE = 'Folder  '.length;

/** Moment, size and name, in columns. */
function entryText(entry: Entry, style: Style): string {
  if ('folder' in entry)
    return `${' '.repeat('2026-01-31 12:00:00Z  '.length + SIZE)}${style('cyan', nameText(entry.name))}`;
  const moment = entry.modified.toISOString().replace(/T(.*)\.\d+Z$/, ' $1Z');
  return `${style('dim', moment)}  ${bytesText(entry.size).padStart(SIZE - 2)}  ${nameText(entry.name)}`;
}
