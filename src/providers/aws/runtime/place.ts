/** Where in a log group an invocation is. */
import { openAttribution } from './attribution.ts';
import type { EventQuery, ReadEvents } from './events.ts';
import type { LogSource } from './sources.ts';

/** Milliseconds: lines that end an invocation come a moment after its last record. */
const AFTERWARDS = 1000;

/**
 * The stream and the time of an invocation, as a query for its lines; nothing where it is not in this group. `from` is in
 * milliseconds since 1970.
 */
export async function placeOf(
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
