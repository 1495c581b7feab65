/** Contents of files on the way to and from stores that speak plain HTTP. */
import { createReadStream } from 'node:fs';
import { open, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';
import { type Digest, digestsOf, hashOf } from './digests.ts';
import { StorageError } from './error.ts';
import type { HttpAnswer } from './http.ts';
import { connectionError, type HttpSubject } from './http-error.ts';
import { discardPart, partBeside } from './part-file.ts';
import type { ObjectInfo, TransferOptions } from './storage.ts';

/** Bytes that are read at a time. */
const PIECE = 256 * 1024;

/** How many bytes a file has. @throws StorageError `storage-failed`: it is none, or cannot be read */
export async function sizeOf(file: string): Promise<number> {
  const stats = await stat(file).catch((cause) => {
    throw new StorageError('storage-failed', `"${file}" cannot be uploaded: ${messageOf(cause)}`, { cause });
  });
  if (stats.isFile()) return stats.size;
  throw new StorageError('storage-failed', `"${file}" cannot be uploaded: it is no file`);
}

/** Bytes of a file that are sent. */
export interface Piece {
  readonly file: string;
  readonly start: number;
  readonly length: number;
}

/** Sends a piece of a file, and counts what goes; each call of `body` starts over and takes back what was counted. */
export function sending({ file, start, length }: Piece, { onBytes }: TransferOptions) {
  let counted = 0;
  const takeBack = () => {
    if (counted > 0) onBytes?.(-counted);
    counted = 0;
  };
  async function* chunks() {
    if (length === 0) return;
    let sent = 0;
    const source = createReadStream(file, { start, end: start + length - 1, highWaterMark: PIECE });
    for await (const chunk of source) {
      sent += (chunk as Buffer).length;
      counted += (chunk as Buffer).length;
      onBytes?.((chunk as Buffer).length);
      yield chunk as Buffer;
    }
    if (sent < length)
      throw new StorageError('storage-failed', `"${file}" became shorter while it was uploaded`);
  }
  const body = () => {
    takeBack();
    return Readable.from(chunks(), { objectMode: false, highWaterMark: PIECE });
  };
  return { body, takeBack };
}

/** What is expected of a content. */
interface Expected {
  /** Bytes, where the server says it. */
  readonly size: number | undefined;
  readonly digest: Digest | undefined;
}

/**
 * Writes the content of an answer to a file, which appears complete and right or not at all. Answers how many bytes it has.
 * Rejects with a retryable StorageError where it is neither.
 */
export async function saveBody(
  { body }: HttpAnswer,
  file: string,
  { size, digest, subject }: Expected & { readonly subject: HttpSubject },
  { signal, onBytes }: TransferOptions,
): Promise<number> {
  const part = partBeside(file);
  const hash = digest && hashOf(digest.algorithm);
  let moved = 0;
  async function* counted(source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      moved += chunk.length;
      hash?.update(chunk);
      onBytes?.(chunk.length);
      yield chunk;
    }
  }
  try {
    makeFolder(path.dirname(file));
    // Opened first: a stream opens its file late, and would make it after a failure has already cleaned up.
    const target = (await open(part, 'wx')).createWriteStream();
    await pipeline(body, counted, target, { ...(signal && { signal }) });
    if (size !== undefined && size !== moved) throw damaged(file, `${moved} of ${size} bytes came`);
    if (hash && hash.digest() !== digest?.hex) throw damaged(file, `its ${digest?.algorithm} is another one`);
    await rename(part, file);
    return moved;
  } catch (thrown) {
    body.on('error', () => undefined).destroy();
    discardPart(part);
    if (moved > 0) onBytes?.(-moved);
    if (signal?.aborted) throw signal.reason;
    throw thrown instanceof StorageError || isOfFile(thrown) ? thrown : connectionError(thrown, subject);
  }
}

function damaged(file: string, why: string): StorageError {
  const message = `"${file}" did not arrive as it is on the server: ${why}`;
  return new StorageError('storage-failed', message, { retryable: true });
}

function isOfFile(thrown: unknown): boolean {
  return thrown instanceof Error && ('path' in thrown || ('syscall' in thrown && thrown.syscall === 'write'));
}

/** What the server says it holds now. @throws StorageError: retryable, since it is not what was sent */
export async function checkUpload(
  file: string,
  sent: number,
  { size, digest }: Expected,
  subject: HttpSubject,
): Promise<void> {
  const wrong = (why: string) =>
    new StorageError(
      'storage-failed',
      `"${subject.key}" did not arrive at ${subject.server} as it is: ${why}`,
      {
        retryable: true,
      },
    );
  if (size !== undefined && size !== sent) throw wrong(`it has ${size} of ${sent} bytes there`);
  if (!digest) return;
  const [own] = await digestsOf(file, [digest.algorithm]);
  if (own !== digest.hex) throw wrong(`its ${digest.algorithm} is another one there`);
}

/** Milliseconds until a server is looked at again, which may still be writing what came. */
const WAITS = [0, 100, 400] as const;

/**
 * Removes what a server keeps of an upload that broke off: nobody may take it for the whole. Never rejects, as why it broke
 * off is what matters.
 */
export async function discardRest(
  look: () => Promise<ObjectInfo | undefined>,
  size: number,
  remove: () => Promise<unknown>,
): Promise<void> {
  for (const wait of WAITS) {
    await setTimeout(wait);
    const left = await look().catch(() => undefined);
    if (left && left.size < size) return void (await remove().catch(() => undefined));
  }
}
