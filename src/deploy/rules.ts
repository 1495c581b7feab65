/**
 * What becomes of a property of a kind when it is to have another value. Each kind has one table with a rule for every
 * property: what is compared, and which call writes it, follow from it, so that nothing can be forgotten in one of
 * several lists.
 */

/** `Way` names what a kind does to give an object another value in place. */
export type Rule<Way extends string = string> =
  | {
      /** How another value is written; `replace`: only a new object can have it. */
      readonly by: Way | 'replace';
      /** Its lists, at any depth, say the same in any order. */
      readonly unordered?: true;
      /** Where its changes are, if not below its name: what is compared follows from it. Empty: anywhere. */
      readonly as?: string;
    }
  /** It is not compared. The reason says why another value is no difference. */
  | { readonly ignored: string };

/** Rules for the properties of a property. */
type Parts<V, Way extends string> = { readonly [K in KeyOf<NonNullable<V>>]: Rule<Way> };

/** The keys of every member of a union. */
type KeyOf<T> = T extends unknown ? keyof T : never;

/** A rule for every property of `P`. */
export type Rules<P, Way extends string = string> = {
  readonly [K in keyof P]-?: Rule<Way> | { readonly parts: Parts<P[K], Way> };
};

/** The properties that a table says are written in a way. */
export type WrittenBy<R, Way extends string> = {
  [K in keyof R]: R[K] extends { readonly by: Way } ? K : never;
}[keyof R];

/** All ways that a table names. */
type WaysOf<R> = { [K in keyof R]: WayOf<R[K]> }[keyof R];
type WayOf<V> = V extends { readonly by: infer Way extends string }
  ? Way
  : V extends { readonly parts: infer P }
    ? WaysOf<P>
    : never;

/** For what an object is found by. */
export const IDENTITY = {
  ignored: 'the object is found by it: with another value it is another object',
} as const;

interface Listed {
  readonly path: string;
  readonly rule: Rule;
}

/** All rules of a table, by the paths of the changes that they speak of. */
export function listRules(rules: object): readonly Listed[] {
  return Object.entries(rules as Readonly<Record<string, Rule | { readonly parts: object }>>).flatMap(
    ([name, rule]) =>
      'parts' in rule
        ? listRules(rule.parts).map((part) => ({ ...part, path: `${name}.${part.path}` }))
        : [{ path: ('as' in rule ? rule.as : undefined) ?? name, rule }],
  );
}

/** Paths of what is written in a way. */
export function pathsBy<R extends object>(rules: R, ...ways: readonly WaysOf<R>[]): readonly string[] {
  const chosen: readonly string[] = ways;
  const written = listRules(rules).filter(({ rule }) => 'by' in rule && chosen.includes(rule.by));
  return unique(written.map(({ path }) => path));
}

/** What is compared; of it, what only a new object can have, and what has no order. */
export function comparisonOf(rules: object) {
  const compared = listRules(rules).flatMap(({ path, rule }) =>
    'by' in rule ? [{ field: path.replace(/\..*/, ''), rule }] : [],
  );
  const fieldsOf = (chosen: typeof compared) => unique(chosen.map(({ field }) => field));
  return {
    fields: fieldsOf(compared),
    replace: fieldsOf(compared.filter(({ rule }) => rule.by === 'replace')),
    unordered: fieldsOf(compared.filter(({ rule }) => rule.unordered)),
  };
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
