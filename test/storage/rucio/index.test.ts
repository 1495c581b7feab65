import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openRucio } from '../../../src/storage/rucio/index.ts';
import { keysOf } from '../local-store.ts';
import { type Respond, scripted } from '../s3/server.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const open = (endpoint: string, credentials: Record<string, string>) =>
  openRucio({
    ...{ id: 'rucio.lab', kind: 'rucio', namespace: 'rucio.lab', endpoint, verifyTls: true },
    credentials: { account: 'alice', rse: 'LAB', ...credentials },
  });

const json =
  (value: unknown, status = 200): Respond =>
  (response) => {
    response.writeHead(status).end(JSON.stringify(value));
  };

const jwt = (exp: number) => `h.${Buffer.from(JSON.stringify({ exp })).toString('base64url')}.s`;
const now = Math.floor(Date.now() / 1000);

it('takes the token of the file until it ends, then what the refresh token is exchanged for', async () => {
  const issuer = await scripted(json({ access_token: 'fresh', expires_in: 3600 }));
  const rucio = await scripted(json(['scope']));
  const more = { refresh_token: 'refresh', token_endpoint: issuer.url, oidc_audience: 'rucio' };
  for (const access_token of [jwt(now + 3600), jwt(now - 1)])
    await keysOf(open(rucio.url, { ...more, access_token }), '', 'scope');
  const tokens = rucio.asked.map(({ headers }) => headers['x-rucio-auth-token']);
  expect([...new Set(tokens)]).toEqual([jwt(now + 3600), 'fresh']);
  expect(Object.fromEntries(new URLSearchParams(issuer.asked[0]?.body.toString()))).toEqual({
    grant_type: 'refresh_token',
    refresh_token: 'refresh',
    client_id: 'token-portal',
    scope: 'openid profile offline_access eduperson_entitlement',
    resource: 'rucio',
  });
});

it('says that a token has expired from which no other is made', async () => {
  const storage = open('http://127.0.0.1:1', { access_token: jwt(now - 1) });
  await expect(storage.stat('scope', 'x')).rejects.toMatchObject({
    code: 'storage-denied',
    message: 'the token of "rucio.lab" has expired',
  });
});

const META = {
  name: 'x',
  did_type: 'FILE',
  bytes: 5,
  adler32: '062c0215',
  created_at: 'Sun, 29 Nov 2026 10:39:28 UTC',
};

/** A catalogue with one file, whose copies are at these addresses. */
const catalogue = (...urls: readonly string[]) =>
  scripted((response, asked) => {
    const pfns = Object.fromEntries(urls.map((url, priority) => [url, { rse: `R${priority}`, priority }]));
    json(asked.url.startsWith('/replicas') ? { pfns } : META)(response, asked);
  });

it('takes a file from another element where one has it wrong, and never a wrong one', async () => {
  const elements = await Promise.all(
    ['jello', 'hello'].map((text) => scripted((response) => void response.end(text))),
  );
  const urls = elements.map(({ url }) => `${url}/rucio/x`);
  const folder = temporaryFolder();
  const rucio = await catalogue(...urls);
  const got = await open(rucio.url, { token: 't' }).download('scope', 'x', path.join(folder, 'good'));
  expect(got).toMatchObject({ key: 'x', size: 5, etag: '062c0215' });
  const wrong = await catalogue(urls[0] ?? '');
  const download = open(wrong.url, { token: 't' }).download('scope', 'x', path.join(folder, 'bad'));
  await expect(download).rejects.toThrow('is not what Rucio knows: its adler32 is');
  expect(readdirSync(folder)).toEqual(['good']);
  expect(elements[0]?.asked[0]?.headers.authorization).toBe('Bearer t');
});

it('reads from no element but by WebDAV, and gives no token to an address with a signature', async () => {
  const rucio = await catalogue('http://127.0.0.1:1/b/x?X-Amz-Signature=s');
  await expect(open(rucio.url, { token: 't' }).read('scope', 'x')).rejects.toThrow('the element R0 of Rucio');
  const none = await catalogue();
  await expect(open(none.url, { token: 't' }).read('scope', 'x')).rejects.toThrow('can be read over HTTP');
});

it.each([
  ['there is none', json({}, 404), 'there is none of this name'],
  ['it is closed', json({ availability_write: false }), 'it is closed for now'],
  [
    'it speaks nothing that is spoken here',
    json({
      protocols: [
        { scheme: 'root', domains: { wan: { write: 1 } } },
        { scheme: 'davs', domains: { wan: { write: 0 } } },
      ],
    }),
    'it is not reached by WebDAV',
  ],
])('says why nothing can be written to the element: %s', async (_, element, why) => {
  const rucio = await scripted((response, asked) => {
    (asked.url.startsWith('/rses') ? element : json({}, 404))(response, asked);
  });
  const file = path.join(temporaryFolder(), 'file');
  writeFileSync(file, 'hello');
  const upload = open(rucio.url, { token: 't' }).upload(file, 'scope', 'x');
  await expect(upload).rejects.toThrow(`the element "LAB" of ${rucio.url} cannot be written to: ${why}`);
});
