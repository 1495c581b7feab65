/** Reads lines from CloudWatch Logs; a log group that is looked at more than once, each line once. */
import type { Clients } from '../api/clients.ts';
import { unlessMissing } from '../api/errors.ts';
import { type Entry, type LogEvent, openAttribution } from './attribution.ts';
import type { LogSource } from './sources.ts';

/** Which lines of a log group. */
export interface EventQuery {
  /** Milliseconds since 1970; both included. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly stream?: string | undefined;
  /** Only lines that say what became of invocations, and possibly some others. */
  readonly structured?: boolean | undefined;
}

/** Reads a log group; a function so that everything above it can be tested without AWS. */
export type ReadEvents = (source: LogSource, query: EventQuery) => AsyncIterable<LogEvent>;

/**
 * Words of which one is in every record of the supervisor and in every line of AWS Lambda about a request or a start.
 * Words rather than parts of them, since CloudWatch Logs looks for words.
 */
const STRUCTURED = '?fdl ?RequestId ?requestId ?"Task timed out" ?INIT_REPORT ?"Launch error"';

/** Reads page by page, in the order of time, as AWS has it. A group that is not there has no lines. */
export function openEvents(clients: Clients, signal: AbortSignal): ReadEvents {
  return async function* ({ site, group }, { from, to, stream, structured }) {
    const { sdk, client } = await clients('logs', site);
    let nextToken: string | undefined;
    do {
      const input = {
        logGroupName: group,
        ...(from !== undefined && { startTime: Math.max(0, from) }),
        ...(to !== undefined && { endTime: to }),
        ...(stream !== undefined && { logStreamNames: [stream] }),
        ...(structured && { filterPattern: STRUCTURED }),
        ...(nextToken !== undefined && { nextToken }),
      };
      const answer = client.send(new sdk.FilterLogEventsCommand(input), { abortSignal: signal });
      const page = await unlessMissing(answer, 'ResourceNotFoundException');
      for (const event of page?.events ?? []) {
        const { eventId = '', logStreamName = '', timestamp = 0, message = '' } = event;
        yield { id: eventId, stream: logStreamName, time: timestamp, message };
      }
      nextToken = page?.nextToken;
    } while (nextToken !== undefined);
  };
}

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
