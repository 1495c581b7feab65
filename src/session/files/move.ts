/** Moves files and objects between this machine and stores; what is there already is left out. */
import { mkdtempSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FdlError, messageOf } from '../../errors.ts';
import { openSlots } from '../../slots.ts';
import type { ObjectName, Storage } from '../../storage/storage.ts';
import { counter, type Transfer, type TransferProgress, transferAll } from '../../storage/transfer.ts';
import { during, type Moving } from '../events.ts';
import type { Settings } from '../settings.ts';
import { type CompareOptions, isUnchanged, type State } from './compare.ts';

/** An object in an opened store. */
export interface At extends ObjectName {
  /** Id of the store. */
  readonly id: string;
  readonly storage: Storage;
}

/** A file or an object to move; `file` is its path if it is on this machine. */
export type Source = State & {
  readonly uri: string;
  readonly at?: At;
};

/** Where it goes: an object of a store, and the file that this is on this machine. */
export interface Target {
  readonly uri: string;
  readonly at: At;
  readonly file?: string | undefined;
}

export interface Job {
  readonly source: Source;
  readonly target: Target;
}

/**
 * What became of a file: `unchanged`: it was there already; `planned`: it would be moved; `left`: somebody interrupted
 * before.
 */
export interface Moved {
  /** URI, or path. */
  readonly source: string;
  /** Absent where no file can have the name of the object. */
  readonly target?: string;
  /** Bytes. */
  readonly size: number;
  readonly status: 'done' | 'unchanged' | 'planned' | 'failed' | 'left';
  /** Why it failed. */
  readonly reason?: string;
  readonly hint?: string | undefined;
}

export interface MoveOptions extends CompareOptions {
  /** Move also what is there already. */
  readonly force?: boolean | undefined;
  /** Only say what would be moved. */
  readonly dryRun?: boolean | undefined;
}

type Context = Pick<Settings, 'emit' | 'signal'>;

/** Moves what is not there yet. One that fails does not keep the others back. In the order given. */
export async function moveAll(
  jobs: readonly Job[],
  { force, dryRun, ...compare }: MoveOptions,
  context: Context,
): Promise<readonly Moved[]> {
  return during(context.emit, { name: 'listing' }, async () => {
    const unchanged = force ? new Set<Job>() : await unchangedAmong(jobs, compare, context);
    const todo = jobs.filter((job) => !unchanged.has(job));
    const outcomes = new Map<Job, Moved>();
    for (const job of unchanged) outcomes.set(job, movedOf(job, { status: 'unchanged' }));
    const way = todo[0] && wayOf(todo[0]);
    if (dryRun) for (const job of todo) outcomes.set(job, movedOf(job, { status: 'planned' }));
    else if (way) for (const [job, moved] of await WAYS[way](todo, context)) outcomes.set(job, moved);
    return jobs.map((job) => outcomes.get(job) ?? movedOf(job, { status: 'left' }));
  });
}

function movedOf({ source, target }: Job, outcome: Pick<Moved, 'status' | 'reason' | 'hint'>): Moved {
  return { source: source.uri, target: target.uri, size: source.size, ...outcome };
}

function failedOf(job: Job, error: unknown): Moved {
  const hint = error instanceof FdlError ? error.hint : undefined;
  return movedOf(job, { status: 'failed', reason: messageOf(error), ...(hint !== undefined && { hint }) });
}

// What is there already.

/** Targets up to this many are asked for one by one; of more, their folder is listed, a thousand with one call. */
const ASKED = 64;
const CONCURRENCY = 16;

async function unchangedAmong(
  jobs: readonly Job[],
  options: CompareOptions,
  { signal }: Context,
): Promise<ReadonlySet<Job>> {
  const stateOf = jobs.length > ASKED ? await listedStates(jobs, signal) : singleState;
  const slots = openSlots(CONCURRENCY);
  const unchanged = await Promise.all(
    jobs.map((job) =>
      slots(async () => {
        signal.throwIfAborted();
        const state = job.target.file === undefined ? await stateOf(job) : fileState(job.target.file);
        return state !== undefined && (await isUnchanged(job.source, state, options));
      }),
    ),
  );
  return new Set(jobs.filter((_job, index) => unchanged[index]));
}

function fileState(file: string): State | undefined {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats?.isFile() ? { size: stats.size, modified: stats.mtime, file } : undefined;
}

function singleState({ target: { at } }: Job): Promise<State | undefined> {
  return at.storage.stat(at.bucket, at.key);
}

/** All of them are in one bucket. */
async function listedStates(
  jobs: readonly Job[],
  signal: AbortSignal,
): Promise<(job: Job) => Promise<State | undefined>> {
  const wanted = new Set(jobs.map(({ target }) => target.at.key));
  const states = new Map<string, State>();
  const [first] = jobs.map(({ target }) => target);
  if (first && first.file === undefined) {
    const { storage, bucket } = first.at;
    for await (const object of storage.list(bucket, commonPrefix([...wanted]), { signal }))
      if (wanted.has(object.key)) states.set(object.key, object);
  }
  return async ({ target }) => states.get(target.at.key);
}

/** What all of some keys start with, up to a slash. */
function commonPrefix([first = '', ...others]: readonly string[]): string {
  let length = first.length;
  for (const key of others) while (!key.startsWith(first.slice(0, length))) length -= 1;
  return first.slice(0, first.lastIndexOf('/', length - 1) + 1);
}

// The three ways.

type Way = 'uploading' | 'downloading' | 'copying';

function wayOf({ source, target }: Job): Way {
  if (source.file !== undefined) return 'uploading';
  return target.file === undefined ? 'copying' : 'downloading';
}

type Outcomes = readonly (readonly [Job, Moved])[];

const WAYS: Readonly<Record<Way, (jobs: readonly Job[], context: Context) => Promise<Outcomes>>> = {
  uploading: transferJobs,
  downloading: transferJobs,
  copying: copyJobs,
};

async function transferJobs(jobs: readonly Job[], { emit, signal }: Context): Promise<Outcomes> {
  const { onProgress, onBytes } = progressOf(jobs, emit);
  const results = await transferAll(
    jobs.map((job) => ({ ...transferOf(job, onBytes), job })),
    { signal, onProgress },
  );
  return results.map((result) => {
    const { job } = result.transfer;
    if (result.status === 'failed') return [job, failedOf(job, result.error)];
    if (result.status === 'done') keepTime(job);
    return [job, movedOf(job, { status: result.status === 'done' ? 'done' : 'left' })];
  });
}

/** A file gets the time of what it is a copy of, so that it is not newer than that when it is compared the other way. */
function keepTime({ source: { modified }, target: { file } }: Job): void {
  // Where no server tells the time, it is 1970.
  if (file !== undefined && modified.getTime() > 0) utimesSync(file, new Date(), modified);
}

type OnBytes = (job: Job, bytes: number) => void;

function transferOf(job: Job, onBytes: OnBytes): Transfer {
  const { source, target } = job;
  const place = (at: At) => ({ storage: counted(at.storage, job, onBytes), bucket: at.bucket, key: at.key });
  if (source.file !== undefined) return { kind: 'upload', file: source.file, ...place(target.at) };
  const { at } = source;
  if (!at || target.file === undefined) throw new Error(`${source.uri} is neither file nor object`);
  return { kind: 'download', file: target.file, ...place(at) };
}

/** The store, with what it moves counted for one file. */
function counted(storage: Storage, job: Job, onBytes: OnBytes): Storage {
  const counting = <T extends { readonly onBytes?: ((bytes: number) => void) | undefined }>(options?: T) => ({
    ...options,
    onBytes: (bytes: number) => {
      onBytes(job, bytes);
      options?.onBytes?.(bytes);
    },
  });
  return {
    ...storage,
    upload: (file, bucket, key, options) =>
      whileSame(file, () => storage.upload(file, bucket, key, counting(options))),
    download: (bucket, key, file, options) => storage.download(bucket, key, file, counting(options)),
  };
}

/**
 * Reads a file that nobody changes meanwhile. One that grows is put again the next time, because of its size; one that
 * was written over would count as there already, with a content that it never had.
 * @throws FdlError `source-changed`
 */
async function whileSame<T>(file: string, read: () => Promise<T>): Promise<T> {
  const before = fileState(file);
  const result = await read();
  const after = fileState(file);
  if (before?.size !== after?.size || before?.modified.getTime() === after?.modified.getTime()) return result;
  const hint = 'Put it again with --force when nothing writes to it any more.';
  throw new FdlError('source-changed', 'it was written to while it was read', { hint });
}

/** Copies within one store without their content coming here, where it can do that; else through a file of this machine. */
async function copyJobs(jobs: readonly Job[], { emit, signal }: Context): Promise<Outcomes> {
  const { onProgress, onBytes } = progressOf(jobs, emit);
  const count = counter(jobs.length, onProgress);
  const folder = mkdtempSync(join(tmpdir(), 'fdl-copy-'));
  const slots = openSlots(CONCURRENCY);
  const copyOne = async (job: Job, index: number): Promise<readonly [Job, Moved]> => {
    if (signal.aborted) return [job, movedOf(job, { status: 'left' })];
    try {
      await copy(job, join(folder, String(index)), signal);
      onBytes(job, job.source.size);
      count.bytes(job.source.size);
      count.settled(false);
      return [job, movedOf(job, { status: 'done' })];
    } catch (error) {
      if (signal.aborted) return [job, movedOf(job, { status: 'left' })];
      count.settled(true);
      return [job, failedOf(job, error)];
    }
  };
  try {
    return await Promise.all(jobs.map((job, index) => slots(() => copyOne(job, index))));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function copy({ source, target }: Job, through: string, signal: AbortSignal): Promise<void> {
  const { at: from } = source;
  const { at: to } = target;
  if (!from) throw new Error(`${source.uri} is no object`);
  if (from.id === to.id && to.storage.copy) return to.storage.copy(from, to, source.size, signal);
  await from.storage.download(from.bucket, from.key, through, { signal });
  try {
    await to.storage.upload(through, to.bucket, to.key, { signal, consume: true });
  } finally {
    rmSync(through, { force: true });
  }
}

// How far it is.

/** Files that are shown one by one. */
const SHOWN = 8;

function progressOf(jobs: readonly Job[], emit: Context['emit']) {
  const total = jobs.reduce((sum, { source }) => sum + source.size, 0);
  const name = jobs[0] ? wayOf(jobs[0]) : 'copying';
  const under = new Map<Job, number>();
  let moved: TransferProgress = { files: jobs.length, settled: 0, failed: 0, bytes: 0 };
  const say = () => {
    const each: Moving['each'] = [...under]
      .filter(([{ source }, bytes]) => bytes < source.size)
      .slice(0, SHOWN)
      .map(([{ source }, bytes]) => ({ name: source.uri, bytes, size: source.size }));
    void emit({ type: 'activity', activity: { name, moved, total, each } });
  };
  say();
  return {
    onProgress: (progress: TransferProgress) => {
      moved = progress;
      say();
    },
    onBytes: (job: Job, bytes: number) => {
      const now = (under.get(job) ?? 0) + bytes;
      if (now < job.source.size) under.set(job, now);
      else under.delete(job);
    },
  };
}
