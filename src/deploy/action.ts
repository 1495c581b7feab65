/** What a plan consists of. */
import type { Change, Props, Resource } from './resource.ts';

/** What is to be done with one resource. */
export type ActionName = 'create' | 'update' | 'replace' | 'delete' | 'keep';

/** Which resource something is said of. */
export interface Subject {
  readonly action: ActionName;
  /** `provider/kind`. */
  readonly kind: string;
  readonly id: string;
  /** The step that the resource serves, where it serves one. */
  readonly step?: string | undefined;
}

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
}

/** Number of resources by action. */
export type Summary = Readonly<Record<ActionName, number>>;

/** Counts actions. */
export function summarise(actions: readonly { readonly action: ActionName }[]): Summary {
  const summary = { create: 0, update: 0, replace: 0, delete: 0, keep: 0 };
  for (const { action } of actions) summary[action] += 1;
  return summary;
}
