import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { type WebdavOptions, webdavStorage } from '../../../src/storage/webdav/index.ts';
import { CERTIFICATE, KEY } from '../certificate.ts';
import { keysOf } from '../local-store.ts';
import { type Respond, scripted } from '../s3/server.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const open = (hostname: string, more: Partial<WebdavOptions> = {}) =>
  webdavStorage({ id: 'webdav.dav', hostname, token: 'the-token', verifyTls: true, ...more });

const target = () => path.join(temporaryFolder(), 'file');

const answer =
  (status: number, headers: Record<string, string> = {}, body = ''): Respond =>
  (response) => {
    response.writeHead(status, headers).end(body);
  };

/** A list as servers write it: with any prefix, and addresses that are whole or not. */
const multistatus = (...hrefs: readonly string[]) => answer(207, {}, listOf(hrefs));

/** One file of so many bytes. */
const sized = (size: number) => answer(207, {}, listOf(['/data/x']).replace('>5<', `>${size}<`));

const listOf = (hrefs: readonly string[]) =>
  `<?xml version="1.0"?><x:multistatus xmlns:x="DAV:">${hrefs
    .map((href) => {
      const type = href.endsWith('/') ? '<x:resourcetype><x:collection/></x:resourcetype>' : '';
      const found = `<x:propstat><x:prop><x:getcontentlength>5</x:getcontentlength>${type}</x:prop><x:status>HTTP/1.1 200 OK</x:status></x:propstat>`;
      return `<x:response><x:href>${href}</x:href>${found}</x:response>`;
    })
    .join('')}</x:multistatus>`;

it('follows a server to the machine that has the file, where no credentials go', async () => {
  const pool = await scripted(answer(200, { digest: 'adler32=62c0215,md5=wrong' }, 'hello'));
  const door = await scripted(answer(307, { location: `${pool.url}/pool?uuid=1` }));
  const file = target();
  await open(door.url).download('data', 'x', file);
  expect(readFileSync(file, 'utf8')).toBe('hello');
  expect(door.asked[0]?.headers.authorization).toBe('Bearer the-token');
  expect(pool.asked[0]).toMatchObject({
    url: '/pool?uuid=1',
    headers: { 'want-digest': expect.any(String) },
  });
  expect(pool.asked.every(({ headers }) => headers.authorization === undefined)).toBe(true);
});

it('takes a file whose digest is right, and tries again where it is not', async () => {
  const server = await scripted(
    answer(200, { digest: 'adler32=062c0216' }, 'hello'),
    answer(200, { digest: 'md5=XUFAKrxLKna5cZ2REBfFkg==,adler32=62c0215' }, 'hello'),
  );
  const file = target();
  await open(server.url).download('data', 'x', file);
  expect(readFileSync(file, 'utf8')).toBe('hello');
  expect(server.asked).toHaveLength(2);
});

it('notices what a server made of a file, and sends it again', async () => {
  const stored = (sum: string) =>
    answer(200, { 'content-length': '5', 'oc-checksum': `SHA1:0 ADLER32:${sum}` });
  const sums = ['062c0216', '062c0215'];
  const server = await scripted((response, asked) => {
    if (asked.method === 'HEAD') stored(sums.shift() ?? '')(response, asked);
    else answer(201)(response, asked);
  });
  const file = target();
  writeFileSync(file, 'hello');
  await open(server.url).upload(file, 'data', 'x');
  expect(server.asked.map(({ method }) => method)).toEqual(['MKCOL', 'PUT', 'HEAD', 'PUT', 'HEAD']);
  expect(server.asked[1]?.body.toString()).toBe('hello');
});

it.each([
  ['a name outside of the folder', multistatus('/data/', '/other/x'), '/other/x'],
  ['a name that leads up', multistatus('/data/', '/data/..'), '/data/..'],
  ['a name with a slash in it', multistatus('/data/', '/data/a%2F..%2Fb'), 'a%2F..'],
  ['a page of HTML', answer(207, {}, '<html><title>Login</title><p>x<p></html>'), 'is not one of WebDAV'],
  ['a success that says nothing', answer(200), 'is not one of WebDAV'],
])('takes no list with %s', async (_, respond, message) => {
  const { url } = await scripted(respond);
  await expect(keysOf(open(url), '')).rejects.toMatchObject({
    code: 'storage-failed',
    message: expect.stringContaining(message),
  });
});

it('reads lists with whole addresses, below a path, however deep', async () => {
  const server = await scripted((response, asked) => {
    const lists: Record<string, Respond> = {
      '/home/me/data/': multistatus(`${server.url}/home/me/data/`, '/home/me/data/b/', '/home/me/data/b%20c'),
      '/home/me/data/b/': multistatus('/home/me/data/b', '/home/me/data/b/x'),
    };
    lists[asked.url]?.(response, asked);
  });
  expect(await keysOf(open(`${server.url}/home/me/`), '')).toEqual(['b c', 'b/x']);
});

it('deletes no folder, whose content would go with it', async () => {
  const server = await scripted(multistatus('/data/folder/'));
  await open(server.url).remove('data', 'folder');
  expect(server.asked.map(({ method }) => method)).toEqual(['PROPFIND']);
});

it('does not follow a server for ever', async () => {
  const server = await scripted(answer(302, { location: '/again' }));
  const file = target();
  await expect(open(server.url).download('data', 'x', file)).rejects.toThrow('redirects without end');
  expect(existsSync(file)).toBe(false);
});

it('quotes what a server says, without what it was sent', async () => {
  const { url } = await scripted(answer(403, {}, '<d:error><s:message>No: the-token</s:message></d:error>'));
  await expect(open(url).read('data', 'x')).rejects.toMatchObject({
    code: 'storage-denied',
    message: `access to "x" in folder "data" at ${url} was denied (HTTP status 403: No: (secret))`,
  });
});

it.each(['ftp://h', 'h h', 'https://h/?q', ''])('refuses %j as a host', (hostname) => {
  expect(() => open(hostname)).toThrow(expect.objectContaining({ code: 'storage-address' }));
});

it.each([
  ['removes what is left of an upload that broke off, also when it shows later', [0, 3], true],
  ['leaves alone what is whole', [5], false],
])('%s', async (_, sizes, isRemoved) => {
  const shown = [...sizes];
  let last = 0;
  const server = await scripted((response, asked) => {
    if (asked.method === 'PUT') answer(403)(response, asked);
    else if (asked.method !== 'PROPFIND') answer(201)(response, asked);
    else {
      last = shown.shift() ?? last;
      if (last === 0) answer(404)(response, asked);
      else sized(last)(response, asked);
    }
  });
  const file = target();
  writeFileSync(file, 'hello');
  await expect(open(server.url).upload(file, 'data', 'x')).rejects.toMatchObject({ code: 'storage-denied' });
  expect(server.asked.some(({ method }) => method === 'DELETE')).toBe(isRemoved);
});

it('refuses a certificate that nobody vouches for, unless the file takes any', async () => {
  const server = createServer({ cert: CERTIFICATE, key: KEY }, (_request, response) => response.end('hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const hostname = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  await expect(open(hostname).read('data', 'x')).rejects.toMatchObject({
    code: 'storage-failed',
    hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
  });
  expect(await text(await open(hostname, { verifyTls: false }).read('data', 'x'))).toBe('hello');
});

it('waits as long as a busy server asks, and asks it again', async () => {
  const server = await scripted(answer(503, { 'retry-after': '0.05' }), answer(200, {}, 'hello'));
  expect(await text(await open(server.url).read('data', 'x'))).toBe('hello');
  expect(server.asked).toHaveLength(2);
});
