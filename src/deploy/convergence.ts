/** Planning towards desired resources: read what is there, and find what differs. */
import { FdlError } from '../errors.ts';
import type { PlannedAction } from './action.ts';
import { walkGraph } from './concurrency.ts';
import type { ResourceNode } from './graph.ts';
import { type Lookup, refsIn, resolveRefs } from './refs.ts';
import type { CallContext, Change, Kinds, Observed, Props, Ref, Resource, ResourceKind } from './resource.ts';
import type { Actions } from './tasks.ts';

/** What planning needs from outside. */
export interface Reading {
  readonly kinds: Kinds;
  readonly concurrency: number;
  /** Makes one call for a resource or a kind; a failed one stops the others. */
  ask<T>(id: string, question: (call: CallContext) => Promise<T>): Promise<T>;
}

/**
 * The action for every resource, found by reading upstream first and independent ones at the same time.
 * Throws `FdlError` `not-owned` with all ids that exist but are not of this workflow, and what the kinds throw.
 */
export async function planConvergence(nodes: readonly ResourceNode[], reading: Reading): Promise<Actions> {
  const actions = new Map<string, PlannedAction>();
  const refused = new Set<string>();
  await walkGraph(nodes, reading.concurrency, async ({ id, resource }) => {
    const kind = kindOf(resource, reading.kinds);
    const now = resolveRefs(resource.props, (ref) => actions.get(ref.id)?.attrs?.[ref.attr]);
    const observed = await reading.ask(id, (call) => kind.read(now, call));
    if (isRefused(kind, observed)) refused.add(id);
    actions.set(id, decide(resource, kind, observed, lookupIn(actions, reading.kinds)));
  });
  if (refused.size > 0) throw notOwned(nodes.flatMap(({ id }) => (refused.has(id) ? [id] : [])));
  return actions;
}

/**
 * The kind of a resource. Throws `FdlError` `graph-kind` where there is none.
 */
export function kindOf(
  { id, kind }: { readonly id: string; readonly kind: string },
  kinds: Kinds,
): ResourceKind {
  const found = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (!found) throw new FdlError('graph-kind', `${id} is of the kind ${kind}, which is not known`);
  return found;
}

/** The one place that judges ownership: what is refused here would be taken over by an adoption. */
function isRefused(kind: ResourceKind, observed: Observed | undefined): boolean {
  return observed !== undefined && !observed.owned && kind.foreign !== 'use';
}

function notOwned(ids: readonly string[]): FdlError {
  const [first, ...others] = ids;
  const what = others.length === 0 ? `${first} exists` : `${ids.join(', ')} exist`;
  return new FdlError('not-owned', `${what}, but this workflow did not make it`, {
    hint: 'Choose another name in the file, or take it over with --adopt.',
  });
}

/** What references will give once the actions are done, as far as that is known before. */
function lookupIn(actions: Actions, kinds: Kinds): Lookup {
  return ({ id, attr }: Ref) => {
    const upstream = actions.get(id);
    if (upstream?.action === 'keep') return upstream.attrs?.[attr];
    if (upstream?.action !== 'update') return undefined;
    return kindOf(upstream, kinds).volatile?.includes(attr) ? undefined : upstream.attrs?.[attr];
  };
}

function decide(
  resource: Resource,
  kind: ResourceKind,
  observed: Observed | undefined,
  lookup: Lookup,
): PlannedAction {
  const subject = { kind: resource.kind, id: resource.id, step: resource.step };
  const props = resolveRefs(resource.props, lookup);
  if (!observed) return { ...subject, action: 'create', changes: creation(props), resource, props };
  const { attrs, owned } = observed;
  if (!owned) return { ...subject, action: 'keep', changes: [], attrs };
  const changes = [...kind.changes(props, attrs)];
  changes.push(...unknowns(props, attrs, changes));
  const replaced = changes.some((change) => change.replace);
  const action = replaced ? 'replace' : changes.length > 0 ? 'update' : 'keep';
  return { ...subject, action, changes, resource, props, attrs };
}

function creation(props: Props): readonly Change[] {
  const set = Object.entries(props).filter(([, value]) => value !== undefined);
  return set.map(([path, after]) => ({ path, before: undefined, after }));
}

/** References that nobody knows yet are changes, also where a kind does not compare the property. */
function unknowns(props: Props, attrs: Props, changes: readonly Change[]): readonly Change[] {
  const inside = (path: string, outer: string) =>
    path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);
  return refsIn(props)
    .filter(({ path }) => !changes.some((change) => inside(path, change.path)))
    .map(({ path, ref }) => ({ path, before: attrs[path], after: ref }));
}
