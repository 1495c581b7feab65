/** Uploads to S3 as AWS wants them: with checksums, and without where a server takes none. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quietly } from '../../src/storage/s3/client.ts';
import { s3Storage } from '../../src/storage/s3/index.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { type Aws, startAws } from '../standins/aws/index.ts';
import { MOTO_KEYS } from '../standins/moto.ts';
import { needs } from '../standins/need.ts';

const MIB = 1024 * 1024;

describe.skipIf(!needs('moto'))('files on their way to S3', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-uploads-'));
  let aws: Aws;
  let stores: Readonly<Record<string, Storage>>;

  beforeAll(async () => {
    aws = await startAws();
    const server = { endpoint: aws.url, region: 'us-east-1', credentials: MOTO_KEYS };
    const client = quietly(() => new S3Client({ ...server, forcePathStyle: true }));
    await client.send(new CreateBucketCommand({ Bucket: 'files' }));
    stores = {
      // As on AWS itself, where no server is named, but for the address.
      AWS: s3Storage({ ...server, isAws: true, partBytes: 5 * MIB }),
      'a server that is named': s3Storage({ ...server, partBytes: 5 * MIB }),
    };
  });

  afterAll(async () => {
    await aws?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ['AWS', 'in parts', 21 * MIB + 1],
    ['AWS', 'as a stream', 2 * MIB],
    ['AWS', 'at once', 1000],
    ['a server that is named', 'in parts', 21 * MIB + 1],
    ['a server that is named', 'as a stream', 2 * MIB],
    ['a server that is named', 'at once', 1000],
  ])('%s takes a file %s', async (where, how, size) => {
    const [source, copy] = ['source', 'copy'].map((name) => path.join(folder, name)) as [string, string];
    writeFileSync(source, Buffer.alloc(size, `${how} `));
    const storage = stores[where] as Storage;
    const { etag } = await storage.upload(source, 'files', `${where} ${how}`);
    expect(etag.includes('-5')).toBe(how === 'in parts');
    await storage.download('files', `${where} ${how}`, copy);
    expect(readFileSync(copy).equals(readFileSync(source))).toBe(true);
  });
});
