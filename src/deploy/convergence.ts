/** Planning towards desired resources: read what is there, and find what differs. */
import { FdlError } from '../errors.ts';
import { type ErrorDetail, type PlannedAction, unknownAction } from './action.ts';
import { walkGraph } from './concurrency.ts';
import type { ResourceNode } from './graph.ts';
import type { CallContext, Change, Kinds, Observed, Props, Ref, Resource, ResourceKind } from './resource.ts';
import type { Actions } from './tasks.ts';
import { type Lookup, refsIn, resolveRefs } from './value.ts';

/** What a call answered, or why it failed. */
type Answer<T> = { readonly value: T } | { readonly error: ErrorDetail };

/** What planning needs from outside. */
export interface Reading {
  readonly workflow: string;
  readonly kinds: Kinds;
  readonly concurrency: number;
  /** Objects that the workflow did not make are taken over. */
  readonly adopt: boolean;
  /** Makes one call for a resource or a kind; unless it is `optional`, a failed one may stop the others and be thrown. */
  ask<T>(
    id: string,
    question: (call: CallContext) => Promise<T>,
    how?: { readonly optional?: boolean },
  ): Promise<Answer<T>>;
  /** What was thrown, masked, as it goes into a plan. */
  explain(thrown: unknown): ErrorDetail;
}

/**
 * The action for every resource, found by reading upstream first and independent ones at the same time.
 * Throws `FdlError` `not-owned` with all ids that exist but are not of this workflow, and what the kinds throw.
 */
export async function planConvergence(nodes: readonly ResourceNode[], reading: Reading): Promise<Actions> {
  const actions = new Map<string, PlannedAction>();
  const refused = new Map<string, string | undefined>();
  await walkGraph(nodes, reading.concurrency, async ({ id, after, resource }) => {
    const waitsFor = unreadAmong(after, actions);
    if (waitsFor !== undefined) return void actions.set(id, unknownAction(resource, { waitsFor }));
    const kind = kindOf(resource, reading.kinds);
    const now = resolveRefs(resource.props, (ref) => actions.get(ref.id)?.attrs?.[ref.attr]);
    const answer = await reading.ask(id, (call) => kind.read(now, call));
    if ('error' in answer) return void actions.set(id, unknownAction(resource, answer));
    const observed = answer.value;
    if (!reading.adopt && isForeign(kind, observed)) refused.set(id, observed?.whose);
    actions.set(id, decide(resource, kind, observed, lookupIn(actions, reading.kinds), reading));
  });
  if (refused.size > 0) throw notOwned(nodes.flatMap(({ id }) => named(id, refused)));
  return actions;
}

/** What could not be read and has to come before: itself among these, or what one of these waits for. */
function unreadAmong(ids: readonly string[], actions: Actions): string | undefined {
  const found = ids.flatMap((id) => actions.get(id) ?? []).find(({ unknown }) => unknown);
  return found?.unknown && 'waitsFor' in found.unknown ? found.unknown.waitsFor : found?.id;
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

/** The one place that judges ownership: what is refused otherwise is taken over by an adoption. */
function isForeign(kind: ResourceKind, observed: Observed | undefined): boolean {
  return observed !== undefined && !observed.owned && kind.foreign !== 'use';
}

/** What is refused, with whose it is. */
function named(id: string, refused: ReadonlyMap<string, string | undefined>): readonly string[] {
  if (!refused.has(id)) return [];
  const whose = refused.get(id);
  return [whose === undefined ? id : `${id} (${whose})`];
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
  { workflow }: Reading,
): PlannedAction {
  const subject = { kind: resource.kind, id: resource.id, step: resource.step };
  const props = resolveRefs(resource.props, lookup);
  if (!observed) return { ...subject, action: 'create', changes: creation(props), resource, props };
  const { attrs, owned } = observed;
  const adopted = isForeign(kind, observed);
  if (!owned && !adopted) return { ...subject, action: 'keep', changes: [], attrs };
  const changes = [...kind.changes(props, attrs)];
  if (adopted) changes.unshift({ path: 'owner', before: 'others', after: workflow });
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
