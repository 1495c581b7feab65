/** What a workflow is to look like on AWS, and what of it cannot be deployed: said before anything is made there. Pure. */
import type { Ref, Resource } from '../../../deploy/resource.ts';
import { FdlError } from '../../../errors.ts';
import { kindOfStore } from '../../../storage/kinds.ts';
import { OPENED_KINDS } from '../../../storage/open.ts';
import type { Workflow } from '../../../workflow/model.ts';
import { runsGivenImage } from '../dialect/ecr.ts';
import type { AwsStep } from '../dialect/step.ts';
import { type AwsFacts, idFor, type StepDeployment, stepDeployments } from '../facts.ts';
import { catcherName } from '../names.ts';
import { architectureOf, awsSteps, runsFunction, runsJobs } from '../step.ts';
import { secretsOf } from '../step-config.ts';
import { storesOf } from '../stores.ts';
import { batchResources } from './batch.ts';
import { bucketIds, bucketResources, checkRegions, namedBuckets } from './buckets.ts';
import { functionResources } from './function.ts';
import { endpointOf, httpResources } from './http.ts';
import { imageResources } from './images.ts';
import { jobDefinitionId } from './job.ts';
import { checkRole } from './role.ts';

/** All resources of the steps on AWS. To remove a workflow, facts know of no images: ids and dependencies are the same. */
export function awsDesired(workflow: Workflow, facts: AwsFacts): readonly Resource[] {
  const steps = stepDeployments(workflow, facts);
  const buckets = bucketIds(steps);
  const functions = steps.filter(({ step }) => !runsJobs(step));
  return [
    ...imageResources(steps, steps.flatMap(imageUsers)),
    ...functions.flatMap((deployment) => functionResources(deployment, buckets)),
    ...batchResources(steps, buckets),
    ...bucketResources(steps),
    ...steps.flatMap(httpResources),
  ];
}

/** Ids of what runs the image of a step. */
function imageUsers(deployment: StepDeployment): readonly string[] {
  const { step } = deployment;
  return [
    ...(runsFunction(step) ? [idFor(deployment, 'function')] : []),
    ...(runsJobs(step) ? [jobDefinitionId(deployment)] : []),
  ];
}

/** The address of a step over HTTP, if it has one. */
export function awsEndpoint(workflow: Workflow, step: string, facts: AwsFacts): Ref | undefined {
  const deployment = stepDeployments(workflow, facts).find((each) => each.step.id === step);
  return deployment && endpointOf(deployment);
}

/**
 * Refuses what contradicts itself once it is known where the steps are.
 * @throws FdlError `bucket-regions`, `role-invalid`, `gpu-processor`, `name-taken`
 */
export function checkDeployments(workflow: Workflow, facts: AwsFacts): void {
  const steps = stepDeployments(workflow, facts);
  for (const deployment of steps) {
    checkRole(deployment);
    checkJobs(deployment, steps);
  }
  for (const bucket of awsBuckets(workflow, facts)) checkRegions(bucket);
}

/** The buckets of the account that a workflow names. */
export function awsBuckets(workflow: Workflow, facts: AwsFacts) {
  return namedBuckets(stepDeployments(workflow, facts));
}

/**
 * Refuses what this release cannot deploy.
 * @throws FdlError `storage-unsupported`, `storage-incomplete`, `image-secrets`
 */
export function checkSupport(workflow: Workflow): void {
  for (const step of awsSteps(workflow)) {
    checkStores(workflow, step);
    checkSecrets(workflow, step);
  }
}

function checkStores(workflow: Workflow, step: AwsStep): void {
  for (const { id, kind, name, endpoint, place = step.place } of storesOf(step, workflow)) {
    if (!OPENED_KINDS.includes(kind)) {
      const message = `"${step.id}" uses "${id}": ${kind} is not supported yet`;
      const hint = `Use a store of one of these kinds: ${OPENED_KINDS.join(', ')}.`;
      throw new FdlError('storage-unsupported', message, { hint, place });
    }
    const { needs = [], endpoint: field = '' } = kindOfStore(kind);
    if (needs.includes(field) && endpoint === undefined) {
      const hint = `Add "${field}" to it below "storage_providers.${kind}.${name}".`;
      throw new FdlError('storage-incomplete', `the storage provider "${id}" has no "${field}"`, {
        hint,
        place,
      });
    }
  }
}

function checkSecrets(workflow: Workflow, step: AwsStep): void {
  if (!runsGivenImage(step) || secretsOf(workflow, step) === undefined) return;
  const message = `"${step.id}" has secrets, but runs ${step.image} as it is, which does not fetch them`;
  const hint = 'Remove "create_image: false", so that the function gets an image of its own.';
  throw new FdlError('image-secrets', message, { hint, place: step.place });
}

/** Refuses jobs that contradict themselves. @throws FdlError `gpu-processor`, `name-taken` */
function checkJobs(deployment: StepDeployment, all: readonly StepDeployment[]): void {
  const { step } = deployment;
  if (!runsJobs(step)) return;
  if (step.limits.gpus > 0 && architectureOf(step) === 'arm64') {
    const message = `"${step.id}" asks for a GPU and for an ARM processor: Amazon ECS has no such images of machines`;
    const hint = 'Remove "architectures", or ask for no GPU.';
    throw new FdlError('gpu-processor', message, { hint, place: step.place });
  }
  const other = step.mode === 'lambda-batch' && all.find((each) => each.step.name === catcherName(step.name));
  if (!other) return;
  const message = `"${other.step.id}" has the name of the function that catches what "${step.id}" fails on`;
  throw new FdlError('name-taken', message, { hint: 'Give it another name.', place: other.step.place });
}
