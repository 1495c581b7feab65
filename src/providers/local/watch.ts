/** Notices files that people put into the input folders. */
import { type FSWatcher, mkdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ListOptions, Storage } from '../../storage/storage.ts';
import { objectUri } from '../../storage/uri.ts';
import { entrySteps } from '../../workflow/links.ts';
import type { Workflow } from '../../workflow/model.ts';
import type { WatchedFolder } from '../runtime.ts';
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

/**
 * Milliseconds: how long size and time of a file must rest before it counts as complete, between two looks meanwhile, and
 * the longest time between looks. Programs that write slowly often write once in a second.
 */
const REST = 1500;
const LOOK = 250;
const LONGEST = 2000;

/** The input folders of the first steps. They are made, so that files can be copied there at once. */
export function watchedFolders({ steps, links }: Workflow, home: LocalHome): readonly WatchedFolder[] {
  return entrySteps(steps, links).flatMap(({ id, inputs }) =>
    inputs.map((folder) => {
      const path = join(bucketPath(home, folder), folder.prefix);
      mkdirSync(path, { recursive: true });
      return { step: id, folder, path };
    }),
  );
}

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
  // Since when each has been as it is: a file that changes has another id.
  let resting = new Map<string, number>();
  try {
    while (!signal.aborted) {
      const fresh = await newTriggers(workflow, triggers, { ...deps, onSkipped }, seen);
      const now = Date.now();
      const before = resting;
      resting = new Map();
      for (const [id, queued] of fresh) {
        const since = before.get(id) ?? firstSeen(queued, now);
        if (now - since < REST) resting.set(id, since);
        else {
          seen.add(id);
          enqueue([queued]);
        }
      }
      if (resting.size > 0) await sleep(LOOK, undefined, { signal }).catch(() => {});
      else await bell.wait(LONGEST);
    }
  } finally {
    for (const watcher of watchers) watcher.close();
  }
}

/** A file that was moved here, or that was there before, need not wait; clocks of other machines may be ahead. */
function firstSeen({ time }: Queued, now: number): number {
  const written = Date.parse(time);
  return Number.isNaN(written) ? now : Math.min(written, now);
}

/** What the files in the input folders trigger, without what is known. */
async function newTriggers(
  workflow: Workflow,
  triggers: Triggers,
  { storage, run, onSkipped }: WatchDeps,
  seen: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Queued>> {
  const found = new Map<string, Queued>();
  for (const { store, namespace, bucket, prefix } of workflow.steps.flatMap(({ inputs }) => inputs)) {
    const options: ListOptions = {
      onSkipped: ({ name, reason }) => onSkipped?.(objectUri(store, bucket, name), reason),
    };
    for await (const object of storage(store).list(bucket, prefix === '' ? '' : `${prefix}/`, options)) {
      const written: Written = { store, namespace, bucket, object };
      for (const queued of triggers(written, run)) if (!seen.has(queued.id)) found.set(queued.id, queued);
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
