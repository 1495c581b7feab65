/** What steps cannot have beside each other: inputs that overlap, buckets of two regions, one name for two functions. */
import type { Diagnostic } from '../../../fdl/diagnostic.ts';
import { type Check, problem } from '../../../workflow/check.ts';
import { shown } from '../../../workflow/checks/flow.ts';
import { mayShare } from '../../../workflow/filter.ts';
import { folderKeys } from '../../../workflow/links.ts';
import type { Folder, Input, Step } from '../../../workflow/model.ts';
import { catcherName } from '../names.ts';
import { type AwsStep, isAws } from './step.ts';

/**
 * S3 refuses two notifications for one event type whose prefixes overlap.
 * Rule: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
 */
const overlaps: Check = ({ workflow }) => {
  // The inputs at each folder, and those at or below it.
  const at = new Map<string, Listener[]>();
  const below = new Map<string, Listener[]>();
  return workflow.steps.flatMap((step) =>
    step.inputs.flatMap((folder) => {
      if (!isAws(step) || !folder.namespace.startsWith('s3.')) return [];
      const keys = folderKeys(folder);
      const own = keys.at(-1) ?? '';
      const near = [...(below.get(own) ?? []), ...keys.flatMap((key) => at.get(key) ?? [])];
      const clash = near.find((each) => mayShare(folder, each.folder));
      // What clashes was said once: the others at the same place would only say it again.
      if (!clash) for (const key of keys) add(below, key, { step, folder });
      if (!clash) add(at, own, { step, folder });
      return clash ? [overlap(step, folder, clash)] : [];
    }),
  );
};

interface Listener {
  readonly step: Step;
  readonly folder: Input;
}

function add(listeners: Map<string, Listener[]>, key: string, listener: Listener): void {
  const known = listeners.get(key);
  if (known) known.push(listener);
  else listeners.set(key, [listener]);
}

function overlap(step: Step, folder: Folder, clash: Listener): Diagnostic {
  const other = clash.step === step ? 'another input of the same step' : `the input of "${clash.step.id}"`;
  const message = `the input ${shown(folder)} of "${step.id}" overlaps with ${other}, ${shown(clash.folder)}`;
  const hint = `S3 delivers each object to one of them only: give each a folder of its own in ${folder.bucket}.`;
  return problem(step, 'overlapping-inputs', message, folder.place, hint);
}

/**
 * S3 calls functions in the region of the bucket only. Regions that only the environment knows are compared when it is
 * known where the steps are. Rule: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
 */
const bucketRegions: Check = ({ workflow }) => {
  const first = new Map<string, AwsStep>();
  return workflow.steps.filter(isAws).flatMap((step) =>
    step.inputs.flatMap(({ namespace, bucket, place }) => {
      const region = regionOf(step);
      if (region === undefined || !namespace.startsWith('s3.')) return [];
      const other = first.get(bucket);
      if (!other) first.set(bucket, step);
      if (!other || regionOf(other) === region) return [];
      const { message, hint } = startsTwo(bucket, [other.id, regionOf(other) ?? ''], [step.id, region]);
      return [problem(step, 'bucket-regions', message, place, hint)];
    }),
  );
};

function regionOf({ settings }: AwsStep): string | undefined {
  return settings.lambda?.region?.trim() || undefined;
}

type StepIn = readonly [step: string, region: string];

/** What to say of a bucket that starts steps in two regions. */
export function startsTwo(bucket: string, [a, ofA]: StepIn, [b, ofB]: StepIn) {
  return {
    message: `the bucket ${bucket} starts "${a}" in ${ofA} and "${b}" in ${ofB}`,
    hint: 'S3 calls functions in the region of the bucket only: use a bucket for each region.',
  };
}

/** The function that catches what a step fails on is called after the step. */
const namesTaken: Check = ({ workflow, at }) => {
  const steps = workflow.steps.filter(isAws);
  return steps.flatMap((step) => {
    const catching = steps.find(
      ({ mode, name }) => mode === 'lambda-batch' && catcherName(name) === step.name,
    );
    if (!catching) return [];
    const message = `"${step.id}" has the name of the function that catches what "${catching.id}" fails on`;
    return [problem(step, 'name-taken', message, at(step, 'lambda', 'name'), 'Give it another name.')];
  });
};

export const NEIGHBOURS: readonly Check[] = [overlaps, bucketRegions, namesTaken];
