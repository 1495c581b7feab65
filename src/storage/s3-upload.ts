/** Uploads to S3: small files at once, larger ones as a stream, the largest in parts. */
import { open, readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { withRetry } from '../retry.ts';
import { StorageError } from './error.ts';
import type { S3Connection } from './s3-client.ts';
import type { TransferOptions } from './storage.ts';

const MIB = 1024 * 1024;
/** Bytes. Up to this a file is held in memory, which lets the SDK itself repeat a failed request. */
const IN_MEMORY = MIB;
/** Bytes. S3 allows parts of 5 MiB to 5 GiB, and 10,000 of them. */
const PART = 16 * MIB;
const MOST_PARTS = 10_000;
const PARALLEL_PARTS = 4;
/** A file goes in parts when it has more than this many: parts go side by side, and are repeated one by one. */
const FEWEST_PARTS = 4;

/** Where a file goes. */
interface UploadTarget {
  readonly Bucket: string;
  readonly Key: string;
}

/** One upload and what its parts share. `failure` turns what the SDK throws into the error of this store. */
interface Upload {
  readonly connection: S3Connection;
  readonly target: UploadTarget;
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes of a part; 16 MiB by default. */
  readonly partBytes?: number | undefined;
  readonly options: TransferOptions;
  readonly failure: (thrown: unknown) => unknown;
}

/** Uploads the file. Answers the object's tag. */
export async function uploadFile(upload: Upload): Promise<string> {
  const { partBytes = PART } = upload;
  if (upload.size > FEWEST_PARTS * partBytes) return uploadParts({ ...upload, partBytes });
  if (upload.size > IN_MEMORY) return uploadStream(upload);
  return uploadBuffer(upload);
}

async function uploadBuffer({ connection, target, file, options }: Upload): Promise<string> {
  const { sdk, client } = connection;
  const command = new sdk.PutObjectCommand({ ...target, Body: await readFile(file) });
  const { ETag = '' } = await client.send(command, aborting(options));
  options.onBytes?.(command.input.Body instanceof Uint8Array ? command.input.Body.length : 0);
  return ETag;
}

async function uploadStream(upload: Upload): Promise<string> {
  const { sdk, client } = upload.connection;
  const whole = { file: upload.file, start: 0, length: upload.size };
  return sendStretch(upload, whole, upload.options, async (Body, options) => {
    const command = new sdk.PutObjectCommand({ ...upload.target, Body, ContentLength: upload.size });
    return (await client.send(command, options)).ETag ?? '';
  });
}

/** Sends a body. `crc32Of` gives the checksum of what was read of it, in base64: servers need not answer it. */
type Send<T> = (body: Readable, options: { abortSignal: AbortSignal }, crc32Of: () => string) => Promise<T>;

/** Sends a stretch of the file, anew where it failed for the moment; what was sent in vain is taken back. */
function sendStretch<T>(
  upload: Upload,
  stretch: Stretch,
  options: TransferOptions,
  send: Send<T>,
): Promise<T> {
  const attempt = async () => {
    let [sent, sum] = [0, 0];
    const count = (chunk: Uint8Array) => {
      sent += chunk.length;
      sum = crc32(chunk, sum);
      options.onBytes?.(chunk.length);
    };
    const body = stretchStream(stretch, count);
    try {
      return await sendOnce(body, options.signal, (sending, how) => send(sending, how, () => inBase64(sum)));
    } catch (error) {
      if (sent > 0) options.onBytes?.(-sent);
      throw upload.failure(error);
    }
  };
  return withRetry(attempt, { signal: options.signal });
}

function inBase64(sum: number): string {
  return Buffer.from(sum.toString(16).padStart(8, '0'), 'hex').toString('base64');
}

/** The SDK does not hear of a body that fails: its request would wait for ever. */
async function sendOnce<T>(
  body: Readable,
  outer: AbortSignal | undefined,
  send: (body: Readable, options: { abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const broken = new AbortController();
  body.once('error', (error) => broken.abort(error));
  const abortSignal = outer ? AbortSignal.any([outer, broken.signal]) : broken.signal;
  try {
    return await send(body, { abortSignal });
  } catch (error) {
    throw broken.signal.aborted ? broken.signal.reason : error;
  } finally {
    body.destroy();
  }
}

async function uploadParts(upload: Upload): Promise<string> {
  const { connection, target, options } = upload;
  const { sdk, client } = connection;
  const begin = new sdk.CreateMultipartUploadCommand({ ...target, ...(await checksumOf(client)) });
  const created = await client.send(begin, aborting(options));
  const id = { ...target, UploadId: created.UploadId };
  try {
    const Parts = await sendParts(upload, id);
    const complete = new sdk.CompleteMultipartUploadCommand({ ...id, MultipartUpload: { Parts } });
    return (await client.send(complete, aborting(options))).ETag ?? '';
  } catch (error) {
    // Parts of an unfinished upload are kept, and paid for, until somebody gives it up.
    await client.send(new sdk.AbortMultipartUploadCommand(id)).catch(() => {});
    throw error;
  }
}

/** What the SDK adds to every body by default, whatever it is asked for. */
const ALGORITHM = 'CRC32';

/**
 * The algorithm that an upload in parts must name, where the client gives each part a checksum: S3 takes no others then,
 * and wants all of them again at the end. Rule: the API reference of CreateMultipartUpload and CompleteMultipartUpload.
 */
async function checksumOf({ config }: S3Connection['client']) {
  const calculates = (await config.requestChecksumCalculation()) === 'WHEN_SUPPORTED';
  return calculates ? ({ ChecksumAlgorithm: ALGORITHM } as const) : {};
}

interface SentPart {
  readonly PartNumber: number;
  readonly ETag: string;
  /** In base64. */
  readonly ChecksumCRC32?: string;
}

/** Several parts at a time; the first failure stops the others. */
async function sendParts(
  upload: Upload,
  id: UploadTarget & { UploadId: string | undefined },
): Promise<SentPart[]> {
  const stop = new AbortController();
  const { signal: outer, onBytes } = upload.options;
  const options = { onBytes, signal: outer ? AbortSignal.any([outer, stop.signal]) : stop.signal };
  const stretches = partsOf(upload.file, upload.size, upload.partBytes);
  const queue = stretches.entries();
  const sent: SentPart[] = [];
  const work = async () => {
    for (const [index, stretch] of queue) {
      const PartNumber = index + 1;
      sent[index] = { PartNumber, ...(await sendPart(upload, { ...id, PartNumber }, stretch, options)) };
    }
  };
  const workers = Array.from({ length: Math.min(PARALLEL_PARTS, stretches.length) }, work);
  try {
    await Promise.all(workers);
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(workers);
    throw error;
  }
  return sent;
}

type PartTarget = UploadTarget & { UploadId: string | undefined; PartNumber: number };

async function sendPart(
  upload: Upload,
  part: PartTarget,
  stretch: Stretch,
  options: TransferOptions,
): Promise<Omit<SentPart, 'PartNumber'>> {
  const { sdk, client } = upload.connection;
  const checksum = await checksumOf(client);
  return sendStretch(upload, stretch, options, async (Body, aborts, crc32Of) => {
    const about = { ...part, ...checksum, ContentLength: stretch.length };
    const { ETag = '' } = await client.send(new sdk.UploadPartCommand({ ...about, Body }), aborts);
    return { ETag, ...(checksum.ChecksumAlgorithm && { ChecksumCRC32: crc32Of() }) };
  });
}

/** Equal parts, larger than usual where there would be too many. */
export function partsOf(file: string, size: number, partBytes = PART): readonly Stretch[] {
  const part = Math.max(partBytes, Math.ceil(size / MOST_PARTS / MIB) * MIB);
  return Array.from({ length: Math.ceil(size / part) }, (_, index) => {
    const start = index * part;
    return { file, start, length: Math.min(part, size - start) };
  });
}

function aborting({ signal }: TransferOptions): { abortSignal?: AbortSignal } {
  return signal ? { abortSignal: signal } : {};
}

// Reads a stretch of a file as a stream.

/** Bytes. */
const CHUNK = 256 * 1024;

/** A stretch of a file. Both numbers are bytes. */
interface Stretch {
  readonly file: string;
  readonly start: number;
  readonly length: number;
}

/**
 * The bytes of a stretch, read as they are taken; `onChunk` sees each chunk before. The stream fails when the file ends
 * early, which means that somebody changed it meanwhile.
 */
function stretchStream(stretch: Stretch, onChunk: (chunk: Uint8Array) => void): Readable {
  return Readable.from(chunks(stretch, onChunk), { objectMode: false, highWaterMark: CHUNK });
}

async function* chunks({ file, start, length }: Stretch, onChunk: (chunk: Uint8Array) => void) {
  const handle = await open(file);
  try {
    for (let done = 0; done < length; ) {
      const buffer = Buffer.allocUnsafe(Math.min(CHUNK, length - done));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, start + done);
      if (bytesRead === 0)
        throw new StorageError('storage-failed', `"${file}" became shorter while it was read`);
      done += bytesRead;
      const chunk = buffer.subarray(0, bytesRead);
      onChunk(chunk);
      yield chunk;
    }
  } finally {
    await handle.close();
  }
}
