/** Downloads from S3 as a stream into a file that appears complete or not at all. */
import { open, rename } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { makeFolder } from '../make-folder.ts';
import { StorageError } from './error.ts';
import { discardPart, partBeside } from './part-file.ts';
import type { TransferOptions } from './storage.ts';

/** Writes the content of an answer to `file`. What was moved in vain is taken back from the count. */
export async function writeAnswer(
  answer: GetObjectCommandOutput,
  file: string,
  { signal, onBytes }: TransferOptions,
): Promise<void> {
  const body = bodyOf(answer);
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
    checkLength(answer, moved, file);
    await rename(part, file);
  } catch (error) {
    body.destroy();
    discardPart(part);
    if (moved > 0) onBytes?.(-moved);
    throw error;
  }
}

/** The content of an answer as a stream. */
export function bodyOf(answer: GetObjectCommandOutput): Readable {
  return answer.Body instanceof Readable ? answer.Body : Readable.from([]);
}

function counting(onBytes: (bytes: number) => void): Transform {
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      onBytes(chunk.length);
      done(null, chunk);
    },
  });
}

function checkLength({ ContentLength }: GetObjectCommandOutput, moved: number, file: string): void {
  if (ContentLength === undefined || ContentLength === moved) return;
  throw new StorageError('storage-failed', `"${file}" got ${moved} of ${ContentLength} bytes`, {
    retryable: true,
  });
}
