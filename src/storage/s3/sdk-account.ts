/** What the SDK finds in profiles, roles and its own rules, for all that options and environment do not say by themselves. */
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getEndpointFromInstructions } from '@smithy/core/endpoints';
import { hideCredentials } from '../../secret.ts';
import { connectS3 } from './client.ts';
import type { S3Account, S3Credentials, S3Options, S3Place } from './options.ts';

/** An account of which a client of the SDK says everything. */
export async function sdkAccount(options: S3Options): Promise<S3Account> {
  const { client } = await connectS3(options);
  const moved = new Map<string, string>();
  return {
    keys: async () => {
      const keys: S3Credentials = await client.config.credentials();
      hideCredentials(keys.secretAccessKey, keys.sessionToken);
      return keys;
    },
    place: (bucket) => placeOf(client, bucket, moved.get(bucket)),
    move: (bucket, region) => void moved.set(bucket, region),
  };
}

/** What the rules of the SDK say of a bucket. */
interface Resolved {
  readonly url: URL;
  readonly properties?: { readonly authSchemes?: readonly AuthScheme[] };
}

interface AuthScheme {
  readonly name: string;
  readonly signingName?: string;
  readonly signingRegion?: string;
}

async function placeOf({ config }: S3Client, bucket: string, movedTo: string | undefined): Promise<S3Place> {
  const region = movedTo ?? (await config.region());
  const settings = { ...config, region: async () => region };
  const find = () =>
    getEndpointFromInstructions({ Bucket: bucket, Key: 'key' }, GetObjectCommand, settings as never);
  let found = (await find()) as Resolved;
  const isAws = settings.isCustomEndpoint !== true;
  if (!isAws && !config.forcePathStyle) {
    // A server that a profile names: it rarely answers for host names made of buckets.
    settings.forcePathStyle = true;
    found = (await find()) as Resolved;
  }
  const scheme = found.properties?.authSchemes?.find(({ name }) => name === 'sigv4');
  return {
    origin: found.url.origin,
    base: found.url.pathname.replace(/\/+$/, ''),
    region: scheme?.signingRegion ?? region,
    service: scheme?.signingName ?? 's3',
    isAws,
  };
}
