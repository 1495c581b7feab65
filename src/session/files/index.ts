/** Files in stores, with or without a workflow: what `put`, `get`, `ls`, `cat`, `cp`, `sync` and `rm` do with URIs. */
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { FdlError } from '../../errors.ts';
import { during } from '../events.ts';
import { type SessionSettings, settingsOf } from '../settings.ts';
import type { SourceOptions } from '../sources.ts';
import { copyJobs } from './copy.ts';
import { downloadsTo, type FoundAt } from './get.ts';
import { type Moved, type MoveOptions, moveAll } from './move.ts';
import { type Entry, entriesAt, type FindOptions, findObjects, nothingAt } from './objects.ts';
import { placeFinder, type WorkflowStores } from './place.ts';
import { putStream, uploadsTo } from './put.ts';
import { planRemoval, type Removal, type Removed, removeFolderMarks, removeObjects } from './remove.ts';
import { carryOutSync, planSync, type Synced, type SyncPlan } from './sync.ts';

export type { Moved } from './move.ts';
export type { Entry } from './objects.ts';
export { isUri, type WorkflowStores } from './place.ts';
export type { NotRemoved, Removal, Removed } from './remove.ts';
export type { Extra, Synced, SyncPlan } from './sync.ts';

type Wanted = Pick<FindOptions, 'patterns' | 'newer' | 'latest'>;

/**
 * Places are URIs of stores, or paths on this machine. All may throw FdlError `uri-invalid`, `unknown-store`, and what
 * stores throw: `bucket-not-found`, `object-not-found`, `storage-denied`, `storage-failed`. A file that fails does not keep
 * the others back: it is in what is returned.
 */
export interface Files {
  /** Buckets that one sees, by their URIs. @throws FdlError `not-listable` */
  buckets(store: string): Promise<readonly string[]>;
  /** The object, or what is right below a folder; `recursive`: all below it. */
  list(place: string, options?: { readonly recursive?: boolean | undefined }): AsyncIterable<Entry>;
  /** The content of an object. */
  read(place: string): Promise<Readable>;
  /** Uploads files and folders to a folder. */
  put(
    sources: readonly string[],
    to: string,
    options?: MoveOptions & SourceOptions,
  ): Promise<readonly Moved[]>;
  /** Uploads what comes on a stream as one object. */
  putStream(stream: NodeJS.ReadableStream, to: string): Promise<readonly Moved[]>;
  /** Downloads objects to a folder of this machine. */
  get(places: readonly string[], dir: string, options?: MoveOptions & Wanted): Promise<readonly Moved[]>;
  /** Copies an object or a file, or with `recursive` a folder, from anywhere to anywhere. */
  copy(
    from: string,
    to: string,
    options?: MoveOptions & { readonly recursive?: boolean | undefined },
  ): Promise<readonly Moved[]>;
  /** Says what has to move from one folder to another, and with `remove` what the other has besides. Changes nothing. */
  planSync(from: string, to: string, options?: { readonly remove?: boolean | undefined }): Promise<SyncPlan>;
  /** Carries that out. Nothing is deleted where something could not be moved. */
  sync(plan: SyncPlan, options?: MoveOptions): Promise<Synced>;
  /** Says what would be removed. Changes nothing. */
  planRemoval(place: string, options?: { readonly recursive?: boolean | undefined }): Promise<Removal>;
  remove(removal: Removal): Promise<Removed>;
}

export interface FilesOptions extends SessionSettings {
  /** A workflow whose stores are known besides those of this machine. */
  readonly workflow?: WorkflowStores | undefined;
}

/** Opens what works with files in stores. Nothing is read or contacted yet. */
export function openFiles({ workflow, ...options }: FilesOptions = {}): Files {
  const settings = settingsOf(options);
  const { emit, signal, workingDirectory } = settings;
  const placeOf = placeFinder(settings, workflow);
  const listing = <T>(work: () => Promise<T>) => during(emit, { name: 'listing' }, work);
  const findAt = async (written: string, wanted: Wanted): Promise<FoundAt> => {
    const place = await placeOf(written);
    const found = await findObjects(place, { ...wanted, signal });
    const isChosen = Object.values(wanted).some((each) => each !== undefined && each !== false);
    if (found.objects.length + found.skipped.length === 0 && !isChosen) throw nothingAt(place);
    return { place, found };
  };
  return {
    async buckets(store) {
      const { id, storage } = await placeOf(store);
      if (!storage.buckets) throw notListable(store);
      const names = await listing(async () => storage.buckets?.(signal) ?? []);
      return names.map((name) => `${id.replace(/\.default$/, '')}://${name}`);
    },
    async *list(place, options = {}) {
      yield* entriesAt(await placeOf(place), { ...options, signal });
    },
    async read(written) {
      const { storage, bucket, key, isFolder } = await placeOf(written);
      if (isFolder) throw new FdlError('is-folder', `${written} is a folder, not an object`, { exitCode: 2 });
      return storage.read(bucket, key);
    },
    async put(sources, to, { followLinks, ...options } = {}) {
      const { jobs, failed } = uploadsTo(await placeOf(to), sources, settings, { followLinks });
      return [...failed, ...(await moveAll(jobs, options, settings))];
    },
    async putStream(stream, to) {
      return putStream(await placeOf(to), stream, settings);
    },
    async get(places, dir, { patterns, newer, latest, ...options } = {}) {
      const all = await listing(async () => {
        const found: FoundAt[] = [];
        for (const written of places) found.push(await findAt(written, { patterns, newer, latest }));
        return found;
      });
      const { jobs, failed } = downloadsTo(resolve(workingDirectory, dir), all);
      return [...failed, ...(await moveAll(jobs, options, settings))];
    },
    async copy(from, to, { recursive, ...options } = {}) {
      const [source, target] = [await placeOf(from), await placeOf(to)];
      const { jobs, failed } = await listing(() => copyJobs(source, target, { recursive }, settings));
      return [...failed, ...(await moveAll(jobs, options, settings))];
    },
    async planSync(from, to, options = {}) {
      const [source, target] = [await placeOf(from), await placeOf(to)];
      return listing(() => planSync(source, target, options, settings));
    },
    sync: (plan, options = {}) => carryOutSync(plan, options, settings),
    async planRemoval(written, options = {}) {
      const place = await placeOf(written);
      return listing(() => planRemoval(place, options, settings));
    },
    async remove({ place, objects, isWhole }) {
      const done = await removeObjects(place, objects, settings);
      if (isWhole && done.notRemoved.length === 0 && !signal.aborted)
        await removeFolderMarks(place, place.key === '' ? '' : `${place.key}/`);
      return done;
    },
  };
}

function notListable(store: string): FdlError {
  const hint = 'Name a bucket behind it.';
  return new FdlError('not-listable', `${store} has no list of its buckets`, { hint, exitCode: 2 });
}
