/** Layers of ours: made as files, known by their digests. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable, type Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createDeflateRaw } from 'node:zlib';
import { type BlobSource, bytesBlob } from '../blob-copy.ts';
import { type TarSource, writeTar } from '../tar/writer.ts';

/** What is known of a layer that was packed. */
export interface PackedLayer {
  readonly digest: string;
  /** Bytes, packed. */
  readonly size: number;
  /** The digest of the archive before it was packed. */
  readonly diffId: string;
}

/** A layer in a file of this machine. */
export interface LayerFile extends PackedLayer {
  readonly file: string;
}

/** Writes a layer to `file`; equal sources give equal bytes. */
export async function writeLayer(
  sources: readonly TarSource[],
  file: string,
  signal: AbortSignal | undefined,
): Promise<LayerFile> {
  signal?.throwIfAborted();
  return { file, ...(await pack(sources, createWriteStream(file), signal)) };
}

/** A small layer, as what is to be copied. */
export async function packLayer(
  sources: readonly TarSource[],
  signal: AbortSignal | undefined,
): Promise<PackedLayer & { readonly blob: BlobSource }> {
  const chunks: Uint8Array[] = [];
  const keep = async (source: AsyncIterable<Uint8Array>) => {
    for await (const chunk of source) chunks.push(chunk);
  };
  const layer = await pack(sources, keep, signal);
  return { ...layer, blob: bytesBlob(Buffer.concat(chunks), layer.digest) };
}

type Sink = Writable | ((source: AsyncIterable<Uint8Array>) => Promise<void>);

async function pack(
  sources: readonly TarSource[],
  sink: Sink,
  signal: AbortSignal | undefined,
): Promise<PackedLayer> {
  const plain = meter();
  const packed = meter();
  const { count, deflate, frame } = gzipSteps();
  const archive = Readable.from(count(plain.pass(writeTar(sources))));
  const framed = (source: AsyncIterable<Uint8Array>) => packed.pass(frame(source));
  await pipeline(archive, deflate, framed, sink, signal ? { signal } : {});
  return { digest: packed.digest(), size: packed.size(), diffId: plain.digest() };
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

// Packs with gzip so that equal content gives equal bytes.

/** Without name and time, and with an unknown system: zlib would write what it runs on. Rule: RFC 1952. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);

/** What zlib takes by default: with the highest, Node takes three times as long and gets half a percent smaller. */
const LEVEL = 6;

type Step = (source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/** In this order. */
interface GzipSteps {
  readonly count: Step;
  readonly deflate: Transform;
  readonly frame: Step;
}

/** The steps of a pipeline that packs. The same release of zlib packs the same content into the same bytes. */
function gzipSteps(): GzipSteps {
  let sum = 0;
  let size = 0;
  async function* count(source: AsyncIterable<Uint8Array>) {
    for await (const chunk of source) {
      sum = crc32(chunk, sum);
      size += chunk.length;
      yield chunk;
    }
  }
  async function* frame(source: AsyncIterable<Uint8Array>) {
    yield HEADER;
    yield* source;
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(sum, 0);
    trailer.writeUInt32LE(size % 2 ** 32, 4);
    yield trailer;
  }
  return { count, deflate: createDeflateRaw({ level: LEVEL }), frame };
}
