/** Content that is known by its hash. */
import { createHash, type Hash } from 'node:crypto';
import { FdlError, messageOf } from '../errors.ts';
import { RegistryError } from './error.ts';

/** What bytes must be. */
export interface Expected {
  /** `sha256:…` or `sha512:…` */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

/** The digest of bytes. */
export function digestOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/**
 * Whether bytes have a digest.
 * @throws RegistryError `registry-failed`: the digest's algorithm is none that images use
 */
export function hasDigest(bytes: Uint8Array, digest: string): boolean {
  return digest.endsWith(`:${hashFor(digest).update(bytes).digest('hex')}`);
}

/** Whether a text is a digest that can be checked. Rule: the image specification registers these algorithms. */
export function isDigest(text: unknown): text is string {
  return typeof text === 'string' && /^(sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/.test(text);
}

function hashFor(digest: string): Hash {
  const algorithm = isDigest(digest) ? digest.slice(0, 'sha256'.length) : undefined;
  if (algorithm === undefined) {
    throw new RegistryError('registry-failed', `"${digest}" is no digest that can be checked`);
  }
  return createHash(algorithm);
}

/**
 * Passes bytes on and checks them on the way. The last chunk is held back until all are checked, so whoever reads
 * never gets to the end of wrong content.
 * @throws RegistryError `registry-failed`, which may be tried again: there are fewer or more bytes, or others
 */
export async function* verified(
  source: AsyncIterable<Uint8Array>,
  { digest, size }: Expected,
  onBytes: (count: number) => void = () => undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = hashFor(digest);
  let count = 0;
  let held: Uint8Array | undefined;
  const end = performance.now() + PATIENCE + size / SLOWEST;
  for await (const chunk of unbroken(source, digest)) {
    if (performance.now() > end) throw tooSlow(digest);
    count += chunk.length;
    if (count > size) break;
    hash.update(chunk);
    if (held) yield held;
    held = chunk;
    onBytes(chunk.length);
  }
  if (count !== size) throw wrong(digest, `${count > size ? 'more' : 'fewer'} than ${size} bytes came`);
  if (!digest.endsWith(`:${hash.digest('hex')}`)) throw wrong(digest, 'other bytes came');
  if (held) yield held;
}

/** Milliseconds, and bytes in one of them: content that comes slower than that never ends. */
const PATIENCE = 600_000;
const SLOWEST = 1;

function tooSlow(digest: string): RegistryError {
  return new RegistryError('registry-failed', `the content ${digest} comes too slowly`, {
    hint: 'Try again; if it stays so, the registry or something in between is broken.',
  });
}

async function* unbroken(source: AsyncIterable<Uint8Array>, digest: string): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch (error) {
    throw error instanceof FdlError ? error : wrong(digest, messageOf(error));
  }
}

function wrong(digest: string, why: string): RegistryError {
  return new RegistryError('registry-failed', `the content ${digest} came damaged: ${why}`, {
    hint: 'Try again; if it stays so, the registry or something in between is broken.',
    retryable: true,
  });
}
