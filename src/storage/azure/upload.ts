/** Uploads to Azure Blob Storage. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { withRetry } from '../../retry.ts';
import { digestsOf } from '../digests.ts';
import { StorageError } from '../error.ts';
import { discard, type HttpAnswer } from '../http.ts';
import { sending, sizeOf } from '../http-body.ts';
import { metadataHeaders } from '../metadata.ts';
import type { ObjectInfo, TransferOptions } from '../storage.ts';
import { type Asked, ask, infoOf, type Located, METADATA } from './server.ts';

/** Rule: scalability targets of Blob Storage. */
const MOST_BLOCKS = 50_000;

const TYPE = 'application/octet-stream';

/** The digest goes along, by which the server refuses what was damaged on the way, and which it keeps. */
export async function upload(file: string, located: Located, options: TransferOptions): Promise<ObjectInfo> {
  const { server, key } = located;
  const size = await sizeOf(file);
  const [md5 = ''] = await digestsOf(file, ['md5']);
  const digest = Buffer.from(md5, 'hex').toString('base64');
  const put = size > server.partBytes ? putBlocks : putBlob;
  const answer = await put(file, { size, digest }, located, options);
  discard(answer);
  return infoOf(key, answer.headers, size);
}

interface Content {
  /** Bytes. */
  readonly size: number;
  /** MD5 in base64. */
  readonly digest: string;
}

async function putBlob(
  file: string,
  { size, digest }: Content,
  located: Located,
  options: TransferOptions,
): Promise<HttpAnswer> {
  const { server, url, subject } = located;
  const { body, takeBack } = sending({ file, start: 0, length: size }, options);
  const { signal } = options;
  const headers = {
    'x-ms-blob-type': 'BlockBlob',
    'content-type': TYPE,
    'content-length': String(size),
    'content-md5': digest,
    ...metadataHeaders(METADATA, options.metadata),
  };
  try {
    return await withRetry(() => ask(server, { method: 'PUT', url, headers, body, subject, signal }), {
      signal,
    });
  } catch (thrown) {
    takeBack();
    throw thrown;
  }
}

/** Blocks that are never listed are forgotten by the server after a week. */
async function putBlocks(
  file: string,
  { size, digest }: Content,
  located: Located,
  options: TransferOptions,
): Promise<HttpAnswer> {
  const { server, url, subject } = located;
  const { signal, onBytes } = options;
  const length = Math.max(server.partBytes, Math.ceil(size / MOST_BLOCKS));
  const count = Math.ceil(size / length);
  const ids = Array.from({ length: count }, (_, index) =>
    Buffer.from(String(index).padStart(6, '0')).toString('base64'),
  );
  const source = await open(file);
  let moved = 0;
  const send = (asked: Pick<Asked, 'url' | 'headers' | 'body'>) =>
    withRetry(() => ask(server, { method: 'PUT', subject, signal, ...asked }), { signal });
  try {
    for (const [index, id] of ids.entries()) {
      const body = await blockOf(source, file, index * length, Math.min(length, size - moved));
      const headers = {
        'content-length': String(body.length),
        'content-md5': createHash('md5').update(body).digest('base64'),
      };
      discard(await send({ url: `${url}?comp=block&blockid=${encodeURIComponent(id)}`, headers, body }));
      moved += body.length;
      onBytes?.(body.length);
    }
    const body = `<?xml version="1.0" encoding="utf-8"?><BlockList>${ids.map((id) => `<Latest>${id}</Latest>`).join('')}</BlockList>`;
    const headers = {
      'content-length': String(body.length),
      'x-ms-blob-content-type': TYPE,
      'x-ms-blob-content-md5': digest,
      ...metadataHeaders(METADATA, options.metadata),
    };
    return await send({ url: `${url}?comp=blocklist`, headers, body });
  } catch (thrown) {
    if (moved > 0) onBytes?.(-moved);
    throw thrown;
  } finally {
    await source.close();
  }
}

async function blockOf(
  source: Awaited<ReturnType<typeof open>>,
  file: string,
  start: number,
  length: number,
): Promise<Buffer> {
  const { buffer, bytesRead } = await source.read(Buffer.alloc(length), 0, length, start);
  if (bytesRead === length) return buffer;
  throw new StorageError('storage-failed', `"${file}" became shorter while it was uploaded`);
}
