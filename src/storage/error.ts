/** What goes wrong with object stores, and whether trying again may help. */
import { FdlError, type FdlErrorOptions } from '../errors.ts';

type StorageErrorCode =
  | 'bucket-not-found'
  | 'object-not-found'
  | 'storage-denied'
  | 'key-invalid'
  | 'storage-failed';

interface StorageErrorOptions extends FdlErrorOptions {
  /** The failure is of the moment (network, throttling, an overloaded server): the same call may work later. */
  readonly retryable?: boolean;
  /** Milliseconds that the server asked to wait. */
  readonly retryAfterMs?: number | undefined;
}

/** An error of a store. */
export class StorageError extends FdlError {
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: StorageErrorCode, message: string, options: StorageErrorOptions = {}) {
    super(code, message, options);
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The bucket is not there. */
export function bucketNotFound(bucket: string, cause?: unknown): StorageError {
  const hint = 'Create the bucket, or deploy the workflow, which makes its buckets.';
  return new StorageError('bucket-not-found', `there is no bucket "${bucket}"`, { hint, cause });
}

/** The object is not there. */
export function objectNotFound(bucket: string, key: string, cause?: unknown): StorageError {
  const hint = 'Check the spelling of the key; upper and lower case differ.';
  return new StorageError('object-not-found', `there is no "${key}" in bucket "${bucket}"`, { hint, cause });
}
