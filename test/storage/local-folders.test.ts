import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { localStorage } from '../../src/storage/local-folders.ts';
import { keysOf, store } from './local-store.ts';

describe('upload', () => {
  it('copies the file below the bucket and makes the folders above it', async () => {
    const { root, source, storage } = store();
    const info = await storage.upload(source, 'data', 'a/b/c.txt');
    expect(readFileSync(path.join(root, 'data/a/b/c.txt'), 'utf8')).toBe('content');
    expect(info).toMatchObject({ key: 'a/b/c.txt', size: 7 });
    expect(info).toEqual(await storage.stat('data', 'a/b/c.txt'));
    expect(existsSync(source)).toBe(true);
  });

  it('takes the file by rename when it is not needed afterwards', async () => {
    const { root, source, storage } = store();
    const { ino } = statSync(source);
    const info = await storage.upload(source, 'data', 'new/taken', { consume: true });
    expect(existsSync(source)).toBe(false);
    expect(statSync(path.join(root, 'data/new/taken')).ino).toBe(ino);
    expect(info.size).toBe(7);
  });

  it.skipIf(!existsSync('/dev/shm'))('copies it where another file system holds the store', async () => {
    const { source } = store();
    const root = mkdtempSync('/dev/shm/fdl-test-');
    onTestFinished(() => rmSync(root, { recursive: true }));
    mkdirSync(path.join(root, 'data'));
    await localStorage(root).upload(source, 'data', 'a/b', { consume: true });
    expect(readFileSync(path.join(root, 'data/a/b'), 'utf8')).toBe('content');
    expect(readdirSync(path.join(root, 'data/a'))).toEqual(['b']);
  });

  it.each([1, 200 * 1024, 9 * 1024 * 1024])(
    'copies %d bytes, counts them, leaves nothing else',
    async (size) => {
      const { root, source, storage } = store();
      writeFileSync(source, Buffer.alloc(size, 7));
      chmodSync(source, 0o600);
      const counts: number[] = [];
      await storage.upload(source, 'data', 'copy', { onBytes: (bytes) => counts.push(bytes) });
      expect(readFileSync(path.join(root, 'data/copy')).equals(Buffer.alloc(size, 7))).toBe(true);
      expect(counts.reduce((sum, bytes) => sum + bytes)).toBe(size);
      expect(statSync(path.join(root, 'data/copy')).mode & 0o444).toBe(0o444);
      expect(readdirSync(path.join(root, 'data'))).toEqual(['copy']);
    },
  );

  it('replaces an object, whose tag changes', async () => {
    const { source, storage } = store();
    const before = await storage.upload(source, 'data', 'key');
    writeFileSync(source, 'longer content');
    const after = await storage.upload(source, 'data', 'key');
    expect(after.etag).not.toBe(before.etag);
    expect(await text(await storage.read('data', 'key'))).toBe('longer content');
  });

  it('wants the bucket to exist', async () => {
    const { root, source, storage } = store();
    await expect(storage.upload(source, 'other', 'a/b')).rejects.toMatchObject({
      code: 'bucket-not-found',
      message: 'there is no bucket "other"',
    });
    expect(readdirSync(root)).toEqual(['data', 'source']);
  });

  it('wants a file', async () => {
    const { root, storage } = store();
    await expect(storage.upload(path.join(root, 'nothing'), 'data', 'key')).rejects.toMatchObject({
      code: 'storage-failed',
      message: expect.stringContaining('nothing'),
    });
    await expect(storage.upload(root, 'data', 'key')).rejects.toMatchObject({ code: 'storage-failed' });
  });

  it('says that a key cannot be object and folder at once', async () => {
    const { root, put, source, storage } = store();
    put('a');
    put('folder/b');
    for (const key of ['a/b', 'a/b/c', 'folder']) {
      await expect(storage.upload(source, 'data', key)).rejects.toMatchObject({
        code: 'storage-failed',
        message: expect.stringContaining(`"${key}"`),
        hint: expect.stringContaining('cannot hold an object'),
      });
    }
    expect(readdirSync(path.join(root, 'data'))).toEqual(['a', 'folder']);
  });

  it('does nothing when it is already cancelled', async () => {
    const { source, storage } = store();
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(storage.upload(source, 'data', 'key', { signal })).rejects.toThrow('stop');
    expect(await storage.stat('data', 'key')).toBeUndefined();
  });

  it('stops amid a large file: nothing is left of it, and no byte counts', async () => {
    const { root, source, storage } = store();
    writeFileSync(source, Buffer.alloc(9 * 1024 * 1024));
    const stop = new AbortController();
    let counted = 0;
    const onBytes = (bytes: number) => {
      counted += bytes;
      stop.abort(new Error('stop'));
    };
    const copied = storage.upload(source, 'data', 'key', { signal: stop.signal, onBytes });
    await expect(copied).rejects.toThrow('stop');
    expect(readdirSync(path.join(root, 'data'))).toEqual([]);
    expect(counted).toBe(0);
  });

  it('lets signals be heard between small files', async () => {
    const { source, storage } = store();
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('stop')), 1);
    const end = performance.now() + 4000;
    const all = async () => {
      while (performance.now() < end) await storage.upload(source, 'data', 'key', { signal: stop.signal });
    };
    await expect(all()).rejects.toThrow('stop');
  });
});

describe('keys', () => {
  it.each([
    '../x',
    'a/../../x',
    '..',
    '.',
    'a/./b',
    '/etc/passwd',
    'a//b',
    'a/',
    '',
    'a\0b',
    'x/.fdl-part-1',
  ])('%j is refused everywhere', async (key) => {
    const { root, source, storage } = store();
    const invalid = { code: 'key-invalid', message: expect.stringContaining(JSON.stringify(key)) };
    await expect(storage.stat('data', key)).rejects.toMatchObject(invalid);
    expect(() => storage.download('data', key, path.join(root, 'out'))).toThrow(
      expect.objectContaining(invalid),
    );
    expect(() => storage.upload(source, 'data', key)).toThrow(expect.objectContaining(invalid));
    await expect(storage.read('data', key)).rejects.toMatchObject(invalid);
    await expect(storage.remove('data', key)).rejects.toMatchObject(invalid);
  });

  it.each(['..', '.', '', 'a/b', '/'])('%j is no bucket', async (bucket) => {
    const { storage } = store();
    await expect(storage.stat(bucket, 'key')).rejects.toMatchObject({ code: 'key-invalid' });
    await expect(keysOf(storage, '', bucket)).rejects.toMatchObject({ code: 'key-invalid' });
  });

  it.each(['..a/b..', '...', 'ü/ñ 😀', 'a b', '-x', '.hidden/file'])('%j works', async (key) => {
    const { source, storage } = store();
    await storage.upload(source, 'data', key);
    expect(await keysOf(storage, '')).toEqual([key]);
  });
});

describe('download', () => {
  it('copies the object and makes the folders above the file', async () => {
    const { root, put, storage } = store();
    put('a', 'hello');
    const info = await storage.download('data', 'a', path.join(root, 'x/y/z'));
    expect(readFileSync(path.join(root, 'x/y/z'), 'utf8')).toBe('hello');
    expect(info).toEqual(await storage.stat('data', 'a'));
    expect(readdirSync(path.join(root, 'x/y'))).toEqual(['z']);
  });

  it('says what is missing, and does not touch the file then', async () => {
    const { root, put, storage } = store();
    put('folder/a');
    const target = path.join(root, 'target');
    const missing = (bucket: string, key: string) => storage.download(bucket, key, target);
    await expect(missing('data', 'b')).rejects.toMatchObject({ code: 'object-not-found' });
    await expect(missing('data', 'folder')).rejects.toMatchObject({ code: 'object-not-found' });
    await expect(missing('data', 'folder/a/b')).rejects.toMatchObject({ code: 'object-not-found' });
    await expect(missing('other', 'b')).rejects.toMatchObject({ code: 'bucket-not-found' });
    expect(existsSync(target)).toBe(false);
  });

  it.skipIf(process.getuid?.() === 0)('says that something may not be read', async () => {
    const { root, put, storage } = store();
    put('secret');
    chmodSync(path.join(root, 'data/secret'), 0);
    const target = path.join(root, 'target');
    await expect(storage.download('data', 'secret', target)).rejects.toMatchObject({
      code: 'storage-denied',
    });
  });
});

describe('stat, read and remove', () => {
  it('stat gives nothing for what is no object', async () => {
    const { put, storage } = store();
    put('folder/a');
    for (const key of ['folder', 'b', 'folder/a/b']) expect(await storage.stat('data', key)).toBeUndefined();
    expect(await storage.stat('other', 'a')).toBeUndefined();
  });

  it('read streams the content, or says at once that there is none', async () => {
    const { put, storage } = store();
    put('a', 'hello');
    expect(await text(await storage.read('data', 'a'))).toBe('hello');
    await expect(storage.read('data', 'b')).rejects.toMatchObject({ code: 'object-not-found' });
  });

  it('remove takes empty folders along, so that their name is free', async () => {
    const { root, put, source, storage } = store();
    put('a/b/c');
    put('a/d');
    await storage.remove('data', 'a/b/c');
    expect(readdirSync(path.join(root, 'data/a'))).toEqual(['d']);
    await storage.remove('data', 'a/d');
    await storage.upload(source, 'data', 'a');
    expect(await keysOf(storage, '')).toEqual(['a']);
  });

  it('remove takes the absent for done and leaves folders alone', async () => {
    const { put, storage } = store();
    put('a/b');
    for (const key of ['x', 'a', 'a/b/c']) await storage.remove('data', key);
    await storage.remove('other', 'x');
    expect(await keysOf(storage, '')).toEqual(['a/b']);
  });
});
