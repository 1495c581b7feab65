/** Planning the removal of everything a workflow owns: what to delete, and in which order. */
import type { PlannedAction } from './action.ts';
import { mapBounded } from './concurrency.ts';
import { kindOf, type Reading } from './convergence.ts';
import { dependantsOf, inOrder, type ResourceNode } from './graph.ts';
import type { Kinds } from './resource.ts';
import { type Actions, destroyTask, type Task } from './tasks.ts';

/** The deletion of every resource that the kinds find for the workflow. Throws what the kinds throw. */
export async function planRemoval(
  workflow: string,
  nodes: readonly ResourceNode[],
  reading: Reading,
): Promise<Actions> {
  const steps = new Map(nodes.map(({ id, resource }) => [id, resource.step]));
  const kinds = Object.entries(reading.kinds);
  const found = await mapBounded(kinds, reading.concurrency, async ([name, kind]) => {
    const objects = await reading.ask(name, (call) => kind.list(workflow, call));
    return objects.map(({ id, step, attrs }): PlannedAction => {
      return { action: 'delete', kind: name, id, step: step ?? steps.get(id), changes: [], attrs };
    });
  });
  return new Map(found.flat().map((action) => [action.id, action]));
}

/**
 * The tasks that delete what was found, in order. Resources that are still desired go in the reverse order of their
 * dependencies, also through those that are gone already. Nobody knows the dependencies of the others (orphans): they go
 * by rank, after everything of a lower rank, and nothing of a higher rank goes before them.
 */
export function removalTasks(nodes: readonly ResourceNode[], found: Actions, kinds: Kinds): readonly Task[] {
  const ranks = namedRanks(nodes, found, kinds);
  const named = new Set(nodes.map(({ id }) => id));
  const ranked = [...found.values()].map((action) => ({
    id: action.id,
    orphan: !named.has(action.id),
    rank: ranks.get(action.id) ?? kindOf(action, kinds).rank,
  }));
  const orphans = ranked.filter(({ orphan }) => orphan);
  const levels = [...new Set(orphans.map(({ rank }) => rank))].sort((a, b) => a - b);
  return inOrder([
    ...levels.flatMap((level, index) => barriers(level, levels[index - 1], ranked)),
    ...orphans.map(({ id, rank }) => deletion(id, [lowerTask(rank)], found)),
    ...namedDeletions(nodes, found, ranks, levels),
  ]);
}

const lowerTask = (rank: number) => `everything below rank ${rank}`;
const orphansTask = (rank: number) => `orphans up to rank ${rank}`;

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
  levels: readonly number[],
): readonly Task[] {
  const dependants = dependantsOf(nodes);
  return [...nodes].reverse().map(({ id }) => {
    const rank = ranks.get(id) ?? Number.NEGATIVE_INFINITY;
    const level = levels.findLast((orphans) => orphans < rank);
    const before = (dependants.get(id) ?? []).map(destroyTask);
    return deletion(id, level === undefined ? before : [...before, orphansTask(level)], found);
  });
}

interface Ranked {
  readonly id: string;
  readonly rank: number;
  readonly orphan: boolean;
}

/**
 * Points in the order that stand for many edges: without them there would be one from each object to each other. What is
 * below the previous level is waited for by the orphans of that level.
 */
function barriers(level: number, previous: number | undefined, all: readonly Ranked[]): readonly Task[] {
  const from = previous ?? Number.NEGATIVE_INFINITY;
  const barrier = (id: string, waitsFor: readonly Ranked[]): Task => {
    return { id, after: waitsFor.map((each) => destroyTask(each.id)), barrier: true };
  };
  const lower = all.filter(({ rank }) => rank >= from && rank < level);
  const orphans = all.filter(({ orphan, rank }) => orphan && rank === level);
  return [barrier(lowerTask(level), lower), barrier(orphansTask(level), orphans)];
}
