/** Rules for the names of objects and buckets that are kept as files. */
import { StorageError } from './error.ts';
import { isPartName } from './part-file.ts';

/** An empty, `.` or `..` segment, a NUL, half a character, or a segment that may be too long. */
const SUSPECT = /(^|\/)\.{0,2}(\/|$)|\0|\p{Cs}|[^/]{86}/u;

/** Bytes of the name of a file, on all common file systems. */
const LONGEST_NAME = 255;

/**
 * Why no file below a folder can have a key as its path, as a clause (`it has the segment ".."`); nothing where one
 * can. Every key that becomes a path is asked about here first.
 */
export function keyProblem(key: string, platform: string = process.platform): string | undefined {
  const isWindows = platform === 'win32';
  if (!isWindows && !SUSPECT.test(key) && !key.split('/').some(isPartName)) return undefined;
  if (key === '') return 'it is empty';
  if (key.includes('\0')) return 'it has a NUL character';
  if (/\p{Cs}/u.test(key)) return 'it is no valid Unicode text';
  if (key.startsWith('/')) return 'it starts with a slash';
  if (key.endsWith('/')) return 'it ends in a slash, as the name of a folder does';
  for (const name of key.split('/')) {
    const problem = nameProblem(name) ?? (isWindows ? windowsProblem(name) : undefined);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function nameProblem(name: string): string | undefined {
  if (name === '') return 'it has two slashes in a row';
  if (name === '.' || name === '..') return `it has the segment "${name}"`;
  const bytes = Buffer.byteLength(name);
  if (bytes > LONGEST_NAME) return `a name in it has ${bytes} bytes, and files may have ${LONGEST_NAME}`;
  return isPartName(name) ? `"${name}" is a name for files that are being written` : undefined;
}

/**
 * Letters that no name has, among them those of drives (`C:`) and of other streams of a file; dots and blanks at the end,
 * which are left out; and names of devices, whatever extension they have, with blanks before it or not. Rule: Microsoft, "Naming
 * Files, Paths, and Namespaces", https://learn.microsoft.com/windows/win32/fileio/naming-a-file.
 */
const WINDOWS_FORBIDDEN =
  /[<>:"|?*\\\p{Cc}]|[. ]$|^(con|prn|aux|nul|conin\$|conout\$|com[\d\u00b9\u00b2\u00b3]|lpt[\d\u00b9\u00b2\u00b3]) *(\.|$)/iu;

function windowsProblem(name: string): string | undefined {
  return WINDOWS_FORBIDDEN.test(name) ? `Windows has no files named ${JSON.stringify(name)}` : undefined;
}

/**
 * Refuses keys that would leave the bucket or that no file can have.
 * @throws StorageError `key-invalid`
 */
export function checkKey(key: string): void {
  const problem = keyProblem(key);
  if (problem === undefined) return;
  const message = `the key ${JSON.stringify(key)} cannot be kept in a local folder: ${problem}`;
  throw new StorageError('key-invalid', message, {
    hint: 'Use names separated by single slashes, without ".", ".." or a slash at either end.',
  });
}

/**
 * Refuses names of buckets that are no plain folder name.
 * @throws StorageError `key-invalid`
 */
export function checkBucket(bucket: string): void {
  if (keyProblem(bucket) === undefined && !bucket.includes('/')) return;
  throw new StorageError('key-invalid', `${JSON.stringify(bucket)} is not the name of a bucket`, {
    hint: 'A bucket is named by letters, digits, dots and hyphens.',
  });
}

/** An empty object with a slash at its end, as consoles of stores make them to show folders. */
export function isPlaceholder(key: string, size: number | undefined): boolean {
  return key.endsWith('/') && !size;
}

const SURROGATE = /[\ud800-\udfff]/;

/** The order in which S3 lists keys: that of their UTF-8 bytes. */
export function compareKeys(a: string, b: string): number {
  // JavaScript orders by UTF-16 units, which agrees with UTF-8 unless surrogates take part.
  if (SURROGATE.test(a) || SURROGATE.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
