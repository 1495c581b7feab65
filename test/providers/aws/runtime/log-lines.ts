/** Logs of functions in memory, as CloudWatch Logs keeps them. */
import type { LogEvent } from '../../../../src/providers/aws/runtime/attribution.ts';
import type { ReadEvents } from '../../../../src/providers/aws/runtime/reader.ts';
import type { LogSource } from '../../../../src/providers/aws/runtime/sources.ts';

export const START_OF_DAY = Date.parse('2026-03-01T08:00:00.000Z');

export const SPLIT: LogSource = {
  step: 'split',
  workflow: 'shop',
  site: { region: 'eu-west-1' },
  group: '/aws/lambda/split',
  longestMs: 960_000,
};

export const JOIN: LogSource = { ...SPLIT, step: 'join', group: '/aws/lambda/join' };

let made = 0;

/** A line, `ms` after the start of the day. */
export function line(ms: number, message: string, stream = 'a'): LogEvent {
  made += 1;
  return { id: `event-${made}`, stream, time: START_OF_DAY + ms, message };
}

/** An ISO time, `ms` after the start of the day. */
export function at(ms: number): string {
  return new Date(START_OF_DAY + ms).toISOString();
}

/** What the supervisor writes at the start of an invocation. */
export function started(invocation: string, ms: number, fields: object = {}, workflow = 'shop'): string {
  return JSON.stringify({ fdl: 'start', workflow, step: 'split', invocation, ...fields, startedAt: at(ms) });
}

/** And at its end. */
export function ended(
  invocation: string,
  [from, to]: readonly [number, number],
  fields: object = {},
): string {
  const times = { startedAt: at(from), endedAt: at(to), durationMs: to - from };
  const head = { fdl: 'end', workflow: 'shop', step: 'split', invocation };
  return JSON.stringify({ ...head, outputs: [], status: 'succeeded', ...times, ...fields });
}

const REQUEST = '8f507cfc-xmpl-4697-b07a-ac58fc914c95';

/** What AWS Lambda writes around a request. */
export const LAMBDA = {
  request: REQUEST,
  init: 'INIT_START Runtime Version: provided:al2023.v1\tRuntime Version ARN: arn:aws:lambda:eu-west-1::runtime:1\n',
  start: (id = REQUEST) => `START RequestId: ${id} Version: $LATEST\n`,
  end: (id = REQUEST) => `END RequestId: ${id}\n`,
  report: (id = REQUEST, more = '', used = 57) =>
    `REPORT RequestId: ${id}\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\tMax Memory Used: ${used} MB\t${more}\n`,
  timedOut: (id = REQUEST) => `2026-03-01T08:00:03.000Z ${id} Task timed out after 3.00 seconds\n\n`,
  crashed: (id = REQUEST) =>
    `RequestId: ${id} Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n`,
} as const;

export interface Group {
  readonly source: LogSource;
  readonly events: LogEvent[];
}

/** Reads groups in memory: as AWS, by time; queries are noted. */
export function readGroups(groups: readonly Group[], queries: unknown[] = []): ReadEvents {
  return async function* (source, query) {
    queries.push({ group: source.group, ...query });
    const { from = 0, to = Infinity, stream, structured } = query;
    const events = groups.find((group) => group.source.group === source.group)?.events ?? [];
    const found = events
      .filter(({ time }) => time >= from && time <= to)
      .filter((event) => stream === undefined || event.stream === stream)
      .filter(
        ({ message }) => !structured || /fdl|RequestId|requestId|Task timed out|INIT_REPORT/.test(message),
      );
    yield* [...found].sort((a, b) => a.time - b.time);
  };
}
