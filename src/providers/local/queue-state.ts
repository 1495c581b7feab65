/** What the journal of a workflow amounts to: what is left to do, and what failed. */
import { readFileSync, statSync } from 'node:fs';
import type { Invocation } from '../../workflow/invocation.ts';
import { type LocalHome, writeWhole } from './home.ts';
import { type Announced, type Queued, type ReadLine, readJournal } from './journal.ts';

/** Work that failed, and how. */
export interface Failed {
  readonly queued: Queued;
  readonly invocation: Invocation;
}

interface QueueState {
  /** Inputs that were announced and not put yet. */
  readonly announced: readonly Announced[];
  readonly pending: readonly Queued[];
  /** Work that failed and was not done since. */
  readonly failed: readonly Failed[];
  /** When a pending invocation was started last, by a process that did not end it. */
  readonly started: ReadonlyMap<string, string>;
  /** Offset behind the last line that was read, in bytes. */
  readonly end: number;
}

/** Replays lines. Only what is left to do is kept; what ended is handed to `onEnded`, in that order. */
export function replay(
  lines: Iterable<ReadLine>,
  onEnded: (invocation: Invocation) => void = () => {},
  before: readonly Failed[] = [],
): QueueState {
  const announced = new Map<string, Announced>();
  const pending = new Map<string, Queued>();
  const started = new Map<string, string>();
  const failed = new Map(before.map((each) => [workKey(each.queued), each]));
  let end = 0;
  const queue = (queued: Queued) => {
    announced.delete(inputKey(queued));
    failed.delete(workKey(queued));
    pending.set(queued.id, queued);
  };
  for (const { line, end: behind } of lines) {
    end = behind;
    switch (line.type) {
      case 'announced':
        for (const each of line.announced) announced.set(inputKey(each), each);
        break;
      case 'withdrawn':
        for (const each of line.withdrawn) announced.delete(inputKey(each));
        break;
      case 'queued':
        line.queued.forEach(queue);
        break;
      case 'started':
        started.set(line.id, line.time);
        break;
      case 'ended':
        noteEnd(pending.get(line.invocation.id), line.invocation, failed);
        pending.delete(line.invocation.id);
        started.delete(line.invocation.id);
        onEnded(line.invocation);
        line.next.forEach(queue);
    }
  }
  return {
    announced: [...announced.values()],
    pending: [...pending.values()],
    failed: [...failed.values()],
    started,
    end,
  };
}

function noteEnd(queued: Queued | undefined, invocation: Invocation, failed: Map<string, Failed>): void {
  const isFailure = invocation.status === 'failed' || invocation.status === 'timed-out';
  if (queued && isFailure) failed.set(workKey(queued), { queued, invocation });
}

/** One step's work for one key, whatever its object has become since. */
function workKey({ step, namespace, bucket, key }: Queued): string {
  return [step, namespace, bucket, key].join('\0');
}

function inputKey({ run, namespace, bucket, key }: Announced | Queued): string {
  return [run, namespace, bucket, key].join('\0');
}

/** Everything since nothing was left to do. `onDamage`: see `readJournal`. */
export function queueState(
  home: LocalHome,
  onEnded?: (invocation: Invocation) => void,
  onDamage?: (message: string) => void,
): QueueState {
  const { offset, failed } = readCheckpoint(home);
  return replay(readJournal(home, offset, onDamage), onEnded, failed);
}

/** How much is left to do. */
export function countLeft({ announced, pending }: QueueState): number {
  return announced.length + pending.length;
}

/** Whether nothing happened since nothing was left to do, and nothing had failed until then. */
export function isSettled(home: LocalHome): boolean {
  const { offset, failed } = readCheckpoint(home);
  return journalSize(home) === offset && failed.length === 0;
}

function journalSize({ journal }: LocalHome): number {
  return statSync(journal, { throwIfNoEntry: false })?.size ?? 0;
}

interface Checkpoint {
  /** Bytes. */
  readonly offset: number;
  readonly failed: readonly Failed[];
}

/** One that lies behind the end is of a journal that somebody has removed. */
function readCheckpoint(home: LocalHome): Checkpoint {
  try {
    const { offset, failed = [] } = JSON.parse(readFileSync(home.checkpoint, 'utf8')) as Partial<Checkpoint>;
    if (offset !== undefined && offset <= journalSize(home)) return { offset, failed };
  } catch {
    // There is none yet.
  }
  return { offset: 0, failed: [] };
}

/**
 * Notes that nothing is left to do up to where the state was read, so that the next command need not read what was
 * done. What others append meanwhile lies behind it.
 */
export function settle({ checkpoint }: LocalHome, state: QueueState): void {
  if (countLeft(state) === 0 && state.end > 0) {
    writeWhole(checkpoint, JSON.stringify({ offset: state.end, failed: state.failed }));
  }
}
