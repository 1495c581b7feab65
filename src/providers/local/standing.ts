/** Where a workflow stands: what its journal amounts to. */
import { readFileSync, statSync } from 'node:fs';
import type { Invocation } from '../../workflow/invocation.ts';
import type { LocalHome } from './home.ts';
import { type Announced, type Queued, type ReadLine, readJournal } from './journal.ts';
import { writeWhole } from './whole-file.ts';

export interface Standing {
  /** Inputs that were announced and not put yet. */
  readonly announced: readonly Announced[];
  readonly pending: readonly Queued[];
  /** When a pending invocation was started last, by a process that did not end it. */
  readonly started: ReadonlyMap<string, string>;
  /** Offset behind the last line that was read, in bytes. */
  readonly end: number;
}

/** Replays lines. Only what is left to do is kept; what ended is handed to `onEnded`, in that order. */
export function replay(
  lines: Iterable<ReadLine>,
  onEnded: (invocation: Invocation) => void = () => {},
): Standing {
  const announced = new Map<string, Announced>();
  const pending = new Map<string, Queued>();
  const started = new Map<string, string>();
  let end = 0;
  const queue = (queued: Queued) => {
    announced.delete(inputKey(queued));
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
        pending.delete(line.invocation.id);
        started.delete(line.invocation.id);
        onEnded(line.invocation);
        line.next.forEach(queue);
    }
  }
  return { announced: [...announced.values()], pending: [...pending.values()], started, end };
}

function inputKey({ run, namespace, bucket, key }: Announced | Queued): string {
  return [run, namespace, bucket, key].join('\0');
}

/** Everything since nothing was left to do. */
export function standingOf(home: LocalHome, onEnded?: (invocation: Invocation) => void): Standing {
  return replay(readJournal(home, readCheckpoint(home)), onEnded);
}

/** How much is left to do. */
export function countLeft({ announced, pending }: Standing): number {
  return announced.length + pending.length;
}

/** Whether nothing happened since nothing was left to do. */
export function isSettled(home: LocalHome): boolean {
  return journalSize(home) === readCheckpoint(home);
}

function journalSize({ journal }: LocalHome): number {
  return statSync(journal, { throwIfNoEntry: false })?.size ?? 0;
}

/** One that lies behind the end is of a journal that somebody has removed. */
function readCheckpoint(home: LocalHome): number {
  try {
    const { offset } = JSON.parse(readFileSync(home.checkpoint, 'utf8')) as { offset: number };
    return offset <= journalSize(home) ? offset : 0;
  } catch {
    return 0;
  }
}

/**
 * Notes that nothing is left to do up to where the standing was read, so that the next command need not read what was
 * done. What others append meanwhile lies behind it.
 */
export function settle({ checkpoint }: LocalHome, standing: Standing): void {
  if (countLeft(standing) === 0 && standing.end > 0) {
    writeWhole(checkpoint, JSON.stringify({ offset: standing.end }));
  }
}
