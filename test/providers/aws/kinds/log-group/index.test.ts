import { describe, expect, it } from 'vitest';
import type { AwsDeps } from '../../../../../src/providers/aws/kinds/deps.ts';
import { logGroupKind } from '../../../../../src/providers/aws/kinds/log-group/index.ts';
import { type Answer, awsFailure, fakeCall, fakeClients, fakeDeps, SITE } from '../../fake-clients.ts';

const CALL = fakeCall();
const ARN = 'arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/resize';
const TAGS = { 'fdl:workflow': 'shop', 'fdl:step': 'resize' };
const PROPS = { site: SITE, name: '/aws/lambda/resize', retentionDays: 30, tags: TAGS };
const GROUP = { logGroupName: PROPS.name, arn: `${ARN}:*`, retentionInDays: 30 };
const ATTRS = { ...PROPS, arn: ARN };

/** The group as it is to be, unless `answers` say something else. */
function logs(answers: Readonly<Record<string, Answer>> = {}, more: Partial<AwsDeps> = {}) {
  const changing = ['CreateLogGroup', 'PutRetentionPolicy', 'DeleteRetentionPolicy', 'DeleteLogGroup'];
  const fake = fakeClients({
    logs: {
      ...Object.fromEntries([...changing, 'TagResource', 'UntagResource'].map((name) => [name, {}])),
      DescribeLogGroups: { logGroups: [GROUP] },
      ListTagsForResource: { tags: TAGS },
      ...answers,
    },
  });
  return { ...fake, kind: logGroupKind(fakeDeps({ clients: fake.clients, ...more })) };
}

describe('a log group', () => {
  it('is the one of exactly that name, on whichever page', async () => {
    const pages = [
      { logGroups: [{ ...GROUP, logGroupName: '/aws/lambda/resize-2' }], nextToken: 'n' },
      { logGroups: [GROUP] },
    ];
    const { kind, inputs } = logs({ DescribeLogGroups: (_input: unknown, before: number) => pages[before] });
    expect(await kind.read(PROPS, CALL)).toEqual({ owned: true, attrs: ATTRS });
    expect(inputs('ListTagsForResource')).toEqual([{ resourceArn: ARN }]);
    expect(await logs({ DescribeLogGroups: {} }).kind.read(PROPS, CALL)).toBeUndefined();
  });

  it('is used without being ours', async () => {
    const { kind } = logs({ ListTagsForResource: {} });
    expect(await kind.read(PROPS, CALL)).toMatchObject({ owned: false });
    expect(kind.foreign).toBe('use');
  });

  it('is made with its tags, then given its retention', async () => {
    const { kind, calls, inputs } = logs({
      DescribeLogGroups: (_input: unknown, before: number) =>
        before === 0 ? {} : { logGroups: [{ ...GROUP, retentionInDays: undefined }] },
    });
    expect(await kind.reconcile(PROPS, CALL)).toEqual(ATTRS);
    expect(calls({ all: false })).toEqual(['logs CreateLogGroup', 'logs PutRetentionPolicy']);
    expect(inputs('CreateLogGroup')).toEqual([{ logGroupName: PROPS.name, tags: TAGS }]);
  });

  it('is looked at where it was made meanwhile', async () => {
    const CreateLogGroup = () => {
      throw awsFailure('ResourceAlreadyExistsException');
    };
    const { kind, calls } = logs({ CreateLogGroup });
    expect(await kind.reconcile(PROPS, { ...CALL, absent: true })).toEqual(ATTRS);
    expect(calls()).toEqual(['logs CreateLogGroup', 'logs DescribeLogGroups', 'logs ListTagsForResource']);
  });

  it('waits while AWS still deletes an earlier one', async () => {
    const CreateLogGroup = (_input: unknown, before: number) => {
      if (before === 0) throw awsFailure('OperationAbortedException');
      return {};
    };
    const DescribeLogGroups = (_input: unknown, before: number) => (before < 2 ? {} : { logGroups: [GROUP] });
    const { kind, calls } = logs({ CreateLogGroup, DescribeLogGroups });
    await kind.reconcile(PROPS, CALL);
    expect(calls({ all: false })).toEqual(['logs CreateLogGroup', 'logs CreateLogGroup']);
  });

  it('is changed only where it differs', async () => {
    const same = logs();
    await same.kind.reconcile(PROPS, CALL);
    expect(same.calls({ all: false })).toEqual([]);
    const { kind, calls } = logs();
    const props = { ...PROPS, retentionDays: undefined, tags: { 'fdl:workflow': 'shop', team: 'x' } };
    expect(kind.changes(props, ATTRS).map(({ path }) => path)).toEqual([
      'retentionDays',
      'tags.fdl:step',
      'tags.team',
    ]);
    await kind.reconcile(props, CALL);
    expect(calls({ all: false })).toEqual([
      'logs DeleteRetentionPolicy',
      'logs TagResource',
      'logs UntagResource',
    ]);
  });

  it('is found by its tag, and may be gone when it is deleted', async () => {
    const tagged = async () => [`${ARN}:*`, 'arn:aws:s3:::photos'].map((arn) => ({ arn, tags: {} }));
    const DeleteLogGroup = () => {
      throw awsFailure('ResourceNotFoundException');
    };
    const { kind } = logs({ DeleteLogGroup }, { tagged });
    expect(await kind.list('shop', CALL)).toEqual([
      { id: 'aws/eu-west-1/log-group//aws/lambda/resize', step: 'resize', attrs: ATTRS },
    ]);
    expect(await kind.delete(ATTRS, CALL)).toBeUndefined();
  });
});
