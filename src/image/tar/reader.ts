/** Reads tar archives entry by entry, as a stream. */
import { BLOCK, type EntryKind, type Header, readHeader, readPax } from './header.ts';

export interface TarEntry {
  /** Without `./` or `/` before it and `/` behind it; empty for the root. */
  readonly path: string;
  readonly kind: EntryKind;
  readonly mode: number;
  /** Bytes of content. */
  readonly size: number;
  /** Where the content begins in the archive. */
  readonly offset: number;
  /** Where a symbolic link points to, as it is written; for a hard link, the path of another entry. */
  readonly target: string;
  /** The bytes of a file; to be read before the next entry is asked for, or not at all. */
  readonly content: () => AsyncGenerator<Uint8Array, void, undefined>;
}

/** Bytes: far more than any path. */
const LONGEST_EXTENSION = 1024 * 1024;

/**
 * The entries of an archive, which is read to its end. Entries whose names lead out of it (`..`) are left out.
 * @throws Error the archive is damaged or breaks off
 */
export async function* readTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry, void, undefined> {
  const reader = byteReader(chunks);
  let ahead: Extension = {};
  for (let header = await nextHeader(reader); header; header = await nextHeader(reader)) {
    if (isExtension(header.type)) {
      ahead = { ...ahead, ...(await readExtension(reader, header)) };
      continue;
    }
    const size = ahead.size ?? header.size;
    const path = clean(ahead.path ?? header.name);
    const target = ahead.target ?? header.target;
    const body = contentOf(reader, size);
    const offset = reader.position();
    ahead = {};
    const { kind, mode } = header;
    const link = kind === 'hardlink' ? clean(target) : target;
    if (path !== undefined && link !== undefined)
      yield { path, kind, mode, size, offset, target: link, content: body.read };
    await body.skipRest();
  }
  // Whoever checks the bytes on their way here must see the last of them.
  while (await reader.some(BLOCK));
}

interface Extension {
  readonly path?: string;
  readonly target?: string;
  readonly size?: number;
}

async function nextHeader(reader: ByteReader): Promise<Header | undefined> {
  const block = await reader.exactly(BLOCK);
  // An archive ends with two blocks of zeros; many end without.
  if (!block || block.every((byte) => byte === 0)) return undefined;
  return readHeader(block);
}

function isExtension(type: string): boolean {
  return ['x', 'g', 'L', 'K'].includes(type);
}

async function readExtension(reader: ByteReader, { type, size }: Header): Promise<Extension> {
  if (size > LONGEST_EXTENSION) throw new Error('a header of the archive is too long');
  const bytes = (await reader.exactly(size)) ?? broken();
  if (!(await reader.skip(padding(size)))) broken();
  const text = bytes.toString('utf8').replace(/\0.*$/s, '');
  if (type === 'L') return { path: text };
  if (type === 'K') return { target: text };
  // Global records (`g`) are comments, such as the commit of `git archive`.
  if (type === 'g') return {};
  const { path, linkpath, size: length } = readPax(bytes);
  return {
    ...(path !== undefined && { path }),
    ...(linkpath !== undefined && { target: linkpath }),
    ...(length !== undefined && { size: Number(length) }),
  };
}

function contentOf(reader: ByteReader, size: number) {
  let missing = size;
  async function* read(): AsyncGenerator<Uint8Array, void, undefined> {
    while (missing > 0) {
      const part = (await reader.some(missing)) ?? broken();
      missing -= part.length;
      yield part;
    }
  }
  const skipRest = async () => {
    if (!(await reader.skip(missing + padding(size)))) broken();
    missing = 0;
  };
  return { read, skipRest };
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function broken(): never {
  throw new Error('the archive breaks off');
}

/** A path below the root of the archive, in one form; nothing for one that leads out. */
function clean(name: string): string | undefined {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? undefined : parts.join('/');
}

// Reads exact numbers of bytes from chunks of any length.

interface ByteReader {
  /** The next bytes, at most so many; nothing at the end. */
  some(most: number): Promise<Buffer | undefined>;
  /** Exactly so many bytes, or nothing at the end; rejects where the end comes in between. */
  exactly(count: number): Promise<Buffer | undefined>;
  /** Reads over bytes; answers whether they were there. */
  skip(count: number): Promise<boolean>;
  /** Bytes that were read. */
  position(): number;
}

/** A reader of chunks, each of which is read once. */
function byteReader(chunks: AsyncIterable<Uint8Array>): ByteReader {
  const source = chunks[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  let read = 0;
  const some = async (most: number) => {
    while (rest.length === 0) {
      const { done, value } = await source.next();
      if (done) return undefined;
      rest = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
    const taken = rest.subarray(0, most);
    rest = rest.subarray(taken.length);
    read += taken.length;
    return taken;
  };
  const exactly = async (count: number) => {
    const parts: Buffer[] = [];
    let missing = count;
    while (missing > 0) {
      const part = await some(missing);
      if (!part && parts.length > 0) throw new Error('the archive breaks off');
      if (!part) return undefined;
      parts.push(part);
      missing -= part.length;
    }
    return parts.length === 1 ? parts[0] : Buffer.concat(parts);
  };
  const skip = async (count: number) => {
    let missing = count;
    while (missing > 0) {
      const part = await some(missing);
      if (!part) return false;
      missing -= part.length;
    }
    return true;
  };
  return { some, exactly, skip, position: () => read };
}
