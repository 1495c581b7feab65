/** Every kind of store against servers that others wrote. */
import { generateKeyPairSync, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it } from 'vitest';
import { azureAccount } from '../../src/storage/azure/account.ts';
import { azureStorage } from '../../src/storage/azure/index.ts';
import { gcsStorage } from '../../src/storage/gcs/index.ts';
import { openOnedata } from '../../src/storage/onedata/index.ts';
import { openRucio } from '../../src/storage/rucio/index.ts';
import { quietly } from '../../src/storage/s3/client.ts';
import { s3Storage } from '../../src/storage/s3/index.ts';
import type { S3Credentials } from '../../src/storage/s3/options.ts';
import { webdavStorage } from '../../src/storage/webdav/index.ts';
import { AZURITE, startAzurite } from '../standins/azurite.ts';
import { startFakeGcs } from '../standins/fake-gcs.ts';
import { startMinioServer } from '../standins/minio-server.ts';
import { needs } from '../standins/need.ts';
import { ONEDATA, startOneprovider } from '../standins/oneprovider.ts';
import { RUCIO, startRucio } from '../standins/rucio.ts';
import type { Server } from '../standins/server.ts';
import { startVersitygw, VERSITY_KEYS } from '../standins/versitygw.ts';
import { DAV_LOGIN, startWsgidav } from '../standins/wsgidav.ts';
import { holds, type Opened } from '../storage/contract.ts';
import { fdl } from './fdl.ts';
import { project } from './project.ts';

const MIB = 1024 * 1024;

/** One for all tests of this file. */
let dav: Promise<Server> | undefined;
const sharedDav = () => {
  dav ??= startWsgidav();
  return dav;
};
afterAll(async () => (await dav)?.stop());

/** A server of S3 with an empty bucket. */
async function s3Server(
  { url, stop }: Pick<Server, 'url' | 'stop'>,
  credentials: S3Credentials,
): Promise<Opened> {
  const options = { endpoint: url, region: 'us-east-1', partBytes: 5 * MIB };
  const client = quietly(() => new S3Client({ ...options, credentials, forcePathStyle: true }));
  await client.send(new CreateBucketCommand({ Bucket: 'data' }));
  client.destroy();
  const wrong = { ...credentials, secretAccessKey: 'wrong-secret-key' };
  const { accessKeyId: access_key, secretAccessKey: secret_key } = credentials;
  const event = (bucket: string, key: string) => ({
    Records: [{ eventSource: 'minio:s3', s3: { bucket: { name: bucket }, object: { key } } }],
  });
  const step = {
    id: 'minio.other',
    kind: 'minio',
    endpoint: url,
    credentials: { access_key, secret_key },
    event,
  } as const;
  return {
    storage: s3Storage({ ...options, credentials }),
    closed: s3Storage({ ...options, credentials: wrong }),
    bucket: 'data',
    keepsMetadata: true,
    large: 21 * MIB,
    step,
    stop,
  };
}

const MINIO_KEYS = { accessKeyId: 'minio-key', secretAccessKey: 'minio-secret' };

holds(
  'S3: MinIO',
  async () => {
    const { accessKeyId: accessKey, secretAccessKey: secretKey } = MINIO_KEYS;
    const options = { region: 'us-east-1', accessKey, secretKey, hooks: 'http://127.0.0.1:1' };
    return s3Server(await startMinioServer(options), MINIO_KEYS);
  },
  { skip: !needs('minio'), number: 0 },
);

holds('S3: VersityGW', async () => s3Server(await startVersitygw(), VERSITY_KEYS), {
  skip: !needs('versitygw'),
  number: 1,
});

holds(
  'Google Cloud Storage: fake-gcs-server',
  async () => {
    const { url: endpoint, stop } = await startFakeGcs();
    await made(`${endpoint}/storage/v1/b`, { method: 'POST', body: '{"name": "data"}' });
    const { credentials, ...google } = await startGoogle();
    const step = { id: 'gcs.lab', kind: 'gcs', endpoint, credentials: { credentials } } as const;
    const storage = gcsStorage({ id: 'gcs.lab', endpoint, verifyTls: true, partBytes: 2 * MIB });
    return { storage, bucket: 'data', step, stop: () => Promise.all([stop(), google.stop()]) };
  },
  { skip: !needs('fake-gcs-server'), number: 1 },
);

/** Gives a token to whoever shows a claim that the key of its service account signed. */
async function startGoogle() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(await text(request));
    const [head, body, signature = ''] = (form.get('assertion') ?? '').split('.');
    const isRight = verify(
      'RSA-SHA256',
      Buffer.from(`${head}.${body}`),
      publicKey,
      Buffer.from(signature, 'base64url'),
    );
    response
      .writeHead(isRight ? 200 : 400)
      .end(JSON.stringify({ access_token: 'a-token', expires_in: 3600 }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const credentials = JSON.stringify({
    type: 'service_account',
    client_email: 'step@project.iam.gserviceaccount.com',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    token_uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
  });
  return { credentials, stop: async () => void server.close() };
}

async function made(url: string, init: RequestInit): Promise<void> {
  const { ok, status } = await fetch(url, init);
  if (!ok) throw new Error(`${url}: ${status}`);
}

holds(
  'Azure Blob Storage: Azurite',
  async () => {
    const { url: endpoint, stop } = await startAzurite();
    const { account, key: account_key } = AZURITE;
    const options = { id: 'azure.lab', endpoint, account, verifyTls: true, partBytes: 2 * MIB };
    const { open } = azureAccount('azure.lab', { ...options, account_key });
    const opened = open({ method: 'PUT', url: `${endpoint}/data?restype=container`, headers: {} });
    await made(opened.url, { method: 'PUT', headers: opened.secret });
    const wrong = Buffer.from('another key').toString('base64');
    return {
      storage: azureStorage({ ...options, account_key }),
      closed: azureStorage({ ...options, account_key: wrong }),
      bucket: 'data',
      keepsMetadata: true,
      step: { id: 'azure.lab', kind: 'azure', endpoint, credentials: { account, account_key } },
      stop,
    };
  },
  { skip: !needs('azurite'), number: 0 },
);

holds(
  'WebDAV: WsgiDAV',
  async () => {
    const { url } = await sharedDav();
    const open = (login: { user: string; password: string }) =>
      webdavStorage({ id: 'webdav.dav', hostname: `${url}/`, login, verifyTls: true });
    const closed = open({ ...DAV_LOGIN, password: 'wrong-password' });
    const event = (_: string, key: string) => ({
      event: { name: key.replace('in/', ''), mask: ['IN_CREATE'] },
      subscription: 'id',
    });
    const { user: login, password } = DAV_LOGIN;
    const step = {
      id: 'webdav.dcache',
      kind: 'webdav',
      endpoint: url,
      credentials: { login, password },
      event,
    } as const;
    return { storage: open(DAV_LOGIN), closed, bucket: 'data', makesBuckets: true, step };
  },
  { skip: !needs('wsgidav'), runs: true },
);

holds(
  'Rucio, with WsgiDAV as storage element',
  async () => {
    const element = await sharedDav();
    const { url: endpoint, stop } = await startRucio(`${element.url}/open/`);
    const { account, rse, scope, token } = RUCIO;
    const store = {
      id: 'rucio.lab',
      kind: 'rucio',
      namespace: 'rucio.lab',
      endpoint,
      verifyTls: true,
    } as const;
    const open = (access_token: string) =>
      openRucio({ ...store, credentials: { account, rse, access_token } });
    const event = (bucket: string, key: string) => ({
      event_type: 'transfer-done',
      payload: { scope: bucket, name: key },
    });
    const credentials = { account, rse, access_token: token };
    return {
      storage: open(token),
      closed: open('header.wrong-token.signature'),
      bucket: scope,
      isPlain: true,
      isForEver: true,
      step: { id: 'rucio.lab', kind: 'rucio', endpoint, credentials, event },
      stop,
    };
  },
  { skip: !needs('rucio', 'wsgidav'), number: 2 },
);

holds('Onedata: a stand-in of its Oneprovider', async () => {
  const { url: endpoint, stop } = await startOneprovider();
  const { space, token } = ONEDATA;
  const store = {
    id: 'onedata.lab',
    kind: 'onedata',
    namespace: 'onedata.lab',
    endpoint,
    verifyTls: true,
  } as const;
  const event = (bucket: string, key: string) => ({
    Key: `/${space}/${bucket}/${key}`,
    Records: [{ objectKey: key, objectId: '1', eventTime: 'now', eventSource: 'OneTrigger' }],
  });
  return {
    storage: openOnedata({ ...store, credentials: { space, token } }),
    closed: openOnedata({ ...store, credentials: { space, token: 'wrong-token' } }),
    bucket: 'data',
    makesBuckets: true,
    step: { id: 'onedata.lab', kind: 'onedata', endpoint, credentials: { space, token }, event },
    stop,
  };
});

describe.skipIf(!needs('wsgidav'))('the commands for files', () => {
  it('work with a WebDAV server that a file here declares', async () => {
    const { url } = await sharedDav();
    const { user, password } = DAV_LOGIN;
    const providers = `storage_providers:\n  webdav:\n    lab: {hostname: "${url}", login: ${user}, password: "\${env:DAV}"}\n`;
    const step = 'functions:\n  aws:\n  - lambda: {name: s, container: {image: a}, init_script: s.sh}\n';
    const cwd = project({
      'workflow.yaml': step + providers,
      's.sh': 'true\n',
      'data/a.txt': 'hello',
      'data/b/c.txt': 'x',
    });
    const run = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await fdl(args, { cwd, env: { DAV: password } });
      expect([code, stderr]).toEqual([0, expect.not.stringContaining(password)]);
      return stdout;
    };
    await run('put', 'data', 'webdav.lab://shop/in/');
    expect(await run('ls', 'webdav.lab://')).toContain('webdav.lab://shop');
    await run('get', 'webdav.lab://shop/in', '-o', 'got');
    expect(readFileSync(path.join(cwd, 'got/b/c.txt'), 'utf8')).toBe('x');
    await run('rm', '-r', '--yes', 'webdav.lab://shop/in');
    expect(await run('ls', 'webdav.lab://shop/')).not.toContain('in/');
  });
});
