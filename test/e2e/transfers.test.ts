/** Files to and from a store whose network cuts, spoils and refuses, and programs that are killed on the way. */
import { createHash, randomFillSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { s3Storage } from '../../src/storage/s3/index.ts';
import { lyingServer } from '../lying-server.ts';
import { inTurn } from '../sample.ts';
import { type Fault, faultProxy } from '../standins/fault-proxy.ts';
import { type MinioServer, startMinioServer } from '../standins/minio-server.ts';
import { needs } from '../standins/need.ts';
import { fdl, start } from './fdl.ts';
import { until } from './until.ts';

const it = inTurn();

const MIB = 1024 * 1024;
const KEYS = { accessKeyId: 'minio-key', secretAccessKey: 'minio-secret' };

/** A fault for the first request of a kind, or the first few. */
function once(pattern: RegExp, fault: Fault, times = 1) {
  let left = times;
  return (what: string) => {
    if (left === 0 || !pattern.test(what)) return undefined;
    left -= 1;
    return fault;
  };
}

/** Adds up what a transfer tells. */
function counter() {
  let sum = 0;
  const onBytes = (bytes: number) => {
    sum += bytes;
  };
  return { onBytes, bytes: () => sum };
}

describe.skipIf(!needs('minio'))('files of a store', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-transfers-'));
  let minio: MinioServer;
  const large = randomFillSync(Buffer.alloc(41 * MIB + 17));
  const small = randomFillSync(Buffer.alloc(3 * MIB));

  beforeAll(async () => {
    const { accessKeyId: accessKey, secretAccessKey: secretKey } = KEYS;
    const options = { region: 'us-east-1', accessKey, secretKey, hooks: 'http://127.0.0.1:1' };
    minio = await startMinioServer(options);
    mkdirSync(path.join(folder, 'out'));
    writeFileSync(path.join(folder, 'large'), large);
    writeFileSync(path.join(folder, 'small'), small);
    const storage = direct();
    await makeBucket(minio.url);
    await storage.upload(path.join(folder, 'large'), 'data', 'large');
    await storage.upload(path.join(folder, 'small'), 'data', 'small');
  });

  afterAll(async () => {
    await minio?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const direct = () => s3Storage({ endpoint: minio.url, credentials: KEYS });
  const through = async (faultOf: Parameters<typeof faultProxy>[1]) => {
    const proxy = await faultProxy(minio.url, faultOf);
    return { proxy, storage: s3Storage({ endpoint: proxy.url, credentials: KEYS }) };
  };
  const sha = (content: Buffer) => createHash('sha256').update(content).digest('hex');
  const contentOf = async (key: string) => {
    const copy = path.join(folder, 'copy');
    await direct().download('data', key, copy);
    return sha(readFileSync(copy));
  };

  it.each([
    ['a part that is spoilt', 'large', /partNumber=2/, { corrupt: 'request' }],
    ['a part that is cut off', 'large', /partNumber=3/, { cut: 'request', after: MIB }],
    ['a server that is busy', 'large', /partNumber=4/, { status: 503, code: 'SlowDown' }],
    ['an end without an answer', 'large', /^POST .*uploadId=/, { cut: 'answer', after: 0 }],
    ['a file that is spoilt', 'small', /^PUT/, { corrupt: 'request' }],
    ['a file that is cut off', 'small', /^PUT/, { cut: 'request', after: MIB }],
  ] as const)('up: %s is sent again', async (what, file, pattern, fault) => {
    const { proxy, storage } = await through(once(pattern, fault));
    const key = `up/${what}`;
    const count = counter();
    const info = await storage.upload(path.join(folder, file), 'data', key, count);
    const whole = file === 'large' ? large : small;
    expect([info.size, count.bytes()]).toEqual([whole.length, whole.length]);
    expect(await contentOf(key)).toBe(sha(whole));
    expect(proxy.asked.filter((each) => pattern.test(each))).toHaveLength(2);
  });

  it.each([
    ['a range that is spoilt', 'large', /^GET/, { corrupt: 'answer' }, 2],
    ['a range that is cut off', 'large', /^GET/, { cut: 'answer', after: MIB }, 2],
    ['a server that is busy', 'large', /^GET/, { status: 503, code: 'SlowDown' }, 3],
    ['a file that is spoilt', 'small', /^GET/, { corrupt: 'answer' }, 1],
    ['a file that is cut off', 'small', /^GET/, { cut: 'answer', after: MIB }, 1],
  ] as const)('down: %s is fetched again', async (_what, file, pattern, fault, times) => {
    const { storage } = await through(once(pattern, fault, times));
    const target = path.join(folder, 'out', file);
    const count = counter();
    await storage.download('data', file, target, count);
    const whole = file === 'large' ? large : small;
    expect(sha(readFileSync(target))).toBe(sha(whole));
    expect(count.bytes()).toBe(whole.length);
    expect(readdirSync(path.join(folder, 'out')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('a wrong object never replaces a good file', async () => {
    const { storage } = await through((what) => (what.startsWith('GET') ? { corrupt: 'answer' } : undefined));
    const spoilt = async (key: string) => {
      const target = path.join(folder, 'out', key);
      writeFileSync(target, 'good');
      await expect(storage.download('data', key, target)).rejects.toThrow('its checksum is another');
      expect(readFileSync(target, 'utf8')).toBe('good');
    };
    await Promise.all(['small', 'large'].map(spoilt));
    expect(readdirSync(path.join(folder, 'out')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it.each([
    ['put', /partNumber=/, 'request', () => ['put', path.join(folder, 'large'), 's3://data/killed/']],
    [
      'get',
      /^GET \/data\/large/,
      'answer',
      () => ['get', 's3://data/large', '-o', path.join(folder, 'killed')],
    ],
  ] as const)('%s that was killed goes on where it was', async (_what, pieces, hang, argsOf) => {
    let seen = 0;
    let isCalm = false;
    const { proxy } = await through((what) => {
      if (isCalm || !pieces.test(what)) return undefined;
      seen += 1;
      return seen > 3 ? { hang, after: 0 } : undefined;
    });
    const { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } = KEYS;
    const env = {
      AWS_ENDPOINT_URL: proxy.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID,
      AWS_SECRET_ACCESS_KEY,
    };
    const first = start(argsOf(), { cwd: folder, env });
    const isThere = () => {
      if (hang === 'request') return proxy.answered.filter((each) => pieces.test(each)).length >= 2;
      const killed = path.join(folder, 'killed');
      const record = readdirSync(killed).find((name) => name.endsWith('.json')) ?? '';
      return readFileSync(path.join(killed, record), 'utf8').split('\n').length > 2;
    };
    await until('a piece is there', isThere);
    first.kill('SIGKILL');
    await first.ended;
    isCalm = true;
    const before = { ...proxy.moved };
    const { code, stderr } = await fdl(argsOf(), { cwd: folder, env });
    expect(code, stderr).toBe(0);
    const moved = hang === 'request' ? proxy.moved.up - before.up : proxy.moved.down - before.down;
    // At least one of five pieces of 8 MiB was there, whatever of the others was remembered.
    expect(moved).toBeLessThan(large.length - 7 * MIB);
    if (hang === 'request') expect(await contentOf('killed/large')).toBe(sha(large));
    else {
      expect(sha(readFileSync(path.join(folder, 'killed/large')))).toBe(sha(large));
      expect(readdirSync(path.join(folder, 'killed'))).toEqual(['large']);
    }
  });

  it('nobody is sent where an answer leads to', async () => {
    const thief = await lyingServer((_request, response) => response.end('stolen'));
    const headers = { location: `${thief.url}/data/small` };
    const { storage } = await through(() => ({ status: 307, code: 'TemporaryRedirect', headers }));
    await expect(storage.download('data', 'small', path.join(folder, 'out/x'))).rejects.toMatchObject({
      code: 'storage-failed',
      message: expect.stringContaining('could not be used'),
    });
    expect(thief.asked).toEqual([]);
  });
});

async function makeBucket(url: string): Promise<void> {
  const { CreateBucketCommand, S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client({
    endpoint: url,
    region: 'us-east-1',
    credentials: KEYS,
    forcePathStyle: true,
  });
  await client.send(new CreateBucketCommand({ Bucket: 'data' }));
  client.destroy();
}
