/** What a workflow is to look like on AWS, and what of it cannot be deployed: said before anything is made there. Pure. */
import type { Ref, Resource } from '../../../deploy/resource.ts';
import type { Workflow } from '../../../workflow/model.ts';
import { type AwsFacts, idFor, type StepDeployment, stepDeployments } from '../facts.ts';
import { runsFunction, runsJobs } from '../step.ts';
import { batchResources } from './batch.ts';
import { bucketIds, bucketResources, checkRegions, namedBuckets } from './buckets.ts';
import { functionResources } from './function.ts';
import { endpointOf, httpResources } from './http.ts';
import { imageResources } from './images.ts';
import { jobDefinitionId } from './job.ts';

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
 * Refuses what contradicts itself once it is known where the steps are; the rest, the dialect does.
 * @throws FdlError `bucket-regions`
 */
export function checkDeployments(workflow: Workflow, facts: AwsFacts): void {
  for (const bucket of awsBuckets(workflow, facts)) checkRegions(bucket);
}

/** The buckets of the account that a workflow names. */
export function awsBuckets(workflow: Workflow, facts: AwsFacts) {
  return namedBuckets(stepDeployments(workflow, facts));
}
