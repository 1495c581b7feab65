/** What people read in a plan besides names and numbers: where things go, and what they are like. */
import type { PlannedAction } from './action.ts';

/** A place that a plan is for. All but `text` is for programs. */
export interface Target {
  readonly provider: string;
  /** For people: `AWS account 123456789012, region eu-west-1`. */
  readonly text: string;
  readonly [name: string]: string;
}

/** Two values in words; those of several lines are compared line by line. */
export interface Wording {
  readonly before: string;
  readonly after: string;
}

/** What an action means in words. */
export interface Description {
  /** Lines below its name, each of phrases that may be wrapped between. */
  readonly lines: readonly (readonly string[])[];
  /** Tidying up that nobody asked for: only its lines are shown. */
  readonly isInner?: boolean | undefined;
  /** Paths of changes that the lines tell of already. */
  readonly told?: readonly string[] | undefined;
  /** What changes mean, by their paths. */
  readonly wordings?: Readonly<Record<string, Wording>> | undefined;
}

/** Describes actions; nothing of one whose properties say enough. */
export type Describe = (action: PlannedAction) => Description | undefined;

/** Ids of what tidies up among some actions. */
export function innerOf(actions: readonly PlannedAction[], describe: Describe): ReadonlySet<string> {
  return new Set(actions.filter((each) => describe(each)?.isInner).map(({ id }) => id));
}
