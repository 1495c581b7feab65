/** Every kind of store against servers that others wrote. */
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { s3Storage } from '../../src/storage/s3.ts';
import { quietly } from '../../src/storage/s3-client.ts';
import type { S3Credentials } from '../../src/storage/s3-options.ts';
import { webdavStorage } from '../../src/storage/webdav.ts';
import { startMinioServer } from '../standins/minio-server.ts';
import { needs } from '../standins/need.ts';
import type { Server } from '../standins/server.ts';
import { startVersitygw, VERSITY_KEYS } from '../standins/versitygw.ts';
import { DAV_LOGIN, startWsgidav } from '../standins/wsgidav.ts';
import { holds, type Opened } from '../storage/contract.ts';

const MIB = 1024 * 1024;

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
  { skip: !needs('minio') },
);

holds('S3: VersityGW', async () => s3Server(await startVersitygw(), VERSITY_KEYS), {
  skip: !needs('versitygw'),
});

holds(
  'WebDAV: WsgiDAV',
  async () => {
    const { url, stop } = await startWsgidav();
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
    return { storage: open(DAV_LOGIN), closed, bucket: 'data', makesBuckets: true, step, stop };
  },
  { skip: !needs('wsgidav') },
);
