/** An object of a kind as it is desired and as it is found, and other values of each of its properties. */

export interface Sample<P, A> {
  readonly props: P;
  /** What `read` answers of an object that is as `props` say. */
  readonly attrs: A;
  /** Other values of every property. */
  readonly others: { readonly [K in keyof P]-?: readonly P[K][] };
  /** What is sent for the ways of writing that the rules name, given the paths of what changes. */
  readonly writes?: Readonly<Record<string, (props: P, paths: readonly string[]) => unknown>>;
}

// biome-ignore lint/suspicious/noExplicitAny: each kind has properties of its own
export type AnySample = Sample<any, any>;

/** Holds a sample against the types of its kind. */
export function sample<P, A>(of: Sample<P, A>): AnySample {
  return of;
}
