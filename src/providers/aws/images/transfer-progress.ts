/** Tells people how far the transfer of images is. */
import type { BlobProgress } from '../../../image/blob-copy.ts';
import { formatRepository, type Repository } from '../../../image/registry/endpoint.ts';

/** Bytes. */
const MB = 1_000_000;
/** Bytes that are worth a message. */
const STEP = 10 * MB;
/** Bytes; less in all is sent before anybody has read of it. */
const LITTLE = MB / 2;

/**
 * Adds up what is sent to a repository, and says so after every 10 MB and at the end: `sent 120 of 340 MB`. What all
 * images of a repository have in common is sent once, so the sum is theirs together.
 */
export function transferProgress(
  at: Repository,
  progress: (message: string) => void,
): (event: BlobProgress) => void {
  const blobs = new Map<string, { readonly sent: number; readonly size: number }>();
  let said = '';
  return ({ at: target, digest, size, sent, state }) => {
    // What is there already needs no time.
    if (formatRepository(target) !== formatRepository(at) || state === 'present' || state === 'mounted')
      return;
    blobs.set(digest, { sent, size });
    const [done, all] = [sum(blobs, 'sent'), sum(blobs, 'size')];
    const shown = done === all ? done : Math.floor(done / STEP) * STEP;
    const message = `sent ${inMegabytes(shown)} of ${inMegabytes(all)} MB of images`;
    if (all >= LITTLE && shown > 0 && message !== said) progress(message);
    said = message;
  };
}

function sum(
  blobs: ReadonlyMap<string, { readonly sent: number; readonly size: number }>,
  field: 'sent' | 'size',
): number {
  return [...blobs.values()].reduce((total, blob) => total + blob[field], 0);
}

function inMegabytes(bytes: number): string {
  return bytes < STEP ? (bytes / MB).toFixed(1) : String(Math.round(bytes / MB));
}
