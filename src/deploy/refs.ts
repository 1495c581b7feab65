/** References between resources: finding them in properties and putting values in their place. */
import { type Props, Ref, type Value } from './resource.ts';
import { leavesOf, mapLeaves } from './value.ts';

/** A reference with the path of the property that holds it. */
export interface RefAt {
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
