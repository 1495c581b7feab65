/** Downloads of large objects from S3: ranges that come side by side, each again by itself where it failed. */
import { writev } from 'node:fs';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { withRetry } from '../../retry.ts';
import { openSlots } from '../../slots.ts';
import { StorageError } from '../error.ts';
import { readPieces, type Stretch } from '../file-stretch.ts';
import type { ObjectName, TransferOptions } from '../storage.ts';
import { checksumText, combinedCrc32 } from './checksum.ts';
import type { Answer } from './exchange.ts';
import { dropped, headerOf, lengthOf, type S3Http, tagOf } from './http.ts';
import { openPartial, type PartialFile } from './partial-file.ts';
import { checkOf, type ObjectProof, proofOf } from './proof.ts';

const MIB = 1024 * 1024;
/** Bytes of a range. */
const PART = 8 * MIB;
/** An object comes in ranges when it has more bytes than this. */
const LARGE = 4 * PART;
/** More ranges than this are made larger. */
const MOST_PARTS = 10_000;
/** Ranges that come at the same time, of all files together. */
const ranges = openSlots(6);
/** Bytes that are gathered before they are written. */
const BATCH = MIB;

/** An object that comes. `failure` turns what a request fails with into the error of this store. */
export interface Download {
  readonly http: S3Http;
  readonly name: ObjectName;
  readonly file: string;
  readonly options: TransferOptions;
  readonly failure: (thrown: unknown) => unknown;
}

/** The server sends all of an object, whatever range of it is asked for. */
export class NoRanges extends StorageError {}

/** Whether an object is to come in ranges; without a tag, nobody knows whether they are of one object. */
export function isLarge(answer: Answer): boolean {
  return (lengthOf(answer) ?? 0) > LARGE && tagOf(answer) !== '';
}

/**
 * Writes an object to its file, of which the answer to a request for all of it, or for its headers, has come: the first bytes are taken from that.
 * What is there stays beside the file when the rest does not come. @throws StorageError, or the reason of the signal
 */
export async function downloadLarge(download: Download, answer: Answer): Promise<void> {
  const size = lengthOf(answer) ?? 0;
  const part = Math.max(PART, Math.ceil(size / MOST_PARTS / MIB) * MIB);
  const partial = await openPartial(download.file, { tag: tagOf(answer), size, part });
  let isOfUse = true;
  let moved = 0;
  const onBytes = (bytes: number) => {
    moved += bytes;
    download.options.onBytes?.(bytes);
  };
  try {
    await fetchStretches({ ...download, options: { ...download.options, onBytes } }, answer, partial);
    if (!(await isWhole(partial, proofOf(answer)))) {
      isOfUse = false;
      throw corrupted(download.name);
    }
    partial.finish();
  } catch (error) {
    partial.leave(isOfUse && partial.sums.size > 0 && !isChanged(error));
    if (moved > 0) download.options.onBytes?.(-moved);
    throw error;
  }
}

function corrupted({ bucket, key }: ObjectName): StorageError {
  const message = `"${key}" in bucket "${bucket}" did not come as it is there: its checksum is another`;
  return new StorageError('storage-failed', message, { retryable: true });
}

/** Whether the object is another one by now. */
function isChanged(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.name === 'PreconditionFailed';
}

/** Fetches what is not there yet, several stretches at a time; the first failure stops the others. */
async function fetchStretches(download: Download, answer: Answer, partial: PartialFile): Promise<void> {
  const stop = new AbortController();
  const outer = download.options.signal;
  const signal = outer ? AbortSignal.any([outer, stop.signal]) : stop.signal;
  const begun = beginning(answer);
  const missing = [...partial.stretches.entries()].filter(([index]) => !partial.sums.has(index));
  for (const [index, { length }] of partial.stretches.entries())
    if (partial.sums.has(index)) download.options.onBytes?.(length);
  if (missing[0]?.[0] !== 0) begun.drop();
  const fetching = missing.map(([index, stretch]) =>
    ranges(() =>
      fetchStretch(
        { ...download, options: { ...download.options, signal } },
        answer,
        stretch,
        partial.handle,
        begun,
      ),
    ).then((sum) => partial.add(index, sum)),
  );
  try {
    await Promise.all(fetching);
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(fetching);
    throw error;
  } finally {
    begun.drop();
  }
}

/** The answer that is there already, for whoever is first. */
function beginning({ body }: Answer) {
  let stream = Buffer.isBuffer(body) ? undefined : body;
  return {
    take: () => {
      const taken = stream;
      stream = undefined;
      return taken;
    },
    drop: () => void stream?.on('error', ignore).destroy(),
  };
}

function ignore(): void {}

/** Fetches one stretch, again where that may help. Answers its CRC-32. */
function fetchStretch(
  { http, name, options, failure }: Download,
  whole: Answer,
  stretch: Stretch,
  handle: number,
  begun: ReturnType<typeof beginning>,
): Promise<number> {
  const { signal, onBytes } = options;
  return withRetry(
    async () => {
      let moved = 0;
      const count = (bytes: number) => {
        moved += bytes;
        onBytes?.(bytes);
      };
      try {
        signal?.throwIfAborted();
        const first = stretch.start === 0 ? begun.take() : undefined;
        const body = first ?? (await askRange(http, name, whole, stretch, signal));
        return await writeStretch(body, stretch, handle, count, signal);
      } catch (thrown) {
        if (moved > 0) onBytes?.(-moved);
        throw failure(thrown);
      }
    },
    { signal },
  );
}

/** The range of an object that is still the same. */
async function askRange(
  http: S3Http,
  name: ObjectName,
  whole: Answer,
  { start, length }: Stretch,
  signal: AbortSignal | undefined,
): Promise<Iterable<Buffer> | Readable> {
  const range = `bytes=${start}-${start + length - 1}`;
  const headers = { range, 'if-match': headerOf(whole, 'etag') ?? '' };
  const answer = await http.send({ operation: 'GetObject', ...name, headers, signal });
  const expected = `bytes ${start}-${start + length - 1}/${headerOf(whole, 'content-length')}`;
  if (answer.status === 206 && headerOf(answer, 'content-range') === expected)
    return Buffer.isBuffer(answer.body) ? [answer.body] : answer.body;
  if (Buffer.isBuffer(answer.body)) dropped(answer);
  else answer.body.on('error', ignore).destroy();
  throw new NoRanges('storage-failed', `the server answers a range of "${name.key}" with something else`);
}

const writeAll = promisify(writev);

/** Writes what comes to its place, and not more than belongs there. Answers its CRC-32. */
async function writeStretch(
  body: Iterable<Buffer> | AsyncIterable<Buffer>,
  { start, length }: Stretch,
  handle: number,
  count: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<number> {
  let [sum, done, written] = [0, 0, 0];
  let batch: Buffer[] = [];
  let writing: Promise<unknown> = Promise.resolve();
  const flush = async () => {
    const [all, at] = [batch, start + written];
    batch = [];
    written = done;
    await writing;
    writing = writeWhole(handle, all, at);
    writing.catch(ignore);
  };
  for await (const chunk of body) {
    const piece = chunk.length > length - done ? chunk.subarray(0, length - done) : chunk;
    sum = crc32(piece, sum);
    batch.push(piece);
    done += piece.length;
    count(piece.length);
    if (done - written >= BATCH) await flush();
    // More may follow, where all of the object was asked for.
    if (piece.length < chunk.length) break;
  }
  await flush();
  await writing;
  signal?.throwIfAborted();
  if (done === length) return sum;
  throw new StorageError('storage-failed', `${done} of ${length} bytes came`, { retryable: true });
}

/** Writes all pieces: the system may take fewer bytes than it is given. */
async function writeWhole(handle: number, pieces: readonly Buffer[], at: number): Promise<void> {
  if (pieces.length === 0) return;
  const size = pieces.reduce((sum, { length }) => sum + length, 0);
  const { bytesWritten } = await writeAll(handle, pieces, at);
  if (bytesWritten < size)
    await writeWhole(handle, [Buffer.concat(pieces).subarray(bytesWritten)], at + bytesWritten);
}

/** Whether what is there is the object. */
async function isWhole({ stretches, sums }: PartialFile, proof: ObjectProof | undefined): Promise<boolean> {
  if (proof?.kind === 'crc32') {
    const add = (sum: number, { length }: Stretch, index: number) =>
      combinedCrc32(sum, sums.get(index) ?? 0, length);
    return checksumText(stretches.reduce(add, 0)) === proof.text;
  }
  const check = checkOf(proof);
  if (proof) for (const stretch of stretches) for await (const piece of readPieces(stretch)) check.add(piece);
  return check.isMet();
}
