/** Reads a stretch of a file as a stream. */
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { StorageError } from './error.ts';

/** Bytes. */
const CHUNK = 256 * 1024;

/** A stretch of a file. Both numbers are bytes. */
export interface Stretch {
  readonly file: string;
  readonly start: number;
  readonly length: number;
}

/**
 * The bytes of a stretch, read as they are taken; `onChunk` sees each chunk before. The stream fails when the file ends
 * early, which means that somebody changed it meanwhile.
 */
export function stretchStream(stretch: Stretch, onChunk: (chunk: Uint8Array) => void): Readable {
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
