/** Making buckets, and reading what is set for them. */
import type { CallContext } from '../../../../deploy/resource.ts';
import { allDone } from '../../../../slots.ts';
import type { Connection } from '../../api/clients.ts';
import { hasAwsCode, unlessMissing } from '../../api/errors.ts';
import { parseArn } from '../../api/tagged.ts';
import { fromTagList, type Tags, tagList } from '../../api/tags.ts';
import { foreignBucket } from './location.ts';

type S3 = Connection<'s3'>;

/** Marks a bucket of ours whose settings are not complete: a creation that was interrupted is taken up again. */
export const UNFINISHED = 'fdl:unfinished';

/** The tags of a bucket, with those that AWS sets. */
export async function tagsOf({ sdk, client }: S3, bucket: string, { signal }: CallContext): Promise<Tags> {
  const answer = client.send(new sdk.GetBucketTaggingCommand({ Bucket: bucket }), { abortSignal: signal });
  return fromTagList((await unlessMissing(answer, 'NoSuchTagSet'))?.TagSet);
}

export async function setTags(s3: S3, bucket: string, tags: Tags, { signal }: CallContext): Promise<void> {
  const Tagging = { TagSet: tagList(tags) };
  await s3.client.send(new s3.sdk.PutBucketTaggingCommand({ Bucket: bucket, Tagging }), {
    abortSignal: signal,
  });
}

/** The keys of KMS that objects are encrypted with by default, as ARNs; AWS's own key needs no permission, and is left out. */
export async function encryptionKeys(
  { sdk, client }: S3,
  bucket: string,
  region: string,
  { signal }: CallContext,
): Promise<readonly string[]> {
  const answer = client.send(new sdk.GetBucketEncryptionCommand({ Bucket: bucket }), { abortSignal: signal });
  const found = await unlessMissing(answer, 'ServerSideEncryptionConfigurationNotFoundError');
  const rules = found?.ServerSideEncryptionConfiguration?.Rules ?? [];
  const ids = rules.map((rule) => rule.ApplyServerSideEncryptionByDefault?.KMSMasterKeyID);
  return ids.flatMap((id) => (id === undefined || id.endsWith('alias/aws/s3') ? [] : keyArn(id, region)));
}

/** S3 gives back what was set: an ARN, or a bare name, which is one of the bucket's own account. */
function keyArn(id: string, region: string): string {
  if (parseArn(id).service === 'kms') return id;
  return `arn:${partitionOf(region)}:kms:${region}:*:${id.startsWith('alias/') ? id : `key/${id}`}`;
}

/** Rule: the prefixes of AWS's regions in China and for governments. */
function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/**
 * Makes a bucket, closed to the public and with its objects encrypted. Throws `FdlError` `bucket-foreign` where another
 * account has the name.
 */
export async function createBucket(
  s3: S3,
  { bucket, region, tags }: { readonly bucket: string; readonly region: string; readonly tags: Tags },
  call: CallContext,
): Promise<void> {
  const { sdk, client } = s3;
  const Tags = tagList({ ...tags, [UNFINISHED]: 'true' });
  // S3 has no name for us-east-1 as a location: it is what no location means.
  const CreateBucketConfiguration = {
    Tags,
    ...(region !== 'us-east-1' && { LocationConstraint: region as never }),
  };
  const command = new sdk.CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration });
  try {
    await client.send(command, { abortSignal: call.signal });
  } catch (thrown) {
    if (hasAwsCode(thrown, 'BucketAlreadyExists')) throw foreignBucket(bucket, thrown);
    if (!hasAwsCode(thrown, 'BucketAlreadyOwnedByYou')) throw thrown;
  }
}

/** Gives a bucket that was just made its settings, and its tags last. */
export async function finishBucket(s3: S3, bucket: string, tags: Tags, call: CallContext): Promise<void> {
  const options = { abortSignal: call.signal };
  const { sdk, client } = s3;
  try {
    await allDone([
      client.send(new sdk.PutPublicAccessBlockCommand({ Bucket: bucket, ...CLOSED }), options),
      client.send(new sdk.PutBucketEncryptionCommand({ Bucket: bucket, ...ENCRYPTED }), options),
    ]);
    await setTags(s3, bucket, tags, call);
  } catch (thrown) {
    // Servers that do not know tags at creation would leave a bucket that nobody recognises.
    const last = { ...call, signal: AbortSignal.timeout(LAST_CALL) };
    await setTags(s3, bucket, { ...tags, [UNFINISHED]: 'true' }, last).catch(() => {});
    throw thrown;
  }
}

/** Milliseconds for the call that marks an unfinished bucket. */
const LAST_CALL = 5000;

const CLOSED = {
  PublicAccessBlockConfiguration: {
    BlockPublicAcls: true,
    BlockPublicPolicy: true,
    IgnorePublicAcls: true,
    RestrictPublicBuckets: true,
  },
};

const ENCRYPTED = {
  ServerSideEncryptionConfiguration: {
    Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const } }],
  },
};
