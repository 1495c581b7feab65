/** Reads stretches of files in pieces. */
import { close, open, read } from 'node:fs';
import { promisify } from 'node:util';
import { StorageError } from './error.ts';
import { readSmall } from './small-files.ts';

const [openFile, readFile, closeFile] = [promisify(open), promisify(read), promisify(close)];

/** Bytes. */
const PIECE = 256 * 1024;
/** Bytes. Stretches of up to so many are one piece. */
const SMALL = 64 * 1024;

/** A stretch of a file. Both numbers are bytes. */
export interface Stretch {
  readonly file: string;
  readonly start: number;
  readonly length: number;
}

/**
 * The bytes of a stretch, read as they are taken; into memory that is large enough, if some is given.
 * @throws StorageError where the file ends early, which means that somebody changed it meanwhile; errors of the system
 */
export async function* readPieces({ file, start, length }: Stretch, memory?: Buffer): AsyncGenerator<Buffer> {
  if (length <= SMALL) {
    const whole = await readSmall(file, start, length);
    if (whole.length < length) throw shortened(file);
    yield whole;
    return;
  }
  const handle = await openFile(file, 'r');
  try {
    for (let done = 0; done < length; ) {
      const size = Math.min(PIECE, length - done);
      const buffer = memory?.subarray(done, done + size) ?? Buffer.allocUnsafe(size);
      const { bytesRead } = await readFile(handle, buffer, 0, size, start + done);
      if (bytesRead === 0) throw shortened(file);
      done += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await closeFile(handle);
  }
}

function shortened(file: string): StorageError {
  return new StorageError('storage-failed', `"${file}" became shorter while it was read`);
}
