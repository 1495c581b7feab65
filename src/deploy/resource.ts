/** What the deploy engine works on: resources as plain data, and the kinds that know how to reach them. */
import type { Secret } from '../secret.ts';
import type { Rules } from './rules.ts';

/** An attribute of another resource, known once that one exists: the ARN of a role in a function. */
export class Ref {
  /** Id of the resource. */
  readonly id: string;
  /** Name of the attribute in what its kind's `reconcile` or `read` answers. */
  readonly attr: string;

  constructor(id: string, attr: string) {
    this.id = id;
    this.attr = attr;
  }

  toJSON(): string {
    return `\${${this.id}#${this.attr}}`;
  }
}

/** A reference to an attribute of another resource; the reference is a dependency by itself. */
export function ref(id: string, attr: string): Ref {
  return new Ref(id, attr);
}

export type Value =
  | string
  | number
  | boolean
  | null
  | undefined
  | Secret
  | Ref
  | readonly Value[]
  | { readonly [key: string]: Value };

export type Props = { readonly [key: string]: Value };

/** The desired state of one object. */
export interface Resource<P extends Props = Props> {
  /** `provider/scope/kind/name`. */
  readonly id: string;
  /** `provider/kind`: the key in the table of kinds. */
  readonly kind: string;
  /** The step it serves, where it serves one. */
  readonly step?: string | undefined;
  readonly props: P;
  /** Ids that must be there before, besides those that `props` refers to. */
  readonly dependsOn: readonly string[];
}

/** What the outside holds for a resource: `owned` if this workflow made it. */
export interface Observed<A extends Props = Props> {
  readonly owned: boolean;
  readonly attrs: A;
  /** Whose it is instead, where that is known: `of the user ada, workflow shop`. */
  readonly whose?: string | undefined;
}

/** One property that differs. `before` or `after` may be a Secret, which prints as hidden. */
export interface Change {
  readonly path: string;
  readonly before: Value;
  readonly after: Value;
  /** Only a new object can have the new value. */
  readonly replace?: boolean;
}

/** A resource of ours that was found outside. */
export interface Found<A extends Props = Props> {
  readonly id: string;
  readonly step?: string | undefined;
  readonly attrs: A;
  /** Why nobody could look at it, or for more of its like: what was found besides counts all the same. */
  readonly error?: unknown;
  /** What goes on in it and would end with it, for people: `upper: upper-1, upper-2`. */
  readonly busy?: string | undefined;
}

/** Waits for nothing: what every call of a kind gets along with its own context. */
export interface CallContext {
  readonly signal: AbortSignal;
  /** Nothing changes meanwhile: kinds may share what is answered, rather than each ask for itself. */
  readonly planning?: boolean | undefined;
  /** For `reconcile`: the plan found no such object. There may be one now. */
  readonly absent?: boolean | undefined;
  /** Says what goes on, for people: `waiting for the role to become assumable`. */
  progress(message: string): void;
}

/** Why a removal leaves an object. */
export interface Stay {
  /** For people: `has 12 files; --delete-data removes it`; where that is not sure, `if there are files in it`. */
  readonly why: string;
  /** It stays; otherwise that is seen when its deletion is tried. */
  readonly isSure: boolean;
}

/** How one kind of object is read, compared, made and removed. Errors are thrown; only a specific not-found is absence. */
export interface ResourceKind<P extends Props = Props, A extends Props = Props> {
  /** What people call it: `bucket`, `function`. */
  readonly title: string;
  /** Deletion order of what was found without its dependencies: lower goes first. */
  readonly rank: number;
  /** What to do with an object of that name that the workflow did not make: `use` it as it is, or `refuse` (default). */
  readonly foreign?: 'use' | 'refuse' | undefined;
  /** Attributes that an update may give a new value, such as a version: what refers to them is updated after it. */
  readonly volatile?: readonly string[] | undefined;
  /** For every property, how another value is noticed and written. */
  readonly rules: Rules<P>;
  /** References of `props` come resolved from what is there now; those to an object that is not there are still `Ref`s. */
  read(props: P, call: CallContext): Promise<Observed<A> | undefined>;
  /**
   * Pure. What of `attrs` differs from `props`, by paths such as `memory` or `environment.NAME`. A `Ref` in `props`
   * stands for a value that is not known yet: it differs from every value.
   */
  changes(props: P, attrs: A): readonly Change[];
  /**
   * Observes, ensures, synchronises: one path for create and update, safe to call again after any failure. All
   * references are resolved; the answer has every attribute that `read` would give.
   */
  reconcile(props: P, call: CallContext): Promise<A>;
  /** Absent is success. Answers why it left the object, if it did. */
  delete(attrs: A, call: CallContext): Promise<{ readonly kept: string } | undefined>;
  /** Whether a deletion would leave the object, as far as that is to be seen cheaply. Asked for when one is planned. */
  stays?(attrs: A, call: CallContext): Promise<Stay | undefined>;
  /** All objects of this kind that the workflow owns. */
  list(workflow: string, call: CallContext): Promise<readonly Found<A>[]>;
}

/** All kinds that a plan may name, by `provider/kind`, each already bound to the clients it needs. */
export type Kinds = Readonly<Record<string, ResourceKind>>;
