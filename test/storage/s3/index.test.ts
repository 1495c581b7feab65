import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { s3Storage } from '../../../src/storage/s3/index.ts';
import { partsOf } from '../../../src/storage/s3/upload.ts';
import { CERTIFICATE, KEY } from '../certificate.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { content, s3Failure, scripted } from './server.ts';

const MIB = 1024 * 1024;

function source(size: number): string {
  const file = path.join(temporaryFolder(), 'source');
  writeFileSync(file, Buffer.alloc(size, 1));
  return file;
}

describe('requests', () => {
  it('name the bucket in the path and carry no checksum of their own', async () => {
    const { storage, asked } = await scripted(content(''));
    await storage.upload(source(10), 'bucket', 'a b/ü+.txt');
    expect(asked[0]).toMatchObject({
      method: 'PUT',
      url: expect.stringMatching(/^\/bucket\/a%20b\/%C3%BC%2B\.txt/),
    });
    expect(Object.keys(asked[0]?.headers ?? {}).filter((name) => name.includes('checksum'))).toEqual([]);
    expect(asked[0]?.body.length).toBe(10);
  });

  it('are signed for us-east-1 where nothing names a region', async () => {
    vi.stubEnv('AWS_REGION', undefined).stubEnv('AWS_CONFIG_FILE', '/dev/null');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { storage, asked } = await scripted(content(''));
    await storage.stat('bucket', 'key');
    expect(asked[0]?.headers.authorization).toMatch(/\/us-east-1\/s3\/aws4_request/);
  });
});

describe('failures of the moment', () => {
  it('repeat a streamed upload from its start and take back what was counted', async () => {
    const { storage, asked } = await scripted(s3Failure(503, 'SlowDown'), content('', { etag: '"new"' }));
    let counted = 0;
    const info = await storage.upload(source(2 * MIB), 'bucket', 'key', {
      onBytes: (bytes) => {
        counted += bytes;
      },
    });
    expect(info).toMatchObject({ etag: 'new', size: 2 * MIB });
    expect(asked.map(({ body }) => body.length)).toEqual([2 * MIB, 2 * MIB]);
    expect(counted).toBe(2 * MIB);
  });

  it('repeat a download that broke off', async () => {
    const { storage } = await scripted((response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    }, content('whole'));
    const folder = temporaryFolder();
    let counted = 0;
    await storage.download('bucket', 'key', path.join(folder, 'file'), {
      onBytes: (bytes) => {
        counted += bytes;
      },
    });
    expect(readFileSync(path.join(folder, 'file'), 'utf8')).toBe('whole');
    expect(readdirSync(folder)).toEqual(['file']);
    expect(counted).toBe(5);
  });

  it('repeat what a proxy broke off, before the answer and in it', async () => {
    const { url, storage, asked } = await scripted(
      (response) => response.destroy(),
      (response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('half', () => response.destroy());
      },
      content('whole'),
    );
    // The server stands for the proxy as well.
    vi.stubEnv('http_proxy', url);
    onTestFinished(() => void vi.unstubAllEnvs());
    const file = path.join(temporaryFolder(), 'file');
    await storage.download('bucket', 'key', file);
    expect(readFileSync(file, 'utf8')).toBe('whole');
    expect(asked.map((each) => each.url.startsWith(`${url}/bucket/key`))).toEqual([true, true, true]);
  });
});

describe('errors', () => {
  it.each([
    [404, 'NoSuchBucket', 'bucket-not-found', 'there is no bucket "bucket"'],
    [404, 'NoSuchKey', 'object-not-found', 'there is no "key" in bucket "bucket"'],
    [403, 'AccessDenied', 'storage-denied', 'access to "key" in bucket "bucket"'],
    [403, 'SignatureDoesNotMatch', 'storage-denied', 'SignatureDoesNotMatch'],
    [400, 'ExpiredToken', 'storage-denied', 'ExpiredToken'],
    [400, 'InvalidRequest', 'storage-failed', 'InvalidRequest'],
  ])('%d %s is %s', async (status, name, code, message) => {
    const { storage, url } = await scripted(s3Failure(status, name));
    const error = await storage.read('bucket', 'key').catch((thrown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
    if (code.startsWith('storage')) expect(error.message).toContain(url);
  });

  it('say that a server cannot be reached, and at which address', async () => {
    const storage = s3Storage({
      endpoint: 'http://127.0.0.1:1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    await expect(storage.stat('bucket', 'key')).rejects.toMatchObject({
      code: 'storage-failed',
      message: expect.stringContaining('ECONNREFUSED'),
      hint: 'Check that http://127.0.0.1:1 is right and can be reached from here.',
    });
  });

  it('notice a file that becomes shorter under way', async () => {
    const { url } = await scripted(content(''));
    const storage = s3Storage({ endpoint: url, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
    const file = source(9 * MIB);
    const upload = storage.upload(file, 'bucket', 'key', { onBytes: () => truncateSync(file, 0) });
    await expect(upload).rejects.toMatchObject({ message: expect.stringContaining('became shorter') });
  });

  it('do not hide the reason of a cancelled call', async () => {
    const { storage } = await scripted(content('x'));
    const reason = new Error('stop');
    const signal = AbortSignal.abort(reason);
    const target = path.join(temporaryFolder(), 'file');
    await expect(storage.download('bucket', 'key', target, { signal })).rejects.toBe(reason);
    await expect(storage.upload(source(5), 'bucket', 'key', { signal })).rejects.toBe(reason);
  });
});

describe('uploads in parts', () => {
  const BEGUN = '<InitiateMultipartUploadResult><UploadId>id-1</UploadId></InitiateMultipartUploadResult>';
  const DONE = '<CompleteMultipartUploadResult><ETag>"all"</ETag></CompleteMultipartUploadResult>';

  it('give up the upload when a part fails for good', async () => {
    const { storage, asked } = await scripted((response, { method, url }) => {
      if (method === 'POST') content(BEGUN)(response, { method, url } as never);
      else if (method === 'PUT') s3Failure(403, 'AccessDenied')(response, { method, url } as never);
      else response.writeHead(204).end();
    });
    const upload = storage.upload(source(4.5 * MIB), 'bucket', 'key');
    await expect(upload).rejects.toMatchObject({ code: 'storage-denied' });
    // A part that was cut off may be read by the server after that: its bytes were on the way.
    expect(asked).toContainEqual(
      expect.objectContaining({ method: 'DELETE', url: expect.stringContaining('uploadId=id-1') }),
    );
  });

  it('repeat only the part that failed for the moment', async () => {
    const failed = new Set<string>();
    const { storage, asked } = await scripted((response, entry) => {
      const part = /partNumber=(\d+)/.exec(entry.url)?.[1];
      if (entry.method === 'POST')
        return content(entry.url.includes('uploads') ? BEGUN : DONE)(response, entry);
      if (part === '2' && failed.size === 0) {
        failed.add(part);
        return s3Failure(500, 'InternalError')(response, entry);
      }
      return content('', { etag: `"part-${part}"` })(response, entry);
    });
    await storage.upload(source(4.5 * MIB), 'bucket', 'key');
    const parts = asked
      .filter(({ method }) => method === 'PUT')
      .map(({ url }) => /partNumber=(\d+)/.exec(url)?.[1]);
    expect(parts.toSorted()).toEqual(['1', '2', '2', '3', '4', '5']);
    const complete = asked.at(-1)?.body.toString() ?? '';
    expect([...complete.matchAll(/part-(\d)/g)].map(([, part]) => part)).toEqual(['1', '2', '3', '4', '5']);
  });

  it('give up what nobody has gone on with for a day, of the same key alone', async () => {
    const upload = (key: string, id: string, time: string) =>
      `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${time}</Initiated></Upload>`;
    const [before, now] = ['2020-01-01T00:00:00.000Z', new Date().toISOString()];
    const all = [upload('key', 'old', before), upload('key', 'new', now), upload('key-2', 'other', before)];
    const { storage, asked } = await scripted((response, entry) => {
      if (entry.method === 'GET' && entry.url.includes('uploads'))
        return content(`<ListMultipartUploadsResult>${all.join('')}</ListMultipartUploadsResult>`)(
          response,
          entry,
        );
      if (entry.method === 'GET') return content('<ListPartsResult></ListPartsResult>')(response, entry);
      return content(entry.url.includes('uploads') ? BEGUN : DONE)(response, entry);
    });
    await storage.upload(source(4.5 * MIB), 'bucket', 'key');
    const ended = asked.filter(({ method }) => method === 'DELETE').map(({ url }) => url);
    expect(ended).toEqual(['/bucket/key?uploadId=old']);
  });

  it('never need more than 10,000 parts', () => {
    const tib = 1024 ** 4;
    for (const size of [65 * MIB, 160_000 * MIB, 160_001 * MIB, 5 * tib]) {
      const parts = partsOf('file', size);
      expect(parts.length).toBeLessThanOrEqual(10_000);
      expect(parts.reduce((sum, { length }) => sum + length, 0)).toBe(size);
      expect(parts.at(-1)?.length).toBeGreaterThan(0);
    }
  });
});

describe('what comes', () => {
  const tag = (text: string) => `"${createHash('md5').update(text).digest('hex')}"`;

  it('is fetched again where it is not what its tag says', async () => {
    const etag = tag('whole');
    const { storage, asked } = await scripted(content('spoilt', { etag }), content('whole', { etag }));
    const file = path.join(temporaryFolder(), 'file');
    await storage.download('bucket', 'key', file);
    expect([readFileSync(file, 'utf8'), asked.length]).toEqual(['whole', 2]);
  });

  it.each([
    ['of parts', { etag: '"0123456789abcdef0123456789abcdef-2"' }],
    ['of another kind', { etag: '"0x8D4BCC2E4835CD0"' }],
    ['of what KMS encrypted', { etag: tag('other'), 'x-amz-server-side-encryption': 'aws:kms' }],
    ['beside a checksum of parts', { etag: '"a"', 'x-amz-checksum-crc32': 'AAAAAA==-2' }],
  ])('is taken as it is where the tag is one %s', async (_what, headers) => {
    const { storage } = await scripted(content('whole', headers));
    const file = path.join(temporaryFolder(), 'file');
    await storage.download('bucket', 'key', file);
    expect(readFileSync(file, 'utf8')).toBe('whole');
  });

  it('is taken as a whole from a server that knows no ranges', async () => {
    const whole = Buffer.alloc(33 * MIB, 7);
    const { storage } = await scripted(content(whole, { 'content-length': String(whole.length) }));
    const folder = temporaryFolder();
    let counted = 0;
    await storage.download('bucket', 'key', path.join(folder, 'file'), {
      onBytes: (bytes) => {
        counted += bytes;
      },
    });
    expect(readFileSync(path.join(folder, 'file')).equals(whole)).toBe(true);
    expect([counted, readdirSync(folder)]).toEqual([whole.length, ['file']]);
  });
});

describe('TLS', () => {
  async function selfSigned(): Promise<string> {
    const server = createServer({ cert: CERTIFICATE, key: KEY }, (_request, response) => response.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };

  it('refuses a certificate that nobody vouches for, and says how to accept it', async () => {
    const storage = s3Storage({ endpoint: await selfSigned(), credentials });
    await expect(storage.stat('bucket', 'key')).rejects.toMatchObject({
      code: 'storage-failed',
      hint: expect.stringContaining('verify: false'),
    });
  });

  it('accepts any certificate where the store says so, and only there', async () => {
    const endpoint = await selfSigned();
    const lax = s3Storage({ endpoint, credentials, verifyTls: false });
    expect(await lax.stat('bucket', 'key')).toMatchObject({ key: 'key' });
    await expect(s3Storage({ endpoint, credentials }).stat('bucket', 'key')).rejects.toThrow();
  });
});

describe('lists', () => {
  const page = (token: string) =>
    content(
      `<ListBucketResult><Name>bucket</Name><KeyCount>1</KeyCount><IsTruncated>true</IsTruncated><NextContinuationToken>${token}</NextContinuationToken><Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>`,
      { 'content-type': 'application/xml' },
    );
  const read = async (list: AsyncIterable<unknown>) => {
    let count = 0;
    for await (const _ of list) count += 1;
    return count;
  };

  it('that lead back to themselves end', async () => {
    const { storage, asked } = await scripted(page('again'));
    await expect(read(storage.list('bucket', ''))).rejects.toThrow(
      'bucket "bucket" could not be listed: its list leads back to a page that was there before',
    );
    expect(asked).toHaveLength(2);
  });

  it('end with the signal, also where no answer comes', async () => {
    const { storage } = await scripted(() => {});
    const controller = new AbortController();
    const reading = read(storage.list('bucket', '', { signal: controller.signal }));
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(reading).rejects.toThrow('enough');
  });

  it('end with the signal between pages that come at once', async () => {
    let count = 0;
    const { storage } = await scripted((response, asked) => {
      count += 1;
      page(`token-${count}`)(response, asked);
    });
    const controller = new AbortController();
    const reading = read(storage.list('bucket', '', { signal: controller.signal }));
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(reading).rejects.toThrow('enough');
  });
});
