/** Reads lines from CloudWatch Logs. */
import type { Clients } from '../api/clients.ts';
import { unlessMissing } from '../api/errors.ts';
import type { LogEvent } from './attribution.ts';
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

/** Reads page by page, in the order of time. A group that is not there has no lines. */
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
