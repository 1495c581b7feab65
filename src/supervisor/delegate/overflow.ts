/** What takes tasks that a function of AWS Lambda cannot cope with: AWS Batch. */
import { asObject, asText, type JsonObject, parseJson } from '../../json.ts';
import { type ReadOptions, readEvent } from '../event.ts';
import { isHttpRequest } from '../event-http.ts';
import type { Overflow, Task } from '../task.ts';
import type { JobOrder } from './job.ts';

interface OverflowOptions {
  /** The whole event that the function got. */
  readonly event: unknown;
  readonly order: Omit<JobOrder, 'task' | 'event'>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** What it takes to call AWS is loaded with the first task: most functions never need it. */
export function batchOverflow({ event, order, env, clock }: OverflowOptions): Overflow {
  return async (task, signal) => {
    const { delegate } = await import('./delegate.ts');
    const { awsSender } = await import('../aws/send.ts');
    const { environmentKeys } = await import('../aws/credentials.ts');
    const part = partOf(event, task, readEvent(event).length);
    const send = awsSender({ env, keys: environmentKeys(env), region: regionOf(order.target.jobQueue) });
    return (await delegate({ ...order, task, event: part }, { send, clock, signal })).id;
  };
}

/** The region of a queue, if it is named by its ARN: `arn:aws:batch:REGION:ACCOUNT:job-queue/NAME`. */
export function regionOf(queue: string): string | undefined {
  return /^arn:[^:]*:batch:([^:]+):/.exec(queue)?.[1];
}

// Takes an event apart: one event for each input, as it would have come alone.

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
