/** Walking over property values: plain data with references and secrets as leaves. */
import { Secret } from '../secret.ts';
import { type Props, Ref, type Value } from './resource.ts';

/** A value that is neither a list nor a map, with the path to it: `role`, `environment.NAME`, `layers[0]`. */
interface Leaf {
  readonly path: string;
  readonly value: Value;
}

type Branch = { readonly [key: string]: Value };

/** Whether a value is a map from names to values. */
export function isBranch(value: Value): value is Branch {
  return typeof value === 'object' && value !== null && !isLeafObject(value) && !Array.isArray(value);
}

function isLeafObject(value: object): value is Ref | Secret {
  return value instanceof Ref || value instanceof Secret;
}

/** Whether a value is a list. (`Array.isArray` does not narrow readonly lists.) */
export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** All leaves of a value, in the order they are written. */
export function* leavesOf(value: Value, path = ''): Generator<Leaf> {
  if (isList(value)) {
    for (const [index, item] of value.entries()) yield* leavesOf(item, `${path}[${index}]`);
  } else if (isBranch(value)) {
    for (const [key, item] of Object.entries(value)) yield* leavesOf(item, path ? `${path}.${key}` : key);
  } else {
    yield { path, value };
  }
}

/** The same value with every leaf exchanged for what `change` answers. */
export function mapLeaves(value: Value, change: (leaf: Value) => Value): Value {
  if (isList(value)) return value.map((item) => mapLeaves(item, change));
  if (!isBranch(value)) return change(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapLeaves(item, change)]));
}

/**
 * Whether two values say the same. Secrets are compared by their text, a property that is `undefined` counts as
 * missing, the order of properties does not matter. A reference is the same as the reference to the same attribute.
 */
export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a instanceof Secret) return a.equals(b);
  if (a instanceof Ref) return b instanceof Ref && a.id === b.id && a.attr === b.attr;
  if (isList(a)) return isList(b) && sameList(a, b);
  return isBranch(a) && isBranch(b) && sameBranch(a, b);
}

function sameList(a: readonly Value[], b: readonly Value[]): boolean {
  return a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
}

function sameBranch(a: Branch, b: Branch): boolean {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => sameValue(a[key], b[key]));
}

/** The texts of all secrets in a value, for masking. */
export function secretsIn(value: Value): readonly string[] {
  return [...leavesOf(value)].flatMap(({ value: leaf }) => (leaf instanceof Secret ? [leaf.reveal()] : []));
}

// References between resources: finding them in properties and putting values in their place.

/** A reference with the path of the property that holds it. */
interface RefAt {
  readonly path: string;
  readonly ref: Ref;
}

/** The value of a reference, or nothing where it is not known. */
export type Lookup = (ref: Ref) => Value;

/** All references in properties, in the order they are written. */
export function refsIn(props: Props): readonly RefAt[] {
  return [...leavesOf(props)].flatMap(({ path, value }) =>
    value instanceof Ref ? [{ path, ref: value }] : [],
  );
}

/** The properties with each reference exchanged for its value; those without a known value stay. */
export function resolveRefs(props: Props, lookup: Lookup): Props {
  return mapLeaves(props, (leaf) => (leaf instanceof Ref ? (lookup(leaf) ?? leaf) : leaf)) as Props;
}
