/** A log group that is looked at more than once, each line once. */
import { type Entry, type LogEvent, openAttribution } from './attribution.ts';
import type { EventQuery, ReadEvents } from './events.ts';
import type { LogSource } from './sources.ts';

export interface ReaderOptions {
  readonly read: ReadEvents;
  /** Milliseconds since 1970: nothing before is asked for. */
  readonly since?: number | undefined;
  /** Milliseconds since 1970, now. */
  readonly clock: () => number;
}

export interface Reader {
  /** Lines that were not read before, by time. */
  lines(query: EventQuery): AsyncGenerator<Entry>;
  /** Takes in what lines say about those after them, without answering them. */
  prepare(query: EventQuery): Promise<void>;
  /** From when on to look again, in milliseconds since 1970. */
  next(): number;
}

/** Milliseconds. Lines arrive late and out of order: each look begins so much before the latest line. */
const OVERLAP = 60_000;
/** Lines whose ids are kept before those that no look can meet again are dropped. */
const KEPT = 10_000;

/** Opens a log group; nothing is read yet. */
export function openReader(source: LogSource, { read, since = 0, clock }: ReaderOptions): Reader {
  const attribute = openAttribution();
  const seen = new Map<string, number>();
  // Where nothing was read yet, what is written from now on arrives late as well.
  let latest = clock();
  let isNew = true;
  let most = KEPT;
  const note = ({ id, time }: LogEvent) => {
    latest = isNew ? time : Math.max(latest, time);
    isNew = false;
    seen.set(id, time);
    if (seen.size <= most) return;
    forget(seen, latest - OVERLAP);
    most = Math.max(KEPT, 2 * seen.size);
  };
  return {
    async *lines(query) {
      for await (const event of read(source, query)) {
        if (seen.has(event.id)) continue;
        note(event);
        yield attribute(event);
      }
    },
    async prepare(query) {
      for await (const event of read(source, query)) attribute(event);
    },
    next: () => Math.max(since, latest - OVERLAP),
  };
}

function forget(seen: Map<string, number>, before: number): void {
  for (const [id, time] of seen) if (time < before) seen.delete(id);
}
