/** What a workflow is to look like on AWS, one file for each concern. Pure. */
import type { Ref, Resource } from '../../../deploy/resource.ts';
import type { Workflow } from '../../../workflow/model.ts';
import type { AwsFacts } from '../facts.ts';
import { batchResources } from './batch.ts';
import { bucketIds, bucketResources, checkRegions, namedBuckets } from './buckets.ts';
import { functionResources } from './function.ts';
import { endpointOf, httpResources } from './http.ts';
import { imageResources } from './images.ts';
import { jobDefinitionId } from './job.ts';
import { checkJobs } from './job-checks.ts';
import { idFor, type Placed, placedSteps, runsFunction, runsJobs } from './placed.ts';
import { checkRole } from './role.ts';

/** All resources of the steps on AWS. To remove a workflow, facts know of no images: ids and dependencies are the same. */
export function awsDesired(workflow: Workflow, facts: AwsFacts): readonly Resource[] {
  const steps = placedSteps(workflow, facts);
  const buckets = bucketIds(steps);
  const functions = steps.filter(({ step }) => !runsJobs(step));
  return [
    ...imageResources(steps, steps.flatMap(imageUsers)),
    ...functions.flatMap((placed) => functionResources(placed, buckets)),
    ...batchResources(steps, buckets),
    ...bucketResources(steps),
    ...steps.flatMap(httpResources),
  ];
}

/** Ids of what runs the image of a step. */
function imageUsers(placed: Placed): readonly string[] {
  const { step } = placed;
  return [
    ...(runsFunction(step) ? [idFor(placed, 'function')] : []),
    ...(runsJobs(step) ? [jobDefinitionId(placed)] : []),
  ];
}

/** The address of a step over HTTP, if it has one. */
export function awsEndpoint(workflow: Workflow, step: string, facts: AwsFacts): Ref | undefined {
  const placed = placedSteps(workflow, facts).find((each) => each.step.id === step);
  return placed && endpointOf(placed);
}

/**
 * Refuses what contradicts itself once it is known where the steps are.
 * @throws FdlError `bucket-regions`, `role-invalid`, `gpu-processor`, `name-taken`
 */
export function checkPlaces(workflow: Workflow, facts: AwsFacts): void {
  const steps = placedSteps(workflow, facts);
  for (const placed of steps) {
    checkRole(placed);
    checkJobs(placed, steps);
  }
  for (const bucket of awsBuckets(workflow, facts)) checkRegions(bucket);
}

/** The buckets of the account that a workflow names. */
export function awsBuckets(workflow: Workflow, facts: AwsFacts) {
  return namedBuckets(placedSteps(workflow, facts));
}
