/** Files from outside → inputs that trigger steps. */
import { existsSync } from 'node:fs';
import type { Storage } from '../../storage/storage.ts';
import type { Folder } from '../../workflow/model.ts';
import type { Announced, JournalWriter, Queued } from './journal.ts';
import type { Triggers } from './triggers.ts';

export interface IntakeDeps {
  readonly journal: JournalWriter;
  readonly triggers: Triggers;
  /** Opens a store by its id. */
  readonly storage: (store: string) => Storage;
  /** Takes what a file triggers. */
  readonly enqueue: (queued: readonly Queued[]) => void;
  /** After each file. */
  readonly onPut?: (put: Put) => void;
  readonly signal: AbortSignal;
}

/** A file that is in its bucket now. */
export interface Put {
  readonly path: string;
  readonly store: string;
  readonly bucket: string;
  readonly key: string;
  /** Bytes. */
  readonly size: number;
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

/**
 * Copies files to their buckets and queues what they trigger. All are written to the journal before the first is
 * copied, so that a killed command loses none: `remember` is false where they are in it already.
 * @throws StorageError
 */
export async function takeIn(
  announced: readonly Announced[],
  deps: IntakeDeps,
  { remember = true } = {},
): Promise<readonly Put[]> {
  const { journal, triggers, storage, enqueue, onPut, signal } = deps;
  if (remember && announced.length > 0) journal.append({ type: 'announced', announced });
  const done: Put[] = [];
  for (const each of announced) {
    if (signal.aborted) break;
    const { path, store, namespace, bucket, key, run } = each;
    const object = await storage(store).upload(path, bucket, key, { signal });
    const queued = triggers({ store, namespace, bucket, object }, run);
    if (queued.length > 0) enqueue(queued);
    else journal.append({ type: 'withdrawn', withdrawn: [each] });
    const put = { path, store, bucket, key, size: object.size };
    done.push(put);
    onPut?.(put);
  }
  return done;
}

/** Of files that a killed command has not put: those that are still there; the others are struck off. */
export function stillThere(announced: readonly Announced[], journal: JournalWriter): readonly Announced[] {
  const gone = announced.filter(({ path }) => !existsSync(path));
  if (gone.length > 0) journal.append({ type: 'withdrawn', withdrawn: gone });
  return announced.filter((each) => !gone.includes(each));
}
