/** Moves many files between folders and stores, several at a time. */
import { type RetryOptions, withRetry } from '../retry.ts';
import type { Metadata, ObjectInfo, Storage } from './storage.ts';

/** One file to move. */
export type Transfer =
  | {
      readonly kind: 'upload';
      readonly storage: Storage;
      readonly file: string;
      readonly bucket: string;
      readonly key: string;
      /** The file is not needed afterwards. */
      readonly consume?: boolean;
      /** Is kept with the object, where the store can do that. */
      readonly metadata?: Metadata;
    }
  | {
      readonly kind: 'download';
      readonly storage: Storage;
      readonly bucket: string;
      readonly key: string;
      readonly file: string;
    };

/** What became of a file. */
export type TransferResult<T extends Transfer = Transfer> =
  | { readonly status: 'done'; readonly transfer: T; readonly object: ObjectInfo }
  | { readonly status: 'failed'; readonly transfer: T; readonly error: unknown }
  | { readonly status: 'cancelled'; readonly transfer: T };

/** How far all transfers together are. */
export interface TransferProgress {
  readonly files: number;
  /** Files that are settled, in whatever way. */
  readonly settled: number;
  readonly failed: number;
  /** Bytes moved; falls back where a file starts over. */
  readonly bytes: number;
}

export interface TransferAllOptions extends RetryOptions {
  /** How many files at a time; 16 by default. */
  readonly concurrency?: number | undefined;
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
}

const CONCURRENCY = 16;

/**
 * Moves all files and answers what became of each, in the order given; never rejects. Failures of the moment are
 * tried again; one file's failure does not stop the others. When the signal fires, files that are not done are
 * `cancelled`.
 */
export async function transferAll<T extends Transfer>(
  transfers: readonly T[],
  options: TransferAllOptions = {},
): Promise<readonly TransferResult<T>[]> {
  const results: TransferResult<T>[] = [];
  const queue = transfers.entries();
  const count = counter(transfers.length, options.onProgress);
  const work = async () => {
    for (const [index, transfer] of queue) {
      const result = await settle(transfer, options, count.bytes);
      results[index] = result;
      count.settled(result.status === 'failed');
    }
  };
  const workers = Math.min(options.concurrency ?? CONCURRENCY, transfers.length);
  await Promise.all(Array.from({ length: workers }, work));
  return results;
}

/** Sums up what transfers tell, and passes it on. */
export function counter(files: number, onProgress: ((progress: TransferProgress) => void) | undefined) {
  let progress: TransferProgress = { files, settled: 0, failed: 0, bytes: 0 };
  const advance = (change: Partial<TransferProgress>) => {
    progress = { ...progress, ...change };
    onProgress?.(progress);
  };
  return {
    bytes: (bytes: number) => advance({ bytes: progress.bytes + bytes }),
    settled: (failed: boolean) =>
      advance({ settled: progress.settled + 1, failed: progress.failed + (failed ? 1 : 0) }),
  };
}

async function settle<T extends Transfer>(
  transfer: T,
  options: TransferAllOptions,
  onBytes: (bytes: number) => void,
): Promise<TransferResult<T>> {
  if (options.signal?.aborted) return { status: 'cancelled', transfer };
  try {
    return {
      status: 'done',
      transfer,
      object: await withRetry(() => move(transfer, options, onBytes), options),
    };
  } catch (error) {
    return options.signal?.aborted
      ? { status: 'cancelled', transfer }
      : { status: 'failed', transfer, error };
  }
}

/** One attempt; what it moved in vain is taken back from the count. */
async function move(
  transfer: Transfer,
  { signal }: TransferAllOptions,
  onBytes: (bytes: number) => void,
): Promise<ObjectInfo> {
  let moved = 0;
  const options = {
    signal,
    onBytes: (bytes: number) => {
      moved += bytes;
      onBytes(bytes);
    },
  };
  const { storage, bucket, key, file } = transfer;
  try {
    if (transfer.kind === 'download') return await storage.download(bucket, key, file, options);
    const { consume, metadata } = transfer;
    return await storage.upload(file, bucket, key, { ...options, consume, metadata });
  } catch (error) {
    if (moved !== 0) onBytes(-moved);
    throw error;
  }
}
