/** What is left out of a definition, since it says nothing. Pure. */
import type { Value } from '../../../deploy/resource.ts';
import { isBranch, isList } from '../../../deploy/value.ts';

/** Without what is empty; false and 0 stay. */
export function withoutEmpty(value: Value): Value {
  return pruned(value, isEmpty);
}

/** Without what is empty, false or 0, which clusters show for what was not set. */
export function withoutZeros(value: Value): Value {
  return pruned(value, (each) => isEmpty(each) || each === 0 || each === false);
}

function pruned(value: Value, isNothing: (value: Value) => boolean): Value {
  if (isList(value)) return value.map((each) => pruned(each, isNothing)).filter((each) => !isNothing(each));
  if (!isBranch(value)) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, pruned(each, isNothing)] as const);
  return Object.fromEntries(entries.filter(([, each]) => !isNothing(each)));
}

function isEmpty(value: Value): boolean {
  if (isList(value)) return value.length === 0;
  if (isBranch(value)) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === '';
}

/** What a list of maps, or of texts, may be; empty for anything else. */
export function listOf<T>(value: unknown): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [];
}

/** A reference to a variable of the environment that is called like these words: `${env:UPPER_API_KEY}`. */
export function variable(...words: readonly string[]): string {
  const name = words.join('_').replace(/[^A-Za-z0-9]+/g, '_');
  return `\${env:${name.toUpperCase()}}`;
}
