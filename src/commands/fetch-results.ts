import { FdlError, messageOf } from '../errors.ts';
import { placeFiles } from '../storage/key-files.ts';
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

/** An object that could not be fetched, and why. */
export interface NotFetched {
  readonly uri: string;
  /** Bytes. */
  readonly size: number;
  readonly reason: string;
  /** What to change, as a sentence. */
  readonly hint?: string | undefined;
}

export interface Fetched {
  readonly fetched: readonly FetchedObject[];
  readonly notFetched: readonly NotFetched[];
}

/**
 * Downloads results to `<dir>/<step>/<path below the output's prefix>`. One that fails, or whose key is no path below
 * the folder, does not keep the others back.
 */
export async function fetchResults(
  objects: readonly ResultObject[],
  dir: string,
  storage: (store: string) => Storage,
  options: Pick<TransferAllOptions, 'signal' | 'onProgress'>,
): Promise<Fetched> {
  const { placed, refused } = placeFiles(dir, objects);
  const transfers = placed.map(({ object, file }) => {
    const { store, bucket, key } = object;
    return { kind: 'download' as const, storage: storage(store), bucket, key, file, object };
  });
  const results = await transferAll(transfers, { concurrency: 8, ...options });
  const fetched = results.flatMap((result) => {
    if (result.status !== 'done') return [];
    const { object, file } = result.transfer;
    return [{ uri: object.uri, path: file, size: result.object.size }];
  });
  const failed = results.flatMap((result) => {
    if (result.status !== 'failed') return [];
    const { transfer, error } = result;
    return [
      notFetched(transfer.object, messageOf(error), error instanceof FdlError ? error.hint : undefined),
    ];
  });
  const unfit = refused.map(({ object, reason, hint }) => notFetched(object, reason, hint));
  return { fetched, notFetched: [...unfit, ...failed] };
}

function notFetched({ uri, size }: ResultObject, reason: string, hint: string | undefined): NotFetched {
  return { uri, size, reason, ...(hint !== undefined && { hint }) };
}
