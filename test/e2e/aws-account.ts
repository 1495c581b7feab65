/** An account of AWS, so to say, with a registry for its images; and everything that is in it. */
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { GetApisCommand } from '@aws-sdk/client-apigatewayv2';
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import { ListRolesCommand } from '@aws-sdk/client-iam';
import { GetPolicyCommand, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetResourcesCommand } from '@aws-sdk/client-resource-groups-tagging-api';
import {
  GetBucketNotificationConfigurationCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  type NotificationConfiguration,
} from '@aws-sdk/client-s3';
import { DescribeParametersCommand } from '@aws-sdk/client-ssm';
import { ROOT } from '../../src/image/layout.ts';
import { ACCOUNT, type Aws, type AwsOptions, startAws } from '../standins/aws/index.ts';
import { mountedNode } from '../standins/rootfs.ts';
import { type Clients, clientsOf } from './aws-lab.ts';
import { addPrograms, fillSystem, openImageLab } from './image-lab.ts';

export interface AccountLab {
  readonly aws: Aws;
  readonly clients: Clients;
  /** Variables for `fdl`. */
  readonly env: Readonly<Record<string, string>>;
  /** URL of the registry that stands in for all. */
  readonly registry: string;
  /** A folder that goes with the account. */
  readonly folder: string;
  /** Adds an image to the registry `docker.io`: what fills the folder that becomes its root, and changes as in a Dockerfile. */
  publish(name: string, fill: Fill, changes?: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Fills a folder that has what `fillSystem` makes. */
type Fill = (root: string) => void;

export interface AccountOptions extends AwsOptions {
  /** Images of the registry `docker.io` by their names, besides that of Node. */
  readonly images: Readonly<Record<string, Fill>>;
  /**
   * Functions and jobs really run. Their images have a small program for Node, and their containers this machine's Node in
   * its place: Node itself takes seconds to pack. With `packed` they have Node itself.
   */
  readonly run?: boolean | 'packed';
}

/** The name of the image that Node is taken from. */
export const NODE_IMAGE = 'library/node:22-bookworm-slim';

/** What is taken for Node in images: a small program, which is faster to pack. */
export function addSmallNode(root: string): void {
  addPrograms(root, ['sleep']);
  renameSync(path.join(root, 'usr/bin/sleep'), path.join(root, 'usr/bin/node'));
}

/** Starts an account whose registry has these images. */
export async function openAccount({ images, run = false, ...options }: AccountOptions): Promise<AccountLab> {
  const lab = await openImageLab();
  const publish: AccountLab['publish'] = async (name, fill, changes) => {
    const root = fillSystem(mkdtempSync(path.join(lab.folder, 'root-')));
    fill(root);
    await lab.publish(root, name, changes);
    rmSync(root, { recursive: true });
  };
  await publish(NODE_IMAGE, run === 'packed' ? (root) => addPrograms(root, ['node']) : addSmallNode);
  for (const [name, fill] of Object.entries(images)) await publish(name, fill);
  const registry = `http://${lab.hub.host}`;
  const runOptions = run === true ? mountedNode(ROOT, path.join(lab.folder, 'node-libraries')) : [];
  const runs = run !== false && { podman: lab.podman, runOptions };
  const aws = await startAws({ registry: { url: registry }, ...runs, ...options });
  return {
    aws,
    clients: clientsOf(aws),
    folder: lab.folder,
    publish,
    registry,
    env: {
      ...aws.env,
      FDL_REGISTRY_MIRRORS: `docker.io=${registry},public.ecr.aws=${registry},*.amazonaws.com=${registry}`,
      FDL_RUNTIME_IMAGE: NODE_IMAGE.replace('library/', ''),
    },
    close: async () => {
      await aws.idle();
      await aws.stop();
      await lab.close();
    },
  };
}

/** The names of all that is in the account, and of all objects. */
export async function contentOf(clients: Clients): Promise<readonly string[]> {
  const { lambda, iam, logs, ecr, ssm, httpApi, tagging } = clients;
  const found = await Promise.all([
    lambda.send(new ListFunctionsCommand({})).then(({ Functions }) => Functions?.map((f) => f.FunctionArn)),
    iam.send(new ListRolesCommand({})).then(({ Roles }) => Roles?.map(({ Arn }) => Arn)),
    logs.send(new DescribeLogGroupsCommand({})).then(({ logGroups }) => logGroups?.map(({ arn }) => arn)),
    ecr
      .send(new DescribeRepositoriesCommand({}))
      .then(({ repositories }) => repositories?.map(({ repositoryArn }) => repositoryArn)),
    ssm
      .send(new DescribeParametersCommand({}))
      .then(({ Parameters }) => Parameters?.map(({ Name }) => `parameter ${Name}`)),
    httpApi.send(new GetApisCommand({})).then(({ Items }) => Items?.map(({ Name }) => `API ${Name}`)),
    tagging
      .send(new GetResourcesCommand({}))
      .then(({ ResourceTagMappingList }) =>
        ResourceTagMappingList?.map((each) => `tags ${each.ResourceARN}`),
      ),
    objectsOf(clients),
  ]);
  return found.flatMap((names) => (names ?? []).map(String)).sort();
}

async function objectsOf({ s3 }: Clients): Promise<readonly string[]> {
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  const names = Buckets.map(({ Name = '' }) => Name);
  const objects = await Promise.all(
    names.map(async (Bucket) => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
      return Contents.map(({ Key }) => `s3://${Bucket}/${Key}`);
    }),
  );
  return [...names.map((name) => `s3://${name}`), ...objects.flat()];
}

/** The notifications of a bucket. */
export async function notificationsOf({ s3 }: Clients, Bucket: string): Promise<NotificationConfiguration> {
  const { $metadata: _, ...config } = await s3.send(
    new GetBucketNotificationConfigurationCommand({ Bucket }),
  );
  return config;
}

/** What others have set for a bucket, of every type. */
export function foreignNotifications(functionArn: string): NotificationConfiguration {
  const created = ['s3:ObjectCreated:*' as const];
  const below = (Value: string) => ({ Key: { FilterRules: [{ Name: 'prefix' as const, Value }] } });
  const arn = (service: string) => `arn:aws:${service}:us-east-1:${ACCOUNT}:others`;
  return {
    TopicConfigurations: [{ Id: 'topic', TopicArn: arn('sns'), Events: created, Filter: below('pictures/') }],
    QueueConfigurations: [{ Id: 'queue', QueueArn: arn('sqs'), Events: ['s3:ObjectRemoved:*'] }],
    LambdaFunctionConfigurations: [
      { Id: 'function', LambdaFunctionArn: functionArn, Events: created, Filter: below('textiles/') },
    ],
    EventBridgeConfiguration: {},
  };
}

/** The notifications without those of workflows of ours. */
export function ofOthers(config: NotificationConfiguration): NotificationConfiguration {
  const { LambdaFunctionConfigurations = [], ...rest } = config;
  const others = LambdaFunctionConfigurations.filter(({ Id }) => !Id?.startsWith('fdl:'));
  return { ...rest, ...(others.length > 0 && { LambdaFunctionConfigurations: others }) };
}

/** The policy of a function, as JSON. */
export async function policyOf({ lambda }: Clients, FunctionName: string): Promise<string | undefined> {
  return (await lambda.send(new GetPolicyCommand({ FunctionName }))).Policy;
}
