/** Clusters for one test: started with a store of their own, stopped at its end. */
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { onTestFinished } from 'vitest';
import { quietly } from '../../../src/storage/s3/client.ts';
import { type Issuer, type IssuerOptions, startIssuer } from './issuer.ts';
import { startMemoryS3 } from './memory-s3.ts';
import type { Minio } from './minio.ts';
import { leaveMinio, takeMinio } from './minio-pool.ts';
import { ADMIN_LOGIN, type Oscar, type OscarOptions, startOscar } from './oscar.ts';

/** A cluster with MinIO itself, which the tests of a file share: `describe.skipIf(!needs('minio'))`. */
export async function openRealOscar(options: Partial<OscarOptions> = {}): Promise<Oscar> {
  const minio = await takeMinio(options.region ?? 'us-east-1');
  const oscar = await startOscar({ release: '4.1.2', s3: minio, ...options });
  onTestFinished(async () => {
    await oscar.stop();
    leaveMinio(minio);
  });
  return oscar;
}

/** A cluster whose MinIO keeps its objects in memory. */
export async function openOscar(options: Partial<OscarOptions> = {}): Promise<Oscar> {
  const s3 = options.s3 === undefined ? await startMemoryS3() : undefined;
  const oscar = await startOscar({ release: '4.1.2', s3: s3?.url ?? '', ...options });
  onTestFinished(async () => {
    await oscar.stop();
    await s3?.stop();
  });
  return oscar;
}

/** An issuer of tokens. */
export async function openIssuer(options: IssuerOptions = {}): Promise<Issuer> {
  const issuer = await startIssuer(options);
  onTestFinished(() => issuer.stop());
  return issuer;
}

/** The administrator's `Authorization`. */
export const ADMIN_HEADER = `Basic ${Buffer.from(`${ADMIN_LOGIN.user}:${ADMIN_LOGIN.password}`).toString('base64')}`;

export interface Response {
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  readonly json: any;
}

/** Calls a cluster as the administrator, or with another `Authorization`. */
export async function call(
  { url }: Oscar,
  line: string,
  body?: unknown,
  authorization: string = ADMIN_HEADER,
): Promise<Response> {
  const [method = '', path = ''] = line.split(' ');
  const text = typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body);
  const headers = authorization ? { authorization } : {};
  const response = await fetch(url + path, { method, headers, ...(text !== undefined && { body: text }) });
  const answer = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') && answer !== '';
  return { status: response.status, text: answer, json: isJson ? JSON.parse(answer) : undefined };
}

/** A service with a bucket of its own. */
export function sample(name = 'upper', more: object = {}): object {
  return {
    name,
    image: 'busybox',
    script: '#!/bin/sh\ntr a-z A-Z < "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/$(basename "$INPUT_FILE_PATH")"\n',
    input: [{ storage_provider: 'minio.default', path: `${name}/in` }],
    output: [{ storage_provider: 'minio.default', path: `${name}/out` }],
    ...more,
  };
}

/** The administrator of a MinIO. */
function clientOf({ url, root }: Minio): S3Client {
  const credentials = { accessKeyId: root.accessKey, secretAccessKey: root.secretKey };
  return quietly(() => {
    const server = { endpoint: url, forcePathStyle: true, maxAttempts: 1 } as const;
    return new S3Client({
      ...server,
      region: 'us-east-1',
      credentials,
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
  });
}

/** Puts an object through MinIO, so that it sends its notifications. */
export async function put(minio: Minio, bucket: string, key: string, body: string): Promise<void> {
  await clientOf(minio).send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
}

/** The content of an object. */
export async function get(minio: Minio, bucket: string, key: string): Promise<string | undefined> {
  const { Body } = await clientOf(minio).send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return Body?.transformToString();
}
