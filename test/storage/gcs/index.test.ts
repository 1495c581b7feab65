import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { gcsStorage, openGcs } from '../../../src/storage/gcs/index.ts';
import { keysOf } from '../local-store.ts';
import { type Respond, scripted } from '../s3/server.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const json =
  (value: object, status = 200, headers: Record<string, string> = {}): Respond =>
  (response) => {
    response.writeHead(status, headers).end(JSON.stringify(value));
  };

const open = (endpoint: string, credentials?: string) =>
  gcsStorage({ id: 'gcs.lab', endpoint, credentials, verifyTls: true, partBytes: 256 * 1024 });

const HELLO = { 'x-goog-generation': '1', 'content-length': '5' };
const RIGHT = 'crc32c=mnG7TA==,md5=XUFAKrxLKna5cZ2REBfFkg==';

const hello =
  (hash: string): Respond =>
  (response) => {
    response.writeHead(200, { ...HELLO, 'x-goog-hash': hash }).end('hello');
  };

it('takes what the digest of the server fits, and asks again where it does not', async () => {
  const server = await scripted(hello('md5=AAAAKrxLKna5cZ2REBfFkg=='), hello(RIGHT));
  const file = path.join(temporaryFolder(), 'file');
  await open(server.url).download('data', 'a/b', file);
  expect(readFileSync(file, 'utf8')).toBe('hello');
  expect(server.asked.map(({ url }) => url)).toEqual(Array(2).fill('/storage/v1/b/data/o/a%2Fb?alt=media'));
});

it('sends a file again that the server has another way, and takes back what it counted', async () => {
  const stored = (md5Hash: string) => json({ name: 'x', size: '5', generation: '7', md5Hash });
  const server = await scripted(stored('AAAAKrxLKna5cZ2REBfFkg=='), stored('XUFAKrxLKna5cZ2REBfFkg=='));
  const file = path.join(temporaryFolder(), 'file');
  writeFileSync(file, 'hello');
  const put = await open(server.url).upload(file, 'data', 'x');
  expect(put).toMatchObject({ size: 5, etag: '7' });
  expect(server.asked).toHaveLength(2);
});

it('starts an upload over whose part was lost, and gives up the one before', async () => {
  const size = 600 * 1024;
  let lost = 0;
  const server = await scripted((response, asked) => {
    const range = /bytes (\d+)-(\d+)/.exec(String(asked.headers['content-range']));
    if (asked.method === 'DELETE') response.writeHead(499).end();
    else if (asked.method === 'POST') json({}, 200, { location: '/session' })(response, asked);
    else if (range?.[1] === '524288')
      json({ name: 'x', size: String(size), generation: '1' })(response, asked);
    else response.writeHead(308, { range: `bytes=0-${lost++ === 0 ? 99 : range?.[2]}` }).end();
  });
  const file = path.join(temporaryFolder(), 'file');
  writeFileSync(file, Buffer.alloc(size));
  let counted = 0;
  const onBytes = (bytes: number) => {
    counted += bytes;
  };
  await open(server.url).upload(file, 'data', 'x', { onBytes });
  const asked = server.asked.map(({ method }) => method).join(' ');
  expect([asked, counted]).toEqual(['POST PUT DELETE POST PUT PUT PUT', size]);
});

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = (tokens: string, more = {}) =>
  JSON.stringify({
    type: 'service_account',
    client_email: 'step@project.example',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    token_uri: tokens,
    ...more,
  });

it('asks for one token for all, and for another one when it ends', async () => {
  let count = 0;
  const google = await scripted((response, asked) => {
    count += 1;
    json({ access_token: `token-${count}`, expires_in: count === 1 ? 60 : 3600 })(response, asked);
  });
  const server = await scripted(json({ kind: 'storage#objects' }));
  const storage = open(server.url, key(google.url));
  await keysOf(storage, '');
  await Promise.all([keysOf(storage, ''), keysOf(storage, '')]);
  await keysOf(storage, '');
  expect(server.asked.map(({ headers }) => headers.authorization)).toEqual(
    [1, 2, 2, 2].map((number) => `Bearer token-${number}`),
  );
  const [claim] = google.asked;
  const body = new URLSearchParams(claim?.body.toString()).get('assertion')?.split('.')[1] ?? '';
  expect(JSON.parse(Buffer.from(body, 'base64url').toString())).toMatchObject({
    iss: 'step@project.example',
    aud: google.url,
    scope: 'https://www.googleapis.com/auth/devstorage.read_write',
  });
});

it('says why Google gives no token', async () => {
  const google = await scripted(
    json({ error: 'invalid_grant', error_description: 'Invalid JWT Signature.' }, 400),
  );
  await expect(keysOf(open(google.url, key(google.url)), '')).rejects.toMatchObject({
    code: 'storage-denied',
    message: `${google.url} gives no token for the credentials of "gcs.lab": Invalid JWT Signature`,
  });
});

it.each([
  ['gcs.json', 'they are no JSON'],
  ['{}', 'they have no "client_email"'],
  [key('https://t', { private_key: 'x' }), '"private_key" is no key in PEM'],
  [key('t'), '"token_uri" is no URL'],
])('refuses credentials that are none, without showing them', (credentials, why) => {
  expect(() => open('http://h', credentials)).toThrow(`the credentials of "gcs.lab" cannot be used: ${why}`);
});

it('speaks the protocol of S3 where the file has an HMAC key', async () => {
  const server = await scripted((response) => {
    response.writeHead(200, { etag: '"x"' }).end('hello');
  });
  const credentials = { access_key: 'GOOG1E', secret_key: 'secret' };
  const store = {
    id: 'gcs.lab',
    kind: 'gcs',
    namespace: 'gcs.lab',
    endpoint: server.url,
    verifyTls: true,
  } as const;
  expect(await text(await openGcs({ ...store, credentials }).read('data', 'x'))).toBe('hello');
  expect(server.asked[0]?.headers.authorization).toContain('AWS4-HMAC-SHA256 Credential=GOOG1E/');
});

it.each(['.', '..', '', '\ud800'])('refuses %j as a name', async (name) => {
  await expect(async () => open('http://h').stat('data', name)).rejects.toMatchObject({
    code: 'key-invalid',
  });
});
