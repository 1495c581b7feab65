/** Pieces of events, and looks into the tasks that come of them. */
import { expect } from 'vitest';
import type { Task } from '../../src/supervisor/task.ts';

export const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A record about a key of the bucket `bucket`. */
export function record(source: string, key: string, more: object = {}) {
  const s3 = {
    bucket: { name: 'bucket', arn: 'arn:aws:s3:::bucket' },
    object: { key, size: key.endsWith('/') ? 0 : 9, eTag: 'tag' },
  };
  return { eventSource: source, eventTime: '2026-01-02T03:04:05.678Z', s3, ...more };
}

/** The content that a task brings along, as text. */
export function contentOf(task: Task | undefined): string {
  if (task?.source.kind !== 'body') throw new Error('the task has no content');
  return Buffer.from(task.source.bytes).toString();
}

/** The task, which must be the only one. */
export function only(tasks: readonly Task[]): Task {
  expect(tasks).toHaveLength(1);
  return tasks[0] as Task;
}
