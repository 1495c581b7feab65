import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { moveAll } from '../../../src/session/files/move.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { temporaryFolder } from '../../storage/temporary-folder.ts';

it('a file that is written over while it is read is no upload, one that grows is', async () => {
  const folder = temporaryFolder();
  const upload = async (file: string) => {
    const grows = file.endsWith('grows');
    writeFileSync(file, grows ? 'and more' : 'other');
    utimesSync(file, 2, 2);
    return { key: file, size: readFileSync(file).length, modified: new Date() };
  };
  const storage = { upload, stat: async () => undefined } as unknown as Storage;
  const jobs = ['changes', 'grows'].map((name) => {
    const file = path.join(folder, name);
    writeFileSync(file, 'first');
    utimesSync(file, 1, 1);
    const at = { id: 's3.default', storage, bucket: 'b', key: name };
    return {
      source: { uri: file, file, size: 5, modified: new Date(1000) },
      target: { uri: `s3://b/${name}`, at },
    };
  });
  const context = { emit: async () => {}, signal: new AbortController().signal };
  const moved = await moveAll(jobs, {}, context);
  expect(moved.map(({ status, reason }) => [status, reason])).toEqual([
    ['failed', 'it was written to while it was read'],
    ['done', undefined],
  ]);
});
