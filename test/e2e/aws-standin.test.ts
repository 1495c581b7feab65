/** The stand-in of AWS: its log of calls, failures on demand, and what is stricter than moto in small services. */
import * as httpApi from '@aws-sdk/client-apigatewayv2';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as ec2 from '@aws-sdk/client-ec2';
import * as ecr from '@aws-sdk/client-ecr';
import * as iam from '@aws-sdk/client-iam';
import * as lambda from '@aws-sdk/client-lambda';
import * as s3 from '@aws-sdk/client-s3';
import * as ssm from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { inTurn } from '../sample.ts';
import { ACCOUNT, type Aws, REFUSED, startAws, THROTTLED } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';
import { type Clients, clientsOf, makeFunction, makeRole, refused, zipFunction } from './aws-lab.ts';

const it = inTurn();

const DELAYS = { pending: 150, update: 100, role: 100 };

describe.skipIf(!needs('moto'))('a stand-in for AWS', () => {
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

  const configuration = (FunctionName: string) =>
    clients.lambda.send(new lambda.GetFunctionConfigurationCommand({ FunctionName }));

  it('logs calls in order, with service, operation, parameters and whether they change something', async () => {
    await clients.s3.send(new s3.CreateBucketCommand({ Bucket: 'logged' }));
    await clients.s3.send(new s3.PutObjectCommand({ Bucket: 'logged', Key: 'a b/ü', Body: 'x' }));
    await clients.s3.send(new s3.GetObjectCommand({ Bucket: 'logged', Key: 'a b/ü' }));
    await configuration('common');
    await clients.ssm.send(new ssm.GetParametersByPathCommand({ Path: '/none' }));
    await clients.iam.send(new iam.GetRoleCommand({ RoleName: 'common' }));
    await refused(
      clients.ecr.send(new ecr.DeleteRepositoryCommand({ repositoryName: 'no' })),
      'RepositoryNotFoundException',
    );
    const said = aws
      .calls()
      .map(({ service, operation, mutating, status }) => [service, operation, mutating, status]);
    expect(said).toEqual([
      ['s3', 'CreateBucket', true, 200],
      ['s3', 'PutObject', true, 200],
      ['s3', 'GetObject', false, 200],
      ['lambda', 'GetFunctionConfiguration', false, 200],
      ['ssm', 'GetParametersByPath', false, 200],
      ['iam', 'GetRole', false, 200],
      ['ecr', 'DeleteRepository', true, 400],
    ]);
    expect(aws.mutations()).toEqual(['s3:CreateBucket', 's3:PutObject', 'ecr:DeleteRepository']);
    const [, put, , described, , , failed] = aws.calls();
    expect(put?.params).toEqual({ Bucket: 'logged', Key: 'a b/ü' });
    expect(described?.params).toEqual({ FunctionName: 'common' });
    expect(failed).toMatchObject({ region: 'us-east-1', error: 'RepositoryNotFoundException' });
    expect(failed?.endedAt).toBeGreaterThanOrEqual(failed?.startedAt ?? Number.NaN);
  });

  it('wants signatures', async () => {
    for (const path of ['/logged', '/2015-03-31/functions', '/v2/apis']) {
      expect((await fetch(aws.url + path)).status).toBe(403);
    }
    const target = { 'x-amz-target': 'AmazonSSM.GetParameter' };
    expect((await fetch(aws.url, { method: 'POST', headers: target, body: '{}' })).status).toBe(403);
  });

  it('fails the calls that it is told to, in the protocol of each service', async () => {
    const get = new iam.GetRoleCommand({ RoleName: 'common' });
    aws.failNext('iam:GetRole', { ...THROTTLED, skip: 1, times: 2 });
    await clients.iam.send(get);
    await refused(clients.iam.send(get), 'ThrottlingException', 'Rate exceeded');
    await clients.iam.send(new iam.ListRolesCommand({}));
    await refused(clients.iam.send(get), 'ThrottlingException');
    await clients.iam.send(get);
    aws.failNext('*', { ...REFUSED, times: 5 });
    await refused(clients.ec2.send(new ec2.DescribeVpcsCommand({})), 'AccessDeniedException');
    await refused(clients.ssm.send(new ssm.GetParameterCommand({ Name: 'x' })), 'AccessDeniedException');
    await refused(clients.lambda.send(new lambda.ListFunctionsCommand({})), 'AccessDeniedException');
    await refused(clients.s3.send(new s3.ListBucketsCommand({})), 'AccessDeniedException');
    await refused(clients.httpApi.send(new httpApi.GetApisCommand({})), 'AccessDeniedException');
  });

  it('loses the answer of a call that has had its effect', async () => {
    aws.failNext('s3:CreateBucket', { code: 'InternalError', status: 500, after: true });
    await refused(clients.s3.send(new s3.CreateBucketCommand({ Bucket: 'made' })), 'InternalError');
    await clients.s3.send(new s3.HeadBucketCommand({ Bucket: 'made' }));
    aws.failNext('s3:HeadBucket', { code: 'gone', drop: true });
    await expect(clients.s3.send(new s3.HeadBucketCommand({ Bucket: 'made' }))).rejects.toThrow(
      /hang up|ECONNRESET/,
    );
  });

  it('fails the n-th call that changes something', async () => {
    aws.failCall(2, { mutating: true });
    const put = (Name: string) =>
      clients.ssm.send(new ssm.PutParameterCommand({ Name, Value: 'x', Type: 'String' }));
    await put('/n/1');
    await configuration('common');
    await refused(put('/n/2'), 'AccessDeniedException');
    await put('/n/3');
  });

  it('takes its time if it is told to', async () => {
    aws.setLatency(80);
    await configuration('common');
    const [call] = aws.calls();
    expect((call?.endedAt ?? 0) - (call?.startedAt ?? 0)).toBeGreaterThanOrEqual(78);
  });
  it('takes only names and values that AWS takes', async () => {
    const repository = new ecr.CreateRepositoryCommand({ repositoryName: 'Upper/case' });
    await refused(clients.ecr.send(repository), 'InvalidParameterException');
    await clients.logs.send(new logs.CreateLogGroupCommand({ logGroupName: '/kept' }));
    const keep = (retentionInDays: number) =>
      clients.logs.send(new logs.PutRetentionPolicyCommand({ logGroupName: '/kept', retentionInDays }));
    await refused(keep(2), 'InvalidParameterException');
    await keep(3);
    await refused(makeRole(clients, { name: 'x'.repeat(65) }), 'ValidationError');
    const linked = new iam.CreateServiceLinkedRoleCommand({ AWSServiceName: 'batch.amazonaws.com' });
    const { Role } = await clients.iam.send(linked);
    expect(Role?.Arn).toBe(
      `arn:aws:iam::${ACCOUNT}:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch`,
    );
    await refused(clients.iam.send(linked), 'InvalidInput', /has been taken/);
  });
  it('serves its APIs itself, and refuses what does not fit together', async () => {
    const { ApiId = '', ApiEndpoint } = await clients.httpApi.send(
      new httpApi.CreateApiCommand({ Name: 'b', ProtocolType: 'HTTP' }),
    );
    expect(ApiEndpoint).toBe(`${aws.url}/_api/${ApiId}`);
    const IntegrationUri = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:common`;
    const proxy = { ApiId, IntegrationType: 'AWS_PROXY', IntegrationUri } as const;
    await refused(clients.httpApi.send(new httpApi.CreateIntegrationCommand(proxy)), 'BadRequestException');
    const full = new httpApi.CreateIntegrationCommand({ ...proxy, PayloadFormatVersion: '2.0' });
    const { IntegrationId = '' } = await clients.httpApi.send(full);
    const route = (target: string) =>
      clients.httpApi.send(
        new httpApi.CreateRouteCommand({ ApiId, RouteKey: 'POST /x', Target: `integrations/${target}` }),
      );
    await refused(route('none'), 'NotFoundException');
    await route(IntegrationId);
    await refused(route(IntegrationId), 'ConflictException');
    await refused(
      clients.httpApi.send(new httpApi.DeleteIntegrationCommand({ ApiId, IntegrationId })),
      'ConflictException',
    );
    const stage = new httpApi.CreateStageCommand({ ApiId, StageName: 's', AutoDeploy: true });
    await clients.httpApi.send(stage);
    await refused(clients.httpApi.send(stage), 'ConflictException');
  });
  it('keeps the limits of parameters', async () => {
    const put = (bytes: number, more: object = {}) =>
      clients.ssm.send(
        new ssm.PutParameterCommand({
          Name: '/big',
          Type: 'SecureString',
          Value: 'x'.repeat(bytes),
          Overwrite: true,
          ...more,
        }),
      );
    await refused(put(4097), 'ValidationException', /advanced-parameter tier/);
    await put(4097, { Tier: 'Advanced' });
    await refused(put(8193, { Tier: 'Advanced' }), 'ValidationException');
    const get = new ssm.GetParameterCommand({ Name: '/big', WithDecryption: true });
    expect((await clients.ssm.send(get)).Parameter).toMatchObject({
      Type: 'SecureString',
      Value: 'x'.repeat(4097),
    });
  });
});
