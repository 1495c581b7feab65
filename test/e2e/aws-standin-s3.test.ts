/** The stand-in of S3: notifications as strict as on AWS, and buckets of a region and an account. */
import * as lambda from '@aws-sdk/client-lambda';
import * as s3 from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { inTurn } from '../sample.ts';
import { ACCOUNT, type Aws, startAws } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';
import { type Clients, clientsOf, makeFunction, makeRole, refused, zipFunction } from './aws-lab.ts';

const it = inTurn();

const DELAYS = { pending: 150, update: 100, role: 100 };

describe.skipIf(!needs('moto'))('buckets of the stand-in of AWS', () => {
  let aws: Aws;
  let clients: Clients;

  beforeAll(async () => {
    aws = await startAws({ delays: DELAYS });
    clients = clientsOf(aws);
    const role = await makeRole(clients, { name: 'common' });
    aws.passTime(DELAYS.role);
    await makeFunction(clients, zipFunction('common', role));
  });

  afterAll(() => aws?.stop());
  beforeEach(() => aws.reset());

  const bucket = async (Bucket: string) => {
    await clients.s3.send(new s3.CreateBucketCommand({ Bucket }));
    return Bucket;
  };
  const functionArn = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:common`;
  const permit = (name: string, account = ACCOUNT) =>
    clients.lambda.send(
      new lambda.AddPermissionCommand({
        ...{ FunctionName: 'common', StatementId: `s3-${name}`, Action: 'lambda:InvokeFunction' },
        ...{ Principal: 's3.amazonaws.com', SourceArn: `arn:aws:s3:::${name}`, SourceAccount: account },
      }),
    );
  const entry = (Id: string, prefix = '', suffix = '', LambdaFunctionArn = functionArn) => ({
    ...{ Id, LambdaFunctionArn, Events: ['s3:ObjectCreated:*' as const] },
    Filter: {
      Key: {
        FilterRules: [
          { Name: 'prefix' as const, Value: prefix },
          { Name: 'suffix' as const, Value: suffix },
        ],
      },
    },
  });
  const notify = (Bucket: string, config: s3.NotificationConfiguration, SkipDestinationValidation = false) =>
    clients.s3.send(
      new s3.PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: config,
        SkipDestinationValidation,
      }),
    );
  const notifications = (Bucket: string) =>
    clients.s3.send(new s3.GetBucketNotificationConfigurationCommand({ Bucket }));
  const UNABLE = 'Unable to validate the following destination configurations';

  it('notifies only functions that exist and permit it', async () => {
    const name = await bucket('permitting');
    const config = { LambdaFunctionConfigurations: [entry('a')] };
    await refused(notify(name, config), 'InvalidArgument', UNABLE);
    await permit('another');
    await refused(notify(name, config), 'InvalidArgument', UNABLE);
    await permit(name);
    await notify(name, config);
    const none = { LambdaFunctionConfigurations: [entry('a', '', '', `${functionArn}-none`)] };
    await refused(notify(name, none), 'InvalidArgument', UNABLE);
    expect((await notifications(name)).LambdaFunctionConfigurations).toMatchObject([
      { LambdaFunctionArn: functionArn },
    ]);
    await notify(name, none, true);
  });

  it('refuses filters that overlap, whatever the destinations', async () => {
    const name = await bucket('overlapping');
    await permit(name);
    const both = (one: ReturnType<typeof entry>, other: ReturnType<typeof entry>) =>
      notify(name, { LambdaFunctionConfigurations: [one, other] });
    await refused(both(entry('a', 'in/'), entry('b', 'in/deep/')), 'InvalidArgument', /ambiguously defined/);
    await refused(both(entry('a', 'in/', '.jpg'), entry('b', '', 'g')), 'InvalidArgument', /ambiguously/);
    await refused(both(entry('a', 'x/'), entry('a', 'y/')), 'InvalidArgument', /Same ID/);
    await both(entry('a', 'in/', '.jpg'), entry('b', 'in/', '.png'));
    await both(entry('a', 'in/'), { ...entry('b'), Events: ['s3:ObjectRemoved:*' as never] });
    const queue = {
      Id: 'q',
      QueueArn: `arn:aws:sqs:us-east-1:${ACCOUNT}:q`,
      Events: ['s3:ObjectCreated:Put' as const],
    };
    const mixed = { LambdaFunctionConfigurations: [entry('a', 'in/')], QueueConfigurations: [queue] };
    await refused(notify(name, mixed, true), 'InvalidArgument', /ambiguously/);
    await refused(
      notify(name, { LambdaFunctionConfigurations: [{ ...entry('a'), Events: ['s3:Nothing' as never] }] }),
      'InvalidArgument',
      /not supported/,
    );
  });

  it('keeps configurations of all kinds byte by byte', async () => {
    const name = await bucket('keeping');
    const topic = {
      Id: 't',
      TopicArn: `arn:aws:sns:us-east-1:${ACCOUNT}:t`,
      Events: ['s3:ObjectRemoved:Delete' as const],
    };
    const queue = {
      QueueArn: `arn:aws:sqs:us-east-1:${ACCOUNT}:q`,
      Events: ['s3:ObjectCreated:Put' as const],
    };
    const config = {
      ...{ TopicConfigurations: [topic], QueueConfigurations: [queue], EventBridgeConfiguration: {} },
      LambdaFunctionConfigurations: [{ ...entry('l'), Events: ['s3:ObjectRestore:*' as const] }],
    };
    await refused(notify(name, config), 'InvalidArgument', UNABLE);
    await notify(name, config, true);
    const { $metadata: _, ...kept } = await notifications(name);
    expect(kept).toMatchObject({
      ...config,
      QueueConfigurations: [{ ...queue, Id: expect.stringMatching(/^[\w-]{36}$/) }],
    });
    await notify(name, {});
    const { $metadata: __, ...left } = await notifications(name);
    expect(left).toEqual({});
    await clients.s3.send(new s3.DeleteBucketCommand({ Bucket: name }));
    await refused(notifications(name), 'NoSuchBucket');
  });

  it('leads to the region of a bucket', async () => {
    const there = clientsOf(aws, 'eu-west-1').s3;
    await refused(
      there.send(
        new s3.CreateBucketCommand({
          Bucket: 'european',
          CreateBucketConfiguration: { LocationConstraint: 'eu-west-3' },
        }),
      ),
      'IllegalLocationConstraintException',
    );
    const at = { CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } } as const;
    await there.send(new s3.CreateBucketCommand({ Bucket: 'european', ...at }));
    await refused(
      there.send(new s3.CreateBucketCommand({ Bucket: 'european', ...at })),
      'BucketAlreadyOwnedByYou',
    );
    await refused(clients.s3.send(new s3.ListObjectsV2Command({ Bucket: 'european' })), 'PermanentRedirect');
    const head = await clients.s3
      .send(new s3.HeadBucketCommand({ Bucket: 'european' }))
      .catch((error) => error);
    expect(head.$metadata.httpStatusCode).toBe(301);
    expect(head.$response.headers['x-amz-bucket-region']).toBe('eu-west-1');
    const location = new s3.GetBucketLocationCommand({ Bucket: 'european' });
    expect((await clients.s3.send(location)).LocationConstraint).toBe('eu-west-1');
    await refused(
      clients.s3.send(
        new s3.CreateBucketCommand({
          Bucket: 'x-y-z',
          CreateBucketConfiguration: { LocationConstraint: 'us-east-1' as never },
        }),
      ),
      'InvalidLocationConstraint',
    );
  });

  it('has buckets of others', async () => {
    aws.addForeignBucket('foreign');
    const head = await clients.s3
      .send(new s3.HeadBucketCommand({ Bucket: 'foreign' }))
      .catch((error) => error);
    expect(head.$metadata.httpStatusCode).toBe(403);
    await refused(clients.s3.send(new s3.CreateBucketCommand({ Bucket: 'foreign' })), 'BucketAlreadyExists');
  });
});
