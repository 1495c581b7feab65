/** Clients of the stand-in of AWS, and what tests of it have in common. */
import { crc32 } from 'node:zlib';
import { ApiGatewayV2Client } from '@aws-sdk/client-apigatewayv2';
import { BatchClient } from '@aws-sdk/client-batch';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECRClient } from '@aws-sdk/client-ecr';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { S3Client } from '@aws-sdk/client-s3';
import { SSMClient } from '@aws-sdk/client-ssm';
import { expect } from 'vitest';
import { quietly } from '../../src/storage/s3/client.ts';
import { ACCOUNT, type Aws } from '../standins/aws/index.ts';
import { TEST_AGENT } from '../standins/aws/judges/docket.ts';
import { MOTO_KEYS } from '../standins/moto.ts';
import { until } from './until.ts';

/** Clients that do not repeat what fails. */
export function clientsOf({ url }: Pick<Aws, 'url'>, region = 'us-east-1') {
  const config = {
    endpoint: url,
    region,
    credentials: MOTO_KEYS,
    maxAttempts: 1,
    customUserAgent: TEST_AGENT,
  };
  return quietly(() => ({
    lambda: new LambdaClient(config),
    iam: new IAMClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    logs: new CloudWatchLogsClient(config),
    ecr: new ECRClient(config),
    ssm: new SSMClient(config),
    batch: new BatchClient(config),
    ec2: new EC2Client(config),
    httpApi: new ApiGatewayV2Client(config),
    tagging: new ResourceGroupsTaggingAPIClient(config),
  }));
}

export type Clients = ReturnType<typeof clientsOf>;

/** That a call fails with a code; and the message, if it is given. */
export async function refused(
  call: Promise<unknown>,
  code: string,
  message?: string | RegExp,
): Promise<void> {
  const thrown = await call.then(
    () => undefined,
    (error: Error & { Code?: string }) => error,
  );
  expect(thrown?.Code ?? thrown?.name ?? 'nothing').toBe(code);
  if (message !== undefined) expect(thrown?.message).toMatch(message);
}

/** Does something while no state of the stand-in ends that is on its way to another. */
export async function held<T>(aws: Pick<Aws, 'holdStates'>, act: () => Promise<T>): Promise<T> {
  aws.holdStates(true);
  return act().finally(() => aws.holdStates(false));
}

export interface RoleOptions {
  readonly name: string;
  readonly service?: string;
  /** `[action, resource]` */
  readonly permits?: readonly (readonly [string, string])[];
}

/** Makes a role and answers its ARN. */
export async function makeRole({ iam }: Clients, options: RoleOptions): Promise<string> {
  const { name, service = 'lambda.amazonaws.com', permits = [] } = options;
  const trust = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument }));
  const Statement = permits.map(([Action, Resource]) => ({ Effect: 'Allow', Action, Resource }));
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  if (Statement.length > 0) {
    await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: 'own', PolicyDocument }));
  }
  return `arn:aws:iam::${ACCOUNT}:role/${name}`;
}

/** A smallest function of a zip file. */
export function zipFunction(name: string, role: string, zip: Buffer = EMPTY_ZIP): CreateFunctionCommandInput {
  const Code = { ZipFile: new Uint8Array(zip) };
  return { FunctionName: name, Role: role, Runtime: 'nodejs22.x', Handler: 'index.handler', Code };
}

/** A zip archive without any file: its end record alone. */
export const EMPTY_ZIP = Buffer.concat([Buffer.from('PK\x05\x06', 'latin1'), Buffer.alloc(18)]);

/** A zip archive of one file, not packed. */
export function zipOf(name: string, content: string): Buffer {
  const [path, body] = [Buffer.from(name), Buffer.from(content)];
  const about = Buffer.alloc(26);
  about.writeUInt16LE(20, 0);
  about.writeUInt32LE(crc32(body), 10);
  about.writeUInt32LE(body.length, 14);
  about.writeUInt32LE(body.length, 18);
  about.writeUInt16LE(path.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), about, path, body]);
  const entry = Buffer.concat([Buffer.from('PK\x01\x02\x14\0', 'latin1'), about, Buffer.alloc(14), path]);
  const end = Buffer.from(EMPTY_ZIP);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(entry.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, entry, end]);
}

/** Makes a function as soon as its role is taken, waits until it is active, and answers its ARN. */
export async function makeFunction({ lambda }: Clients, input: CreateFunctionCommandInput): Promise<string> {
  let arn = '';
  await until(`${input.FunctionName} is made`, async () => {
    arn = (await lambda.send(new CreateFunctionCommand(input))).FunctionArn ?? '';
    return true;
  });
  const get = new GetFunctionConfigurationCommand({ FunctionName: arn });
  await until(`${input.FunctionName} is active`, async () => (await lambda.send(get)).State === 'Active');
  return arn;
}

/** What a function needs to write its log. */
export const MAY_LOG = [
  ['logs:CreateLogStream', '*'],
  ['logs:PutLogEvents', '*'],
] as const;

/** What a function answered. */
export async function invoked(clients: Clients, FunctionName: string, event: unknown) {
  const Payload = JSON.stringify(event);
  const command = new InvokeCommand({ FunctionName, Payload, LogType: 'Tail' });
  const { FunctionError, Payload: answer, LogResult = '' } = await clients.lambda.send(command);
  const payload = JSON.parse(Buffer.from(answer ?? []).toString());
  return { FunctionError, payload, log: Buffer.from(LogResult, 'base64').toString() };
}

/** All messages of a log group. */
export async function linesOf({ logs: client }: Clients, logGroupName: string): Promise<readonly string[]> {
  const { events = [] } = await client.send(new FilterLogEventsCommand({ logGroupName }));
  return events.map(({ message = '' }) => message);
}
