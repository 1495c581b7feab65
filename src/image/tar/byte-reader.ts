/** Reads exact numbers of bytes from chunks of any length. */

export interface ByteReader {
  /** The next bytes, at most so many; nothing at the end. */
  some(most: number): Promise<Buffer | undefined>;
  /** Exactly so many bytes, or nothing at the end; rejects where the end comes in between. */
  exactly(count: number): Promise<Buffer | undefined>;
  /** Reads over bytes; answers whether they were there. */
  skip(count: number): Promise<boolean>;
}

/** A reader of chunks, each of which is read once. */
export function byteReader(chunks: AsyncIterable<Uint8Array>): ByteReader {
  const source = chunks[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const some = async (most: number) => {
    while (rest.length === 0) {
      const { done, value } = await source.next();
      if (done) return undefined;
      rest = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
    const taken = rest.subarray(0, most);
    rest = rest.subarray(taken.length);
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
  return { some, exactly, skip };
}
