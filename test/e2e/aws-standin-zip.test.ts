/** The stand-in of AWS runs functions of zip files: directly, later, and by the events of S3. */
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as lambda from '@aws-sdk/client-lambda';
import * as s3 from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTried } from '../sample.ts';
import { ACCOUNT, type Aws, startAws } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';
import {
  type Clients,
  clientsOf,
  invoked,
  linesOf,
  MAY_LOG,
  makeFunction,
  makeRole,
  refused,
  zipFunction,
  zipOf,
} from './aws-lab.ts';

const DELAYS = { pending: 50, update: 50, role: 50 };
interface S3Record {
  readonly eventName: string;
  readonly s3: { readonly object: { readonly key: string; readonly size: number } };
}

function recordsIn(event: unknown): readonly S3Record[] {
  return (event as { readonly Records: readonly S3Record[] }).Records;
}

describe.skipIf(!isTried(2) || !needs('moto'))('functions of zip files on the stand-in of AWS', () => {
  const CODE = `
    export const handler = async (event, context) => {
      console.log('got', JSON.stringify(event));
      if (event.hang) await new Promise(() => setTimeout(() => {}, 60_000));
      if (event.fail) throw new RangeError('no more');
      if (event.wait) await new Promise((resolve) => setTimeout(resolve, event.wait));
      return { event, name: context.functionName, mine: process.env.MINE };
    };`;
  let aws: Aws;
  let clients: Clients;
  let role: string;
  let arn: string;

  beforeAll(async () => {
    aws = await startAws({ delays: DELAYS });
    clients = clientsOf(aws);
    const may = ['lambda:InvokeFunction', `arn:aws:lambda:us-east-1:${ACCOUNT}:function:*`] as const;
    role = await makeRole(clients, { name: 'zip', permits: [...MAY_LOG, may] });
    await clients.logs.send(new logs.CreateLogGroupCommand({ logGroupName: '/aws/lambda/echo' }));
    arn = await make('echo', { Timeout: 2, Environment: { Variables: { MINE: 'yes' } } });
  });

  afterAll(() => aws?.stop());

  const make = (name: string, more: Partial<lambda.CreateFunctionCommandInput> = {}) =>
    makeFunction(clients, { ...zipFunction(name, role, zipOf('index.mjs', CODE)), ...more });
  const send = (FunctionName: string, event: unknown) =>
    clients.lambda.send(
      new lambda.InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: JSON.stringify(event) }),
    );

  it('answers, and writes the log', async () => {
    const answer = await invoked(clients, 'echo', { a: 1 });
    expect(answer.payload).toEqual({ event: { a: 1 }, name: 'echo', mine: 'yes' });
    expect(answer.log).toContain('got {"a":1}');
    const lines = await linesOf(clients, '/aws/lambda/echo');
    expect(lines.map((line) => line.replace(/[\da-f-]{36}/, 'ID'))).toEqual([
      'START RequestId: ID Version: $LATEST\n',
      expect.stringMatching(/^\S+Z\tID\tINFO\tgot \{"a":1\}\n$/),
      'END RequestId: ID\n',
      expect.stringMatching(
        /^REPORT RequestId: ID\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\t.*Init Duration/,
      ),
    ]);
  });

  it('fails with the error of the function, and at its deadline', async () => {
    const failed = await invoked(clients, 'echo', { fail: true });
    expect(failed).toMatchObject({
      FunctionError: 'Unhandled',
      payload: { errorType: 'RangeError', errorMessage: 'no more' },
    });
    const hung = await invoked(clients, 'echo', { hang: true });
    expect(hung.payload.errorMessage).toMatch(/Task timed out after 2.00 seconds/);
    expect((await linesOf(clients, '/aws/lambda/echo')).at(-1)).toMatch(/Status: timeout/);
  });

  it('loses the log of a function that may not write it', async () => {
    await clients.logs.send(new logs.CreateLogGroupCommand({ logGroupName: '/aws/lambda/silent' }));
    const mute = await makeRole(clients, { name: 'mute' });
    await make('silent', { Role: mute });
    expect((await invoked(clients, 'silent', 1)).payload).toMatchObject({ event: 1 });
    expect(await linesOf(clients, '/aws/lambda/silent')).toEqual([]);
  });

  it('takes events up to a size, and JSON only', async () => {
    const invoke = (Payload: string, InvocationType: lambda.InvocationType) =>
      clients.lambda.send(new lambda.InvokeCommand({ FunctionName: 'echo', Payload, InvocationType }));
    await refused(invoke(`"${'x'.repeat(2 ** 20)}"`, 'Event'), 'RequestTooLargeException');
    await refused(invoke('{', 'RequestResponse'), 'InvalidRequestContentException');
    const { StatusCode } = await invoke('{}', 'DryRun');
    expect(StatusCode).toBe(204);
  });

  it('repeats asynchronous invocations that fail, and hands them on in the end', async () => {
    await make('last');
    const OnFailure = { Destination: arn.replace('echo', 'last') };
    const config = { FunctionName: 'echo', MaximumRetryAttempts: 1, DestinationConfig: { OnFailure } };
    await clients.lambda.send(new lambda.PutFunctionEventInvokeConfigCommand(config));
    await send('echo', { fail: 'yes' });
    await aws.idle();
    const runs = aws.invocations().slice(-3);
    expect(runs.map(({ name, attempt }) => [name, attempt])).toEqual([
      ['echo', 1],
      ['echo', 2],
      ['last', 1],
    ]);
    expect(runs[2]?.event).toMatchObject({
      requestContext: {
        condition: 'RetriesExhausted',
        approximateInvokeCount: 2,
        requestId: runs[0]?.requestId,
      },
      requestPayload: { fail: 'yes' },
      responsePayload: { errorType: 'RangeError' },
    });
  });

  it('keeps what failed for good in a bucket', async () => {
    await clients.s3.send(new s3.CreateBucketCommand({ Bucket: 'failed' }));
    const permits = ['s3:PutObject', 's3:ListBucket'].map((action) => [action, '*'] as const);
    await make('lost', { Role: await makeRole(clients, { name: 'keeps', permits }) });
    const OnFailure = { Destination: 'arn:aws:s3:::failed' };
    const config = { FunctionName: 'lost', MaximumRetryAttempts: 0, DestinationConfig: { OnFailure } };
    await clients.lambda.send(new lambda.PutFunctionEventInvokeConfigCommand(config));
    await send('lost', { fail: 'yes' });
    await aws.idle();
    const { Contents = [] } = await clients.s3.send(new s3.ListObjectsV2Command({ Bucket: 'failed' }));
    expect(Contents.map(({ Key }) => Key)).toEqual([
      expect.stringMatching(/^aws\/lambda\/async\/lost\/\d{4}\/\d\d\/\d\d\/[\dT.-]+-[0-9a-f-]{36}$/),
    ]);
    const Key = Contents[0]?.Key ?? '';
    const { Body } = await clients.s3.send(new s3.GetObjectCommand({ Bucket: 'failed', Key }));
    expect(JSON.parse((await Body?.transformToString()) ?? '')).toMatchObject({
      requestPayload: { fail: 'yes' },
      responsePayload: { errorType: 'RangeError' },
    });
  });

  it('runs no more at once than is reserved', async () => {
    await make('one');
    await clients.lambda.send(
      new lambda.PutFunctionConcurrencyCommand({ FunctionName: 'one', ReservedConcurrentExecutions: 1 }),
    );
    const first = invoked(clients, 'one', { wait: 500 });
    while (!aws.invocations().some(({ name }) => name === 'one'))
      await new Promise((resolve) => setTimeout(resolve, 5));
    await refused(invoked(clients, 'one', {}), 'TooManyRequestsException');
    await Promise.all([send('one', { n: 1 }), send('one', { n: 2 }), first]);
    await aws.idle();
    const runs = aws.invocations().filter(({ name }) => name === 'one');
    expect(runs).toHaveLength(3);
    runs.slice(1).forEach(({ startedAt }, index) => {
      expect(startedAt).toBeGreaterThanOrEqual(runs[index]?.endedAt ?? Number.NaN);
    });
  });

  it('runs the code of the last update', async () => {
    await make('changing');
    expect((await invoked(clients, 'changing', 1)).payload).toMatchObject({ event: 1 });
    const ZipFile = new Uint8Array(zipOf('index.mjs', 'export const handler = async () => "new"'));
    await clients.lambda.send(new lambda.UpdateFunctionCodeCommand({ FunctionName: 'changing', ZipFile }));
    expect((await invoked(clients, 'changing', 1)).payload).toBe('new');
  });

  it('invokes functions by the events of S3, in the shape that S3 gives them', async () => {
    await make('watch');
    await clients.s3.send(new s3.CreateBucketCommand({ Bucket: 'watched' }));
    await clients.lambda.send(
      new lambda.AddPermissionCommand({
        ...{ FunctionName: 'watch', StatementId: 's3', Action: 'lambda:InvokeFunction' },
        ...{ Principal: 's3.amazonaws.com', SourceArn: 'arn:aws:s3:::watched', SourceAccount: ACCOUNT },
      }),
    );
    const FilterRules = [{ Name: 'prefix' as const, Value: 'in/' }];
    const entry = {
      ...{ Id: 'mine', LambdaFunctionArn: arn.replace('echo', 'watch') },
      ...{ Events: ['s3:ObjectCreated:*' as const], Filter: { Key: { FilterRules } } },
    };
    const NotificationConfiguration = { LambdaFunctionConfigurations: [entry] };
    await clients.s3.send(
      new s3.PutBucketNotificationConfigurationCommand({ Bucket: 'watched', NotificationConfiguration }),
    );
    const at = { Bucket: 'watched' };
    await clients.s3.send(new s3.PutObjectCommand({ ...at, Key: 'out/x', Body: '1' }));
    await clients.s3.send(new s3.PutObjectCommand({ ...at, Key: 'in/a b+(ü).txt', Body: 'hello' }));
    await aws.idle();
    await clients.s3.send(new s3.CopyObjectCommand({ ...at, Key: 'in/copy', CopySource: 'watched/out/x' }));
    await aws.idle();
    const { UploadId } = await clients.s3.send(
      new s3.CreateMultipartUploadCommand({ ...at, Key: 'in/parts', ChecksumAlgorithm: 'CRC32' }),
    );
    const upload = { ...at, Key: 'in/parts', UploadId };
    const { ETag, ChecksumCRC32 } = await clients.s3.send(
      new s3.UploadPartCommand({ ...upload, PartNumber: 1, Body: 'part', ChecksumAlgorithm: 'CRC32' }),
    );
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag, ChecksumCRC32 }] };
    await clients.s3.send(new s3.CompleteMultipartUploadCommand({ ...upload, MultipartUpload }));
    await aws.idle();
    aws.setDeliveries(2);
    await clients.s3.send(new s3.PutObjectCommand({ ...at, Key: 'in/twice', Body: '2' }));
    await aws.idle();
    aws.setDeliveries(1);
    const records = aws
      .invocations()
      .flatMap(({ name, event }) => (name === 'watch' ? recordsIn(event) : []));
    expect(records.map(({ eventName, s3: { object } }) => [eventName, object.key, object.size])).toEqual([
      ['ObjectCreated:Put', 'in/a+b%2B%28%C3%BC%29.txt', 5],
      ['ObjectCreated:Copy', 'in/copy', 1],
      ['ObjectCreated:CompleteMultipartUpload', 'in/parts', 4],
      ['ObjectCreated:Put', 'in/twice', 1],
      ['ObjectCreated:Put', 'in/twice', 1],
    ]);
    expect(records[0]).toMatchObject({
      eventSource: 'aws:s3',
      awsRegion: 'us-east-1',
      eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      s3: {
        configurationId: 'mine',
        bucket: { name: 'watched', arn: 'arn:aws:s3:::watched' },
        object: {
          eTag: '5d41402abc4b2a76b9719d911017c592',
          sequencer: expect.stringMatching(/^[\dA-F]{16,}$/),
        },
      },
    });
  });
});
