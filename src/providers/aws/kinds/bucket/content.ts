/** Deleting buckets, and what is in them. */
import type { CallContext } from '../../../../deploy/resource.ts';
import { FdlError } from '../../../../errors.ts';
import type { Connection } from '../../api/clients.ts';
import { hasAwsCode, unlessMissing } from '../../api/errors.ts';

type S3 = Connection<'s3'>;

/** Deletes a bucket that is empty; answers whether it was. A bucket that is not there counts as deleted. */
export async function deleteIfEmpty(
  { sdk, client }: S3,
  bucket: string,
  call: CallContext,
): Promise<boolean> {
  const command = new sdk.DeleteBucketCommand({ Bucket: bucket });
  try {
    await unlessMissing(client.send(command, { abortSignal: call.signal }), 'NoSuchBucket');
    return true;
  } catch (thrown) {
    if (hasAwsCode(thrown, 'BucketNotEmpty')) return false;
    throw thrown;
  }
}

/** Files may arrive while a bucket is emptied: so often it is emptied again. */
const ROUNDS = 3;

/** Deletes a bucket with every object and every version in it. Throws `FdlError` `bucket-busy`, `object-undeletable`. */
export async function deleteWithContent(s3: S3, bucket: string, call: CallContext): Promise<void> {
  for (let round = 1; round <= ROUNDS; round += 1) {
    if (await deleteIfEmpty(s3, bucket, call)) return;
    await empty(s3, bucket, call);
  }
  if (await deleteIfEmpty(s3, bucket, call)) return;
  throw new FdlError('bucket-busy', `the bucket ${bucket} was emptied, but files still arrive in it`, {
    hint: 'Stop what writes to it, and remove again.',
  });
}

/** One page has at most 1,000 versions, as many as one deletion takes. Rule: S3's ListObjectVersions, DeleteObjects. */
async function empty({ sdk, client }: S3, bucket: string, call: CallContext): Promise<void> {
  const options = { abortSignal: call.signal };
  let deleted = 0;
  for (;;) {
    // Always the first page: what it showed before is gone.
    const page = await client.send(new sdk.ListObjectVersionsCommand({ Bucket: bucket }), options);
    const found = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
    const objects = found.map(({ Key, VersionId }) => ({ Key, VersionId }));
    if (objects.length === 0) return;
    const Delete = { Objects: objects, Quiet: true };
    const answer = await client.send(new sdk.DeleteObjectsCommand({ Bucket: bucket, Delete }), options);
    const [refused] = answer.Errors ?? [];
    if (refused) throw undeletable(bucket, refused);
    deleted += objects.length;
    call.progress(`deleted ${deleted} objects of ${bucket}`);
  }
}

interface Refused {
  readonly Key?: string | undefined;
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
}

function undeletable(bucket: string, { Key, Code, Message }: Refused): FdlError {
  return new FdlError('object-undeletable', `s3://${bucket}/${Key} cannot be deleted: ${Message ?? Code}`, {
    hint: 'An object lock or a policy of the bucket may protect it.',
  });
}
