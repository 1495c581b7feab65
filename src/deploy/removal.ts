/** The order in which what a workflow owns is deleted. */
import { kindOf } from './convergence.ts';
import { dependantsOf, inOrder, type ResourceNode } from './graph.ts';
import type { Kinds } from './resource.ts';
import { type Actions, destroyTask, type Task } from './tasks.ts';

/**
 * The tasks that delete what was found, in order. Resources that are still desired go in the reverse order of their
 * dependencies, also through those that are gone already. Nobody knows the dependencies of the others (orphans): they go
 * by rank, after everything of a lower rank in their scope, and nothing of a higher rank there goes before them.
 */
export function removalTasks(nodes: readonly ResourceNode[], found: Actions, kinds: Kinds): readonly Task[] {
  const ranks = namedRanks(nodes, found, kinds);
  const named = new Set(nodes.map(({ id }) => id));
  const ranked = [...found.values()].map((action) => ({
    id: action.id,
    scope: scopeOf(action),
    orphan: !named.has(action.id),
    rank: ranks.get(action.id) ?? kindOf(action, kinds).rank,
  }));
  const names = [...new Set(ranked.map(({ scope }) => scope))];
  const scopes = new Map(names.map((scope) => [scope, scopeRanks(scope, ranked)]));
  const orphans = ranked.filter(({ orphan }) => orphan);
  return inOrder([
    ...[...scopes].flatMap(([scope, { members, levels }]) =>
      levels.flatMap((level, index) => barriers(scope, level, levels[index - 1], members)),
    ),
    ...orphans.map(({ id, scope, rank }) => deletion(id, [lowerTask(scope, rank)], found)),
    ...namedDeletions(nodes, found, ranks, scopes),
  ]);
}

/** The part of the world that a resource belongs to: `provider/scope`, or the provider where the id does not say more. */
function scopeOf({ id, kind }: { readonly id: string; readonly kind: string }): string {
  const parts = id.split('/');
  return parts.length > 3 ? parts.slice(0, 2).join('/') : providerOf(kind);
}

function providerOf(path: string): string {
  return path.split('/')[0] ?? path;
}

interface ScopeRanks {
  /** What is ordered by rank here: also what belongs to the provider as a whole. */
  readonly members: readonly Ranked[];
  /** Ranks of orphans, from low to high. */
  readonly levels: readonly number[];
}

function scopeRanks(scope: string, all: readonly Ranked[]): ScopeRanks {
  const members = all.filter((each) => each.scope === scope || each.scope === providerOf(scope));
  const ranks = members.flatMap(({ orphan, rank }) => (orphan ? [rank] : []));
  return { members, levels: [...new Set(ranks)].sort((a, b) => a - b) };
}

const lowerTask = (scope: string, rank: number) => `everything below rank ${rank} of ${scope}`;
const orphansTask = (scope: string, rank: number) => `orphans up to rank ${rank} of ${scope}`;

function deletion(id: string, after: readonly string[], found: Actions): Task {
  const action = found.get(id);
  return { id: destroyTask(id), after, ...(action && { work: { phase: 'destroy', action } }) };
}

type Ranks = ReadonlyMap<string, number>;

/**
 * The ranks of desired resources, raised to the highest of what depends on them: so the order by rank can not contradict
 * the order by dependencies. What is gone already has no rank of its own.
 */
function namedRanks(nodes: readonly ResourceNode[], found: Actions, kinds: Kinds): Ranks {
  const ranks = new Map<string, number>();
  const raise = (id: string, rank: number) => ranks.set(id, Math.max(rank, ranks.get(id) ?? rank));
  for (const { id, after, resource } of [...nodes].reverse()) {
    raise(id, found.has(id) ? kindOf(resource, kinds).rank : Number.NEGATIVE_INFINITY);
    for (const upstream of after) raise(upstream, ranks.get(id) ?? Number.NEGATIVE_INFINITY);
  }
  return ranks;
}

function namedDeletions(
  nodes: readonly ResourceNode[],
  found: Actions,
  ranks: Ranks,
  scopes: ReadonlyMap<string, ScopeRanks>,
): readonly Task[] {
  const dependants = dependantsOf(nodes);
  return [...nodes].reverse().map(({ id, resource }) => {
    const rank = ranks.get(id) ?? Number.NEGATIVE_INFINITY;
    const scope = scopeOf(resource);
    const level = scopes.get(scope)?.levels.findLast((orphans) => orphans < rank);
    const before = (dependants.get(id) ?? []).map(destroyTask);
    return deletion(id, level === undefined ? before : [...before, orphansTask(scope, level)], found);
  });
}

interface Ranked {
  readonly id: string;
  readonly scope: string;
  readonly rank: number;
  readonly orphan: boolean;
}

/**
 * Points in the order that stand for many edges: without them there would be one from each object to each other. What is
 * below the previous level is waited for by the orphans of that level.
 */
function barriers(
  scope: string,
  level: number,
  previous: number | undefined,
  all: readonly Ranked[],
): readonly Task[] {
  const from = previous ?? Number.NEGATIVE_INFINITY;
  const barrier = (id: string, waitsFor: readonly Ranked[]): Task => {
    return { id, after: waitsFor.map((each) => destroyTask(each.id)), barrier: true };
  };
  const lower = all.filter(({ rank }) => rank >= from && rank < level);
  const orphans = all.filter(({ orphan, rank }) => orphan && rank === level);
  return [barrier(lowerTask(scope, level), lower), barrier(orphansTask(scope, level), orphans)];
}
