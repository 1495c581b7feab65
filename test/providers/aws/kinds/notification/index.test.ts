import { describe, expect, it } from 'vitest';
import { ref } from '../../../../../src/deploy/resource.ts';
import { AwsError } from '../../../../../src/providers/aws/api/errors.ts';
import type { AwsDeps } from '../../../../../src/providers/aws/kinds/deps.ts';
import { notificationKind } from '../../../../../src/providers/aws/kinds/notification/index.ts';
import { type Answers, awsFailure, fakeCall, fakeClients, fakeDeps, SITE } from '../../fake-clients.ts';

const CALL = fakeCall();
const ARN = 'arn:aws:lambda:eu-west-1:1:function:resize';
const ENTRY = { id: 'fdl:shop:resize:1', step: 'resize', function: ARN, prefix: 'in/' };
const PROPS = { site: SITE, bucket: 'photos', account: '123456789012', entries: [ENTRY] };
const QUEUE = { Id: 'q', QueueArn: 'arn:aws:sqs:eu-west-1:1:q', Events: ['s3:ObjectRemoved:*'] };
const OURS = {
  Id: ENTRY.id,
  LambdaFunctionArn: ARN,
  Events: ['s3:ObjectCreated:*'],
  Filter: { Key: { FilterRules: [{ Name: 'prefix', Value: 'in/' }] } },
};

/** A bucket whose configuration is kept; `before` may refuse a write, or answer what somebody else writes over it. */
function bucketOf(config: object, before: (put: Put, nth: number) => unknown = () => undefined) {
  let stored: object = config;
  const answers: Answers = {
    s3: {
      HeadBucket: { BucketRegion: 'eu-west-1' },
      GetBucketNotificationConfiguration: () => ({ ...stored, $metadata: {} }),
      PutBucketNotificationConfiguration: (put: Put, nth: number) => {
        const other = before(put, nth);
        stored = (other as object | undefined) ?? put.NotificationConfiguration;
        return {};
      },
    },
  };
  const fake = fakeClients(answers);
  return {
    ...fake,
    kind: (more: Partial<AwsDeps> = {}) => kindOf({ ...more, clients: fake.clients }),
    stored: () => stored,
  };
}

interface Put {
  readonly NotificationConfiguration: object;
  readonly SkipDestinationValidation?: boolean;
}

const kindOf = (deps: Partial<AwsDeps> & Pick<AwsDeps, 'clients'>) => notificationKind(fakeDeps(deps));

describe('the notifications of a bucket', () => {
  it('are written beside those of others, and only where they differ', async () => {
    const { kind, stored, calls, inputs } = bucketOf({
      QueueConfigurations: [QUEUE],
      EventBridgeConfiguration: {},
    });
    const made = await kind().reconcile(PROPS, CALL);
    expect(stored()).toEqual({
      QueueConfigurations: [QUEUE],
      EventBridgeConfiguration: {},
      LambdaFunctionConfigurations: [OURS],
    });
    expect(inputs('PutBucketNotificationConfiguration')[0]).toMatchObject({
      ExpectedBucketOwner: '123456789012',
    });
    expect(kind().changes(PROPS, made)).toEqual([]);
    await kind().reconcile(PROPS, CALL);
    expect(calls({ all: false })).toHaveLength(1);
  });

  it('are all of the bucket at once: what is ours and no longer wanted goes', async () => {
    const old = { ...OURS, Id: 'fdl:shop:gone:1', Filter: undefined };
    const other = { ...OURS, Id: 'fdl:shopping:resize:1', Events: ['s3:ObjectRemoved:*'] };
    const { kind, stored } = bucketOf({ LambdaFunctionConfigurations: [old, other] });
    await kind().reconcile(PROPS, CALL);
    expect(stored()).toEqual({ LambdaFunctionConfigurations: [other, OURS] });
  });

  it('differ where somebody changed an entry of ours', async () => {
    const rules = [...OURS.Filter.Key.FilterRules, { Name: 'Suffix', Value: '.jpg' }];
    const tampered = { ...OURS, Events: ['s3:ObjectCreated:Put'], Filter: { Key: { FilterRules: rules } } };
    const { kind } = bucketOf({ LambdaFunctionConfigurations: [tampered] });
    const observed = await kind().read(PROPS, CALL);
    const changes = observed && kind().changes(PROPS, observed.attrs);
    expect(changes?.map(({ path }) => path)).toEqual([
      'entries.fdl:shop:resize:1.events',
      'entries.fdl:shop:resize:1.suffix',
    ]);
  });

  const inDated = { ...ENTRY, prefix: 'date=2026/in dir/' };
  const withPrefix = (Value: string) => ({
    ...OURS,
    Filter: { Key: { FilterRules: [{ Name: 'prefix', Value }] } },
  });

  it('have prefixes as S3 compares them, encoded like keys in events', async () => {
    const { kind, stored } = bucketOf({});
    const made = await kind().reconcile({ ...PROPS, entries: [inDated] }, CALL);
    expect(stored()).toEqual({ LambdaFunctionConfigurations: [withPrefix('date%3D2026/in+dir/')] });
    expect(kind().changes({ ...PROPS, entries: [inDated] }, made)).toEqual([]);
  });

  it.each([
    ['date%3D2026/in+dir/', []],
    ['date%3d2026/in%20dir/', []],
    ['date=2026/in dir/', ['entries.fdl:shop:resize:1.filter']],
    ['date%3D2025/in+dir/', ['entries.fdl:shop:resize:1.prefix']],
  ])('differ only in what they match: %s', async (value, paths) => {
    const { kind } = bucketOf({ LambdaFunctionConfigurations: [withPrefix(value)] });
    const wanted = { ...PROPS, entries: [inDated] };
    const observed = await kind().read(wanted, CALL);
    const changes = observed && kind().changes(wanted, observed.attrs);
    expect(changes?.map(({ path }) => path)).toEqual(paths);
  });

  it('are absent where none is ours, and differ where a function is not known yet', async () => {
    expect(
      await bucketOf({ QueueConfigurations: [QUEUE] })
        .kind()
        .read(PROPS, CALL),
    ).toBeUndefined();
    const unknown = { ...PROPS, entries: [{ ...ENTRY, function: ref('f', 'arn') }] };
    const changes = bucketOf({})
      .kind()
      .changes(unknown, { site: SITE, bucket: 'photos', entries: [ENTRY] });
    expect(changes.map(({ path }) => path)).toEqual(['entries.fdl:shop:resize:1.function']);
  });

  it('are written again after a conflict, and where another writer was faster', async () => {
    const { kind, stored, calls } = bucketOf({}, (_put, nth) => {
      if (nth === 0) throw awsFailure('OperationAborted', 409);
      return nth === 1 ? { QueueConfigurations: [QUEUE] } : undefined;
    });
    await kind().reconcile(PROPS, CALL);
    expect(calls({ all: false })).toHaveLength(3);
    expect(stored()).toEqual({ QueueConfigurations: [QUEUE], LambdaFunctionConfigurations: [OURS] });
  });

  it('are taken out without those of others; a bucket that is gone has none', async () => {
    const { kind, stored } = bucketOf({ QueueConfigurations: [QUEUE], LambdaFunctionConfigurations: [OURS] });
    expect(await kind().delete(PROPS, CALL)).toBeUndefined();
    expect(stored()).toEqual({ QueueConfigurations: [QUEUE], LambdaFunctionConfigurations: [] });
    const gone = fakeClients({
      s3: {
        HeadBucket: () => {
          throw awsFailure('NotFound', 404);
        },
      },
    });
    expect(await kindOf(gone).delete(PROPS, CALL)).toBeUndefined();
    expect(await kindOf(gone).read(PROPS, CALL)).toBeUndefined();
  });
});

describe('entries that overlap', () => {
  const overlapping = (config: object, entries = PROPS.entries) =>
    bucketOf(config)
      .kind()
      .read({ ...PROPS, entries }, CALL);
  const foreign = (Events: string[], prefix: string, suffix = '') => ({
    QueueConfigurations: [
      {
        ...QUEUE,
        Events,
        Filter: {
          Key: {
            FilterRules: [
              { Name: 'Prefix', Value: prefix },
              { Name: 'Suffix', Value: suffix },
            ],
          },
        },
      },
    ],
  });

  it.each([
    ['below ours', 'in/deep/', ''],
    ['above ours', '', ''],
    ['for some names only', 'in/', '.jpg'],
  ])('are refused before anything is written: %s', async (_title, prefix, suffix) => {
    const found = overlapping(foreign(['s3:ObjectCreated:Put'], prefix, suffix));
    await expect(found).rejects.toMatchObject({ code: 'notification-overlap' });
    await expect(found).rejects.toThrow(
      `s3://photos/in/ of resize overlaps with a notification of others: ${prefix}*${suffix} to ${QUEUE.QueueArn} (q)`,
    );
  });

  it('are no matter for other objects and other events', async () => {
    expect(await overlapping(foreign(['s3:ObjectCreated:Put'], 'inner/'))).toBeUndefined();
    expect(await overlapping(foreign(['s3:ObjectRemoved:*'], 'in/'))).toBeUndefined();
  });

  it('may both be ours', async () => {
    const second = { ...ENTRY, id: 'fdl:shop:tag:1', step: 'tag', prefix: 'in/tags/' };
    const found = overlapping({}, [ENTRY, second]);
    await expect(found).rejects.toThrow(
      's3://photos/in/tags/ of tag overlaps with the input s3://photos/in/ of resize',
    );
  });

  it('are refused again when it comes to writing', async () => {
    const { kind, calls } = bucketOf(foreign(['s3:ObjectCreated:*'], 'in/'));
    await expect(kind().reconcile(PROPS, CALL)).rejects.toMatchObject({ code: 'notification-overlap' });
    expect(calls({ all: false })).toEqual([]);
  });
});

describe('a destination that S3 refuses', () => {
  const refusal = (arn?: string) => {
    const cause = { ...(arn && { ArgumentName1: `${arn}, null`, ArgumentValue1: 'Not authorized' }) };
    const message = 'Unable to validate the following destination configurations';
    return new AwsError('aws-failed', message, { cause, awsCode: 'InvalidArgument' });
  };
  const writing = (config: object, arn: string | undefined) => {
    const { kind, inputs, stored } = bucketOf(config, ({ SkipDestinationValidation }) => {
      if (!SkipDestinationValidation) throw refusal(arn);
    });
    const skips = () =>
      inputs('PutBucketNotificationConfiguration').map((put) => put.SkipDestinationValidation === true);
    return { write: () => kind().reconcile(PROPS, CALL), skips, stored };
  };
  const others = { QueueConfigurations: [QUEUE] };

  it('is not looked at again where it is of others', async () => {
    const { write, skips, stored } = writing(others, QUEUE.QueueArn);
    await write();
    expect(skips()).toEqual([false, true]);
    expect(stored()).toEqual({ ...others, LambdaFunctionConfigurations: [OURS] });
  });

  it('is waited for some seconds where S3 does not name it, and then taken for one of others', async () => {
    const { write, skips } = writing(others, undefined);
    await write();
    expect(skips()).toEqual([false, false, false, false, true]);
  });

  it('is never overridden where it is ours', async () => {
    const { write, skips, stored } = writing(others, ARN);
    await expect(write()).rejects.toThrow('Unable to validate');
    expect(skips()).toEqual(Array(10).fill(false));
    expect(stored()).toEqual(others);
    const alone = writing({}, undefined);
    await expect(alone.write()).rejects.toThrow('Unable to validate');
    expect(alone.skips()).toEqual(Array(10).fill(false));
  });
});
