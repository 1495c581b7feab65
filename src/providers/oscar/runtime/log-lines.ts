/** The lines of a job's log, each with its time. */
import { wholeLines } from '../../../lines.ts';

export interface TimedLine {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly text: string;
}

/** Kubernetes puts the time in front of each line, in RFC 3339 with nanoseconds. */
const TIMED = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?(.*)$/s;

/** Cuts a log into lines. A line without a time has that of the line before, or `start`. */
export async function* timedLines(chunks: AsyncIterable<Uint8Array>, start = ''): AsyncGenerator<TimedLine> {
  let time = start;
  for await (const { text } of wholeLines(terminated(chunks))) {
    const [, stamp, rest] = TIMED.exec(text) ?? [];
    if (stamp !== undefined) time = isoTime(stamp) ?? time;
    yield { time, text: (rest ?? text).replace(/\r$/, '') };
  }
}

/** With a line feed at the end, if there is anything. */
async function* terminated(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let last: Buffer | undefined;
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue;
    last = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    yield last;
  }
  if (last && last.at(-1) !== 10) yield Buffer.from('\n');
}

/** A time in the form that sorts as time does; nothing for what is no time. */
export function isoTime(text: string | undefined): string | undefined {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
