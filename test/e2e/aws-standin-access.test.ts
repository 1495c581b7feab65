/** The stand-in of AWS: who may invoke a function, and as whom. */
import * as iam from '@aws-sdk/client-iam';
import * as lambda from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { inTurn } from '../sample.ts';
import { ACCOUNT, type Aws, startAws } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';
import { type Clients, clientsOf, makeFunction, makeRole, refused, zipFunction } from './aws-lab.ts';

const it = inTurn();

const DELAYS = { pending: 150, update: 100, role: 100 };

describe.skipIf(!needs('moto'))('access to functions of the stand-in of AWS', () => {
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

  it('takes a statement of a policy once', async () => {
    const statement = {
      FunctionName: 'common',
      StatementId: 'once',
      Action: 'lambda:InvokeFunction',
      Principal: 's3.amazonaws.com',
      SourceArn: 'arn:aws:s3:::b',
      SourceAccount: ACCOUNT,
    };
    await clients.lambda.send(new lambda.AddPermissionCommand(statement));
    await refused(
      clients.lambda.send(new lambda.AddPermissionCommand(statement)),
      'ResourceConflictException',
    );
    const { Policy = '' } = await clients.lambda.send(
      new lambda.GetPolicyCommand({ FunctionName: 'common' }),
    );
    expect(JSON.parse(Policy).Statement).toEqual([
      {
        Sid: 'once',
        Effect: 'Allow',
        Principal: { Service: 's3.amazonaws.com' },
        Action: 'lambda:InvokeFunction',
        Resource: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:common`,
        Condition: {
          StringEquals: { 'AWS:SourceAccount': ACCOUNT },
          ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::b' },
        },
      },
    ]);
    const remove = new lambda.RemovePermissionCommand({ FunctionName: 'common', StatementId: 'once' });
    await clients.lambda.send(remove);
    await refused(clients.lambda.send(remove), 'ResourceNotFoundException');
    await refused(
      clients.lambda.send(new lambda.GetPolicyCommand({ FunctionName: 'common' })),
      'ResourceNotFoundException',
    );
  });

  it('keeps a part of the concurrency for all', async () => {
    const put = (ReservedConcurrentExecutions: number) =>
      clients.lambda.send(
        new lambda.PutFunctionConcurrencyCommand({ FunctionName: 'common', ReservedConcurrentExecutions }),
      );
    await refused(put(901), 'InvalidParameterValueException', /below its minimum value of \[100\]/);
    await put(900);
    const { AccountLimit } = await clients.lambda.send(new lambda.GetAccountSettingsCommand({}));
    expect(AccountLimit).toMatchObject({ ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 100 });
    await clients.lambda.send(new lambda.DeleteFunctionConcurrencyCommand({ FunctionName: 'common' }));
  });

  it.each([
    [
      'a function',
      `arn:aws:lambda:us-east-1:${ACCOUNT}:function:common`,
      ['lambda:InvokeFunction'],
      'Invoke',
    ],
    ['a queue', `arn:aws:sqs:us-east-1:${ACCOUNT}:failed`, ['sqs:SendMessage'], 'SendMessage'],
    ['a topic', `arn:aws:sns:us-east-1:${ACCOUNT}:failed`, ['sns:Publish'], 'Publish'],
    ['a bucket', 'arn:aws:s3:::failed', ['s3:PutObject', 's3:ListBucket'], 'PutObject'],
  ])('wants the role to be allowed to hand failures to %s', async (_what, Destination, Action, call) => {
    const config = { FunctionName: 'common', DestinationConfig: { OnFailure: { Destination } } };
    const put = () => clients.lambda.send(new lambda.PutFunctionEventInvokeConfigCommand(config));
    await refused(put(), 'InvalidParameterValueException', `does not have permissions to call ${call}`);
    const allow = (actions: readonly string[]) => {
      const about = (action: string) =>
        action === 's3:PutObject' ? `${Destination}/aws/lambda/async/common/*` : Destination;
      const Statement = actions.map((action) => {
        return { Effect: 'Allow', Action: action, Resource: about(action) };
      });
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
      return clients.iam.send(
        new iam.PutRolePolicyCommand({ RoleName: 'common', PolicyName: 'to', PolicyDocument }),
      );
    };
    if (Action.length > 1) {
      await allow(Action.slice(0, 1));
      await refused(put(), 'InvalidParameterValueException', 'does not have permissions to call ListBucket');
    }
    await allow(Action);
    await put();
    await clients.iam.send(new iam.DeleteRolePolicyCommand({ RoleName: 'common', PolicyName: 'to' }));
  });

  it.each([
    'arn:aws:sqs:us-east-1:123456789012:failed.fifo',
    'arn:aws:sns:us-east-1:123456789012:failed.fifo',
  ])('hands no failures to %s', async (Destination) => {
    const config = { FunctionName: 'common', DestinationConfig: { OnFailure: { Destination } } };
    const put = clients.lambda.send(new lambda.PutFunctionEventInvokeConfigCommand(config));
    await refused(put, 'InvalidParameterValueException', /destination/i);
  });

  it('has one address for a function, and it leads to itself', async () => {
    const at = { FunctionName: 'common' };
    const create = new lambda.CreateFunctionUrlConfigCommand({ ...at, AuthType: 'AWS_IAM' });
    const made = await clients.lambda.send(create);
    expect(made.FunctionUrl).toMatch(new RegExp(`^${aws.url}/_url/\\w+/$`));
    await refused(clients.lambda.send(create), 'ResourceConflictException');
    const update = new lambda.UpdateFunctionUrlConfigCommand({ ...at, AuthType: 'NONE' });
    expect(await clients.lambda.send(update)).toMatchObject({
      FunctionUrl: made.FunctionUrl,
      AuthType: 'NONE',
    });
    const remove = new lambda.DeleteFunctionUrlConfigCommand(at);
    await clients.lambda.send(remove);
    await refused(clients.lambda.send(remove), 'ResourceNotFoundException');
    await refused(
      clients.lambda.send(new lambda.GetFunctionUrlConfigCommand(at)),
      'ResourceNotFoundException',
    );
  });
  it('knows the policies of AWS, and deletes no role that has policies', async () => {
    await makeRole(clients, { name: 'held', permits: [['s3:*', '*']] });
    const PolicyArn = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';
    await clients.iam.send(new iam.AttachRolePolicyCommand({ RoleName: 'held', PolicyArn }));
    const remove = new iam.DeleteRoleCommand({ RoleName: 'held' });
    await refused(clients.iam.send(remove), 'DeleteConflict');
    await clients.iam.send(new iam.DetachRolePolicyCommand({ RoleName: 'held', PolicyArn }));
    await refused(clients.iam.send(remove), 'DeleteConflict');
    await clients.iam.send(new iam.DeleteRolePolicyCommand({ RoleName: 'held', PolicyName: 'own' }));
    await clients.iam.send(remove);
  });
});
