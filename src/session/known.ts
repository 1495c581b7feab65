/** What can be worked with of a workflow some of whose values nobody has given. */
import { FdlError } from '../errors.ts';
import type { Unset } from '../fdl/normalise.ts';
import { needValue, unsetIn, valueUnset } from '../unset.ts';
import type { Folder, Step, Workflow } from '../workflow/model.ts';

/** A folder of a step that nobody can find, and the reference whose value is missing. */
export interface UnknownFolder {
  readonly step: string;
  readonly folder: Folder;
  readonly reference: string;
}

/** The folders whose bucket is not known. */
export function unknownFolders({ steps }: Workflow): readonly UnknownFolder[] {
  return steps.flatMap(({ id, inputs, outputs }) =>
    [...inputs, ...outputs].flatMap((folder) => {
      const reference = unsetIn(folder.bucket);
      return reference === undefined ? [] : [{ step: id, folder, reference }];
    }),
  );
}

/**
 * The workflow without the folders whose bucket is not known: with what is left it can be looked at and removed.
 * @throws FdlError `value-unset` where nobody can tell which workflow it is, or which steps it has
 */
export function knownPart(workflow: Workflow): Workflow {
  needValue(workflow.name, 'the name of the workflow');
  for (const { id } of workflow.steps) needValue(id, 'the name of a step');
  if (unknownFolders(workflow).length === 0) return workflow;
  const isKnown = ({ bucket }: Folder) => unsetIn(bucket) === undefined;
  const steps = workflow.steps.map(
    (step): Step => ({
      ...step,
      inputs: step.inputs.filter(isKnown),
      outputs: step.outputs.filter(isKnown),
    }),
  );
  // Links count by the numbers of inputs and outputs.
  return { ...workflow, steps, links: [] };
}

/**
 * Makes sure that a folder can be found.
 * @throws FdlError `value-unset`
 */
export function needFolder({ bucket, prefix }: Pick<Folder, 'bucket' | 'prefix'>, what: string): void {
  needValue(`${bucket}/${prefix}`, what);
}

/**
 * Makes sure that everything is known that the file says. `what` names what it is needed for, for people.
 * @throws FdlError `value-unset`
 */
export function needAll(unset: readonly Unset[], what = 'what would be made'): void {
  const references = [...new Set(unset.map(({ reference }) => reference))];
  const [first] = references;
  if (first === undefined) return;
  if (references.length === 1) throw valueUnset(first, what);
  throw new FdlError('value-unset', `${what} is not known: ${references.join(', ')} have no value`, {
    hint: 'Set the variables, and give parameters with --param NAME=VALUE, or in a file with --params FILE.',
    exitCode: 2,
  });
}
