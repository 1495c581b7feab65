/** Servers of MinIO for the tests of a file: one at a time is used by one cluster, and is emptied before the next one. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import {
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { quietly } from '../../../src/storage/s3/client.ts';
import { type MinioServer, startMinioServer } from '../minio-server.ts';
import type { Keys } from './minio.ts';

/** The administrator of every cluster's MinIO. */
export const ROOT: Keys = { accessKey: 'minio', secretKey: 'minio-secret-key' };

/** Takes what MinIO posts to the webhook of a service. */
export type Hook = (service: string, event: string) => void;

export interface PooledMinio {
  readonly server: MinioServer;
  /** A client of the administrator. */
  readonly client: S3Client;
  readonly region: string;
  hook: Hook | undefined;
}

const idle: PooledMinio[] = [];

/** An empty MinIO that nobody else uses. It ends with the process of the test file. */
export async function takeMinio(region: string): Promise<PooledMinio> {
  const at = idle.findIndex((each) => each.region === region);
  const [found] = at < 0 ? [] : idle.splice(at, 1);
  if (!found) return open(region);
  await empty(found.client);
  return found;
}

/** Gives it back. */
export function leaveMinio(minio: PooledMinio): void {
  minio.hook = undefined;
  idle.push(minio);
}

async function open(region: string): Promise<PooledMinio> {
  const opened: { current?: PooledMinio } = {};
  const hooks = createServer(async (request, response) => {
    const event = (await buffer(request)).toString();
    response.writeHead(200).end();
    if (request.method === 'POST') opened.current?.hook?.((request.url ?? '').slice(1), event);
  });
  await new Promise<void>((resolve) => hooks.listen(0, '127.0.0.1', resolve));
  hooks.unref();
  const { port } = hooks.address() as AddressInfo;
  const server = await startMinioServer({ region, ...ROOT, hooks: `http://127.0.0.1:${port}` });
  const client = clientOf(server.url, region);
  opened.current = { server, client, region, hook: undefined };
  return opened.current;
}

function clientOf(endpoint: string, region: string): S3Client {
  const credentials = { accessKeyId: ROOT.accessKey, secretAccessKey: ROOT.secretKey };
  return quietly(() => {
    const checksums = {
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    } as const;
    return new S3Client({
      ...{ endpoint, credentials, ...checksums },
      region: region || 'us-east-1',
      forcePathStyle: true,
    });
  });
}

async function empty(client: S3Client): Promise<void> {
  const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
  for (const { Name: Bucket } of Buckets) {
    while (await deleteVersions(client, Bucket));
    await client.send(new DeleteBucketCommand({ Bucket }));
  }
}

/** Deletes a page of all that is in a bucket; whether there was anything. */
async function deleteVersions(client: S3Client, Bucket: string | undefined): Promise<boolean> {
  const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
  const all = [...Versions, ...DeleteMarkers];
  for (const { Key, VersionId } of all)
    await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
  return all.length > 0;
}
