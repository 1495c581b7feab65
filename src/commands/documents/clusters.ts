/** What commands print that work with a cluster without a workflow. */
import type { Bucket } from '../../session/clusters.ts';
import type * as bucket from '../bucket.ts';
import { type Fields, integer, list, object, oneOf, optional, type Schema, text } from './schema.ts';

const cluster = text('Id of the cluster');

const bucketFields: Fields<Bucket> = {
  name: text('Its name'),
  visibility: optional(
    oneOf('Who may use it; absent where only the administrator may, or where the cluster does not tell', {
      private: 'its owner',
      restricted: 'its owner and `allowedUsers`',
      public: 'all users of the cluster',
    }),
  ),
  owner: optional(text('Id of its owner, where the cluster tells')),
  allowedUsers: list('Who else may use it', text('Id of a user')),
  objects: optional(integer('How many objects are in it, as MinIO counted them last; since OSCAR 4.1.0')),
  bytes: optional(integer('Bytes that they have, as MinIO counted them last; since OSCAR 4.1.0')),
  maxBytes: optional(integer('Bytes that it may have; absent where nothing limits it')),
};

const aBucket = object<bucket.BucketDocument>('A bucket', { cluster, ...bucketFields });

/** By the names of the commands. */
export const CLUSTER_DOCUMENTS: Readonly<Record<string, Schema<unknown>>> = {
  'bucket ls': object<bucket.BucketsDocument>('The buckets that one sees', {
    cluster,
    buckets: list('By their names', object<Bucket>('A bucket', bucketFields)),
  }),
  'bucket info': aBucket,
  'bucket create': aBucket,
  'bucket update': aBucket,
  'bucket rm': object<bucket.RemovedBucketDocument>('The bucket that was removed', {
    cluster,
    name: text('Its name'),
  }),
};
