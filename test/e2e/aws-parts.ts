/** Steps, and what their jobs need around them, made in an account that is empty. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import {
  BatchClient,
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  DescribeJobsCommand,
  ListJobsCommand,
  RegisterJobDefinitionCommand,
} from '@aws-sdk/client-batch';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { onTestFinished } from 'vitest';
import type { BatchTarget, StepConfig } from '../../src/supervisor/config.ts';

export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface AwsOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: AwsKeys;
}

/** A queue and the definition of a job, with the bucket `deployment`. */
export async function makeQueue(options: AwsOptions): Promise<BatchTarget> {
  const batch = new BatchClient(options);
  const role = { RoleName: 'batch', AssumeRolePolicyDocument: '{}' };
  const { Role } = await new IAMClient(options).send(new CreateRoleCommand(role));
  const { computeEnvironmentArn: computeEnvironment } = await batch.send(
    new CreateComputeEnvironmentCommand({
      computeEnvironmentName: 'environment',
      type: 'UNMANAGED',
      state: 'ENABLED',
      serviceRole: Role?.Arn,
    }),
  );
  const order = [{ order: 1, computeEnvironment }];
  const { jobQueueArn: jobQueue = '' } = await batch.send(
    new CreateJobQueueCommand({
      jobQueueName: 'queue',
      state: 'ENABLED',
      priority: 1,
      computeEnvironmentOrder: order,
    }),
  );
  const { jobDefinitionArn: jobDefinition = '' } = await batch.send(
    new RegisterJobDefinitionCommand({
      jobDefinitionName: 'definition',
      type: 'container',
      containerProperties: {
        image: 'busybox',
        resourceRequirements: [
          { type: 'VCPU', value: '1' },
          { type: 'MEMORY', value: '128' },
        ],
      },
    }),
  );
  return { jobQueue, jobDefinition, bucket: 'deployment' };
}

/** The jobs with this in their name, each with the variables that it was given. */
export async function submittedJobs(options: AwsOptions, jobQueue: string, part: string) {
  const batch = new BatchClient(options);
  const filters = [{ name: 'JOB_NAME', values: ['*'] }];
  const { jobSummaryList = [] } = await batch.send(new ListJobsCommand({ jobQueue, filters }));
  const named = jobSummaryList.filter(({ jobName }) => jobName?.includes(part));
  if (named.length === 0) return [];
  const { jobs = [] } = await batch.send(
    new DescribeJobsCommand({ jobs: named.map(({ jobId = '' }) => jobId) }),
  );
  return jobs.map(({ jobId = '', container }) => {
    const pairs = (container?.environment ?? []).map(({ name, value }) => [name, value]);
    return { jobId, variables: Object.fromEntries(pairs) as Record<string, string> };
  });
}

/** A user who may do everything. */
export async function makeUser(options: AwsOptions): Promise<AwsKeys> {
  const iam = new IAMClient(options);
  await iam.send(new CreateUserCommand({ UserName: 'user' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'user' }));
  const Statement = [{ Effect: 'Allow', Action: '*', Resource: '*' }];
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.send(new PutUserPolicyCommand({ UserName: 'user', PolicyName: 'all', PolicyDocument }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

/** The address of a server that gives out these keys until the test ends, as that of a container instance does. */
export async function startCredentials({ accessKeyId, secretAccessKey }: AwsKeys): Promise<string> {
  const Expiration = new Date(Date.now() + 3_600_000).toISOString();
  const keys = { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: 'token', Expiration };
  const server = createServer((_request, response) => void response.end(JSON.stringify(keys)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/credentials`;
}

/** Writes a step from the bucket `incoming` to `outgoing/done` into a folder. */
export function writeStep(folder: string, script: string, changes: Partial<StepConfig>): void {
  const store = 's3.default';
  const config: StepConfig = {
    workflow: 'w',
    step: 's',
    script: 'script.sh',
    inputs: [{ store, bucket: 'incoming', prefix: '' }],
    outputs: [{ store, bucket: 'outgoing', prefix: 'done', prefixes: [], suffixes: [] }],
    environment: {},
    stores: [],
    ...changes,
  };
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(path.join(folder, 'script.sh'), script);
}
