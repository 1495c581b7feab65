/** A plan as plain JSON: the form that `fdl plan --json` prints. */
import { HIDDEN, Secret } from '../secret.ts';
import {
  type ActionName,
  type ErrorDetail,
  type PlannedAction,
  type Subject,
  type Summary,
  summarise,
} from './action.ts';
import { type Change, Ref, type Value } from './resource.ts';
import { isBranch, isList } from './value.ts';

/** What is shown for a reference whose value only `apply` will find out, and stands for it where nobody is asked. */
export const KNOWN_AFTER_APPLY = '(known after apply)';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** One property that differs; `replace` is there only where the change demands a new object. */
export interface ChangeDocument {
  readonly path: string;
  readonly before: Json;
  readonly after: Json;
  readonly replace?: true;
}

/** One action. */
export interface ActionDocument {
  readonly action: ActionName;
  readonly kind: string;
  readonly id: string;
  readonly step?: string | undefined;
  readonly changes: readonly ChangeDocument[];
  /** Why a removal leaves the object, or may leave it. */
  readonly stays?: string;
  /** Why it could not be read. */
  readonly error?: ErrorDetail;
  /** What could not be read and comes before. */
  readonly waitsFor?: string;
}

/** Something that the workflow owns and the file does not name. */
export interface OrphanDocument {
  readonly kind: string;
  readonly id: string;
  readonly step?: string | undefined;
}

/** A kind whose objects could not be listed. */
export interface Unlisted {
  readonly kind: string;
  readonly error: ErrorDetail;
}

/** What was found besides the file, and stays. */
export interface Leftovers {
  readonly orphans: readonly Subject[];
  readonly unlisted: readonly Unlisted[];
}

/** A plan. */
export interface PlanDocument {
  readonly workflow: string;
  readonly actions: readonly ActionDocument[];
  readonly summary: Summary;
  readonly orphans: readonly OrphanDocument[];
  readonly unlisted: readonly Unlisted[];
}

/** The plan as plain JSON, secrets hidden. */
export function planDocument(
  workflow: string,
  actions: readonly PlannedAction[],
  { orphans, unlisted }: Leftovers,
): PlanDocument {
  return {
    workflow,
    actions: actions.map(actionDocument),
    summary: summarise(actions),
    orphans: orphans.map(({ kind, id, step }) => ({ kind, id, step })),
    unlisted,
  };
}

function actionDocument({ action, kind, id, step, changes, stays, unknown }: PlannedAction): ActionDocument {
  const all = { action, kind, id, step, changes: changes.map(changeDocument) };
  return { ...all, ...(stays !== undefined && { stays }), ...unknown };
}

/** A change as it may be shown: secrets hidden, references that are not resolved as `(known after apply)`. */
export function changeDocument({ path, before, after, replace }: Change): ChangeDocument {
  const shown = { path, before: shownBeside(before, after), after: shownBeside(after, before) };
  return replace ? { ...shown, replace } : shown;
}

/**
 * A value as it may be shown. Where the other side of the change holds a secret, this side is hidden too: a service may
 * give back in plain what we set as a secret.
 */
function shownBeside(value: Value, other: Value): Json {
  if (value === undefined || value === null) return null;
  if (value instanceof Secret || other instanceof Secret) return HIDDEN;
  if (value instanceof Ref) return KNOWN_AFTER_APPLY;
  if (isList(value))
    return value.map((item, index) => shownBeside(item, isList(other) ? other[index] : null));
  if (!isBranch(value)) return value;
  const others = isBranch(other) ? other : {};
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, shownBeside(item, others[key])]),
  );
}
