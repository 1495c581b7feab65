/** Digests of files, by which stores tell whether what they hold is what was sent. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** Algorithms in the order in which they are looked for: the cheapest first, as what is meant is noticing damage. */
const ALGORITHMS = ['adler32', 'md5', 'sha-256', 'sha'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** What a server says of a content. */
export interface Digest {
  readonly algorithm: Algorithm;
  /** In hexadecimal digits, small letters. */
  readonly hex: string;
}

/** Something that takes content piece by piece. */
interface Hash {
  update(chunk: Uint8Array): void;
  /** In hexadecimal digits. */
  digest(): string;
}

const NODE_NAMES = { md5: 'md5', 'sha-256': 'sha256', sha: 'sha1' } as const;

/** A new hash. */
export function hashOf(algorithm: Algorithm): Hash {
  if (algorithm === 'adler32') return adler32();
  const hash = createHash(NODE_NAMES[algorithm]);
  return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest('hex') };
}

/** Rule: RFC 1950, section 8.2. */
const PRIME = 65_521;
/** Sums of so many bytes cannot overflow 32 bits. Rule: `NMAX` of zlib. */
const MOST = 5552;

function adler32(): Hash {
  let [a, b] = [1, 0];
  const update = (chunk: Uint8Array) => {
    for (let start = 0; start < chunk.length; start += MOST) {
      const end = Math.min(start + MOST, chunk.length);
      for (let index = start; index < end; index += 1) {
        a += chunk[index] as number;
        b += a;
      }
      a %= PRIME;
      b %= PRIME;
    }
  };
  return { update, digest: () => (b * 65_536 + a).toString(16).padStart(8, '0') };
}

/** The digests of a file, in the order of the algorithms. */
export async function digestsOf(file: string, algorithms: readonly Algorithm[]): Promise<readonly string[]> {
  const hashes = algorithms.map(hashOf);
  for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 }))
    for (const hash of hashes) hash.update(chunk as Buffer);
  return hashes.map((hash) => hash.digest());
}

/** What is asked for in `Want-Digest`. */
export const WANTED = 'adler32, md5;q=0.8, sha-256;q=0.5, sha;q=0.3';

/**
 * The digest that headers tell. Rules: RFC 3230 (`Digest: md5=BASE64,adler32=HEX`), as dCache has it, and ownCloud's
 * `OC-Checksum: SHA1:HEX`. Nothing where none is told, or none that is known here.
 */
export function digestIn(headers: Readonly<Record<string, string>>): Digest | undefined {
  const told = [...pairs(headers['digest'], /[,\s]+/, '='), ...pairs(headers['oc-checksum'], /\s+/, ':')];
  const found = told.flatMap(({ name, value }) => {
    const algorithm = ALGORITHMS.find((known) => known === name || NAMES[name] === known);
    const hex = algorithm && hexOf(algorithm, value);
    return hex ? [{ algorithm, hex }] : [];
  });
  return found.sort((a, b) => ALGORITHMS.indexOf(a.algorithm) - ALGORITHMS.indexOf(b.algorithm))[0];
}

const NAMES: Readonly<Record<string, Algorithm>> = { sha1: 'sha', sha256: 'sha-256' };

function pairs(header: string | undefined, between: RegExp, sign: string) {
  return (header ?? '').split(between).flatMap((part) => {
    const at = part.indexOf(sign);
    return at > 0 ? [{ name: part.slice(0, at).toLowerCase(), value: part.slice(at + 1) }] : [];
  });
}

const LENGTHS: Readonly<Record<Algorithm, number>> = { adler32: 8, md5: 32, 'sha-256': 64, sha: 40 };

/** Digits as they are, else base64; nothing for what has not the length of such a digest. */
function hexOf(algorithm: Algorithm, value: string): string | undefined {
  const length = LENGTHS[algorithm];
  if (
    /^[0-9a-f]+$/i.test(value) &&
    value.length <= length &&
    (value.length === length || algorithm === 'adler32')
  )
    return value.toLowerCase().padStart(length, '0');
  const hex = Buffer.from(value, 'base64').toString('hex');
  return hex.length === length ? hex : undefined;
}
