/** Orders for jobs, for tests. */

import { eventParts } from '../../../src/supervisor/delegate/event-parts.ts';
import type { JobOrder } from '../../../src/supervisor/delegate/job.ts';

export const TARGET = {
  jobQueue: 'arn:aws:batch:eu-west-1:123456789012:job-queue/q',
  jobDefinition: 'd:7',
  bucket: 'deployment',
};

/** An event of S3 about these keys, each in its first state. */
export function s3Event(...keys: readonly string[]) {
  const Records = keys.map((key) => ({
    eventSource: 'aws:s3',
    eventTime: '2026-01-01T00:00:00Z',
    s3: { bucket: { name: 'in' }, object: { key, size: key.endsWith('/') ? 0 : 3, sequencer: '01' } },
  }));
  return { Records };
}

/** The order that the first part of an event makes. */
export function orderOf(event: unknown, changes: Partial<JobOrder> = {}): JobOrder {
  const [part] = eventParts(event);
  if (!part) throw new Error('the event has no part');
  const common = { workflow: 'w', step: 'convert', target: TARGET, requestId: 'r-1', delegatedBy: 'f/r-1' };
  return { ...common, ...part, ...changes };
}
