import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openOnedata } from '../../../src/storage/onedata/index.ts';
import { keysOf } from '../local-store.ts';
import { type Respond, scripted } from '../s3/server.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const open = (endpoint: string) =>
  openOnedata({
    ...{ id: 'onedata.lab', kind: 'onedata', namespace: 'onedata.lab', endpoint, verifyTls: true },
    credentials: { space: 'lab', token: 'the-token' },
  });

const json =
  (value: object, status = 200): Respond =>
  (response) => {
    response.writeHead(status).end(JSON.stringify(value));
  };

const FILE = {
  objectType: 'application/cdmi-object',
  metadata: { cdmi_size: '5', cdmi_mtime: '2026-11-29T10:00:00Z' },
};

it('reads long lists in pages, as a Oneprovider tells no more than 1000 names at once', async () => {
  const names = Array.from({ length: 2001 }, (_, index) => `f${String(index).padStart(4, '0')}`);
  const server = await scripted((response, { url }) => {
    const [, from, to] = /children:(\d+)-(\d+)/.exec(url) ?? [];
    if (from !== undefined)
      json({ children: names.slice(Number(from), Number(to) + 1) })(response, {} as never);
    else json(url.endsWith('childrenrange') ? { childrenrange: '0-2000' } : FILE)(response, {} as never);
  });
  expect(await keysOf(open(server.url), '')).toEqual(names);
  const pages = server.asked.flatMap(({ url }) => /children:.*/.exec(url) ?? []);
  expect(pages).toEqual(['children:0-999', 'children:1000-1999', 'children:2000-2000']);
});

it.each(['..', '../x', 'a/b', 'a//', ''])('takes no list with the name %j', async (name) => {
  const { url } = await scripted(json({ childrenrange: '0-0' }), json({ children: [name] }));
  await expect(keysOf(open(url), '')).rejects.toThrow('its list names what is not below the folder');
});

it('says that a token may not, which has the same status as all errors of the file system', async () => {
  const description = 'Operation failed with POSIX error: eacces.';
  const { url } = await scripted(json({ error: { id: 'posix', description } }, 400));
  const file = path.join(temporaryFolder(), 'file');
  writeFileSync(file, 'hello');
  await expect(open(url).upload(file, 'data', 'x')).rejects.toMatchObject({
    code: 'storage-denied',
    message: expect.stringContaining('POSIX error: eacces'),
  });
});

it('removes no folder, whose content would go with it', async () => {
  const server = await scripted((response) => void response.writeHead(302, { location: 'https://x/' }).end());
  await open(server.url).remove('data', 'folder');
  expect(server.asked.map(({ method }) => method)).toEqual(['GET']);
});
