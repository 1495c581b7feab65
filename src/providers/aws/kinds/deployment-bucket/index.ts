/**
 * The bucket of an account in a region for what all workflows leave there for a while: events that are too long for a job,
 * and marks of what was submitted. It belongs to the account: no workflow removes it.
 */
import type { LifecycleRule, S3ServiceException } from '@aws-sdk/client-s3';
import type { CallContext, Observed, ResourceKind } from '../../../../deploy/resource.ts';
import { comparisonOf, IDENTITY, type Rules } from '../../../../deploy/rules.ts';
import { sameValue } from '../../../../deploy/value.ts';
import type { Connection } from '../../api/clients.ts';
import { AwsError, hasAwsCode, unlessMissing } from '../../api/errors.ts';
import { TAG, type Tags } from '../../api/tags.ts';
import { untilAccepted } from '../../api/wait.ts';
import type { Site } from '../../site.ts';
import { foreignBucket } from '../bucket/location.ts';
import { createBucket, finishBucket, tagsOf, UNFINISHED } from '../bucket/settings.ts';
import { changesOf } from '../changes.ts';
import type { AwsDeps } from '../deps.ts';

export type DeploymentBucketProps = {
  readonly site: Site;
  readonly bucket: string;
  /** Number of the account. A bucket of that name in another account is not used, whatever it permits. */
  readonly account: string;
};

export type DeploymentBucketAttrs = DeploymentBucketProps & {
  /** Whether all settings of its creation were made. */
  readonly finished: boolean;
  /** Days that objects of a folder stay. */
  readonly expiry: Readonly<Record<string, number>>;
};

const RULES: Rules<DeploymentBucketProps & Pick<DeploymentBucketAttrs, 'finished' | 'expiry'>> = {
  site: IDENTITY,
  bucket: IDENTITY,
  account: { ignored: 'one of another account is refused' },
  finished: { by: 'settings' },
  expiry: { by: 'lifecycle' },
};

type S3 = Connection<'s3'>;

const TAGS: Tags = { [TAG.account]: 'true' };
/** Days by folder: as long as a job may wait and an event may come again. */
const EXPIRY: Readonly<Record<string, number>> = { 'events/': 14, 'markers/': 14 };

export function deploymentBucketKind(
  deps: AwsDeps,
): ResourceKind<DeploymentBucketProps, DeploymentBucketAttrs> {
  return {
    title: 'deployment bucket',
    rank: 96,
    read: (props, call) => observe(deps, props, call),
    rules: RULES,
    changes: bucketChanges,
    reconcile: (props, call) => reconcile(deps, props, call),
    delete: async () => undefined,
    list: async () => [],
  };
}

function bucketChanges(_props: DeploymentBucketProps, { finished, expiry }: DeploymentBucketAttrs) {
  const wanted = { finished: true, expiry: { ...expiry, ...EXPIRY } };
  return changesOf(wanted, { finished, expiry }, comparisonOf(RULES));
}

/** With the tag of such buckets it is this workflow's to keep in order, whoever made it. */
async function observe(
  { clients }: AwsDeps,
  props: DeploymentBucketProps,
  call: CallContext,
): Promise<Observed<DeploymentBucketAttrs> | undefined> {
  const { bucket } = props;
  const s3 = await clients('s3', props.site);
  if (!(await isThere(s3, props, call))) return undefined;
  const [tags, rules] = await Promise.all([tagsOf(s3, bucket, call), rulesOf(s3, bucket, call)]);
  const finished = tags[UNFINISHED] === undefined;
  const attrs = { ...props, finished, expiry: expiryOf(rules) };
  return { owned: tags[TAG.account] === 'true', attrs };
}

/** A HEAD is refused without a body: the status tells why. Throws `FdlError` `bucket-foreign`. */
async function isThere(
  { sdk, client }: S3,
  { bucket, account }: DeploymentBucketProps,
  { signal }: CallContext,
): Promise<boolean> {
  const command = new sdk.HeadBucketCommand({ Bucket: bucket, ExpectedBucketOwner: account });
  try {
    await client.send(command, { abortSignal: signal });
    return true;
  } catch (thrown) {
    const refusal = (thrown instanceof AwsError ? thrown.cause : undefined) as S3ServiceException | undefined;
    const status = refusal?.$metadata?.httpStatusCode;
    if (status === 404) return false;
    throw status === 403 ? foreignBucket(bucket, thrown) : thrown;
  }
}

async function rulesOf(
  { sdk, client }: S3,
  Bucket: string,
  { signal }: CallContext,
): Promise<readonly LifecycleRule[]> {
  const command = new sdk.GetBucketLifecycleConfigurationCommand({ Bucket });
  const answer = client.send(command, { abortSignal: signal });
  return (await unlessMissing(answer, 'NoSuchLifecycleConfiguration'))?.Rules ?? [];
}

function expiryOf(rules: readonly LifecycleRule[]): Readonly<Record<string, number>> {
  const folders = rules.flatMap(({ Status, Filter, Expiration }) =>
    Status === 'Enabled' && Filter?.Prefix && Expiration?.Days ? [[Filter.Prefix, Expiration.Days]] : [],
  );
  return Object.fromEntries(folders);
}

/** Milliseconds. After a bucket was deleted its name is not free at once. */
const CREATION_TIMEOUT = 120_000;

async function reconcile(
  deps: AwsDeps,
  props: DeploymentBucketProps,
  call: CallContext,
): Promise<DeploymentBucketAttrs> {
  const { site, bucket } = props;
  const found = (await observe(deps, props, call))?.attrs;
  const s3 = await deps.clients('s3', site);
  if (!found) {
    const waiting = {
      ...{ call, delay: deps.delay, timeoutMs: CREATION_TIMEOUT },
      what: `the name of the bucket ${bucket} to become free`,
    };
    await untilAccepted(
      waiting,
      (thrown) => hasAwsCode(thrown, 'OperationAborted'),
      () => createBucket(s3, { bucket, region: site.region, tags: TAGS }, call),
    );
  }
  const expiry = { ...found?.expiry, ...EXPIRY };
  if (!found?.finished) await finishBucket(s3, bucket, TAGS, call);
  if (!found || !sameValue(expiry, found.expiry)) await setExpiry(s3, bucket, call);
  return { ...props, finished: true, expiry };
}

/** Writes our rules, and those of others again. */
async function setExpiry(s3: S3, Bucket: string, call: CallContext): Promise<void> {
  const others = (await rulesOf(s3, Bucket, call)).filter(
    ({ Filter }) => !Object.hasOwn(EXPIRY, Filter?.Prefix ?? ''),
  );
  const ours = Object.entries(EXPIRY).map(([Prefix, Days]) => ({
    ID: `fdl-${Prefix.slice(0, -1)}`,
    Status: 'Enabled' as const,
    Filter: { Prefix },
    Expiration: { Days },
  }));
  const LifecycleConfiguration = { Rules: [...others, ...ours] };
  const { sdk, client } = s3;
  await client.send(new sdk.PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }), {
    abortSignal: call.signal,
  });
}
