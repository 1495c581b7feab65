/** Where a bucket is: its name says nothing of its region, and other regions do not answer for it. */
import type { CallContext } from '../../../../deploy/resource.ts';
import { FdlError } from '../../../../errors.ts';
import type { Clients } from '../../api/clients.ts';
import { AwsError } from '../../api/errors.ts';
import { remembered } from '../../api/memory.ts';
import { type Site, siteKey } from '../../site.ts';
import type { AwsDeps } from '../deps.ts';

interface Refusal {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/**
 * The site to talk to a bucket at: its own region, with the credentials of the given site; nothing where there is no such
 * bucket. Throws `FdlError` `bucket-foreign` where S3 does not let us see it.
 */
export async function siteOfBucket(
  clients: Clients,
  site: Site,
  bucket: string,
  { signal }: CallContext,
): Promise<Site | undefined> {
  const { sdk, client } = await clients('s3', site);
  try {
    const head = await client.send(new sdk.HeadBucketCommand({ Bucket: bucket }), { abortSignal: signal });
    return { ...site, region: head.BucketRegion ?? site.region };
  } catch (thrown) {
    const { status, region } = refusalOf(thrown);
    if (status === 404) return undefined;
    if (status === 403) throw foreignBucket(bucket, thrown);
    if (region !== undefined && (status === 301 || status === 400)) return { ...site, region };
    throw thrown;
  }
}

/** As `siteOfBucket`; while a plan is made, asked once for all. */
export function homeOfBucket(
  deps: Pick<AwsDeps, 'clients' | 'memory'>,
  site: Site,
  bucket: string,
  call: CallContext,
): Promise<Site | undefined> {
  const question = `site of bucket ${siteKey(site)} ${bucket}`;
  return remembered(deps, call, question, () => siteOfBucket(deps.clients, site, bucket, call));
}

/** A HEAD is refused without a body: the status tells why, and a header the region. */
function refusalOf(thrown: unknown): { status: number | undefined; region: string | undefined } {
  const refusal = (thrown instanceof AwsError ? thrown.cause : undefined) as Refusal | undefined;
  const region = refusal?.$response?.headers?.['x-amz-bucket-region'];
  return { status: refusal?.$metadata?.httpStatusCode, region };
}

/** The error for a bucket whose name somebody else has. */
export function foreignBucket(bucket: string, cause: unknown): FdlError {
  const message = `the bucket ${bucket} belongs to another account, or you may not see it`;
  const hint = 'Names of buckets are unique in all of AWS: choose another one, or ask its owner for access.';
  return new FdlError('bucket-foreign', message, { hint, cause });
}
