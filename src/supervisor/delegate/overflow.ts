/** What takes tasks that a function of AWS Lambda cannot cope with: AWS Batch. */

import { readEvent } from '../event.ts';
import type { Overflow } from '../task.ts';
import { partOf } from './event-parts.ts';
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
