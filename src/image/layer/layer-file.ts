/** Layers of ours: made as files, known by their digests. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BlobSource } from '../blob-copy.ts';
import { type TarSource, writeTar } from '../tar/writer.ts';
import { gzipSteps } from './gzip.ts';

/** A layer in a file of this machine, packed. */
export interface LayerFile {
  readonly file: string;
  readonly digest: string;
  /** Bytes, packed. */
  readonly size: number;
  /** The digest of the archive before it was packed. */
  readonly diffId: string;
}

/** Writes a layer to `file`; equal sources give equal bytes. */
export async function writeLayer(
  sources: readonly TarSource[],
  file: string,
  signal: AbortSignal | undefined,
): Promise<LayerFile> {
  const plain = meter();
  const packed = meter();
  const { count, deflate, frame } = gzipSteps();
  const archive = Readable.from(count(plain.pass(writeTar(sources))));
  const framed = (source: AsyncIterable<Uint8Array>) => packed.pass(frame(source));
  await pipeline(archive, deflate, framed, createWriteStream(file), signal ? { signal } : {});
  return { file, digest: packed.digest(), size: packed.size(), diffId: plain.digest() };
}

/** Passes bytes on, and tells their number and digest when they are through. */
function meter() {
  const hash = createHash('sha256');
  let size = 0;
  async function* pass(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      hash.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  }
  return { pass, size: () => size, digest: () => `sha256:${hash.digest('hex')}` };
}

/** The layer as something to be copied. */
export function fileBlob({ file, digest, size }: LayerFile): BlobSource {
  return { digest, size, open: async () => createReadStream(file) };
}
