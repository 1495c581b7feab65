/** Downloads from S3 as a stream into a file that appears complete or not at all. */
import { open, rename } from 'node:fs/promises';
import path from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { makeFolder } from '../make-folder.ts';
import { StorageError } from './error.ts';
import { discardPart, partBeside } from './part-file.ts';
import { writeSmall } from './small-files.ts';
import type { TransferOptions } from './storage.ts';

/** The content of an object on its way. */
interface Content {
  /** All of it, or a stream. */
  readonly body: Buffer | Readable;
  /** Bytes, if the server says it. */
  readonly length: number | undefined;
}

/** Writes a content to `file`. What was moved in vain is taken back from the count. */
export async function writeContent(content: Content, file: string, options: TransferOptions): Promise<void> {
  const { body, length } = content;
  if (!Buffer.isBuffer(body)) return writeStream(body, length, file, options);
  checkLength(length, body.length, file);
  await writeSmall(file, body);
  options.onBytes?.(body.length);
}

async function writeStream(
  body: Readable,
  length: number | undefined,
  file: string,
  { signal, onBytes }: TransferOptions,
): Promise<void> {
  const part = partBeside(file);
  let moved = 0;
  const counter = counting((bytes) => {
    moved += bytes;
    onBytes?.(bytes);
  });
  try {
    makeFolder(path.dirname(file));
    // Opened first: a stream opens its file late, and would make it after a failure has already cleaned up.
    const target = (await open(part, 'wx')).createWriteStream();
    await pipeline(body, counter, target, { ...(signal && { signal }) });
    checkLength(length, moved, file);
    await rename(part, file);
  } catch (error) {
    body.destroy();
    discardPart(part);
    if (moved > 0) onBytes?.(-moved);
    throw error;
  }
}

function counting(onBytes: (bytes: number) => void): Transform {
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      onBytes(chunk.length);
      done(null, chunk);
    },
  });
}

function checkLength(length: number | undefined, moved: number, file: string): void {
  if (length === undefined || length === moved) return;
  throw new StorageError('storage-failed', `"${file}" got ${moved} of ${length} bytes`, { retryable: true });
}
