import { describe, expect, it } from 'vitest';
import { StorageError } from '../../src/storage/error.ts';
import type { ObjectInfo, Storage, TransferOptions } from '../../src/storage/storage.ts';
import { type TransferProgress, transferAll } from '../../src/storage/transfer.ts';

type Upload = (key: string, options: TransferOptions) => Promise<void>;

/** A store whose uploads do what the test says. */
function storeOf(upload: Upload): Storage {
  return {
    upload: async (
      _file: string,
      _bucket: string,
      key: string,
      options: TransferOptions = {},
    ): Promise<ObjectInfo> => {
      await upload(key, options);
      return { key, size: 1, modified: new Date(0), etag: key };
    },
  } as Storage;
}

function uploads(storage: Storage, keys: readonly string[]) {
  return keys.map((key) => ({ kind: 'upload' as const, storage, file: `/${key}`, bucket: 'b', key }));
}

const momentary = () => new StorageError('storage-failed', 'busy', { retryable: true });
const noDelay = { delay: async () => {} };

describe('transferAll', () => {
  it('answers in the order given, whichever ends first', async () => {
    const release = new Map<string, () => void>();
    const storage = storeOf((key) => new Promise((resolve) => release.set(key, resolve)));
    const all = transferAll(uploads(storage, ['a', 'b', 'c']));
    for (const key of ['c', 'a', 'b']) release.get(key)?.();
    expect((await all).map(({ transfer }) => transfer.key)).toEqual(['a', 'b', 'c']);
  });

  it('moves as many at a time as it may, and no more', async () => {
    const waiting: (() => void)[] = [];
    let most = 0;
    const storage = storeOf(
      () =>
        new Promise((resolve) => {
          waiting.push(resolve);
          most = Math.max(most, waiting.length);
        }),
    );
    const all = transferAll(uploads(storage, ['a', 'b', 'c', 'd', 'e']), { concurrency: 2 });
    let settled = false;
    const done = all.then(() => {
      settled = true;
    });
    while (!settled) {
      waiting.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await done;
    expect(most).toBe(2);
  });

  it('tries again what failed for the moment, with growing pauses, and counts bytes once', async () => {
    const pauses: number[] = [];
    let tries = 0;
    const storage = storeOf(async (_key, { onBytes }) => {
      tries += 1;
      onBytes?.(10);
      if (tries < 4) throw momentary();
    });
    const progress: TransferProgress[] = [];
    const results = await transferAll(uploads(storage, ['a']), {
      delay: async (ms) => pauses.push(ms),
      onProgress: (now) => progress.push(now),
    });
    expect(results).toMatchObject([{ status: 'done', object: { key: 'a' } }]);
    expect(pauses).toHaveLength(3);
    pauses.forEach((ms, index) => {
      expect(ms).toBeLessThanOrEqual(250 * 2 ** index);
    });
    expect(progress.at(-1)).toEqual({ files: 1, settled: 1, failed: 0, bytes: 10 });
    expect(Math.max(...progress.map(({ bytes }) => bytes))).toBe(10);
  });

  it('gives up after some attempts', async () => {
    let tries = 0;
    const storage = storeOf(async () => {
      tries += 1;
      throw momentary();
    });
    const results = await transferAll(uploads(storage, ['a']), { ...noDelay, attempts: 3 });
    expect(tries).toBe(3);
    expect(results).toMatchObject([{ status: 'failed', error: { code: 'storage-failed' } }]);
  });

  it('does not repeat what will fail again, nor lose the others for it', async () => {
    const tried: string[] = [];
    const storage = storeOf(async (key) => {
      tried.push(key);
      if (key === 'b') throw new StorageError('storage-denied', 'no');
    });
    const results = await transferAll(uploads(storage, ['a', 'b', 'c']), { ...noDelay, concurrency: 1 });
    expect(results.map(({ status }) => status)).toEqual(['done', 'failed', 'done']);
    expect(tried).toEqual(['a', 'b', 'c']);
  });

  it('starts nothing more once it is cancelled, and keeps what is done', async () => {
    const controller = new AbortController();
    const tried: string[] = [];
    const storage = storeOf(async (key, { signal }) => {
      tried.push(key);
      if (key === 'b') controller.abort(new Error('stop'));
      signal?.throwIfAborted();
    });
    const { signal } = controller;
    const results = await transferAll(uploads(storage, ['a', 'b', 'c']), { signal, concurrency: 1 });
    expect(results.map(({ status }) => status)).toEqual(['done', 'cancelled', 'cancelled']);
    expect(tried).toEqual(['a', 'b']);
  });

  it('does not wait out a pause once it is cancelled', async () => {
    const controller = new AbortController();
    const storage = storeOf(async () => {
      queueMicrotask(() => controller.abort());
      throw momentary();
    });
    const results = await transferAll(uploads(storage, ['a']), { signal: controller.signal, attempts: 1000 });
    expect(results).toMatchObject([{ status: 'cancelled' }]);
  });

  it('answers at once when there is nothing to do', async () => {
    expect(await transferAll([])).toEqual([]);
  });
});
