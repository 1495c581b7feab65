/** Downloads from S3 as a stream into a file that appears complete or not at all. */
import { open, rename } from 'node:fs/promises';
import path from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { makeFolder } from '../../make-folder.ts';
import { StorageError } from '../error.ts';
import { discardPart, partBeside } from '../part-file.ts';
import { writeSmall } from '../small-files.ts';
import type { TransferOptions } from '../storage.ts';
import { type Check, checkOf, type ObjectProof } from './proof.ts';

/** The content of an object on its way. */
export interface Content {
  /** All of it, or a stream. */
  readonly body: Buffer | Readable;
  /** Bytes, if the server says it. */
  readonly length: number | undefined;
  /** What it must come to, if anybody knows. */
  readonly proof?: ObjectProof | undefined;
}

/** Writes a content to `file`. What was moved in vain is taken back from the count. */
export async function writeContent(content: Content, file: string, options: TransferOptions): Promise<void> {
  const { body, length } = content;
  const check = checkOf(content.proof);
  if (!Buffer.isBuffer(body)) return writeStream({ ...content, body, check }, file, options);
  check.add(body);
  requireWhole(length, body.length, check, file);
  await writeSmall(file, body);
  options.onBytes?.(body.length);
}

async function writeStream(
  {
    body,
    length,
    check,
  }: { readonly body: Readable; readonly length: number | undefined; readonly check: Check },
  file: string,
  { signal, onBytes }: TransferOptions,
): Promise<void> {
  const part = partBeside(file);
  let moved = 0;
  const counter = looking((chunk) => {
    check.add(chunk);
    moved += chunk.length;
    onBytes?.(chunk.length);
  });
  try {
    makeFolder(path.dirname(file));
    // Opened first: a stream opens its file late, and would make it after a failure has already cleaned up.
    const target = (await open(part, 'wx')).createWriteStream();
    await pipeline(body, counter, target, { ...(signal && { signal }) });
    requireWhole(length, moved, check, file);
    await rename(part, file);
  } catch (error) {
    body.destroy();
    discardPart(part);
    if (moved > 0) onBytes?.(-moved);
    throw error;
  }
}

function looking(at: (chunk: Buffer) => void): Transform {
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      at(chunk);
      done(null, chunk);
    },
  });
}

function requireWhole(length: number | undefined, moved: number, check: Check, file: string): void {
  const fail = (what: string) => new StorageError('storage-failed', `"${file}" ${what}`, { retryable: true });
  if (length !== undefined && length !== moved) throw fail(`got ${moved} of ${length} bytes`);
  if (!check.isMet()) throw fail('did not come as it is in the store: its checksum is another');
}
