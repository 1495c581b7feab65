/** Notices files that people put into the input folders. */
import { type FSWatcher, watch } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ListOptions, Storage } from '../../storage/storage.ts';
import { objectUri } from '../../storage/uri.ts';
import type { Workflow } from '../../workflow/model.ts';
import { bucketPath, type LocalHome } from './home.ts';
import type { Queued } from './journal.ts';
import { type Triggers, triggersOf, type Written } from './triggers.ts';

interface WatchDeps {
  readonly home: LocalHome;
  readonly storage: (store: string) => Storage;
  /** Ids of invocations that are known already. */
  readonly known: ReadonlySet<string>;
  readonly enqueue: (queued: readonly Queued[]) => void;
  /** Hears of each file once that can be no object, with its URI. */
  readonly onSkipped?: (uri: string, reason: string) => void;
  readonly run: string;
  readonly signal: AbortSignal;
}

/** Milliseconds: how long a file must stay as it is before it counts as complete, and the longest time between looks. */
const SETTLE = 300;
const LONGEST = 2000;

/**
 * Looks into the input folders until the signal, at once when something changes there. A file that still grows waits
 * until it does not; each state of a file triggers once.
 */
export async function watchInputs(workflow: Workflow, deps: WatchDeps): Promise<void> {
  const { signal, enqueue, known } = deps;
  const triggers = triggersOf(workflow);
  const seen = new Set(known);
  const reported = new Set<string>();
  const onSkipped = (uri: string, reason: string) => {
    if (!reported.has(uri)) deps.onSkipped?.(uri, reason);
    reported.add(uri);
  };
  const bell = new Bell();
  const watchers = watchBuckets(workflow, deps.home, () => bell.ring());
  signal.addEventListener('abort', () => bell.ring(), { once: true });
  let unsettled = new Map<string, readonly Queued[]>();
  try {
    while (!signal.aborted) {
      const fresh = await newTriggers(workflow, triggers, { ...deps, onSkipped }, seen);
      const settled = [...fresh].filter(([id]) => unsettled.has(id));
      for (const [id, queued] of settled) {
        seen.add(id);
        enqueue(queued);
      }
      for (const [id] of settled) fresh.delete(id);
      unsettled = fresh;
      if (unsettled.size > 0) await sleep(SETTLE, undefined, { signal }).catch(() => {});
      else await bell.wait(LONGEST);
    }
  } finally {
    for (const watcher of watchers) watcher.close();
  }
}

/** What the files in the input folders trigger, without what is known. */
async function newTriggers(
  workflow: Workflow,
  triggers: Triggers,
  { storage, run, onSkipped }: WatchDeps,
  seen: ReadonlySet<string>,
): Promise<Map<string, readonly Queued[]>> {
  const found = new Map<string, readonly Queued[]>();
  for (const { store, namespace, bucket, prefix } of workflow.steps.flatMap(({ inputs }) => inputs)) {
    const options: ListOptions = {
      onSkipped: ({ name, reason }) => onSkipped?.(objectUri(store, bucket, name), reason),
    };
    for await (const object of storage(store).list(bucket, prefix === '' ? '' : `${prefix}/`, options)) {
      const written: Written = { store, namespace, bucket, object };
      for (const queued of triggers(written, run)) if (!seen.has(queued.id)) found.set(queued.id, [queued]);
    }
  }
  return found;
}

/** Watching fails on some file systems, and where there are too many folders: then the regular look must do. */
function watchBuckets(workflow: Workflow, home: LocalHome, changed: () => void): readonly FSWatcher[] {
  const folders = new Set(
    workflow.steps.flatMap(({ inputs }) => inputs.map((input) => bucketPath(home, input))),
  );
  return [...folders].flatMap((folder) => {
    try {
      const watcher = watch(folder, { recursive: true }, changed);
      watcher.on('error', () => watcher.close());
      return [watcher];
    } catch {
      return [];
    }
  });
}

/** Lets one waiter sleep until somebody rings, or for a time. */
class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  async wait(milliseconds: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#rung = false;
    this.#wake = undefined;
  }
}
