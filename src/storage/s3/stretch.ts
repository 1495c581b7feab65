/** Stretches of files on their way to S3: each is proved, sent, and sent again where it failed for the moment. */
import { withRetry } from '../../retry.ts';
import { openSlots } from '../../slots.ts';
import { readPieces, type Stretch } from '../file-stretch.ts';
import type { TransferOptions } from '../storage.ts';
import { CHECKSUM_HEADER, checksumText, crc32Of, sha256Of } from './checksum.ts';
import { dropped, type S3Http, type S3Request, tagOf } from './http.ts';

const MIB = 1024 * 1024;
/** Bytes of a part, if nothing else is said. */
export const PART = 8 * MIB;
/** Bytes. Up to this what is sent is no burden on memory, however many files go at the same time. */
const SMALL = MIB;
/** Bytes. Up to this what is sent is read once and kept until it is there; more is read again for each attempt. */
const MOST_HELD = PART;
/** Pieces that are not small and go at the same time, of all files together: with those that are held, it bounds memory. */
const large = openSlots(5);

/** Where a file goes. */
interface UploadTarget {
  readonly bucket: string;
  readonly key: string;
}

/** One upload and what its parts share. `failure` turns what a request fails with into the error of this store. */
export interface Upload {
  readonly http: S3Http;
  readonly target: UploadTarget;
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes of a part; 8 MiB by default. */
  readonly partBytes?: number | undefined;
  readonly options: TransferOptions;
  readonly failure: (thrown: unknown) => unknown;
}

/**
 * How a server knows that it got what was sent: by a checksum beside it, or by the hash that is signed, which every server
 * looks at, and which takes twice as long.
 */
export type Proof = 'checksum' | 'hash';

/** A stretch that is there. */
export interface Sent {
  readonly etag: string;
  /** CRC-32 of the stretch, where that was its proof. */
  readonly sum: number | undefined;
}

/** Memory that was used: it is used again, since it takes long until Node gives large memory back. */
const spare: Buffer[] = [];

/** Sends a stretch of the file, anew where it failed for the moment; what was sent in vain is taken back from the count. */
export function sendStretch(upload: Upload, request: S3Request, stretch: Stretch, how: Proof): Promise<Sent> {
  const { signal } = upload.options;
  if (stretch.length <= SMALL) return withRetry(attempts(upload, request, stretch, how), { signal });
  return large(async () => {
    const isHeld = stretch.length <= MOST_HELD;
    const memory = isHeld ? (spare.pop() ?? Buffer.allocUnsafeSlow(MOST_HELD)) : undefined;
    const sent = await withRetry(attempts(upload, request, stretch, how, memory), { signal });
    // After a failure, something may still be on its way.
    if (memory) spare.push(memory);
    return sent;
  });
}

/** What sends a stretch once. It is read once, if it is small or there is memory for it. */
function attempts(upload: Upload, request: S3Request, stretch: Stretch, how: Proof, memory?: Buffer) {
  const { signal, onBytes } = upload.options;
  let held: readonly Buffer[] | undefined;
  return async (): Promise<Sent> => {
    let sent = 0;
    let isOver = false;
    const count = (bytes: number) => {
      // A connection may take more of a body whose request has failed.
      if (isOver) return;
      sent += bytes;
      onBytes?.(bytes);
    };
    try {
      if (memory || stretch.length <= SMALL) held ??= await collected(readPieces(stretch, memory));
      const pieces = () => held ?? readPieces(stretch);
      const { sum, ...proof } = await prove(pieces(), how);
      const headers = { ...request.headers, ...proof.headers };
      const body = () => bodyOf(pieces(), count);
      const full = { ...request, ...proof, headers, body, length: stretch.length, signal };
      return { etag: tagOf(dropped(await upload.http.send(full))), sum };
    } catch (thrown) {
      isOver = true;
      if (sent > 0) onBytes?.(-sent);
      throw upload.failure(thrown);
    }
  };
}

type Pieces = Iterable<Buffer> | AsyncIterable<Buffer>;

interface Proven {
  readonly sum?: number;
  readonly payload?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function prove(pieces: Pieces, how: Proof): Promise<Proven> {
  if (how === 'hash') return { payload: await sha256Of(pieces) };
  const sum = await crc32Of(pieces);
  return { sum, headers: { [CHECKSUM_HEADER]: checksumText(sum) } };
}

async function collected<T>(all: AsyncIterable<T>): Promise<readonly T[]> {
  const items: T[] = [];
  for await (const item of all) items.push(item);
  return items;
}

/** One piece is sent at once; of more, each counts when it is taken. */
function bodyOf(pieces: Pieces, count: (bytes: number) => void): Buffer | AsyncIterable<Buffer> {
  if (!Array.isArray(pieces) || pieces.length > 1) return counted(pieces, count);
  const [whole = Buffer.alloc(0)] = pieces as readonly Buffer[];
  count(whole.length);
  return whole;
}

async function* counted(pieces: Pieces, count: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    count(piece.length);
    yield piece;
  }
}
