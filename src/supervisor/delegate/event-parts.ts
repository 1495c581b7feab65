/** Takes an event apart: one event for each input, as it would have come alone. */

import { asObject, asText, type JsonObject, parseJson } from '../../json.ts';
import { type ReadOptions, readEvent } from '../event.ts';
import { isHttpRequest } from '../event-http.ts';
import type { Task } from '../task.ts';

export interface EventPart {
  readonly task: Task;
  /** An event of which this task comes. */
  readonly event: string;
}

/**
 * The parts of an event.
 * @throws FdlError as `readEvent` does
 */
export function eventParts(event: unknown, options: ReadOptions = {}): readonly EventPart[] {
  const tasks = readEvent(event, options);
  return tasks.map((task) => ({ task, event: partOf(event, task, tasks.length) }));
}

/** The event for one of so many tasks. Where it is the only one, that is the event itself. */
export function partOf(event: unknown, task: Task, tasks: number): string {
  const text = typeof event === 'string' ? event : JSON.stringify(event ?? null);
  const whole = tasks > 1 ? asObject(parseJson(text)?.value) : undefined;
  if (!whole) return text;
  if (isHttpRequest(whole)) return JSON.stringify({ ...whole, body: task.event, isBase64Encoded: false });
  return isWrapped(whole) ? JSON.stringify({ ...whole, event: task.event }) : task.event;
}

/** Whether another cluster passed the event on: its records are in `event`. */
function isWrapped(event: JsonObject): boolean {
  const inner = event['event'];
  return !Array.isArray(event['Records']) && (asText(inner) !== undefined || asObject(inner) !== undefined);
}
