/** The S3 store against a server that somebody else wrote. */
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quietly } from '../../src/storage/s3/client.ts';
import { s3Storage } from '../../src/storage/s3/index.ts';
import type { ObjectInfo, Storage } from '../../src/storage/storage.ts';
import { transferAll } from '../../src/storage/transfer.ts';
import { MOTO_KEYS, startMoto } from '../standins/moto.ts';
import { needs } from '../standins/need.ts';
import type { Server } from '../standins/server.ts';

const MIB = 1024 * 1024;

describe.skipIf(!needs('moto'))('s3Storage', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-s3-'));
  let moto: Server;
  let storage: Storage;
  let client: S3Client;

  beforeAll(async () => {
    moto = await startMoto();
    const options = { endpoint: moto.url, region: 'us-east-1', credentials: MOTO_KEYS };
    storage = s3Storage(options);
    client = quietly(() => new S3Client({ ...options, forcePathStyle: true }));
    await client.send(new CreateBucketCommand({ Bucket: 'data' }));
  });

  afterAll(async () => {
    await moto?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const file = (name: string, content: string | Buffer) => {
    const at = path.join(folder, name);
    writeFileSync(at, content);
    return at;
  };

  const sha = async (at: string) => {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(at)) hash.update(chunk);
    return hash.digest('hex');
  };

  it('stores and fetches a small file', async () => {
    const put = await storage.upload(file('small', 'hello'), 'data', 'folder/small.txt');
    expect(put).toMatchObject({ key: 'folder/small.txt', size: 5, etag: '5d41402abc4b2a76b9719d911017c592' });
    const target = path.join(folder, 'new/folders/small');
    const got = await storage.download('data', 'folder/small.txt', target);
    expect(readFileSync(target, 'utf8')).toBe('hello');
    expect(got).toEqual(await storage.stat('data', 'folder/small.txt'));
    expect(await text(await storage.read('data', 'folder/small.txt'))).toBe('hello');
  });

  it('stores an empty file', async () => {
    await storage.upload(file('empty', ''), 'data', 'empty');
    expect((await storage.stat('data', 'empty'))?.size).toBe(0);
    await storage.download('data', 'empty', path.join(folder, 'empty-copy'));
    expect(readFileSync(path.join(folder, 'empty-copy'), 'utf8')).toBe('');
  });

  it('streams a file that is too large for memory, and says how far it is', async () => {
    const content = randomBytes(5 * MIB + 17);
    const source = file('stream', content);
    let up = 0;
    let down = 0;
    const put = await storage.upload(source, 'data', 'stream', {
      onBytes: (n) => {
        up += n;
      },
    });
    await storage.download('data', 'stream', path.join(folder, 'stream-copy'), {
      onBytes: (n) => {
        down += n;
      },
    });
    expect([put.size, up, down]).toEqual([content.length, content.length, content.length]);
    expect(readFileSync(path.join(folder, 'stream-copy')).equals(content)).toBe(true);
  });

  const large = () => {
    const at = path.join(folder, 'large');
    const handle = openSync(at, 'w');
    for (let index = 0; index < 70; index += 1) writeSync(handle, Buffer.alloc(MIB, index + 1));
    closeSync(handle);
    return at;
  };

  it('sends a file over 64 MiB in parts', async () => {
    const source = large();
    let sent = 0;
    const put = await storage.upload(source, 'data', 'large', {
      onBytes: (n) => {
        sent += n;
      },
    });
    expect(put.etag).toMatch(/-9$/);
    expect(sent).toBe(70 * MIB);
    await storage.download('data', 'large', path.join(folder, 'large-copy'));
    expect(await sha(path.join(folder, 'large-copy'))).toBe(await sha(source));
  });

  it('leaves nothing of an upload in parts that is aborted', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const upload = storage.upload(large(), 'data', 'aborted', {
      signal: controller.signal,
      onBytes: () => controller.abort(reason),
    });
    await expect(upload).rejects.toBe(reason);
    expect(await storage.stat('data', 'aborted')).toBeUndefined();
    const left = await client.send(new ListMultipartUploadsCommand({ Bucket: 'data' }));
    expect(left.Uploads ?? []).toEqual([]);
  });

  it('leaves no file of a download that is aborted', async () => {
    const controller = new AbortController();
    const before = readdirSync(folder);
    const download = storage.download('data', 'large', path.join(folder, 'never'), {
      signal: controller.signal,
      onBytes: () => controller.abort(),
    });
    await expect(download).rejects.toMatchObject({ name: 'AbortError' });
    expect(readdirSync(folder)).toEqual(before);
  });

  it('lists all pages in the order of the keys, without placeholders of folders', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'many' }));
    const [source, nothing] = [file('one', 'x'), file('nothing', '')];
    const keys = Array.from({ length: 1005 }, (_, index) => `in/${String(index).padStart(4, '0')}`);
    // What ends in a slash is a placeholder if it is empty; with content it is an object like any other.
    const placeholders = ['in/', 'in/folder/'];
    const odd = ['in/full/', 'in/ü & <b>+%.txt', 'in/with space ', 'other'];
    const uploads = [...keys, ...odd, ...placeholders].map((key) => ({
      kind: 'upload' as const,
      storage,
      file: placeholders.includes(key) ? nothing : source,
      bucket: 'many',
      key,
    }));
    const results = await transferAll(uploads);
    expect(results.filter(({ status }) => status !== 'done')).toEqual([]);
    const found = (await collect(storage.list('many', 'in/'))).map(({ key }) => key);
    expect(found).toEqual([...keys, 'in/full/', 'in/with space ', 'in/ü & <b>+%.txt']);
  });

  it('removes objects, absent ones too', async () => {
    await storage.upload(file('gone', 'x'), 'data', 'gone');
    await storage.remove('data', 'gone');
    await storage.remove('data', 'gone');
    expect(await storage.stat('data', 'gone')).toBeUndefined();
  });

  it('says what is missing', async () => {
    const target = path.join(folder, 'missing');
    await expect(storage.download('data', 'nope', target)).rejects.toMatchObject({
      code: 'object-not-found',
    });
    await expect(storage.download('nope', 'nope', target)).rejects.toMatchObject({
      code: 'bucket-not-found',
    });
    await expect(storage.read('data', 'nope')).rejects.toMatchObject({ code: 'object-not-found' });
    await expect(collect(storage.list('nope', ''))).rejects.toMatchObject({
      code: 'bucket-not-found',
      message: 'there is no bucket "nope"',
    });
    await expect(storage.upload(file('x', 'x'), 'nope', 'key')).rejects.toMatchObject({
      code: 'bucket-not-found',
    });
    expect(await storage.stat('nope', 'key')).toBeUndefined();
  });

  it('loads the SDK without a warning about this Node', async () => {
    const warnings: string[] = [];
    const hear = (warning: Error) => warnings.push(warning.message);
    process.on('warning', hear);
    const other = s3Storage({ endpoint: moto.url, credentials: MOTO_KEYS });
    expect(await other.stat('data', 'empty')).toBeDefined();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', hear);
    expect(warnings).toEqual([]);
    expect(process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED']).toBeUndefined();
  });
});

async function collect(objects: AsyncIterable<ObjectInfo>): Promise<readonly ObjectInfo[]> {
  const all: ObjectInfo[] = [];
  for await (const object of objects) all.push(object);
  return all;
}
