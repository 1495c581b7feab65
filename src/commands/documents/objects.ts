/** What commands print that work with objects of stores. */
import type { BucketListing, ListedObject, ObjectListing } from '../ls-objects.ts';
import type { RemovedObjectsDocument } from '../rm-objects.ts';
import type * as sync from '../sync.ts';
import { list, object, oneOf, optional, type Schema, text, time } from './schema.ts';
import { bytes, hint, transfersFields } from './shared.ts';

const uri = text('Storage URI, or path of a file of this machine');

/** With a URI: what `ls` prints. */
export const objectListings: readonly Schema<unknown>[] = [
  object<ObjectListing>('With a URI: what stands below it', {
    uri: text('The URI, as it was named'),
    objects: list(
      'Objects right below, with `--recursive` all below',
      object<ListedObject>('An object', { uri, size: bytes, modified: time('When it was written') }),
    ),
    folders: list(
      'Folders right below; none with `--recursive`',
      text('Storage URI, with a slash at its end'),
    ),
  }),
  object<BucketListing>('With the URI of a store alone: its buckets', {
    buckets: list('Those that one sees', text('Storage URI')),
  }),
];

type Item<T> = T extends readonly (infer E)[] ? E : never;

/** With URIs: what `rm` prints. */
export const removedObjects = object<RemovedObjectsDocument>('With URIs: the objects that were deleted', {
  removed: list(
    'Each that is gone',
    object<Item<RemovedObjectsDocument['removed']>>('An object', { uri, size: bytes }),
  ),
  notRemoved: list(
    'Each that could not be deleted',
    object<Item<RemovedObjectsDocument['notRemoved']>>('An object', {
      uri,
      reason: text('Why, for people'),
      hint,
    }),
  ),
});

type Synced = ReturnType<typeof sync.syncDocument>;

/** What `sync` prints. */
export const synced = object<Synced>('What was moved and deleted', {
  ...transfersFields,
  extra: list(
    'With `--delete`: objects of the target that the source does not have',
    object<Item<Synced['extra']>>('An object', {
      uri,
      status: oneOf('What became of it', {
        deleted: '',
        planned: 'with `--dry-run`: it would be deleted',
        kept: 'something could not be moved, or a signal came',
        failed: '',
      }),
      reason: optional(text('Why it could not be deleted, for people')),
      hint,
    }),
  ),
});
