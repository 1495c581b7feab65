import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type AzureFields, azureAccount } from '../../../src/storage/azure/account.ts';
import { azureStorage } from '../../../src/storage/azure/index.ts';
import { keysOf } from '../local-store.ts';
import { type Respond, scripted } from '../s3/server.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const KEY = Buffer.from('key').toString('base64');

const open = (endpoint: string, fields: AzureFields = { account: 'lab', account_key: KEY }) =>
  azureStorage({ id: 'azure.lab', endpoint, verifyTls: true, partBytes: 1024, ...fields });

const answer =
  (status: number, headers: Record<string, string> = {}, body = ''): Respond =>
  (response) => {
    response.writeHead(status, headers).end(body);
  };

describe('an account', () => {
  const HOST = 'https://lab.blob.core.windows.net';
  const request = { method: 'GET', url: `${HOST}/data/x?comp=list`, headers: {} };

  it.each<[string, AzureFields, string]>([
    ['by its name and key', { account: 'lab', account_key: KEY }, HOST],
    ['at another address', { account: 'lab', account_key: KEY, endpoint: 'https://h/lab/' }, 'https://h/lab'],
    ['by a connection string', { connection_string: `AccountName=lab;AccountKey=${KEY}` }, HOST],
    [
      'in another cloud',
      { connection_string: `AccountName=lab;AccountKey=${KEY};EndpointSuffix=core.chinacloudapi.cn` },
      'https://lab.blob.core.chinacloudapi.cn',
    ],
    [
      'by a connection string with the address and a signature',
      { connection_string: 'BlobEndpoint=http://h:1/lab;SharedAccessSignature=sv=1&sig=a%2Bb%3D' },
      'http://h:1/lab',
    ],
  ])('is found %s', (_, fields, base) => {
    const account = azureAccount('azure.lab', fields);
    expect(account.base).toBe(base);
    expect(JSON.stringify(account.open(request))).toMatch(/SharedKey lab:|sig=a%2Bb%3D/);
  });

  it('adds a signature to an address that has a query, and to one that has none', () => {
    const { open: opened } = azureAccount('azure.lab', { account: 'lab', sas_token: '?sv=1&sig=s' });
    expect(opened(request).url).toBe(`${HOST}/data/x?comp=list&sv=1&sig=s`);
    expect(opened({ ...request, url: `${HOST}/data/x` }).url).toBe(`${HOST}/data/x?sv=1&sig=s`);
  });

  it('has a key in base64', () => {
    expect(() => azureAccount('azure.lab', { account: 'lab', account_key: 'not base64' })).toThrow(
      expect.objectContaining({ code: 'storage-incomplete' }),
    );
  });
});

it('takes what the digest of the server fits, and asks again where it does not', async () => {
  const md5 = (text: string) =>
    answer(200, { 'content-md5': text, 'content-length': '5', etag: '"0x1"' }, 'hello');
  const server = await scripted(md5('AAAAKrxLKna5cZ2REBfFkg=='), md5('XUFAKrxLKna5cZ2REBfFkg=='));
  const file = path.join(temporaryFolder(), 'file');
  await open(server.url).download('data', 'x', file);
  expect(readFileSync(file, 'utf8')).toBe('hello');
});

it('sends only the block again that failed for the moment, and the digest of all', async () => {
  let failed = false;
  const server = await scripted((response, asked) => {
    const fails = asked.url.includes('blockid=MDAwMDAx') && !failed;
    if (fails) failed = true;
    answer(fails ? 503 : 201, { etag: '"0x1"' })(response, asked);
  });
  const file = path.join(temporaryFolder(), 'file');
  writeFileSync(file, Buffer.alloc(2500));
  await open(server.url).upload(file, 'data', 'x');
  expect(server.asked.map(({ body }) => body.length).slice(0, 4)).toEqual([1024, 1024, 1024, 452]);
  expect(server.asked.at(-1)?.headers['x-ms-blob-content-md5']).toBeDefined();
});

it('reads lists with the mark at their beginning, encoded names and folders of accounts that have some', async () => {
  const blob = (name: string, more = '') =>
    `<Blob>${name}<Properties><Content-Length>1</Content-Length>${more}</Properties></Blob>`;
  const blobs = [
    blob('<Name>a &amp; b</Name>'),
    blob('<Name Encoded="true">c%EF%BF%BE</Name>'),
    blob('<Name>d</Name>', '<ResourceType>directory</ResourceType>'),
  ];
  const list = `<?xml version="1.0"?><EnumerationResults><Blobs>${blobs.join('')}</Blobs><NextMarker /></EnumerationResults>`;
  const { url } = await scripted(answer(200, {}, `\ufeff${list}`));
  expect(await keysOf(open(url), '')).toEqual(['a & b', 'c\ufffe']);
});

it.each([
  [
    'a list that leads back',
    '<EnumerationResults><NextMarker>m</NextMarker></EnumerationResults>',
    'leads back',
  ],
  ['a page of HTML', '<html><p>Login</html>', 'is not one of Azure'],
])('takes no %s', async (_, body, message) => {
  const { url } = await scripted(answer(200, {}, body));
  await expect(keysOf(open(url), '')).rejects.toThrow(message);
});
