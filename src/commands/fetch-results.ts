import { join } from 'node:path';
import type { Storage } from '../storage/storage.ts';
import { type TransferAllOptions, transferAll } from '../storage/transfer.ts';
import type { ResultObject } from '../workflow/results.ts';

/** An object that came out, and the file it was fetched to. */
export interface FetchedObject {
  readonly uri: string;
  /** Absent when it was not fetched. */
  readonly path?: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Downloads results to `<dir>/<step>/<path below the output's prefix>`.
 * @throws StorageError of the first that could not be fetched, after all were tried
 */
export async function fetchResults(
  objects: readonly ResultObject[],
  dir: string,
  storage: (store: string) => Storage,
  options: Pick<TransferAllOptions, 'signal' | 'onProgress'>,
): Promise<readonly FetchedObject[]> {
  const transfers = objects.map(({ store, bucket, key, path, uri }) => {
    return { kind: 'download' as const, storage: storage(store), bucket, key, file: join(dir, path), uri };
  });
  const results = await transferAll(transfers, { concurrency: 8, ...options });
  const failed = results.find((result) => result.status === 'failed');
  if (failed?.status === 'failed') throw failed.error;
  return results.flatMap((result) => {
    if (result.status !== 'done') return [];
    const { uri, file } = result.transfer;
    return [{ uri, path: file, size: result.object.size }];
  });
}
