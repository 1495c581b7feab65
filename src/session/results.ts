/** Results: which objects they are, and fetching them to files. */
import { basename, resolve } from 'node:path';
import { FdlError, messageOf } from '../errors.ts';
import { placeFiles } from '../storage/key-files.ts';
import type { Skipped } from '../storage/odd-files.ts';
import type { Storage } from '../storage/storage.ts';
import { type TransferProgress, transferAll } from '../storage/transfer.ts';
import { objectUri } from '../storage/uri.ts';
import { unsetIn } from '../unset.ts';
import type { Invocation } from '../workflow/invocation.ts';
import { finalOutputs } from '../workflow/links.ts';
import type { Folder, Output, Workflow } from '../workflow/model.ts';
import { finalObjects, type ResultObject } from '../workflow/results.ts';
import { type Activity, during } from './events.ts';
import { findStep, folderOf } from './lookup.ts';
import type { Settings } from './settings.ts';

/** An object that came out, and the file it was fetched to. */
export interface FetchedObject {
  readonly uri: string;
  /** Absent when it was not fetched. */
  readonly path?: string;
  /** Bytes. */
  readonly size: number;
}

/** An object that could not be fetched, and why. */
export interface NotFetched {
  readonly uri: string;
  /** Bytes. */
  readonly size: number;
  readonly reason: string;
  /** What to change, as a sentence. */
  readonly hint?: string | undefined;
}

export interface Fetched {
  readonly fetched: readonly FetchedObject[];
  readonly notFetched: readonly NotFetched[];
  /** What is still to fetch, since somebody interrupted. */
  readonly left: readonly FetchedObject[];
}

/** Where results go to. */
interface FetchTo {
  readonly settings: Pick<Settings, 'emit' | 'signal'>;
  readonly dir: string;
}

/**
 * Downloads results to `<dir>/<step>/<path below the output's prefix>`. One that fails, or whose key is no path below
 * the folder, does not keep the others back.
 */
async function fetchResults(
  objects: readonly ResultObject[],
  storage: (store: string) => Storage,
  { settings: { emit, signal }, dir }: FetchTo,
): Promise<Fetched> {
  const { files, refused } = placeFiles(dir, objects);
  const transfers = files.map(({ object, file }) => {
    const { store, bucket, key } = object;
    return { kind: 'download' as const, storage: storage(store), bucket, key, file, object };
  });
  const shown = downloading(objects);
  const onProgress = (moved: TransferProgress) => void emit({ type: 'activity', activity: shown(moved) });
  const results = await transferAll(transfers, { concurrency: 8, signal, onProgress });
  const fetched = results.flatMap((result) => {
    if (result.status !== 'done') return [];
    const { object, file } = result.transfer;
    return [{ uri: object.uri, path: file, size: result.object.size }];
  });
  const failed = results.flatMap((result) => {
    if (result.status !== 'failed') return [];
    const { transfer, error } = result;
    return [
      notFetched(transfer.object, messageOf(error), error instanceof FdlError ? error.hint : undefined),
    ];
  });
  const unfit = refused.map(({ object, reason, hint }) => notFetched(object, reason, hint));
  const left = results.flatMap((result) => {
    if (result.status !== 'cancelled') return [];
    const { uri, size } = result.transfer.object;
    return [{ uri, size }];
  });
  return { fetched, notFetched: [...unfit, ...failed], left };
}

/** How far objects are that are fetched; that it begins, without a progress. */
function downloading(objects: readonly ResultObject[]): (moved?: TransferProgress) => Activity {
  const total = objects.reduce((sum, { size }) => sum + size, 0);
  const none = { files: objects.length, settled: 0, failed: 0, bytes: 0 };
  return (moved = none) => ({ name: 'downloading', moved, total });
}

function notFetched({ uri, size }: ResultObject, reason: string, hint: string | undefined): NotFetched {
  return { uri, size, reason, ...(hint !== undefined && { hint }) };
}

/** A folder to look in, and the folder that its files go to. */
interface Place {
  readonly folder: Folder | Output;
  /** Step, or empty for a URI. */
  readonly step: string;
}

/** Which results are meant. */
export interface Places {
  /** Id: all that this step wrote. */
  readonly step?: string | undefined;
  /** Storage URI instead, such as `s3://bucket/folder`. */
  readonly from?: string | undefined;
}

/** Where results are looked for: final outputs, the outputs of one step, or a URI. */
export function placesOf(workflow: Workflow, { step, from }: Places): readonly Place[] {
  if (from !== undefined) return [{ folder: folderOf(workflow, from), step: '' }];
  if (step !== undefined) return findStep(workflow, step).outputs.map((folder) => ({ folder, step }));
  return finalOutputs(workflow.steps, workflow.links).flatMap(({ step: { id, outputs }, output }) => {
    const folder = outputs[output];
    return folder ? [{ folder, step: id }] : [];
  });
}

interface Listed {
  readonly objects: readonly ResultObject[];
  /** Files of local folders that are no objects. */
  readonly skipped: readonly NotFetched[];
}

/** Steps may share a folder: an object counts for the first whose filters take it. */
async function listObjects(
  places: readonly Place[],
  patterns: readonly string[],
  storage: (store: string) => Storage,
  signal: AbortSignal,
): Promise<Listed> {
  const found = new Map<string, ResultObject>();
  const skipped = new Map<string, NotFetched>();
  const wanted = patterns.map(globPattern);
  for (const { folder, step } of places) {
    const { store, bucket, prefix } = folder;
    const reference = unknownIn(folder);
    if (reference !== undefined) {
      const uri = objectUri(store, bucket, prefix);
      skipped.set(uri, { uri, size: 0, reason: `what is meant is not known: ${reference} has no value` });
      continue;
    }
    const onSkipped = ({ name, reason }: Skipped) => {
      const uri = objectUri(store, bucket, name);
      skipped.set(uri, { uri, size: 0, reason });
    };
    const listed = storage(store).list(bucket, prefix === '' ? '' : `${prefix}/`, { signal, onSkipped });
    for await (const { key, size } of listed) {
      const below = prefix === '' ? key : key.slice(prefix.length + 1);
      const uri = objectUri(store, bucket, key);
      const matches =
        wanted.length === 0 || wanted.some((each) => each.test(below) || each.test(basename(below)));
      if (!matches || found.has(uri) || !takes(folder, below)) continue;
      found.set(uri, { uri, size, step, store, bucket, key, path: step ? `${step}/${below}` : below });
    }
  }
  return { objects: [...found.values()], skipped: [...skipped.values()] };
}

/** The first reference without a value in what says which objects are meant. */
function unknownIn({ bucket, prefix, ...more }: Folder | Output): string | undefined {
  const filters = 'suffixes' in more ? [...more.prefixes, ...more.suffixes] : [];
  return [bucket, prefix, ...filters].map(unsetIn).find((each) => each !== undefined);
}

/** Whether an output's filters let a name through; a plain folder takes all. */
function takes(folder: Folder | Output, name: string): boolean {
  if (!('suffixes' in folder)) return true;
  const { prefixes, suffixes } = folder;
  const starts = prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix));
  return starts && (suffixes.length === 0 || suffixes.some((suffix) => name.endsWith(suffix)));
}

/** `*` and `?` as in a shell; `**` crosses folders. */
export function globPattern(pattern: string): RegExp {
  const parts = pattern.split(/(\*\*|\*|\?)/).map((part) => {
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    return part === '?' ? '[^/]' : part.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`);
}

/** The final outputs that invocations wrote, fetched where a folder is given; those of an interrupted run are listed. */
export async function finalOutputsOf(
  workflow: Workflow,
  invocations: readonly Invocation[],
  storage: (store: string) => Storage,
  { settings, output }: { readonly settings: Settings; readonly output: string | undefined },
): Promise<{ readonly outputs: readonly FetchedObject[]; readonly notFetched: readonly NotFetched[] }> {
  const { emit, signal, workingDirectory } = settings;
  const objects = finalObjects(workflow, invocations);
  if (output === undefined || signal.aborted)
    return { outputs: objects.map(({ uri, size }) => ({ uri, size })), notFetched: [] };
  const dir = resolve(workingDirectory, output);
  return during(emit, downloading(objects)(), async () => {
    const { fetched, notFetched, left } = await fetchResults(objects, storage, { settings, dir });
    return { outputs: [...fetched, ...left], notFetched };
  });
}

/** Lists what is in some places and fetches what is wanted of it. */
export function fetchListed(
  places: readonly Place[],
  patterns: readonly string[],
  storage: (store: string) => Storage,
  to: FetchTo,
): Promise<Fetched> {
  const { emit, signal } = to.settings;
  return during(emit, { name: 'listing' }, async () => {
    const { objects, skipped } = await listObjects(places, patterns, storage, signal);
    const done = await fetchResults(objects, storage, to);
    return { ...done, notFetched: [...skipped, ...done.notFetched] };
  });
}
