/** What a file may ask for that cannot be deployed to AWS: said before anything is made there. */

import { FdlError } from '../../errors.ts';
import { kindOfStore } from '../../storage/kinds.ts';
import { OPENED_KINDS } from '../../storage/open.ts';
import type { Workflow } from '../../workflow/model.ts';
import { runsGivenImage } from './dialect/ecr.ts';
import { type AwsStep, isAws } from './dialect/step.ts';
import { secretsOf } from './step-config.ts';
import { storesOf } from './stores.ts';

/** The steps of a workflow that are deployed to AWS. */
export function awsSteps(workflow: Workflow): readonly AwsStep[] {
  return workflow.steps.filter(isAws);
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
