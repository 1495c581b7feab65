/** What a plan consists of. */
import type { Change, Props, Resource } from './resource.ts';

/** What is to be done with one resource; `unknown` where it could not be read, or waits for one that could not. */
export type ActionName = 'create' | 'update' | 'replace' | 'delete' | 'keep' | 'unknown';

/** Which resource something is said of. */
export interface Subject {
  readonly action: ActionName;
  /** `provider/kind`. */
  readonly kind: string;
  readonly id: string;
  /** The step that the resource serves, where it serves one. */
  readonly step?: string | undefined;
}

/** An error as data; secrets of the plan are hidden in its texts. */
export interface ErrorDetail {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Why it is unknown what is to be done: reading failed, or `waitsFor` is the id of what could not be read. */
export type Unknown = { readonly error: ErrorDetail } | { readonly waitsFor: string };

/** One action of a plan, with what `applyPlan` needs to carry it out. */
export interface PlannedAction extends Subject {
  /** For `create` all properties, for `update` and `replace` those that differ, else none. */
  readonly changes: readonly Change[];
  /** The desired state; absent for what is deleted, and for an object of others that is used as it is. */
  readonly resource?: Resource | undefined;
  /** Properties of `resource`, with the references resolved that the plan could resolve. */
  readonly props?: Props | undefined;
  /** What the outside holds; absent where nothing is there. */
  readonly attrs?: Props | undefined;
  /** Why a removal leaves the object (then it is kept), or may leave it: see `Stay`. */
  readonly stays?: string | undefined;
  /** What goes on in an object that is to be deleted, and would end with it. */
  readonly busy?: string | undefined;
  /** Present where the action is `unknown`. */
  readonly unknown?: Unknown | undefined;
}

/** Number of resources by action. */
export type Summary = Readonly<Record<ActionName, number>>;

/** Counts actions. */
export function summarise(actions: readonly { readonly action: ActionName }[]): Summary {
  const summary = { create: 0, update: 0, replace: 0, delete: 0, keep: 0, unknown: 0 };
  for (const { action } of actions) summary[action] += 1;
  return summary;
}

/** The action for what nothing is known of. */
export function unknownAction(subject: Omit<Subject, 'action'>, unknown: Unknown): PlannedAction {
  const { kind, id, step } = subject;
  return { action: 'unknown', kind, id, step, changes: [], unknown };
}
