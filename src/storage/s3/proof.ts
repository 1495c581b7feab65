/** What the server of an object says of its content, and whether that is what came. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { CHECKSUM_HEADER, checksumText } from './checksum.ts';
import type { Answer } from './exchange.ts';
import { headerOf, tagOf } from './http.ts';

/** What the content of an object must come to: its CRC-32 in base64, or its MD5 in hexadecimal. */
export interface ObjectProof {
  readonly kind: 'crc32' | 'md5';
  readonly text: string;
}

/** Asks for the checksum that the server keeps of an object; one that keeps none takes no notice. */
export const WITH_CHECKSUM = { 'x-amz-checksum-mode': 'ENABLED' };

/**
 * What is known of an object's content. A checksum with a hyphen is one of checksums of parts. A tag is the MD5 of the
 * content, unless the object was made of parts, or is encrypted with a key of the user or of KMS.
 * Rule: "ETag" in "Object" of Amazon S3's API reference; other servers have other tags, which look different.
 */
export function proofOf(answer: Pick<Answer, 'headers'>): ObjectProof | undefined {
  const checksum = headerOf(answer, CHECKSUM_HEADER);
  if (checksum !== undefined && /^[\w+/]{6}==$/.test(checksum)) return { kind: 'crc32', text: checksum };
  const tag = tagOf(answer);
  const encryption = headerOf(answer, 'x-amz-server-side-encryption') ?? '';
  const isOther = encryption.startsWith('aws:') || headerOf(answer, ENCRYPTED_BY_USER) !== undefined;
  return /^[\da-f]{32}$/.test(tag) && !isOther ? { kind: 'md5', text: tag } : undefined;
}

const ENCRYPTED_BY_USER = 'x-amz-server-side-encryption-customer-algorithm';

/** Adds up what comes; `isMet` says whether it is what was to come. */
export interface Check {
  add(piece: Uint8Array): void;
  isMet(): boolean;
}

/** Compares with the proof; nothing is compared where there is none. */
export function checkOf(proof: ObjectProof | undefined): Check {
  if (!proof) return { add: () => {}, isMet: () => true };
  if (proof.kind === 'md5') {
    const hash = createHash('md5');
    return { add: (piece) => void hash.update(piece), isMet: () => hash.digest('hex') === proof.text };
  }
  let sum = 0;
  return {
    add: (piece) => {
      sum = crc32(piece, sum);
    },
    isMet: () => checksumText(sum) === proof.text,
  };
}
