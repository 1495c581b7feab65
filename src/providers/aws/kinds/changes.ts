/** Compares what is desired with what is there, property by property. */
import type { Change, Props, Value } from '../../../deploy/resource.ts';
import { isBranch, isList, sameValue } from '../../../deploy/value.ts';

interface Comparison {
  /** Names of the properties that are compared. */
  readonly fields: readonly string[];
  /** Of these, the ones that only a new object can have another value of. */
  readonly replace?: readonly string[];
  /** Of these, the lists (at any depth) whose order says nothing. */
  readonly unordered?: readonly string[];
}

/**
 * What of `attrs` differs from `props`. Maps are compared key by key, so that paths are such as `environment.NAME` or
 * `tags.fdl:step`; lists as a whole. A property that is missing, or an empty map, is the same as `undefined`; a `Ref`
 * differs from every value.
 */
export function changesOf(props: Props, attrs: Props, comparison: Comparison): readonly Change[] {
  const { fields, replace = [], unordered = [] } = comparison;
  return fields.flatMap((field) => {
    const arrange = unordered.includes(field) ? arranged : (value: Value) => value;
    const found = compare(field, attrs[field], props[field], arrange);
    return replace.includes(field) ? found.map((change) => ({ ...change, replace: true })) : found;
  });
}

type Arrange = (value: Value) => Value;

function compare(path: string, before: Value, after: Value, arrange: Arrange): readonly Change[] {
  if (isBranch(before ?? {}) && isBranch(after ?? {})) {
    const [a, b] = [(before ?? {}) as Props, (after ?? {}) as Props];
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
    return keys.flatMap((key) => compare(`${path}.${key}`, a[key], b[key], arrange));
  }
  return sameValue(arrange(before), arrange(after)) ? [] : [{ path, before, after }];
}

/** The value with its lists in an order of their own. */
function arranged(value: Value): Value {
  if (isList(value)) return value.map(arranged).sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
  if (!isBranch(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, arranged(each)]));
}

/** Equal for equal values: only for an order. */
function textOf(value: Value): string {
  if (!isBranch(value)) return JSON.stringify(value) ?? '';
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
