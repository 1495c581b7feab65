/** What is signed and asked by ourselves is what the SDK would sign and ask. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { s3Account } from '../../../src/storage/s3/account.ts';
import { sdkAccount } from '../../../src/storage/s3/sdk-account.ts';
import { EMPTY_PAYLOAD, encodedPath, encodedQuery, signedHeaders } from '../../../src/storage/s3/sign.ts';
import { signedHeaders as sdkHeaders } from '../../../src/supervisor/aws/signing.ts';
import { lyingServer } from '../../lying-server.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG' };

it.each([
  ['a', {}, {}],
  ["ü & <b>+%/ (1)!*'.txt", { 'list-type': 2, prefix: 'a b/ü', delimiter: '/' }, {}],
  [
    'a//b/~c',
    { uploadId: 'x=/+', partNumber: 3 },
    { 'content-type': 'text/plain', 'x-amz-meta-a': ' b  c ' },
  ],
])('%s is signed as by the SDK', async (key, query, headers) => {
  const now = Date.UTC(2026, 0, 2, 3, 4, 5);
  vi.useFakeTimers({ now, toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const keys = { ...KEYS, sessionToken: 'token' };
  const host = 'bucket.s3.eu-west-1.amazonaws.com';
  const path = `/${encodedPath(key)}`;
  const text = encodedQuery(query);
  const url = new URL(`https://${host}${path}?${text}`);
  const scope = { region: 'eu-west-1', service: 's3' };
  const theirs = await sdkHeaders(
    { url, method: 'PUT', headers, body: '' },
    { ...scope, keys: async () => keys },
  );
  const request = { method: 'PUT', host, path, query: text, headers, payload: EMPTY_PAYLOAD };
  expect(signedHeaders(request, { ...scope, keys, now })['authorization']).toBe(theirs['authorization']);
});

/** An environment without files, or with a configuration file. */
function environment(more: Readonly<Record<string, string>>, config?: string): NodeJS.ProcessEnv {
  const home = temporaryFolder();
  mkdirSync(path.join(home, '.aws'));
  if (config !== undefined) writeFileSync(path.join(home, '.aws/config'), config);
  const none = { AWS_REGION: undefined, AWS_PROFILE: undefined, AWS_ENDPOINT_URL: undefined };
  const env = { ...none, AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret-key', HOME: home, ...more };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  return env;
}

it.each([
  ['my-bucket', 'eu-west-1'],
  ['my.bucket', 'eu-west-1'],
  ['My_Bucket', 'us-east-1'],
  ['bucket', 'cn-north-1'],
  ['bucket', 'us-gov-west-1'],
  ['bucket', 'us-iso-east-1'],
  ['bucket', 'eusc-de-east-1'],
  ['bucket--use1-az4--x-s3', 'us-east-1'],
])('the bucket %s in %s is where the SDK says', async (bucket, region) => {
  const env = environment({ AWS_REGION: region });
  const place = await s3Account({}, env).place(bucket);
  expect(place).toEqual(await (await sdkAccount({})).place(bucket));
  expect(place.isAws).toBe(true);
});

it.each([
  ['https://s3.example.org:9000/sub/', {}],
  ['http://localhost:1', { AWS_REGION: 'eu-north-1' }],
])('a server at %s has buckets in its paths', async (endpoint, more) => {
  const env = environment(more);
  expect(await s3Account({ endpoint }, env).place('b')).toEqual(
    await (await sdkAccount({ endpoint })).place('b'),
  );
});

it('profiles name keys, regions and servers', async () => {
  const config =
    '[profile there]\nregion = eu-south-1\nendpoint_url = http://127.0.0.1:9\naws_access_key_id = a\naws_secret_access_key = profile-secret\n';
  const env = environment({ AWS_PROFILE: 'there' }, config);
  vi.resetModules();
  const account = (await import('../../../src/storage/s3/account.ts')).s3Account({}, env);
  expect(await account.keys()).toMatchObject({ accessKeyId: 'a', secretAccessKey: 'profile-secret' });
  const place = { origin: 'http://127.0.0.1:9', base: '/b', region: 'eu-south-1', isAws: false };
  expect(await account.place('b')).toMatchObject(place);
});

it('a container is given keys, once', async () => {
  const given = {
    AccessKeyId: 'a',
    SecretAccessKey: 'container-secret',
    Token: 't',
    Expiration: '2999-01-01T00:00:00Z',
  };
  const giver = await lyingServer((_request, response) => response.end(JSON.stringify(given)));
  const env = environment({
    ...{ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${giver.url}/keys`, AWS_REGION: 'eu-west-1' },
    ...{ AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
  });
  const account = s3Account({}, env);
  expect(await account.keys()).toMatchObject({ accessKeyId: 'a', secretAccessKey: 'container-secret' });
  expect(await account.keys()).toBe(await account.keys());
  expect(giver.asked.map(({ what }) => what)).toEqual(['GET /keys']);
});

it('a bucket that has moved is asked where it is', async () => {
  const account = s3Account({}, environment({ AWS_REGION: 'eu-west-1' }));
  account.move('bucket', 'eu-north-1');
  expect(await account.place('bucket')).toMatchObject({
    region: 'eu-north-1',
    origin: expect.stringContaining('eu-north-1'),
  });
});
