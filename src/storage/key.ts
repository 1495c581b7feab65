/** Rules for the names of objects and buckets that are kept as files. */
import { StorageError } from './error.ts';
import { isPartName } from './part-file.ts';

/** An empty, `.` or `..` segment, or a NUL: what would name another file, or none. */
const UNSAFE = /(^|\/)\.{0,2}(\/|$)|\0/;

/**
 * Refuses keys that would leave the bucket or that no file can have.
 * @throws StorageError `key-invalid`
 */
export function checkKey(key: string): void {
  if (!UNSAFE.test(key) && !key.split('/').some(isPartName)) return;
  throw new StorageError('key-invalid', `the key ${JSON.stringify(key)} cannot be kept in a local folder`, {
    hint: 'Use names separated by single slashes, without ".", ".." or a slash at either end.',
  });
}

/**
 * Refuses names of buckets that are no plain folder name.
 * @throws StorageError `key-invalid`
 */
export function checkBucket(bucket: string): void {
  if (!UNSAFE.test(bucket) && !bucket.includes('/')) return;
  throw new StorageError('key-invalid', `${JSON.stringify(bucket)} is not the name of a bucket`, {
    hint: 'A bucket is named by letters, digits, dots and hyphens.',
  });
}

const SURROGATE = /[\ud800-\udfff]/;

/** The order in which S3 lists keys: that of their UTF-8 bytes. */
export function compareKeys(a: string, b: string): number {
  // JavaScript orders by UTF-16 units, which agrees with UTF-8 unless surrogates take part.
  if (SURROGATE.test(a) || SURROGATE.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
