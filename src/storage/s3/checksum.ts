/** Checksums of objects: CRC-32, which is the fastest that Node has, and which S3 takes for whole objects made of parts. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** The header of a checksum, in base64. */
export const CHECKSUM_HEADER = 'x-amz-checksum-crc32';

/** The CRC-32 of pieces one after the other. */
export async function crc32Of(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<number> {
  let sum = 0;
  for await (const piece of pieces) sum = crc32(piece, sum);
  return sum;
}

/** SHA-256 of pieces one after the other, in hexadecimal. */
export async function sha256Of(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

/** A checksum as S3 writes it. */
export function checksumText(sum: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(sum);
  return bytes.toString('base64');
}

/** The polynomial of CRC-32, its bits in reverse. */
const POLYNOMIAL = 0xedb88320;
const HIGHEST = 0x80000000;

/** A product of polynomials modulo that of CRC-32. Rule: `multmodp` of zlib's crc32.c */
function product(a: number, b: number): number {
  let sum = 0;
  let factor = b;
  for (let bit = HIGHEST; bit !== 0; bit >>>= 1) {
    if (a & bit) sum ^= factor;
    factor = factor & 1 ? (factor >>> 1) ^ POLYNOMIAL : factor >>> 1;
  }
  return sum >>> 0;
}

/**
 * The CRC-32 of two stretches of bytes, of which the second has this length, one after the other.
 * Rule: `crc32_combine` of zlib: the first is moved on by x^(8 · length).
 */
export function combinedCrc32(first: number, second: number, length: number): number {
  let shift = HIGHEST;
  let power = HIGHEST >>> 8;
  for (let rest = length; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) shift = product(power, shift);
    power = product(power, power);
  }
  return (product(shift, first) ^ second) >>> 0;
}
