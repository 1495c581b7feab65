/** The machines of a workflow on AWS Batch, and the queues before them. */
import { type Ref, type Resource, ref } from '../../../deploy/resource.ts';
import { parseReference } from '../../../image/reference.ts';
import { ownTags } from '../api/tags.ts';
import { ecrRegion, runsGivenImage } from '../dialect/ecr.ts';
import { arnFor, type StepDeployment } from '../facts.ts';
import type { ComputeEnvironmentProps } from '../kinds/compute-environment/index.ts';
import type { InstanceProfileProps } from '../kinds/instance-profile/index.ts';
import type { JobQueueProps } from '../kinds/job-queue/index.ts';
import type { LaunchTemplateProps } from '../kinds/launch-template/index.ts';
import type { RoleProps } from '../kinds/role/index.ts';
import type { ServiceLinkedRoleProps } from '../kinds/service-linked-role/index.ts';
import type { UnusedEnvironmentsProps } from '../kinds/unused-environments/index.ts';
import { type Machines, maxVcpusOf, userData } from '../machines.ts';
import { instancesName, jobLogGroupName, repositoryName, rolePath } from '../names.ts';
import { awsId, siteKey } from '../site.ts';
import { allow, boundaryOf, type Statement } from './role.ts';

/**
 * What the agent of Amazon ECS needs, which AWS Batch has on every machine: scripts of jobs can take the role of their
 * machine, so that it may nothing more. AWS's own policy for it reads every image and writes to every log of the account.
 * AWS Batch makes the cluster, and gives it a name of its own.
 * Rules: ECS's developer guide, "Amazon ECS container instance IAM role"; the Service Authorization Reference.
 */
function agentStatements(deployments: readonly [StepDeployment, ...StepDeployment[]]): readonly Statement[] {
  const [first] = deployments;
  const clusters = [arnFor(first, 'ecs', 'cluster/*')];
  const machines = [arnFor(first, 'ecs', 'container-instance/*')];
  const logs = deployments.map(({ workflow, step }) => jobLogGroupName(workflow.name, step.name)).sort();
  return [
    allow('Join', ['ecs:DiscoverPollEndpoint', 'ecr:GetAuthorizationToken'], ['*']),
    allow(
      'Cluster',
      [
        'ecs:DeregisterContainerInstance',
        'ecs:RegisterContainerInstance',
        'ecs:SubmitAttachmentStateChanges',
        'ecs:SubmitContainerStateChange',
        'ecs:SubmitTaskStateChange',
      ],
      clusters,
    ),
    allow(
      'Machine',
      ['ecs:Poll', 'ecs:StartTelemetrySession', 'ecs:TagResource', 'ecs:UpdateContainerInstancesState'],
      machines,
    ),
    imageStatement(deployments),
    allow(
      'Logs',
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      [...new Set(logs)].map((group) => arnFor(first, 'logs', `log-group:${group}:*`)),
    ),
  ];
}

/** Fetching the images of steps. */
export function imageStatement(deployments: readonly StepDeployment[]): Statement {
  const actions = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
  return allow('Images', actions, [...new Set(deployments.map(repositoryArn))].sort());
}

/** The repository of ECR that the image of a step's jobs is in. */
function repositoryArn(deployment: StepDeployment): string {
  const { workflow, step, facts } = deployment;
  const own = arnFor(deployment, 'ecr', `repository/${repositoryName(workflow.name)}`);
  if (!runsGivenImage(step)) return own;
  const { registry, repository } = parseReference(step.image ?? '');
  const [account] = registry.split('.');
  return `arn:${facts.partition}:ecr:${ecrRegion(registry)}:${account}:repository/${repository}`;
}

/** Rank of a queue among those of one environment: there are no others. */
const PRIORITY = 1;

/** Everything that steps share to run jobs: roles, launch templates, environments and queues. */
export function machineResources(groups: readonly Machines[]): readonly Resource[] {
  return [...bySite(groups).flatMap(siteResources), ...groups.flatMap(groupResources)];
}

/** The queue that the jobs on these machines wait in. */
export function queueId({ site, queue }: Machines): string {
  return awsId(site, 'job-queue', queue);
}

function bySite(groups: readonly Machines[]): readonly (readonly [Machines, ...Machines[]])[] {
  const sites = new Map<string, [Machines, ...Machines[]]>();
  for (const group of groups) {
    const known = sites.get(siteKey(group.site));
    if (known) known.push(group);
    else sites.set(siteKey(group.site), [group]);
  }
  return [...sites.values()];
}

/** What all machines of a site share. */
function siteResources(groups: readonly [Machines, ...Machines[]]): readonly Resource[] {
  const [first] = groups;
  const needsOwn = groups.some(({ serviceRole }) => serviceRole === undefined);
  const unnamed = groups.filter(({ instanceProfile, fargate }) => instanceProfile === undefined && !fargate);
  return [
    ...(needsOwn ? [serviceRole(first, 'batch')] : []),
    ...(groups.some(needsSpotRole) ? [serviceRole(first, 'spot')] : []),
    ...instanceRole(unnamed),
  ];
}

/**
 * Roles that an account has for the whole of a service. EC2 makes the one for spot instances only for its console.
 * Rule: AWS Batch's user guide, "Amazon EC2 spot fleet role".
 */
const SERVICE_ROLES = { batch: 'AWSServiceRoleForBatch', spot: 'AWSServiceRoleForEC2Spot' } as const;

type ServiceName = keyof typeof SERVICE_ROLES;

/** Only machines are spot instances. */
function needsSpotRole({ spot, fargate }: Machines): boolean {
  return spot && !fargate;
}

function serviceRole(machines: Machines, service: ServiceName): Resource<ServiceLinkedRoleProps> {
  return {
    id: serviceRoleId(machines, service),
    kind: 'aws/service-linked-role',
    props: { site: machines.site, service: `${service}.amazonaws.com`, role: SERVICE_ROLES[service] },
    dependsOn: [],
  };
}

function serviceRoleId({ site }: Machines, service: ServiceName): string {
  return awsId(site, 'service-linked-role', service);
}

function instanceRole(groups: readonly Machines[]): readonly Resource[] {
  const [first] = groups;
  if (!first) return [];
  const { site, steps } = first;
  const [{ workflow }] = steps;
  const name = instancesName(workflow.name, site.region);
  const path = rolePath(workflow.name, site.region);
  const roleId = awsId(site, 'role', name);
  const role: Resource<RoleProps> = {
    id: roleId,
    kind: 'aws/role',
    props: {
      site,
      name,
      path,
      trust: [`ec2.${domainOf(steps[0])}`],
      statements: agentStatements([steps[0], ...groups.flatMap((group) => group.steps)]),
      boundary: groups.flatMap((group) => group.steps.flatMap((step) => boundaryOf(step) ?? []))[0],
      tags: ownTags(workflow.name),
    },
    dependsOn: [],
  };
  const profile: Resource<InstanceProfileProps> = {
    id: profileId(first),
    kind: 'aws/instance-profile',
    props: { site, name, path, role: ref(roleId, 'name') },
    dependsOn: [],
  };
  return [role, profile];
}

/** Rule: the principal of EC2 is another one in China. */
function domainOf({ facts }: StepDeployment): string {
  return facts.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
}

function profileId({ site, steps: [{ workflow }] }: Machines): string {
  return awsId(site, 'instance-profile', instancesName(workflow.name, site.region));
}

function groupResources(group: Machines): readonly Resource[] {
  const { site, queue, enabled, steps } = group;
  const tags = ownTags(steps[0].workflow.name);
  const state = enabled ? 'ENABLED' : 'DISABLED';
  const environmentId = awsId(site, 'compute-environment', group.environment);
  const jobQueue: Resource<JobQueueProps> = {
    id: queueId(group),
    kind: 'aws/job-queue',
    props: {
      ...{ site, name: queue, environment: ref(environmentId, 'arn'), priority: PRIORITY, state, tags },
      ...(group.fargate && { fargate: true }),
    },
    dependsOn: [],
  };
  const unused: Resource<UnusedEnvironmentsProps> = {
    id: awsId(site, 'unused-environments', queue),
    kind: 'aws/unused-environments',
    props: { site, queue, environment: group.environment },
    dependsOn: [jobQueue.id],
  };
  const template = group.fargate ? [] : [launchTemplate(group)];
  return [...template, environment(group, environmentId), jobQueue, unused];
}

function templateId({ site, queue }: Machines): string {
  return awsId(site, 'launch-template', queue);
}

function launchTemplate(group: Machines): Resource<LaunchTemplateProps> {
  const { site, queue, rootVolumeGb, gpu, steps } = group;
  const tags = ownTags(steps[0].workflow.name);
  const props = { site, name: queue, rootVolumeGb, userData: userData(gpu), tags };
  return { id: templateId(group), kind: 'aws/launch-template', props, dependsOn: [] };
}

/** When a workflow is removed, it is not known which network the machines are in, and makes no difference. */
function environment(group: Machines, id: string): Resource<ComputeEnvironmentProps> {
  const { site, spot, steps } = group;
  const [{ workflow, facts }] = steps;
  const { subnets, securityGroups } = facts.batch ?? group;
  return {
    id,
    kind: 'aws/compute-environment',
    props: {
      site,
      name: group.environment,
      queue: group.queue,
      ...(group.fargate && { fargate: true }),
      spot,
      maxVcpus: maxVcpusOf(group),
      subnets,
      securityGroups,
      ...(!group.fargate && machinesOf(group)),
      serviceRole: group.serviceRole ?? ref(serviceRoleId(group, 'batch'), 'arn'),
      state: group.enabled ? 'ENABLED' : 'DISABLED',
      tags: ownTags(workflow.name),
    },
    dependsOn: needsSpotRole(group) ? [serviceRoleId(group, 'spot')] : [],
  };
}

/** What an environment says of its machines, if it has some. */
function machinesOf(group: Machines) {
  const { instanceTypes, minVcpus, desiredVcpus, gpu } = group;
  const template = templateId(group);
  return {
    ...{ instanceTypes, minVcpus, desiredVcpus, instanceProfile: profileOf(group) },
    ...{ launchTemplate: ref(template, 'id'), launchTemplateVersion: ref(template, 'version') },
    imageType: gpu ? 'ECS_AL2023_NVIDIA' : 'ECS_AL2023',
  };
}

function profileOf(group: Machines): Ref | string {
  return group.instanceProfile ?? ref(profileId(group), 'arn');
}
