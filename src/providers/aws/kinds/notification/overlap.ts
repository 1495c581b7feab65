/** Finds what S3 would refuse: two entries for the same objects of a bucket. */
import type { NotificationConfiguration } from '@aws-sdk/client-s3';
import { FdlError } from '../../../../errors.ts';
import { type ForeignEntry, foreignEntries, overlaps } from './configuration.ts';

/** What an entry of ours is to be; the function may not be known yet. */
interface Wanted {
  readonly id: string;
  readonly step: string;
  readonly prefix: string;
}

/** Throws `FdlError` `notification-overlap` that names the two entries. */
export function requireNoOverlap(
  bucket: string,
  entries: readonly Wanted[],
  config: NotificationConfiguration,
  workflow: string,
): void {
  const foreign = foreignEntries(config, workflow);
  for (const entry of entries) {
    const other = foreign.find((each) => overlaps(entry, each));
    if (other) throw overlapping(bucket, entry, theirs(other), OTHERS_HINT);
    const twin = entries.find(
      ({ id, prefix }) => id < entry.id && overlaps(entry, { prefix, events: CREATED }),
    );
    if (twin) throw overlapping(bucket, entry, `the input ${folder(bucket, twin)} of ${twin.step}`, OWN_HINT);
  }
}

const CREATED = ['s3:ObjectCreated:*'];
const OTHERS_HINT = 'Use another folder for the input, or remove the other notification from the bucket.';
const OWN_HINT = 'S3 triggers one function for a file: give the steps folders of their own.';

function overlapping(bucket: string, entry: Wanted, other: string, hint: string): FdlError {
  const message = `the input ${folder(bucket, entry)} of ${entry.step} overlaps with ${other}`;
  return new FdlError('notification-overlap', message, { hint });
}

function theirs({ target, id, prefix, suffix }: ForeignEntry): string {
  const objects = `${prefix}*${suffix}`;
  return `a notification of others: ${objects} to ${target}${id && ` (${id})`}`;
}

function folder(bucket: string, { prefix }: { readonly prefix: string }): string {
  return `s3://${bucket}/${prefix}`;
}
