/** The jobs of a step on AWS Batch: their definition, and what is theirs alone. */

import type { Resource } from '../../../deploy/resource.ts';
import { nodesOf } from '../dialect/nodes.ts';
import { architectureOf } from '../dialect/platform.ts';
import { arnFor, idFor, type StepDeployment, stepTags } from '../facts.ts';
import type { JobDefinitionProps } from '../kinds/job-definition/index.ts';
import type { Machines } from '../machines.ts';
import { deploymentBucketName, jobLogGroupName, partRoleName } from '../names.ts';
import { jobMemory, jobVcpus } from '../step.ts';
import type { BucketIds } from './buckets.ts';
import { environmentOf, imageOf, imageTags, logGroup } from './function.ts';
import { imageStatement } from './machines.ts';
import { allow, dataStatements, keysOf, logStatement, partRole, roleOf, type Statement } from './role.ts';

/** Times that a job is tried again on other machines, where the file does not say it; AWS counts all attempts. */
const RETRIES = 0;

/** The definition of a step's jobs. */
export function jobDefinitionId(deployment: StepDeployment): string {
  return idFor(deployment, 'job-definition');
}

/** The log group of a step's jobs, their role, and their definition, which comes last. */
export function jobResources(
  deployment: StepDeployment,
  machines: Machines,
  buckets: BucketIds,
): readonly Resource[] {
  const log = logGroup(deployment, jobLogGroupName(deployment.workflow.name, deployment.step.name));
  const role = partRole(deployment, {
    name: jobRoleName(deployment),
    trust: 'ecs-tasks.amazonaws.com',
    source: taskSource(deployment),
    statements: [...dataStatements(deployment), eventStatement(deployment)],
    keys: keysOf(deployment, buckets),
  });
  const execution = machines.fargate ? executionRole(deployment) : undefined;
  const roles = [role, execution].flatMap((each) => each ?? []);
  return [log, ...roles, definition(deployment, machines, log.id)];
}

function jobRoleName({ workflow, step, facts }: StepDeployment): string {
  return partRoleName(workflow.name, step.name, facts.site.region, 'job');
}

/**
 * What Amazon ECS does with before the job: without a machine, there is no role of machines.
 * Rules: "AWS Batch IAM execution role" in AWS Batch's user guide; the Service Authorization Reference.
 */
function executionRole(deployment: StepDeployment): Resource | undefined {
  const group = jobLogGroupName(deployment.workflow.name, deployment.step.name);
  return partRole(deployment, {
    name: executionRoleName(deployment),
    trust: 'ecs-tasks.amazonaws.com',
    source: taskSource(deployment),
    statements: [
      allow('Login', ['ecr:GetAuthorizationToken'], ['*']),
      imageStatement([deployment]),
      logStatement(deployment, group),
    ],
    keys: [],
  });
}

function executionRoleName({ workflow, step, facts }: StepDeployment): string {
  return partRoleName(workflow.name, step.name, facts.site.region, 'execution');
}

/** Rule: ECS's developer guide, "Amazon ECS task IAM role": no part of an ARN after the account can be asked for. */
function taskSource(deployment: StepDeployment) {
  return { account: deployment.facts.account, arn: arnFor(deployment, 'ecs', '*') };
}

/** Events that are too long for a job wait in the deployment bucket, and go once the job is done. */
function eventStatement(deployment: StepDeployment): Statement {
  return allow('Events', ['s3:GetObject', 's3:DeleteObject'], [deploymentObjects(deployment, 'events')]);
}

/** What is kept for a step in one folder of the deployment bucket. */
export function deploymentObjects(
  { workflow, step, facts }: StepDeployment,
  folder: 'events' | 'markers',
): string {
  const bucket = deploymentBucketName(facts.account, facts.site.region);
  return `arn:${facts.partition}:s3:::${bucket}/${folder}/${workflow.name}/${step.id}/*`;
}

function definition(
  deployment: StepDeployment,
  machines: Machines,
  logGroupId: string,
): Resource<JobDefinitionProps> {
  const { workflow, step, facts } = deployment;
  const { batch = {} } = step.settings;
  const { queue, spot } = machines;
  const nodes = nodesOf(step.settings);
  return {
    id: jobDefinitionId(deployment),
    kind: 'aws/job-definition',
    step: step.id,
    props: {
      site: facts.site,
      name: step.name,
      queue,
      image: imageOf(deployment),
      role: roleOf(deployment, jobRoleName(deployment)),
      vcpus: jobVcpus(step),
      memory: jobMemory(step),
      gpus: step.limits.gpus,
      ...(batch.shared_memory !== undefined && { sharedMemory: batch.shared_memory }),
      ulimits: batch.ulimits ?? {},
      ...(batch.timeout !== undefined && { timeout: batch.timeout }),
      retries: batch.retries ?? RETRIES,
      spot,
      ...(nodes && { nodes: { ...nodes } }),
      ...(machines.fargate && { fargate: fargateOf(deployment) }),
      logGroup: jobLogGroupName(workflow.name, step.name),
      environment: jobEnvironment(deployment),
      tags: { ...stepTags(deployment), ...imageTags(deployment) },
    },
    dependsOn: [logGroupId],
  };
}

/** What a job on AWS Fargate has besides: its network is not that of a machine. */
function fargateOf(deployment: StepDeployment): NonNullable<JobDefinitionProps['fargate']> {
  const { step, facts } = deployment;
  const { root_volume_gb: diskGib } = step.settings.batch?.compute_resources ?? {};
  return {
    executionRole: roleOf(deployment, executionRoleName(deployment)),
    publicIp: facts.batch?.publicIp ?? true,
    architecture: architectureOf(step),
    ...(diskGib !== undefined && { diskGib }),
  };
}

/** Machines of Amazon ECS do not tell containers where they are. */
function jobEnvironment(deployment: StepDeployment): Readonly<Record<string, string>> {
  const { region } = deployment.facts.site;
  return { ...environmentOf(deployment), AWS_REGION: region, AWS_DEFAULT_REGION: region };
}
