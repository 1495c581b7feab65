/** The jobs of a step on AWS Batch: their definition, and what is theirs alone. */
import type { Resource } from '../../../deploy/resource.ts';
import type { JobDefinitionProps } from '../kinds/job-definition.ts';
import type { Machines } from '../machines.ts';
import { deploymentBucketName, jobLogGroupName, partRoleName } from '../names.ts';
import type { BucketIds } from './buckets.ts';
import { environmentOf, imageOf, imageTags, logGroup } from './function.ts';
import { idFor, jobMemory, jobVcpus, type Placed, stepTags } from './placed.ts';
import { allow, dataStatements, keysOf, partRole, roleOf, type Statement } from './role.ts';

/** Times that a job is tried again on other machines, where the file does not say it; AWS counts all attempts. */
const RETRIES = 0;

/** The definition of a step's jobs. */
export function jobDefinitionId(placed: Placed): string {
  return idFor(placed, 'job-definition');
}

/** The log group of a step's jobs, their role, and their definition, which comes last. */
export function jobResources(placed: Placed, machines: Machines, buckets: BucketIds): readonly Resource[] {
  const log = logGroup(placed, jobLogGroupName(placed.workflow.name, placed.step.name));
  const role = partRole(placed, {
    name: jobRoleName(placed),
    trust: 'ecs-tasks.amazonaws.com',
    statements: [...dataStatements(placed), eventStatement(placed)],
    keys: keysOf(placed, buckets),
  });
  return [log, ...(role ? [role] : []), definition(placed, machines, log.id)];
}

function jobRoleName({ workflow, step, facts }: Placed): string {
  return partRoleName(workflow.name, step.name, facts.site.region, 'job');
}

/** Events that are too long for a job wait in the deployment bucket, and go once the job is done. */
function eventStatement(placed: Placed): Statement {
  return allow('Events', ['s3:GetObject', 's3:DeleteObject'], [deploymentObjects(placed, 'events')]);
}

/** What is kept for a step in one folder of the deployment bucket. */
export function deploymentObjects({ workflow, step, facts }: Placed, folder: 'events' | 'markers'): string {
  const bucket = deploymentBucketName(facts.account, facts.site.region);
  return `arn:${facts.partition}:s3:::${bucket}/${folder}/${workflow.name}/${step.id}/*`;
}

function definition(
  placed: Placed,
  { queue, spot }: Machines,
  logGroupId: string,
): Resource<JobDefinitionProps> {
  const { workflow, step, facts } = placed;
  const { batch = {} } = step.settings;
  return {
    id: jobDefinitionId(placed),
    kind: 'aws/job-definition',
    step: step.id,
    props: {
      site: facts.site,
      name: step.name,
      queue,
      image: imageOf(placed),
      role: roleOf(placed, jobRoleName(placed)),
      vcpus: jobVcpus(step),
      memory: jobMemory(step),
      gpus: step.limits.gpus,
      ...(batch.shared_memory !== undefined && { sharedMemory: batch.shared_memory }),
      ulimits: batch.ulimits ?? {},
      ...(batch.timeout !== undefined && { timeout: batch.timeout }),
      retries: batch.retries ?? RETRIES,
      spot,
      logGroup: jobLogGroupName(workflow.name, step.name),
      environment: jobEnvironment(placed),
      tags: { ...stepTags(placed), ...imageTags(placed) },
    },
    dependsOn: [logGroupId],
  };
}

/** Machines of Amazon ECS do not tell containers where they are. */
function jobEnvironment(placed: Placed): Readonly<Record<string, string>> {
  const { region } = placed.facts.site;
  return { ...environmentOf(placed), AWS_REGION: region, AWS_DEFAULT_REGION: region };
}
