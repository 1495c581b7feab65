import { describe, expect, it } from 'vitest';
import { deploymentBucketKind } from '../../../../../src/providers/aws/kinds/deployment-bucket/index.ts';
import { type Answer, awsFailure, fakeCall, fakeClients, fakeDeps, SITE } from '../../fake-clients.ts';

const CALL = fakeCall();
const PROPS = { site: SITE, bucket: 'fdl-1-eu-west-1', account: '1' };
const rule = (Prefix: string, Days = 14) => ({
  ...{ ID: `fdl-${Prefix.slice(0, -1)}`, Status: 'Enabled', Filter: { Prefix }, Expiration: { Days } },
});
const RULES = [rule('events/'), rule('markers/')];
const tag = (Key: string) => ({ Key, Value: 'true' });

function fail(code: string, status: number) {
  return () => {
    throw awsFailure(code, status);
  };
}

/** The bucket as it is to be, unless `answers` say something else. */
function s3(answers: Readonly<Record<string, Answer>> = {}) {
  const done = ['CreateBucket', 'PutPublicAccessBlock', 'PutBucketEncryption', 'PutBucketTagging'];
  const fake = fakeClients({
    s3: {
      ...Object.fromEntries([...done, 'PutBucketLifecycleConfiguration'].map((name) => [name, {}])),
      HeadBucket: {},
      GetBucketTagging: { TagSet: [tag('fdl:account')] },
      GetBucketLifecycleConfiguration: { Rules: RULES },
      ...answers,
    },
  });
  return { ...fake, kind: deploymentBucketKind(fakeDeps({ clients: fake.clients })) };
}

describe('the deployment bucket', () => {
  it('is ours by the tag of such buckets, whichever workflow made it', async () => {
    const { kind, inputs } = s3();
    const observed = await kind.read(PROPS, CALL);
    expect(observed?.owned).toBe(true);
    expect(observed && kind.changes(PROPS, observed.attrs)).toEqual([]);
    expect(inputs('HeadBucket')).toEqual([{ Bucket: 'fdl-1-eu-west-1', ExpectedBucketOwner: '1' }]);
    const untagged = s3({ GetBucketTagging: fail('NoSuchTagSet', 404) });
    expect(await untagged.kind.read(PROPS, CALL)).toMatchObject({ owned: false });
    expect(untagged.kind.foreign).toBeUndefined();
  });

  it('is absent, or of another account', async () => {
    expect(await s3({ HeadBucket: fail('NotFound', 404) }).kind.read(PROPS, CALL)).toBeUndefined();
    const foreign = s3({ HeadBucket: fail('Forbidden', 403) });
    await expect(foreign.kind.read(PROPS, CALL)).rejects.toMatchObject({ code: 'bucket-foreign' });
    const broken = s3({ HeadBucket: fail('InternalError', 500) });
    await expect(broken.kind.read(PROPS, CALL)).rejects.toMatchObject({ code: 'aws-failed' });
  });

  it('is made closed and encrypted, and forgets', async () => {
    const { kind, calls, inputs } = s3({
      HeadBucket: fail('NotFound', 404),
      GetBucketLifecycleConfiguration: {},
    });
    const made = await kind.reconcile(PROPS, CALL);
    expect(kind.changes(PROPS, made)).toEqual([]);
    expect(calls({ all: false })).toEqual([
      's3 CreateBucket',
      's3 PutPublicAccessBlock',
      's3 PutBucketEncryption',
      's3 PutBucketTagging',
      's3 PutBucketLifecycleConfiguration',
    ]);
    expect(inputs('PutBucketTagging')[0].Tagging.TagSet).toEqual([tag('fdl:account')]);
    expect(inputs('PutBucketLifecycleConfiguration')[0].LifecycleConfiguration.Rules).toEqual(RULES);
  });

  it('is left alone where nothing is missing', async () => {
    const { kind, calls } = s3();
    await kind.reconcile(PROPS, CALL);
    expect(calls({ all: false })).toEqual([]);
  });

  it('is finished where its creation was interrupted', async () => {
    const { kind, calls } = s3({ GetBucketTagging: { TagSet: [tag('fdl:account'), tag('fdl:unfinished')] } });
    const observed = await kind.read(PROPS, CALL);
    expect(observed && kind.changes(PROPS, observed.attrs)).toMatchObject([{ path: 'finished' }]);
    await kind.reconcile(PROPS, CALL);
    expect(calls({ all: false })).toContain('s3 PutPublicAccessBlock');
    expect(calls({ all: false })).not.toContain('s3 PutBucketLifecycleConfiguration');
  });

  it('keeps rules of others when it gets its own', async () => {
    const others = rule('others/', 1);
    const Rules = [others, rule('events/', 3)];
    const { kind, inputs } = s3({ GetBucketLifecycleConfiguration: { Rules } });
    const observed = await kind.read(PROPS, CALL);
    expect(observed && kind.changes(PROPS, observed.attrs).map(({ path }) => path)).toEqual([
      'expiry.events/',
      'expiry.markers/',
    ]);
    await kind.reconcile(PROPS, CALL);
    expect(inputs('PutBucketLifecycleConfiguration')[0].LifecycleConfiguration.Rules).toEqual([
      others,
      ...RULES,
    ]);
  });

  it('stays when workflows go', async () => {
    const { kind, calls } = s3();
    expect(await kind.list('shop', CALL)).toEqual([]);
    await kind.delete({ ...PROPS, finished: true, expiry: {} }, CALL);
    expect(calls()).toEqual([]);
  });
});
