/**
 * What steps with jobs need on AWS Batch besides what their functions need, and the functions that pass events on to it: the
 * way in of steps that are jobs, and what catches failures.
 */
import type { Resource } from '../../../deploy/resource.ts';
import type { GatewayConfig } from '../../../supervisor/gateway.ts';
import { CATCHER, TAG, type Tags } from '../api/tags.ts';
import { AWS_DEFAULTS } from '../dialect/defaults.ts';
import { arnFor, functionArn, idFor, type StepDeployment, stepTags } from '../facts.ts';
import type { DeploymentBucketProps } from '../kinds/deployment-bucket/index.ts';
import type { FunctionProps } from '../kinds/function/index.ts';
import { USUAL_RETRIES } from '../kinds/function/properties.ts';
import { batchTarget, type Machines, machinesOf } from '../machines.ts';
import { catcherName, deploymentBucketName, logGroupName, partRoleName } from '../names.ts';
import { awsId } from '../site.ts';
import { isOverHttp } from '../step-config.ts';
import type { BucketIds } from './buckets.ts';
import { functionResources, listenerTags, logGroup, type Overflowing, parameter } from './function.ts';
import { deploymentObjects, jobDefinitionId, jobResources } from './job.ts';
import { machineResources, queueId } from './machines.ts';
import {
  allow,
  failureStatements,
  logStatement,
  onFailureOf,
  ownRoleName,
  partRole,
  roleOf,
  type Statement,
} from './role.ts';

/** Everything for steps with jobs but their images and buckets; other steps are left out. */
export function batchResources(steps: readonly StepDeployment[], buckets: BucketIds): readonly Resource[] {
  const groups = machinesOf(steps);
  const own = new Map(
    groups.flatMap(({ steps: [first] }) => [deploymentBucket(first)]).map((each) => [each.id, each]),
  );
  return [
    ...own.values(),
    ...machineResources(groups),
    ...groups.flatMap((machines) =>
      machines.steps.flatMap((deployment) => stepResources(deployment, machines, buckets)),
    ),
  ];
}

function stepResources(
  deployment: StepDeployment,
  machines: Machines,
  buckets: BucketIds,
): readonly Resource[] {
  const bucketId = deploymentBucket(deployment).id;
  const jobs = jobResources(deployment, machines, buckets);
  if (deployment.step.mode === 'batch') {
    const secrets = parameter(deployment);
    return [...secrets, ...afterwards(jobs, secrets), ...gatewayResources(deployment, machines, bucketId)];
  }
  const caught = catcherResources(deployment, machines, bucketId);
  const made = functionResources(deployment, buckets, overflowing(deployment, machines, bucketId));
  const secrets = made.filter(({ kind }) => kind === 'aws/parameter');
  return [...afterwards(jobs, secrets), ...caught, ...made];
}

/** Jobs read their secrets as soon as they start. */
function afterwards(jobs: readonly Resource[], before: readonly Resource[]): readonly Resource[] {
  const ids = before.map(({ id }) => id);
  return jobs.map((each) =>
    each.kind === 'aws/job-definition' ? { ...each, dependsOn: [...each.dependsOn, ...ids] } : each,
  );
}

/** The bucket that belongs to the account: it stays when workflows go. */
function deploymentBucket({ facts }: StepDeployment): Resource<DeploymentBucketProps> {
  const { site, account } = facts;
  const bucket = deploymentBucketName(account, site.region);
  return {
    id: awsId(site, 'deployment-bucket', bucket),
    kind: 'aws/deployment-bucket',
    props: { site, bucket, account },
    dependsOn: [],
  };
}

/** MB: what passes events on needs no more than AWS Lambda gives at least. */
const MEMORY = 128;
/** Seconds: for an event with many objects, and for waiting for somebody else who submits the same job. */
const TIMEOUT = 120;
const RUNTIME = 'nodejs24.x';
/** Name of the file in the archive, and of its function. */
const HANDLER = 'gateway.handler';

/** What passes a step's events on to its jobs has the step's name: buckets and addresses call it. */
function gatewayResources(
  deployment: StepDeployment,
  machines: Machines,
  bucketId: string,
): readonly Resource[] {
  const name = deployment.step.name;
  return passingOn(deployment, machines, bucketId, {
    name,
    role: ownRoleName(deployment),
    tags: listenerTags(deployment),
  });
}

/** What gets the events that a step's function failed on in a way in which it could not pass them on itself. */
function catcherResources(
  deployment: StepDeployment,
  machines: Machines,
  bucketId: string,
): readonly Resource[] {
  const { workflow, step, facts } = deployment;
  const role = partRoleName(workflow.name, step.name, facts.site.region, 'gateway');
  const tags = { ...stepTags(deployment), [TAG.mode]: CATCHER };
  return passingOn(deployment, machines, bucketId, { name: catcherName(step.name), role, tags });
}

/** What the function of a step needs to pass events on itself, and to have its failures caught. */
function overflowing(deployment: StepDeployment, machines: Machines, bucketId: string): Overflowing {
  const name = catcherName(deployment.step.name);
  const caught = allow(
    'Failures',
    ['lambda:InvokeFunction'],
    [arnFor(deployment, 'lambda', `function:${name}`)],
  );
  return {
    statements: [...submitStatements(deployment, machines), caught],
    // The event goes to a job instead of coming again.
    asyncConfig: { retries: 0, onFailure: functionArn(deployment, name) },
    after: targetIds(deployment, machines, bucketId),
  };
}

interface Function {
  readonly name: string;
  /** Name of its role. */
  readonly role: string;
  readonly tags: Tags;
}

function passingOn(
  deployment: StepDeployment,
  machines: Machines,
  bucketId: string,
  { name, role, tags }: Function,
): readonly Resource[] {
  const { step, facts } = deployment;
  const group = logGroupName(name);
  const log = logGroup(deployment, group);
  const own = partRole(deployment, {
    name: role,
    trust: 'lambda.amazonaws.com',
    statements: [
      logStatement(deployment, group),
      ...submitStatements(deployment, machines),
      ...failureStatements(deployment, name),
    ],
    keys: [],
  });
  const onFailure = onFailureOf(deployment);
  const made: Resource<FunctionProps> = {
    id: idFor(deployment, 'function', name),
    kind: 'aws/function',
    step: step.id,
    props: {
      site: facts.site,
      name,
      code: { zip: facts.batch?.gateway.digest ?? '', handler: HANDLER, runtime: RUNTIME },
      role: roleOf(deployment, role),
      architecture: 'x86_64',
      memory: MEMORY,
      timeout: TIMEOUT,
      // It stays empty.
      ephemeralStorage: AWS_DEFAULTS.ephemeralStorage,
      environment: { FDL_GATEWAY: JSON.stringify(gatewayConfig(deployment, machines)) },
      fileSystems: [],
      logGroup: group,
      ...(onFailure !== undefined && { asyncConfig: { retries: USUAL_RETRIES, onFailure } }),
      preheat: false,
      tags,
    },
    dependsOn: [log.id, ...targetIds(deployment, machines, bucketId)],
  };
  return [log, ...(own ? [own] : []), made];
}

function gatewayConfig({ workflow, step, facts }: StepDeployment, machines: Machines): GatewayConfig {
  const overHttp = isOverHttp(step) ? { overHttp: 'allow' as const } : {};
  return { workflow: workflow.name, step: step.id, ...overHttp, batch: batchTarget(step, facts, machines) };
}

/** What must be there for a job to be submitted. */
function targetIds(deployment: StepDeployment, machines: Machines, bucketId: string): readonly string[] {
  return [queueId(machines), jobDefinitionId(deployment), bucketId];
}

/**
 * Submitting jobs of the step, and keeping book of them. AWS Batch cannot limit the listing of jobs to a queue, and wants
 * whoever submits to have the right for the queue, the definition and the job itself.
 * Rule: "Actions, resources, and condition keys for AWS Batch" of the Service Authorization Reference.
 */
function submitStatements(deployment: StepDeployment, { queue }: Machines): readonly Statement[] {
  const batch = (resource: string) => arnFor(deployment, 'batch', resource);
  const definition = `job-definition/${deployment.step.name}`;
  return [
    allow(
      'Submit',
      ['batch:SubmitJob'],
      [`job-queue/${queue}`, definition, `${definition}:*`, 'job/*'].map(batch),
    ),
    allow('Jobs', ['batch:ListJobs'], ['*']),
    allow('Markers', ['s3:GetObject', 's3:PutObject'], [deploymentObjects(deployment, 'markers')]),
    allow('Events', ['s3:PutObject'], [deploymentObjects(deployment, 'events')]),
  ];
}
