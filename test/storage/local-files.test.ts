import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { partBeside } from '../../src/storage/part-file.ts';
import { keysOf, store } from './local-store.ts';

describe('list', () => {
  it('gives keys in the order of their bytes, as S3 does', async () => {
    const { put, storage } = store();
    const keys = ['a-b', 'a.b', 'a/b', 'a/c/d', 'a0', 'b', 'Z', 'é', '\u{1F600}', '\uFF5E'];
    for (const key of keys) put(key);
    const ordered = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(await keysOf(storage, '')).toEqual(ordered);
  });

  it.each([
    ['', ['in/a.txt', 'in/ab/c', 'in/b', 'ink']],
    ['in', ['in/a.txt', 'in/ab/c', 'in/b', 'ink']],
    ['in/', ['in/a.txt', 'in/ab/c', 'in/b']],
    ['in/a', ['in/a.txt', 'in/ab/c']],
    ['in/ab/', ['in/ab/c']],
    ['in/a.txt/', []],
    ['nothing/here', []],
  ])('finds what starts with %j', async (prefix, expected) => {
    const { put, storage } = store();
    for (const key of ['in/a.txt', 'in/ab/c', 'in/b', 'ink']) put(key);
    expect(await keysOf(storage, prefix)).toEqual(expected);
  });

  it('leaves out empty folders and what is being written', async () => {
    const { root, put, storage } = store();
    put('a');
    mkdirSync(path.join(root, 'data/empty'));
    writeFileSync(partBeside(path.join(root, 'data/a')), 'half');
    expect(await keysOf(storage, '')).toEqual(['a']);
  });

  it('follows links, but not in circles, and passes over what points nowhere', async () => {
    const { root, put, storage } = store();
    put('real/file');
    mkdirSync(path.join(root, 'elsewhere'));
    writeFileSync(path.join(root, 'elsewhere/far'), 'x');
    symlinkSync(path.join(root, 'elsewhere'), path.join(root, 'data/linked'));
    symlinkSync(path.join(root, 'elsewhere'), path.join(root, 'elsewhere/again'));
    symlinkSync('..', path.join(root, 'data/real/up'));
    symlinkSync('nothing', path.join(root, 'data/broken'));
    symlinkSync('real/file', path.join(root, 'data/alias'));
    expect(await keysOf(storage, '')).toEqual(['alias', 'linked/far', 'real/file']);
  });

  it('wants the bucket to exist', async () => {
    await expect(keysOf(store().storage, '', 'other')).rejects.toMatchObject({ code: 'bucket-not-found' });
  });

  it('refuses a prefix that leaves the bucket', async () => {
    await expect(keysOf(store().storage, '../')).rejects.toMatchObject({ code: 'key-invalid' });
  });
});
