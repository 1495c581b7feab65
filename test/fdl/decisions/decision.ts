/** A form that files have, and what becomes of it: one row of the table in docs/fdl.md. */
import { isAws } from '../../../src/providers/aws/dialect/step.ts';
import type { Workflow } from '../../../src/workflow/model.ts';
import type { Surroundings } from '../read-text.ts';

export interface Decision {
  /** First cell of the row. */
  readonly what: string;
  readonly fdl: string | Uint8Array;
  /** All findings, in the order of the file: `code line:column`, and what each stands in the way of. */
  readonly findings?: readonly string[];
  /** A part of a finding that must be said. */
  readonly says?: string;
  /** What of the workflow the form decides, and its value; absent where the file is not valid. */
  readonly read?: (workflow: Workflow) => unknown;
  readonly gives?: unknown;
  readonly in?: Surroundings;
}

/** The settings of the first step, as the providers get them. */
export function settings({ steps }: Workflow): Readonly<Record<string, unknown>> {
  const [step] = steps;
  return (
    (step && isAws(step) ? step.settings.lambda : (step?.settings as Readonly<Record<string, unknown>>)) ?? {}
  );
}

/** Inputs and outputs of the first step: `store bucket prefix`. */
export function folders({ steps }: Workflow): readonly string[] {
  const [step] = steps;
  return [...(step?.inputs ?? []), ...(step?.outputs ?? [])].map(
    ({ store, bucket, prefix }) => `${store} ${bucket} ${prefix}`,
  );
}
