/** The log of a workflow on AWS: the lines of all steps as one stream. */
import { mapBounded } from '../../../deploy/concurrency.ts';
import type { Delay } from '../../../retry.ts';
import type { LogLine } from '../../../workflow/invocation.ts';
import { mergeByTime } from '../../merge.ts';
import type { LogQuery } from '../../runtime.ts';
import { pause } from '../api/wait.ts';
import { type Entry, openAttribution } from './attribution.ts';
import type { StreamsOf } from './jobs.ts';
import { type EventQuery, openReader, type ReadEvents, type Reader } from './reader.ts';
import type { LogSource } from './sources.ts';

interface LogsOptions {
  readonly read: ReadEvents;
  /** Where a job writes of which the log itself does not tell. */
  readonly streamsOf?: StreamsOf | undefined;
  readonly signal: AbortSignal;
  readonly delay?: Delay | undefined;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** Milliseconds between two looks at a log that is followed. */
const POLL = 2000;
/** Log groups that are looked at together: CloudWatch Logs allows 5 to 25 such calls a second. */
const CONCURRENCY = 4;

interface Opened {
  readonly source: LogSource;
  readonly reader: Reader;
}

/** The lines that match, by time; with `follow`, further ones as they arrive, until the signal. */
export async function* readLogs(
  sources: readonly LogSource[],
  query: LogQuery,
  options: LogsOptions,
): AsyncGenerator<LogLine> {
  const { read, streamsOf, signal, clock, delay = pause } = options;
  const since = query.since === undefined ? undefined : Date.parse(query.since);
  const all = sources.map((source) => ({ source, reader: openReader(source, { read, since, clock }) }));
  const shown = (lines: AsyncIterable<LogLine>) => matching(lines, query);
  try {
    if (query.invocation !== undefined && !query.follow) {
      for (const each of all) yield* shown(linesOf(each, query.invocation, since, { read, streamsOf }));
      return;
    }
    if (since !== undefined) await mapBounded(all, CONCURRENCY, (each) => lookBack(each, since));
    const streams = all.map((each) => lines(each, { from: since }));
    yield* shown(mergeByTime(streams, ({ time }) => time));
    while (query.follow && !signal.aborted) {
      await delay(POLL, signal);
      yield* shown(newLines(all));
    }
  } catch (thrown) {
    // Whoever follows ends it by a signal.
    if (!(query.follow && signal.aborted)) throw thrown;
  }
}

/** An invocation that was running then started before: its lines would belong to nobody. */
async function lookBack({ source, reader }: Opened, since: number): Promise<void> {
  await reader.prepare({ from: since - source.longestMs, to: since - 1, structured: true });
}

/** One invocation is in one stream: much less to read, once it is known in which. */
async function* linesOf(
  opened: Opened,
  invocation: string,
  since: number | undefined,
  { read, streamsOf }: Pick<LogsOptions, 'read' | 'streamsOf'>,
): AsyncGenerator<LogLine> {
  const { source } = opened;
  const from = since === undefined ? undefined : since - source.longestMs;
  const place = await placeOf(invocation, source, from, read);
  if (place) yield* lines(opened, place);
  else if (source.jobs && streamsOf) yield* linesOfJob(opened, invocation, streamsOf);
}

/** A job that could not even start says so without any record: all that it wrote is its own. */
async function* linesOfJob(
  opened: Opened,
  invocation: string,
  streamsOf: StreamsOf,
): AsyncGenerator<LogLine> {
  for (const stream of await streamsOf(opened.source.site, invocation)) {
    for await (const line of lines(opened, { stream })) yield { ...line, invocation };
  }
}

async function* newLines(all: readonly Opened[]): AsyncGenerator<LogLine> {
  const found = await mapBounded(all, CONCURRENCY, async (each) => {
    const collected: LogLine[] = [];
    for await (const line of lines(each, { from: each.reader.next() })) collected.push(line);
    return collected;
  });
  yield* found.flat().sort(byTime);
}

function byTime(a: LogLine, b: LogLine): number {
  if (a.time === b.time) return 0;
  return a.time < b.time ? -1 : 1;
}

async function* lines({ source, reader }: Opened, query: EventQuery): AsyncGenerator<LogLine> {
  for await (const entry of reader.lines(query)) {
    const line = lineOf(entry, source.step);
    if (line) yield line;
  }
}

/** Nothing for what only machines read. */
function lineOf({ event, invocation, stream, message }: Entry, step: string): LogLine | undefined {
  return stream && { time: new Date(event.time).toISOString(), step, invocation, stream, message };
}

async function* matching(
  found: AsyncIterable<LogLine>,
  { invocation, filter, since = '' }: LogQuery,
): AsyncGenerator<LogLine> {
  for await (const line of found) {
    if (invocation !== undefined && line.invocation !== invocation) continue;
    if (line.time >= since && (filter === undefined || line.message.includes(filter))) yield line;
  }
}

/** Milliseconds: lines that end an invocation come a moment after its last record. */
const AFTERWARDS = 1000;

/**
 * The stream and the time of an invocation, as a query for its lines; nothing where it is not in this group. `from` is in
 * milliseconds since 1970.
 */
async function placeOf(
  invocation: string,
  source: LogSource,
  from: number | undefined,
  read: ReadEvents,
): Promise<EventQuery | undefined> {
  const attribute = openAttribution();
  let place: { readonly stream: string; readonly from: number; readonly to: number } | undefined;
  let isEnded = false;
  for await (const event of read(source, { from, structured: true })) {
    const { invocation: id, record, failure } = attribute(event);
    if (id !== invocation) continue;
    place = { stream: event.stream, from: place?.from ?? event.time, to: event.time + AFTERWARDS };
    isEnded ||= record?.fdl === 'end' || failure !== undefined;
  }
  return place && !isEnded ? { stream: place.stream, from: place.from } : place;
}
