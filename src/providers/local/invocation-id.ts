/** Names of invocations. */
import { createHash } from 'node:crypto';
import { stepFileName } from './home.ts';

/** An object whose arrival triggers a step. */
export interface Trigger {
  readonly step: string;
  /** Namespace of the store. */
  readonly namespace: string;
  readonly bucket: string;
  readonly key: string;
  readonly etag: string;
}

/**
 * The id of an invocation: the same for the same object in the same state, so that whoever notices the object (a
 * command, a step that wrote it, somebody who watches the folder) means the same invocation.
 */
export function invocationId({ step, namespace, bucket, key, etag }: Trigger): string {
  const hash = createHash('sha1').update([step, namespace, bucket, key, etag].join('\0')).digest('hex');
  return `${stepFileName(step)}-${hash.slice(0, 12)}`;
}
