import { describe, expect, it } from 'vitest';
import type { AwsDeps } from '../../../../../src/providers/aws/kinds/deps.ts';
import { notificationKind } from '../../../../../src/providers/aws/kinds/notification/index.ts';
import { type Answers, awsFailure, fakeCall, fakeClients, fakeDeps, SITE } from '../../fake-clients.ts';

const CALL = fakeCall();
const ARN = 'arn:aws:lambda:eu-west-1:1:function:resize';
const OURS = { Id: 'fdl:shop:resize:1', LambdaFunctionArn: ARN, Events: ['s3:ObjectCreated:*'] };

describe('buckets with notifications of a workflow', () => {
  const functions = (tags: object, statements: object[]): Answers => ({
    lambda: {
      GetFunction: { Configuration: { FunctionArn: ARN }, Tags: { 'fdl:workflow': 'shop', ...tags } },
      GetPolicy: { Policy: JSON.stringify({ Statement: statements }) },
    },
  });
  const listing = (answers: Answers, more: Partial<AwsDeps> = {}) => {
    const fake = fakeClients({
      s3: {
        HeadBucket: ({ Bucket }) => {
          if (Bucket === 'hidden') throw awsFailure('Forbidden', 403);
          return {};
        },
        GetBucketNotificationConfiguration: ({ Bucket }) =>
          Bucket === 'empty' ? {} : { LambdaFunctionConfigurations: [OURS] },
      },
      ...answers,
    });
    const kind = notificationKind(fakeDeps({ clients: fake.clients, ...more }));
    return kind.list('shop', CALL).then((found) => found.map(({ id }) => id));
  };
  const tagged = async () => [{ arn: ARN, tags: {} }];

  it('are found in the file', async () => {
    const buckets = ['photos', 'empty', 'hidden'].map((bucket) => ({ site: SITE, bucket }));
    expect(await listing({}, { buckets })).toEqual(['aws/eu-west-1/notification/photos']);
  });

  it('are found by the tags and the permissions of functions', async () => {
    const statement = { Sid: 'fdl-s3-1', Condition: { ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::old' } } };
    const answers = functions({ 'fdl:inputs': 'photos empty' }, [statement]);
    expect(await listing(answers, { tagged })).toEqual([
      'aws/eu-west-1/notification/photos',
      'aws/eu-west-1/notification/old',
    ]);
  });

  it('must be readable where functions of ours name them', async () => {
    const hidden = listing(functions({ 'fdl:inputs': 'hidden' }, []), { tagged });
    await expect(hidden).rejects.toMatchObject({ code: 'bucket-foreign' });
  });
});
