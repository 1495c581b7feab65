/** A store of folders with the bucket `data`, and a file to upload. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { localStorage } from '../../src/storage/local-folders.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** `put` writes objects; `source` is a file with the text `content`. */
export function store() {
  const root = temporaryFolder();
  mkdirSync(path.join(root, 'data'));
  const put = (key: string, content = key) => {
    const file = path.join(root, 'data', key);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  };
  const source = path.join(root, 'source');
  writeFileSync(source, 'content');
  return { root, put, source, storage: localStorage(root) };
}

/** The keys that a store lists. */
export async function keysOf(storage: Storage, prefix: string, bucket = 'data'): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of storage.list(bucket, prefix)) keys.push(key);
  return keys;
}
