/** What a check works on, and how it says what it found. */
import type { Place } from '../errors.ts';
import { type Blocks, type Diagnostic, warning } from '../fdl/diagnostic.ts';
import type { Step, Workflow } from './model.ts';

export interface CheckContext {
  readonly workflow: Workflow;
  /** Where a field of a step's entry stands: `at(step, 'lambda', 'memory')`. */
  at(step: Step, ...fields: readonly (string | number)[]): Place;
}

/** A check looks for one sort of thing that would go wrong. Pure. */
export type Check = (context: CheckContext) => readonly Diagnostic[];

/** What is looked for in a single step. Pure. */
export type Rule<S extends Step = Step> = (step: S, context: CheckContext) => readonly Diagnostic[];

/** Holds rules to each step of one provider. */
export function eachStep<S extends Step>(isOwn: (step: Step) => step is S, rules: readonly Rule<S>[]): Check {
  return (context) =>
    context.workflow.steps.filter(isOwn).flatMap((step) => rules.flatMap((rule) => rule(step, context)));
}

/** A finding about a step that keeps it from working: on a cloud, or anywhere. */
export function problem(
  step: Step,
  code: string,
  message: string,
  place: Place,
  hint: string,
  blocks: Blocks = 'cloud',
): Diagnostic {
  return warning(code, message, place, { hint, blocks, step: step.id });
}

/** A finding about a step that keeps nothing from working. */
export function note(step: Step, code: string, message: string, place: Place, hint: string): Diagnostic {
  return warning(code, message, place, { hint, step: step.id });
}

/** What is right as it stands, unless it was meant otherwise; only `validate` says it. */
export function remark(step: Step, code: string, message: string, place: Place, hint: string): Diagnostic {
  return warning(code, message, place, { hint, isRemark: true, step: step.id });
}
