/** Inputs of functions that overlap. */
import type { Diagnostic } from '../../../fdl/diagnostic.ts';
import { type Check, problem } from '../../../workflow/checks/context.ts';
import { shown } from '../../../workflow/checks/flow.ts';
import { folderKeys } from '../../../workflow/links.ts';
import type { Folder, Step } from '../../../workflow/model.ts';
import { isAws } from './step.ts';

/**
 * S3 refuses two notifications for one event type whose prefixes overlap.
 * Rule: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
 */
export const overlaps: Check = ({ workflow }) => {
  // The first input at each folder, and the first at or below it.
  const at = new Map<string, Listener>();
  const below = new Map<string, Listener>();
  return workflow.steps.flatMap((step) =>
    step.inputs.flatMap((folder) => {
      if (!isAws(step) || !folder.namespace.startsWith('s3.')) return [];
      const keys = folderKeys(folder);
      const own = keys.at(-1) ?? '';
      const above = keys.find((key) => at.has(key));
      const clash = below.get(own) ?? (above === undefined ? undefined : at.get(above));
      for (const key of keys) if (!below.has(key)) below.set(key, { step, folder });
      if (!at.has(own)) at.set(own, { step, folder });
      return clash ? [overlap(step, folder, clash)] : [];
    }),
  );
};

interface Listener {
  readonly step: Step;
  readonly folder: Folder;
}

function overlap(step: Step, folder: Folder, clash: Listener): Diagnostic {
  const other = clash.step === step ? 'another input of the same step' : `the input of "${clash.step.id}"`;
  const message = `the input ${shown(folder)} of "${step.id}" overlaps with ${other}, ${shown(clash.folder)}`;
  const hint = `S3 delivers each object to one of them only: give each a folder of its own in ${folder.bucket}.`;
  return problem(step, 'overlapping-inputs', message, folder.place, hint);
}
