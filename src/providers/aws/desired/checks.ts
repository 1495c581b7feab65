/** What a file asks for that cannot be deployed to AWS: said before anything is made there. */

import { FdlError } from '../../../errors.ts';
import { kindOfStore } from '../../../storage/kinds.ts';
import { OPENED_KINDS } from '../../../storage/open.ts';
import type { Workflow } from '../../../workflow/model.ts';
import { runsGivenImage } from '../dialect/ecr.ts';
import type { AwsStep } from '../dialect/step.ts';
import type { StepDeployment } from '../facts.ts';
import { catcherName } from '../names.ts';
import { architectureOf, awsSteps, runsJobs } from '../step.ts';
import { secretsOf } from '../step-config.ts';
import { storesOf } from '../stores.ts';

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
export function checkJobs(deployment: StepDeployment, all: readonly StepDeployment[]): void {
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
