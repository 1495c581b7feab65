/** Addresses of servers and of what is on them. */
import { FdlError } from '../errors.ts';
import { addressOf } from './address.ts';
import { StorageError } from './error.ts';
import type { HttpSubject } from './http-error.ts';
import { keyProblem } from './key.ts';

/**
 * The URL of a server that is named by host, port and path, or by a URL; without a slash at its end. `field` is where the
 * file names it. @throws FdlError `storage-address`
 */
export function serverUrl(store: string, field: string, text: string): string {
  const url = addressOf(text);
  if (url) return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  throw new FdlError('storage-address', `the ${field} of "${store}" is no address of a server: ${text}`, {
    hint: `Write it as in ${field}: store.example.org:443/path, or as a URL with https.`,
    exitCode: 2,
  });
}

/** A path in a URL: each name with percent codes for all that is not plain. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/**
 * Refuses paths whose names lead elsewhere, or that no file system has.
 * @throws StorageError `key-invalid`
 */
export function checkPath(path: string, { store }: HttpSubject): void {
  // The machine that has the files is another one than this.
  const problem = keyProblem(path, 'linux');
  if (problem === undefined) return;
  throw new StorageError('key-invalid', `${JSON.stringify(path)} cannot be kept in "${store}": ${problem}`, {
    hint: 'Use names separated by single slashes, without ".", ".." or a slash at either end.',
  });
}

/**
 * A key as one name in a URL, with percent codes for slashes, too.
 * @throws StorageError `key-invalid`: URLs have no such name
 */
export function encodeKey(key: string, { store }: HttpSubject): string {
  if (/^\.{0,2}$|\p{Cs}/u.test(key))
    throw new StorageError('key-invalid', `no object of "${store}" can be called ${JSON.stringify(key)}`, {
      hint: 'Give it another name.',
    });
  return encodeURIComponent(key);
}
