/** What a step on AWS Batch takes, as resources, deployed to the stand-in of AWS. */
import { setTimeout as wait } from 'node:timers/promises';
import * as batch from '@aws-sdk/client-batch';
import * as ec2 from '@aws-sdk/client-ec2';
import { applyPlan } from '../../src/deploy/apply.ts';
import type { Report } from '../../src/deploy/outcome.ts';
import { makePlan, type Plan } from '../../src/deploy/plan.ts';
import { type Props, type Resource, ref } from '../../src/deploy/resource.ts';
import { openClients } from '../../src/providers/aws/api/clients.ts';
import { openTagged } from '../../src/providers/aws/api/tagged.ts';
import { ownTags } from '../../src/providers/aws/api/tags.ts';
import type { ComputeEnvironmentProps } from '../../src/providers/aws/kinds/compute-environment/index.ts';
import type { AwsDeps } from '../../src/providers/aws/kinds/deps.ts';
import { awsKinds } from '../../src/providers/aws/kinds/index.ts';
import type { JobDefinitionProps } from '../../src/providers/aws/kinds/job-definition/index.ts';
import type { JobQueueProps } from '../../src/providers/aws/kinds/job-queue/index.ts';
import type { LaunchTemplateProps } from '../../src/providers/aws/kinds/launch-template/index.ts';
import type { Site } from '../../src/providers/aws/site.ts';
import { ACCOUNT, type Aws, startAws } from '../standins/aws/index.ts';
import { type Clients, clientsOf } from './aws-lab.ts';

const SITE: Site = { region: 'us-east-1' };
const TAGS = ownTags('shop');
const PATH = '/fdl/shop/us-east-1/';
/** Milliseconds. */
const DELAYS = { batch: 20, role: 150 };

/** What of the resources is another than usual. */
export interface Changes {
  readonly template?: Partial<LaunchTemplateProps>;
  readonly environment?: Partial<ComputeEnvironmentProps>;
  readonly queue?: Partial<JobQueueProps>;
  readonly definition?: Partial<JobDefinitionProps>;
}

export interface BatchKindsLab {
  readonly aws: Aws;
  readonly clients: Clients;
  /** What kinds need. */
  readonly deps: AwsDeps;
  plan(changes?: Changes): Promise<Plan>;
  apply(changes?: Changes): Promise<Report>;
  remove(options?: { readonly force?: boolean; readonly changes?: Changes }): Promise<Report>;
  /** Submits a job that waits, since nothing runs jobs here; answers its id. */
  submit(name: string): Promise<string>;
  /** What there is of Batch, templates, and below the path of the workflow; names and states. */
  left(): Promise<readonly string[]>;
}

export async function openBatchKindsLab(): Promise<BatchKindsLab> {
  const aws = await startAws({ delays: DELAYS });
  Object.assign(process.env, aws.env);
  const clients = clientsOf(aws);
  const network = await networkOf(clients);
  const connect = openClients(process.env);
  const depsFor = (force: boolean, desired: readonly Resource[]): AwsDeps => ({
    ...{ clients: connect, workflow: 'shop', deleteData: false, force, sites: [SITE], buckets: [] },
    known: desired.map(({ kind, id, props }) => ({ kind, id, props })),
    tagged: openTagged(connect, 'shop'),
    ...{ images: new Map(), bundles: new Map() },
    registry: () => Promise.reject(new Error('there is no registry')),
    // As patient as at AWS, but faster.
    delay: (ms, signal) => wait(ms / 50, undefined, signal && { signal }),
  });
  const signal = new AbortController().signal;
  const planWith = async (changes: Changes, options: { remove?: boolean; force?: boolean } = {}) => {
    const desired = resources(network, changes);
    const kinds = awsKinds(depsFor(options.force === true, desired));
    const remove = options.remove === true;
    return { kinds, plan: await makePlan({ workflow: 'shop', desired, kinds, signal, remove }) };
  };
  const carryOut = async ({ kinds, plan }: Awaited<ReturnType<typeof planWith>>) =>
    (await applyPlan(plan, { kinds, signal, emit: () => {} })).report;
  return {
    ...{ aws, clients, deps: depsFor(false, []) },
    plan: async (changes = {}) => (await planWith(changes)).plan,
    apply: async (changes = {}) => carryOut(await planWith(changes)),
    remove: async ({ force = false, changes = {} } = {}) =>
      carryOut(await planWith(changes, { remove: true, force })),
    submit: async (jobName) => {
      const job = { jobName, jobQueue: 'shop-resize', jobDefinition: 'resize' };
      return (await clients.batch.send(new batch.SubmitJobCommand(job))).jobId ?? '';
    },
    left: () => leftIn(clients),
  };
}

async function networkOf({ ec2: client }: Clients) {
  const { Subnets = [] } = await client.send(new ec2.DescribeSubnetsCommand({}));
  const { SecurityGroups = [] } = await client.send(new ec2.DescribeSecurityGroupsCommand({}));
  return {
    subnets: Subnets.slice(0, 2).map(({ SubnetId = '' }) => SubnetId),
    securityGroups: SecurityGroups.slice(0, 1).map(({ GroupId = '' }) => GroupId),
  };
}

type Network = Awaited<ReturnType<typeof networkOf>>;

const idOf = (kind: string, name: string) => `aws/us-east-1/${kind}/${name}`;
const resource = <P extends Props>(
  kind: string,
  name: string,
  props: P,
  dependsOn: readonly string[] = [],
): Resource => ({ id: idOf(kind, name), kind: `aws/${kind}`, props, dependsOn });

function resources(network: Network, changes: Changes): readonly Resource[] {
  const environment = environmentOf(network, changes);
  const queue: JobQueueProps = {
    ...{ site: SITE, name: 'shop-resize', priority: 1, state: 'ENABLED', tags: TAGS },
    environment: ref(idOf('compute-environment', environment.name), 'arn'),
    ...changes.queue,
  };
  const unused = { site: SITE, queue: queue.name, environment: environment.name };
  const bucket = `fdl-${ACCOUNT}-us-east-1`;
  return [
    resource('deployment-bucket', bucket, { site: SITE, bucket, account: ACCOUNT }),
    ...machines(changes),
    resource('compute-environment', environment.name, environment),
    resource('job-queue', queue.name, queue),
    resource('unused-environments', queue.name, unused, [idOf('job-queue', queue.name)]),
    ...jobs(changes),
  ];
}

function role(name: string, service: string, managedPolicies: readonly string[] = []): Resource {
  const props = {
    site: SITE,
    name,
    path: PATH,
    trust: [service],
    statements: [],
    managedPolicies,
    tags: TAGS,
  };
  return resource('role', name, props);
}

const MACHINE_POLICY = 'arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role';

function machines({ template }: Changes): readonly Resource[] {
  const service = { site: SITE, service: 'batch.amazonaws.com', role: 'AWSServiceRoleForBatch' };
  const profile = { site: SITE, name: 'shop-instances', path: PATH, tags: TAGS };
  const launch: LaunchTemplateProps = {
    ...{ site: SITE, name: 'shop-resize', rootVolumeGb: 30, userData: 'MIME-Version: 1.0\n', tags: TAGS },
    ...template,
  };
  return [
    resource('service-linked-role', 'batch', service),
    role('shop-instances', 'ec2.amazonaws.com', [MACHINE_POLICY]),
    resource('instance-profile', 'shop-instances', {
      ...profile,
      role: ref(idOf('role', 'shop-instances'), 'name'),
    }),
    resource('launch-template', launch.name, launch),
  ];
}

function environmentOf(
  { subnets, securityGroups }: Network,
  { environment }: Changes,
): ComputeEnvironmentProps {
  const template = idOf('launch-template', 'shop-resize');
  return {
    ...{ site: SITE, name: 'shop-resize-1', queue: 'shop-resize', spot: false, instanceTypes: ['optimal'] },
    ...{ minVcpus: 0, maxVcpus: 4, subnets, securityGroups, imageType: 'ECS_AL2023' },
    ...{ launchTemplate: ref(template, 'id'), launchTemplateVersion: ref(template, 'version') },
    instanceProfile: ref(idOf('instance-profile', 'shop-instances'), 'arn'),
    serviceRole: ref(idOf('service-linked-role', 'batch'), 'arn'),
    ...{ state: 'ENABLED', tags: TAGS },
    ...environment,
  };
}

function jobs({ definition }: Changes): readonly Resource[] {
  const logGroup = '/aws/batch/fdl/shop/resize';
  const tags = ownTags('shop', 'resize');
  const props: JobDefinitionProps = {
    ...{ site: SITE, name: 'resize', queue: 'shop-resize', image: 'busybox', vcpus: 1, memory: 128, gpus: 0 },
    role: ref(idOf('role', 'shop-resize-job'), 'arn'),
    ...{ ulimits: { nofile: 1024 }, timeout: 60, retries: 1, spot: false, environment: { LEVEL: 'high' } },
    ...{ logGroup, tags },
    ...definition,
  };
  const group = { site: SITE, name: logGroup, retentionDays: 30, tags };
  return [
    role('shop-resize-job', 'ecs-tasks.amazonaws.com'),
    resource('log-group', logGroup, group),
    resource('job-definition', 'resize', props, [idOf('log-group', logGroup)]),
  ];
}

async function leftIn({ batch: client, ec2: machinery, iam, logs }: Clients): Promise<readonly string[]> {
  const { DescribeLogGroupsCommand } = await import('@aws-sdk/client-cloudwatch-logs');
  const { ListInstanceProfilesCommand, ListRolesCommand } = await import('@aws-sdk/client-iam');
  const below = { PathPrefix: PATH };
  const [environments, queues, definitions, templates, roles, profiles, groups] = await Promise.all([
    client.send(new batch.DescribeComputeEnvironmentsCommand({})),
    client.send(new batch.DescribeJobQueuesCommand({})),
    client.send(new batch.DescribeJobDefinitionsCommand({ status: 'ACTIVE' })),
    machinery.send(new ec2.DescribeLaunchTemplatesCommand({})),
    iam.send(new ListRolesCommand(below)),
    iam.send(new ListInstanceProfilesCommand(below)),
    logs.send(new DescribeLogGroupsCommand({})),
  ]);
  return [
    ...(environments.computeEnvironments ?? []).map(
      ({ computeEnvironmentName, state, status }) =>
        `environment ${computeEnvironmentName} ${state} ${status}`,
    ),
    ...(queues.jobQueues ?? []).map(
      ({ jobQueueName, state, status }) => `queue ${jobQueueName} ${state} ${status}`,
    ),
    ...(definitions.jobDefinitions ?? []).map(({ jobDefinitionName }) => `definition ${jobDefinitionName}`),
    ...(templates.LaunchTemplates ?? []).map(({ LaunchTemplateName }) => `template ${LaunchTemplateName}`),
    ...(roles.Roles ?? []).map(({ RoleName }) => `role ${RoleName}`).sort(),
    ...(profiles.InstanceProfiles ?? []).map(({ InstanceProfileName }) => `profile ${InstanceProfileName}`),
    ...(groups.logGroups ?? []).map(({ logGroupName }) => `log group ${logGroupName}`),
  ];
}
