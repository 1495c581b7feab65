/** The machines that jobs run on: steps of a workflow that ask for the same ones share them, and their queue. */

import type { BatchTarget } from '../../supervisor/config.ts';
import type { Account } from './api/account.ts';
import { nodesOf } from './dialect/nodes.ts';
import { architectureOf, platformOf } from './dialect/platform.ts';
import type { AwsStep } from './dialect/step.ts';
import { inAccount, type StepDeployment } from './facts.ts';
import { deploymentBucketName, environmentName, queueName } from './names.ts';
import { type Site, siteKey } from './site.ts';
import { jobVcpus, runsJobs } from './step.ts';

/** What a file says of machines, with the defaults filled in. */
interface MachineSettings {
  /** There are no machines of one's own: all that is said of them is empty. Left out where there are. */
  readonly fargate?: true;
  readonly spot: boolean;
  /** Types and families, sorted. */
  readonly instanceTypes: readonly string[];
  readonly minVcpus: number;
  /** Absent where the file does not say it: as many as one job needs, but not less than SCAR's two. */
  readonly maxVcpus?: number;
  readonly desiredVcpus: number;
  /** Sorted; empty for those of the default network. */
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly rootVolumeGb: number;
  readonly gpu: boolean;
  readonly enabled: boolean;
  /** ARN of an instance profile; one is made where it is absent. */
  readonly instanceProfile?: string;
  /** ARN of a role for AWS Batch; the account's own where it is absent. */
  readonly serviceRole?: string;
}

/** Machines with the steps whose jobs run on them. */
export interface Machines extends MachineSettings {
  readonly site: Site;
  /** In the order of the file. */
  readonly steps: readonly [StepDeployment, ...StepDeployment[]];
  /** Name of the queue, and of the launch template. */
  readonly queue: string;
  /** Name of the compute environment. */
  readonly environment: string;
}

/** GiB. Rule: the size of the images that Amazon ECS has for its machines. */
const ROOT_VOLUME = 30;
/** vCPUs that machines may have where nobody says otherwise; as SCAR. */
const MAX_VCPUS = 2;

/** The machines of steps, in the order of the file. Steps without jobs are left out. */
export function machinesOf(steps: readonly StepDeployment[]): readonly Machines[] {
  const groups = new Map<string, [StepDeployment, ...StepDeployment[]]>();
  for (const deployment of steps.filter(({ step }) => runsJobs(step))) {
    const key = `${siteKey(deployment.facts.site)} ${JSON.stringify(settingsOf(deployment))}`;
    const known = groups.get(key);
    if (known) known.push(deployment);
    else groups.set(key, [deployment]);
  }
  return [...groups.values()].map(machines);
}

function machines(steps: readonly [StepDeployment, ...StepDeployment[]]): Machines {
  const [first] = steps;
  const { workflow, step, facts } = first;
  const given = settingsOf(first);
  const settings = {
    ...given,
    ...(given.instanceProfile && { instanceProfile: inAccount(given.instanceProfile, first) }),
    ...(given.serviceRole && { serviceRole: inAccount(given.serviceRole, first) }),
  };
  const queue = queueName(workflow.name, step.name);
  const environment = environmentName(workflow.name, queue, fixedOf(settings));
  return { ...settings, site: facts.site, steps, queue, environment };
}

/**
 * What an environment keeps for as long as it exists. One with a role of its own can only be made larger or smaller.
 * Rule: AWS Batch's user guide, "Update a compute environment".
 */
function fixedOf({
  serviceRole,
  minVcpus: _min,
  maxVcpus: _max,
  desiredVcpus: _desired,
  ...rest
}: MachineSettings) {
  // An environment is of AWS Fargate or of machines for good. Rule: `computeEnvironmentOrder` of CreateJobQueue.
  const platform = rest.fargate ? { fargate: true, spot: rest.spot } : {};
  if (serviceRole === undefined) return platform;
  const { enabled: _enabled, ...fixed } = rest;
  return { serviceRole, ...fixed, userData: userData(rest.gpu) };
}

/** As the file has them, whatever the account: whoever looks at the workflow only finds the same groups. */
function settingsOf({ step }: StepDeployment): MachineSettings {
  const { compute_resources: given = {}, service_role: serviceRole, state } = step.settings.batch ?? {};
  const { max_v_cpus: maxVcpus, instance_role: instanceRole } = given;
  const { fargate, spot } = platformOf(step.settings);
  return {
    spot,
    instanceTypes: instanceTypesOf(step),
    minVcpus: given.min_v_cpus ?? 0,
    ...(maxVcpus !== undefined && { maxVcpus }),
    desiredVcpus: given.desired_v_cpus ?? 0,
    subnets: sorted(given.subnets),
    securityGroups: sorted(given.security_group_ids),
    rootVolumeGb: given.root_volume_gb ?? ROOT_VOLUME,
    gpu: step.limits.gpus > 0,
    enabled: state?.trim().toUpperCase() !== 'DISABLED',
    ...(instanceRole && !fargate && { instanceProfile: instanceRole }),
    ...(serviceRole && { serviceRole }),
    ...(fargate && WITHOUT_MACHINES),
  };
}

/** What AWS Fargate leaves of the settings of machines. */
const WITHOUT_MACHINES = {
  fargate: true,
  instanceTypes: [],
  minVcpus: 0,
  desiredVcpus: 0,
  rootVolumeGb: 0,
  gpu: false,
} as const;

/** `optimal` is what AWS chooses among machines of the usual kind; other processors have to be asked for. */
export function instanceTypesOf(step: AwsStep): readonly string[] {
  const given = sorted(step.settings.batch?.compute_resources?.instance_types);
  if (given.length > 0) return given;
  return [architectureOf(step) === 'arm64' ? 'default_arm64' : 'optimal'];
}

function sorted(list: readonly string[] = []): readonly string[] {
  return [...new Set(list.map((each) => each.trim()).filter((each) => each !== ''))].sort();
}

/** vCPUs that all machines together may have. */
export function maxVcpusOf({ maxVcpus, steps }: Machines): number {
  return maxVcpus ?? Math.max(MAX_VCPUS, ...steps.map(({ step }) => Math.ceil(vcpusOf(step))));
}

/** vCPUs of one job on all of its machines. */
export function vcpusOf(step: AwsStep): number {
  return jobVcpus(step) * (nodesOf(step.settings)?.count ?? 1);
}

/** Where the jobs of a step are submitted to. Names alone: they stay as they are when a definition gets another revision, or a queue other machines. */
export function batchTarget(
  { name, settings }: AwsStep,
  { account, site }: Pick<Account, 'account'> & { readonly site: Site },
  { queue }: Pick<Machines, 'queue'>,
): BatchTarget {
  const nodes = nodesOf(settings) && { nodes: true as const };
  return {
    ...{ jobQueue: queue, jobDefinition: name, bucket: deploymentBucketName(account, site.region) },
    ...nodes,
  };
}

const BOUNDARY = '==FDL==';

/**
 * Settings of the agent of Amazon ECS, as one part of a MIME message: AWS Batch adds parts of its own, and takes no
 * other form. Images that a machine has already are not fetched again: they are named by their digests.
 * Rules: AWS Batch's user guide, "Amazon EC2 user data in launch templates"; ECS's, "Amazon ECS container agent
 * configuration".
 */
export function userData(gpu: boolean): string {
  const settings = ['ECS_IMAGE_PULL_BEHAVIOR=prefer-cached', ...(gpu ? ['ECS_ENABLE_GPU_SUPPORT=true'] : [])];
  const lines = settings.map((setting) => `echo ${setting} >> /etc/ecs/ecs.config`);
  return [
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary="${BOUNDARY}"`,
    '',
    `--${BOUNDARY}`,
    'Content-Type: text/x-shellscript; charset="us-ascii"',
    '',
    '#!/bin/bash',
    ...lines,
    '',
    `--${BOUNDARY}--`,
    '',
  ].join('\n');
}
