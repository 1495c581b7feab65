/** What a plan says of data that a removal leaves. */
import type { Stay } from '../deploy/resource.ts';

/** Files of a bucket that are counted, as one page of a list has. Rule: ListObjectsV2 and ListObjectVersions of S3. */
export const COUNTED = 1000;

/** Files that were found, and whether there are more of them. */
export interface Counted {
  readonly files: number;
  readonly isMore: boolean;
}

/** `12 files`, `1 file`, `over 1,000 files`. */
export function filesText({ files, isMore }: Counted): string {
  const text = `${files.toLocaleString('en')} ${files === 1 ? 'file' : 'files'}`;
  return isMore ? `over ${text}` : text;
}

/** A bucket stays because of what is in it: `12 files`. */
export function staysWith(what: string): Stay {
  return { why: `has ${what}; --delete-data removes it`, isSure: true };
}

/** Nobody could count what is in a bucket. */
export const MAY_STAY: Stay = {
  why: 'if there are files in it; --delete-data removes it',
  isSure: false,
};
