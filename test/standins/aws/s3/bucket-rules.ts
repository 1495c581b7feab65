/**
 * Buckets as strict as on AWS: they belong to one region and to one account. Rules: CreateBucket in S3's API
 * reference, and the error codes in its "Error responses".
 */
import { type ApiRequest, type Next, type Reply, type Rules, settled } from '../core/api.ts';
import { AwsFault } from '../core/fault.ts';
import { ACCOUNT, type World } from '../core/world.ts';
import { parseXml, textAt } from '../core/xml.ts';

export interface Buckets {
  /** Makes a name belong to somebody else's account. */
  addForeign(bucket: string): void;
  /** Region of a bucket of the account; nothing if there is none. */
  regionOf(bucket: string): Promise<string | undefined>;
  readonly rules: Rules;
}

/** The buckets that moto keeps. */
export function openBuckets({ moto }: World): Buckets {
  const foreign = new Set<string>();
  const regions = new Map<string, string>();
  const regionOf = async (bucket: string) => {
    const known = regions.get(bucket);
    if (known !== undefined) return known;
    const answer = await moto.ask({ service: 's3', region: 'us-east-1', method: 'HEAD', path: `/${bucket}` });
    const found = answer.ok ? (answer.headers['x-amz-bucket-region'] ?? 'us-east-1') : undefined;
    if (found !== undefined) regions.set(bucket, found);
    return found;
  };
  return {
    addForeign: (bucket) => foreign.add(bucket),
    regionOf,
    rules: {
      's3:*': async (request, next) => {
        checkOwner(foreign, request);
        await checkRegion(regionOf, request);
        return next();
      },
      's3:CreateBucket': (request, next) => createBucket(regionOf, request, next),
      's3:DeleteBucket': async ({ params }, next) => {
        const reply = await settled(await next());
        if (reply.status < 300) regions.delete(params['Bucket']);
        return reply;
      },
    },
  };
}

function checkOwner(foreign: ReadonlySet<string>, { params, headers, operation }: ApiRequest): void {
  const expected = headers['x-amz-expected-bucket-owner'];
  const others = foreign.has(params['Bucket']);
  if (others && operation === 'CreateBucket') {
    throw new AwsFault('BucketAlreadyExists', 'The requested bucket name is not available.', 409);
  }
  if (others || (expected !== undefined && expected !== ACCOUNT))
    throw new AwsFault('AccessDenied', 'Access Denied', 403);
}

const ANYWHERE = new Set(['CreateBucket', 'ListBuckets', 'GetBucketLocation']);

type RegionOf = (bucket: string) => Promise<string | undefined>;

async function checkRegion(regionOf: RegionOf, { params, region, operation }: ApiRequest): Promise<void> {
  if (ANYWHERE.has(operation)) return;
  const home = await regionOf(params['Bucket']);
  if (home === undefined || home === region) return;
  const message = 'The bucket you are attempting to access must be addressed using the specified endpoint.';
  throw new AwsFault('PermanentRedirect', message, 301, { 'x-amz-bucket-region': home });
}

async function createBucket(regionOf: RegionOf, request: ApiRequest, next: Next): Promise<Reply> {
  const body = (await request.body()).toString();
  const wanted = body === '' ? undefined : textAt(parseXml(body), 'LocationConstraint');
  const { region, params } = request;
  if (wanted === 'us-east-1') {
    throw new AwsFault('InvalidLocationConstraint', 'The specified location-constraint is not valid');
  }
  if (region !== 'us-east-1' && wanted !== region) {
    const message = `The ${wanted ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.`;
    throw new AwsFault('IllegalLocationConstraintException', message);
  }
  if (region !== 'us-east-1' && (await regionOf(params['Bucket'])) !== undefined) {
    const message = 'Your previous request to create the named bucket succeeded and you already own it.';
    throw new AwsFault('BucketAlreadyOwnedByYou', message, 409);
  }
  return next();
}
