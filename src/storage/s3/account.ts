/**
 * With which keys a store is asked, and where its buckets are. What options and environment say is enough for keys that
 * are given, for functions and for named servers; for all else (profiles, roles, odd regions) there is the SDK.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { hideCredentials } from '../../secret.ts';
import type { S3Account, S3Credentials, S3Options, S3Place } from './options.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the options and the environment say of a store; nothing is loaded before something is asked that they do not say. */
export function s3Account(options: S3Options, env: Environment = process.env): S3Account {
  const moved = new Map<string, string>();
  const places = new Map<string, Promise<S3Place>>();
  const known = {
    keys: givenKeys(options, env),
    endpoint: givenEndpoint(options, env),
    region: givenRegion(options, env),
  };
  let loaded: Promise<S3Account> | undefined;
  const bySdk = () => {
    loaded ??= import('./sdk-account.ts').then(({ sdkAccount }) => sdkAccount(options));
    return loaded;
  };
  hideCredentials(known.keys?.secretAccessKey, known.keys?.sessionToken);
  const find = async (bucket: string) => {
    const region = moved.get(bucket) ?? known.region;
    const place = region === undefined ? undefined : placeOf(bucket, region, known.endpoint, env);
    const found = place ?? (await bySdk()).place(bucket);
    return options.isAws === undefined ? found : { ...(await found), isAws: options.isAws };
  };
  return {
    keys: async () => known.keys ?? (isContainer(options, env) ? containerKeys() : (await bySdk()).keys()),
    place: (bucket) => {
      const place = places.get(bucket) ?? find(bucket);
      places.set(bucket, place);
      return place;
    },
    move: (bucket, region) => {
      moved.set(bucket, region);
      places.delete(bucket);
      void loaded?.then((account) => account.move(bucket, region));
    },
  };
}

/** Keys that need nobody to be asked for. A profile counts more than the keys of the environment, as with the SDK. */
function givenKeys({ credentials, profile }: S3Options, env: Environment): S3Credentials | undefined {
  if (credentials) return credentials;
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (profile !== undefined || env['AWS_PROFILE'] || !accessKeyId || !secretAccessKey) return undefined;
  const sessionToken = env['AWS_SESSION_TOKEN'];
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}

/** Whether whoever runs this container gives it keys. */
function isContainer({ profile }: S3Options, env: Environment): boolean {
  const named = env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'] || env['AWS_CONTAINER_CREDENTIALS_FULL_URI'];
  return Boolean(named) && profile === undefined && !env['AWS_PROFILE'] && !hasFiles(env);
}

let chain: (() => Promise<S3Credentials>) | undefined;

/** The keys of this container, asked for again when they end. The rest of the SDK is not loaded for them. */
async function containerKeys(): Promise<S3Credentials> {
  chain ??= (await import('@aws-sdk/credential-provider-node')).defaultProvider();
  const keys = await chain();
  hideCredentials(keys.secretAccessKey, keys.sessionToken);
  return keys;
}

/** Configuration files may name a server and a region, too. */
function hasFiles(env: Environment): boolean {
  const folder = path.join(env['HOME'] || homedir(), '.aws');
  const files = [env['AWS_CONFIG_FILE'] || path.join(folder, 'config')];
  files.push(env['AWS_SHARED_CREDENTIALS_FILE'] || path.join(folder, 'credentials'));
  return files.some((file) => existsSync(file));
}

/** The address of a server; `AWS` for Amazon's own; nothing where configuration files must be read. */
function givenEndpoint({ endpoint, profile }: S3Options, env: Environment): string | undefined {
  if (endpoint !== undefined) return endpoint;
  const isIgnored = env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] === 'true';
  const named = env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'];
  if (named && !isIgnored) return named;
  return profile !== undefined || hasFiles(env) ? undefined : AWS;
}

const AWS = 'AWS';
const DEFAULT_REGION = 'us-east-1';

function givenRegion({ region, profile }: S3Options, env: Environment): string | undefined {
  const named = region ?? env['AWS_REGION'];
  if (named) return named;
  return profile !== undefined || hasFiles(env) ? undefined : DEFAULT_REGION;
}

/** Regions of the partitions `aws`, `aws-us-gov` and `aws-cn`, whose hosts all follow one rule. */
const USUAL_REGION = /^(?:[a-z]{2}|us-gov)-(?!iso)[a-z]+-\d+$/;
/** Names of two hyphens are of buckets with rules of their own, and so is an ARN. */
const USUAL_BUCKET = /^(?!.*--)[\w.-]+$/;
/** A bucket that a host of AWS's certificates can be named by. */
const HOST_LABEL = /^[a-z\d][a-z\d-]{1,61}[a-z\d]$/;
/** Variables by which hosts have other names. */
const OTHER_HOSTS = ['AWS_USE_FIPS_ENDPOINT', 'AWS_USE_DUALSTACK_ENDPOINT'];

/**
 * Where a bucket is. Servers other than AWS rarely answer for host names made of buckets.
 * Rule: "Virtual hosting of buckets" of Amazon S3's user guide; nothing for what has other rules.
 */
function placeOf(
  bucket: string,
  region: string,
  endpoint: string | undefined,
  env: Environment,
): S3Place | undefined {
  const scope = { region, service: 's3' };
  if (endpoint !== undefined && endpoint !== AWS) return serverPlace(endpoint, bucket, scope);
  const isUsual = USUAL_REGION.test(region) && USUAL_BUCKET.test(bucket);
  if (endpoint === undefined || !isUsual || OTHER_HOSTS.some((name) => env[name])) return undefined;
  const host = `s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
  const isHost = HOST_LABEL.test(bucket);
  const origin = isHost ? `https://${bucket}.${host}` : `https://${host}`;
  return { origin, base: isHost ? '' : `/${bucket}`, ...scope, isAws: true };
}

/** The bucket of a server, by its path. @throws TypeError for what is no URL */
function serverPlace(endpoint: string, bucket: string, scope: { region: string; service: string }): S3Place {
  const { origin, pathname } = new URL(endpoint);
  const base = `${pathname.replace(/\/+$/, '')}${bucket === '' ? '' : `/${encodeURIComponent(bucket)}`}`;
  return { origin, base, ...scope, isAws: false };
}
