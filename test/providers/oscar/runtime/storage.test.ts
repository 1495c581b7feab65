import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Storage } from '../../../../src/storage/storage.ts';
import type { Store } from '../../../../src/storage/store.ts';
import { get, put } from '../../../standins/oscar/lab.ts';
import { all } from '../clients.ts';
import { openShop, type Shop } from './shop.ts';

function storageOf({ runtime, workflow }: Shop, change: Partial<Store> = {}): Storage {
  const [store] = workflow.stores;
  return runtime.storage(workflow, { ...(store as Store), ...change });
}

function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'fdl-oscar-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Nobody listens on this port. */
const NOBODY = { endpoint: 'http://127.0.0.1:1' };

describe.each([
  ['by its own address', {}],
  ['by URLs of the cluster, where that does not answer', NOBODY],
  ['by URLs of the cluster, where no keys are known', { credentials: {} }],
])('the MinIO of a cluster, %s', (_how, change) => {
  it('takes files, lists them and gives them back', async () => {
    const shop = await openShop({ settings: { pageSize: 2 } });
    const storage = storageOf(shop, change);
    const dir = folder();
    const file = path.join(dir, 'in.txt');
    writeFileSync(file, 'hello');
    let moved = 0;
    const onBytes = (bytes: number) => {
      moved += bytes;
    };
    const key = 'in/sub dir/ä+b.txt';
    expect(await storage.upload(file, 'upper', key, { onBytes })).toMatchObject({ key, size: 5 });
    await shop.oscar.settled();
    expect(await get(shop.oscar.minio, 'upper', 'out/ä+b.txt')).toBe('HELLO');
    for (const name of ['a', 'b', 'c']) await put(shop.oscar.minio, 'upper', `more/${name}`, name);
    const keys = (await all(storage.list('upper', 'more/'))).map((object) => object.key);
    expect(keys).toEqual(['more/a', 'more/b', 'more/c']);
    expect(await storage.stat('upper', 'more/b')).toMatchObject({ key: 'more/b', size: 1 });
    expect(await storage.stat('upper', 'more/')).toBeUndefined();
    const target = path.join(dir, 'deep/out.txt');
    expect(await storage.download('upper', 'out/ä+b.txt', target, { onBytes })).toMatchObject({ size: 5 });
    expect([readFileSync(target, 'utf8'), moved]).toEqual(['HELLO', 10]);
    expect(await text(await storage.read('upper', 'more/c'))).toBe('c');
  });

  it('says what is not there', async () => {
    const storage = storageOf(await openShop(), change);
    const target = path.join(folder(), 'x');
    await expect(storage.download('upper', 'none', target)).rejects.toMatchObject({
      code: 'object-not-found',
    });
    await expect(storage.download('none', 'x', target)).rejects.toMatchObject({ code: 'bucket-not-found' });
    await expect(all(storage.list('none', ''))).rejects.toMatchObject({ code: 'bucket-not-found' });
  });
});

it('outlasts a restart of MinIO, of which the cluster tells', async () => {
  const body = "Error validating bucket 'upper': dial tcp 127.0.0.1:9000: connect: connection refused";
  const shop = await openShop({
    trouble: ({ path: asked, count }) =>
      asked.endsWith('/presign') && count === 1 ? { status: 500, body } : undefined,
  });
  const file = path.join(folder(), 'in.txt');
  writeFileSync(file, 'hello');
  await storageOf(shop, NOBODY).upload(file, 'upper', 'more/x');
  expect(await get(shop.oscar.minio, 'upper', 'more/x')).toBe('hello');
});

it('names the setting of a cluster whose URLs lead nowhere from here', async () => {
  const url = { method: 'GET', url: `${NOBODY.endpoint}/upper/in/x`, object_key: 'in/x' };
  const shop = await openShop({
    trouble: ({ path: asked }) =>
      asked.endsWith('/presign') ? { status: 200, body: JSON.stringify(url) } : undefined,
  });
  await expect(storageOf(shop, NOBODY).read('upper', 'in/x')).rejects.toMatchObject({
    code: 'storage-failed',
    message: expect.stringContaining(`the MinIO of cluster lab at ${NOBODY.endpoint} cannot be reached`),
    hint: expect.stringContaining('MINIO_ENDPOINT'),
  });
});
