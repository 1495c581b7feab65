/** Reads stretches of files in pieces. */
import { close, open, read } from 'node:fs';
import { promisify } from 'node:util';
import { StorageError } from './error.ts';

const [openFile, readFile, closeFile] = [promisify(open), promisify(read), promisify(close)];

/** Bytes. */
const PIECE = 256 * 1024;

/** A stretch of a file. Both numbers are bytes. */
export interface Stretch {
  readonly file: string;
  readonly start: number;
  readonly length: number;
}

/**
 * The bytes of a stretch, read as they are taken.
 * @throws StorageError where the file ends early, which means that somebody changed it meanwhile; errors of the system
 */
export async function* readPieces({ file, start, length }: Stretch): AsyncGenerator<Buffer> {
  const handle = await openFile(file, 'r');
  try {
    for (let done = 0; done < length; ) {
      const buffer = Buffer.allocUnsafe(Math.min(PIECE, length - done));
      const { bytesRead } = await readFile(handle, buffer, 0, buffer.length, start + done);
      if (bytesRead === 0)
        throw new StorageError('storage-failed', `"${file}" became shorter while it was read`);
      done += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await closeFile(handle);
  }
}
