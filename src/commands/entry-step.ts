/** Which step the files of a command line are for. */
import { FdlError } from '../errors.ts';
import { nearest } from '../fdl/suggest.ts';
import { entrySteps } from '../workflow/links.ts';
import type { Folder, Step, Workflow } from '../workflow/model.ts';

/** @throws FdlError `unknown-step` */
export function findStep(workflow: Workflow, id: string): Step {
  const found = workflow.steps.find((step) => step.id === id);
  if (found) return found;
  const ids = workflow.steps.map((step) => step.id);
  const meant = nearest(id, ids);
  throw new FdlError('unknown-step', `${workflow.name} has no step "${id}"`, {
    hint: meant ? `Did you mean ${meant}?` : `Its steps are ${ids.join(', ')}.`,
    exitCode: 2,
  });
}

/**
 * The step that was asked for, else the only one that no other step feeds.
 * @throws FdlError `unknown-step`, `no-input`, `several-entries`
 */
export function entryStep(
  workflow: Workflow,
  asked: string | undefined,
): Step & { inputs: readonly [Folder, ...Folder[]] } {
  const entries =
    asked === undefined ? entrySteps(workflow.steps, workflow.links) : [findStep(workflow, asked)];
  const usable = entries.filter(hasInput);
  const [first, second] = usable;
  if (first && !second) return first;
  if (second) {
    const message = `${workflow.name} has several entry steps: ${usable.map(({ id }) => id).join(', ')}`;
    throw new FdlError('several-entries', message, { hint: 'Choose one: --step NAME.', exitCode: 2 });
  }
  const what =
    asked === undefined ? `no step of ${workflow.name}` : `the step "${asked}" has no input, so it`;
  throw new FdlError('no-input', `${what} takes files`, {
    hint: 'Add "input:" with a storage provider and a path to the step, or call it with `fdl invoke`.',
    exitCode: 2,
  });
}

function hasInput(step: Step): step is Step & { inputs: readonly [Folder, ...Folder[]] } {
  return step.inputs.length > 0;
}
