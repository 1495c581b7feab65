/** Files from outside → inputs that trigger steps. */
import { existsSync } from 'node:fs';
import { machineFault } from '../../errors.ts';
import { StorageError } from '../../storage/error.ts';
import { localStorage } from '../../storage/local-folders.ts';
import type { Storage } from '../../storage/storage.ts';
import { counter, type TransferProgress } from '../../storage/transfer.ts';
import type { Folder, Workflow } from '../../workflow/model.ts';
import type { Emit, Inputs, NotPut, Put, PutResult, WorkEvent } from '../runtime.ts';
import { uploading } from '../uploading.ts';
import type { LocalHome } from './home.ts';
import { type Announced, type JournalWriter, openJournal, type Queued } from './journal.ts';
import { lockHolder } from './lock.ts';
import { type Triggers, triggersOf } from './triggers.ts';

export interface PutDeps {
  readonly journal: JournalWriter;
  readonly triggers: Triggers;
  /** Opens a store by its id. */
  readonly storage: (store: string) => Storage;
  /** Takes what a file triggers. */
  readonly enqueue: (queued: readonly Queued[]) => void;
  /** How far all files together are. */
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
  readonly signal: AbortSignal;
  /** Hears what the machine lacks, as a clause: files that are not put yet are left to do. */
  readonly onFault?: ((fault: string) => void) | undefined;
}

/** The files as inputs of a folder. `name` is the path below it. */
export function announce(
  files: readonly { readonly path: string; readonly name: string }[],
  { store, namespace, bucket, prefix }: Pick<Folder, 'store' | 'namespace' | 'bucket' | 'prefix'>,
  run: string,
): readonly Announced[] {
  return files.map(({ path, name }) => {
    return { path, store, namespace, bucket, key: prefix === '' ? name : `${prefix}/${name}`, run };
  });
}

/** Needs no lock: a process that works on the queue notices the files by itself, or the next one finds them queued. */
export async function queueFiles(
  workflow: Workflow,
  { folder, sources }: Inputs,
  { home, signal, emit }: { home: LocalHome; signal: AbortSignal; emit: Emit<WorkEvent> },
): Promise<PutResult> {
  const journal = openJournal(home);
  const say = uploading(sources, emit);
  const deps: PutDeps = {
    journal,
    triggers: triggersOf(workflow),
    storage: () => localStorage(`${home.buckets}/${folder.namespace}`),
    enqueue: (queued) => journal.append({ type: 'queued', queued }),
    onProgress: say,
    signal,
  };
  try {
    await say();
    const done = await putFiles(announce(sources, folder, new Date().toISOString()), deps);
    return { ...done, isIdle: lockHolder(home.lock) === undefined };
  } finally {
    void emit({ type: 'activity' });
    journal.close();
  }
}

/**
 * Copies files to their buckets and queues what they trigger. All are written to the journal before the first is
 * copied, so that a killed command loses none: `remember` is false where they are in it already. One that cannot be put
 * does not keep the others from it, and is struck off: whoever named it is told.
 */
export async function putFiles(
  announced: readonly Announced[],
  deps: PutDeps,
  { remember = true } = {},
): Promise<PutResult> {
  const { journal, onProgress, onFault, signal } = deps;
  if (remember && announced.length > 0) journal.append({ type: 'announced', announced });
  const puts: Put[] = [];
  const notPut: NotPut[] = [];
  const count = counter(announced.length, onProgress);
  for (const each of announced) {
    if (signal.aborted) break;
    try {
      puts.push(await put(each, deps, count.bytes));
      count.settled(false);
    } catch (thrown) {
      if (signal.aborted) break;
      const fault = machineFault(thrown);
      if (fault !== undefined && onFault) {
        onFault(fault);
        break;
      }
      if (!(thrown instanceof StorageError)) throw thrown;
      const { path, store, bucket, key } = each;
      notPut.push({ path, store, bucket, key, reason: thrown.message });
      count.settled(true);
      journal.append({ type: 'withdrawn', withdrawn: [each] });
    }
  }
  return { puts, notPut };
}

async function put(
  announced: Announced,
  { journal, triggers, storage, enqueue, signal }: PutDeps,
  onBytes: (bytes: number) => void,
): Promise<Put> {
  const { path, store, namespace, bucket, key, run } = announced;
  const object = await storage(store).upload(path, bucket, key, { signal, onBytes });
  const queued = triggers({ store, namespace, bucket, object }, run);
  if (queued.length > 0) enqueue(queued);
  else journal.append({ type: 'withdrawn', withdrawn: [announced] });
  return { path, store, bucket, key, size: object.size };
}

/** Of files that a killed command has not put: those that are still there; the others are struck off. */
export function stillThere(announced: readonly Announced[], journal: JournalWriter): readonly Announced[] {
  const gone = announced.filter(({ path }) => !existsSync(path));
  if (gone.length > 0) journal.append({ type: 'withdrawn', withdrawn: gone });
  return announced.filter((each) => !gone.includes(each));
}

/**
 * Work that is left to do, for the steps that there are now: what waits for a step that the file no longer has is struck
 * off, and what its object triggers today takes its place.
 */
export function reassign(
  pending: readonly Queued[],
  steps: ReadonlySet<string>,
  { journal, triggers }: Pick<PutDeps, 'journal' | 'triggers'>,
): readonly Queued[] {
  return pending.flatMap((queued) => {
    if (steps.has(queued.step)) return [queued];
    const { id, step, run, store, namespace, bucket, key, size, etag, time } = queued;
    const object = { key, size, etag, modified: new Date(time) };
    const next = triggers({ store, namespace, bucket, object }, run);
    const reason = `The workflow has no step "${step}" any more.`;
    const invocation = { id, step, status: 'cancelled', outputs: [], reason } as const;
    journal.append({ type: 'ended', run, invocation, next });
    return next;
  });
}
