/** The order of work: which task of which action waits for which other tasks. */
import type { PlannedAction } from './action.ts';
import { dependantsOf, inOrder, type Node, type ResourceNode } from './graph.ts';

/** A piece of work, or a mere point in the order that others wait for. */
export interface Task extends Node {
  readonly work?: {
    /** `make` brings the object to its desired state, `destroy` deletes it. */
    readonly phase: 'make' | 'destroy';
    readonly action: PlannedAction;
  };
  /** It stands for an order between kinds, not for a known dependency: an object that stays does not hold others back. */
  readonly barrier?: true;
}

/** Actions by the id of their resource. */
export type Actions = ReadonlyMap<string, PlannedAction>;

/** Id of the task that deletes a resource. */
export function destroyTask(id: string): string {
  return `destroy ${id}`;
}

const makeTask = (id: string) => `make ${id}`;
const readyTask = (id: string) => `ready ${id}`;

/**
 * The tasks that bring resources to their desired state, in order. Every resource is made after all it depends on.
 *
 * A replaced one is deleted before it is made: after those that depend on it and are replaced too, since most services
 * refuse to delete what is in use, and only when everything it needs that is not itself waiting for a deletion is there,
 * so that a failure elsewhere does not leave it deleted.
 */
export function convergenceTasks(nodes: readonly ResourceNode[], actions: Actions): readonly Task[] {
  const churned = churnedOf(nodes, actions);
  const dependants = dependantsOf(nodes);
  const tasks = nodes.flatMap((node) => {
    if (!churned.has(node.id)) return [made(node, actions)];
    const ready = node.after.map((id) => (churned.has(id) ? readyTask(id) : makeTask(id)));
    return [
      { id: readyTask(node.id), after: ready },
      destroyed(node, dependants.get(node.id) ?? [], actions),
      made(node, actions, [destroyTask(node.id)]),
    ];
  });
  return inOrder(tasks);
}

/** The resources that are replaced or depend, directly or not, on a replaced one. */
function churnedOf(nodes: readonly ResourceNode[], actions: Actions): ReadonlySet<string> {
  const churned = new Set<string>();
  for (const { id, after } of nodes) {
    const replaced = actions.get(id)?.action === 'replace';
    if (replaced || after.some((dependency) => churned.has(dependency))) churned.add(id);
  }
  return churned;
}

function made(node: Node, actions: Actions, besides: readonly string[] = []): Task {
  const action = actions.get(node.id);
  const after = [...node.after.map(makeTask), ...besides];
  return { id: makeTask(node.id), after, ...(action && { work: { phase: 'make', action } }) };
}

/**
 * Also for what is not replaced: it hands on the order between replaced ones at its two ends. What could not be read may
 * need that which is replaced: it holds the deletion back.
 */
function destroyed(node: Node, dependants: readonly string[], actions: Actions): Task {
  const action = actions.get(node.id);
  const after = dependants.map(destroyTask);
  if (action?.action === 'unknown')
    return { id: destroyTask(node.id), after, work: { phase: 'destroy', action } };
  if (action?.action !== 'replace') return { id: destroyTask(node.id), after };
  return {
    id: destroyTask(node.id),
    after: [readyTask(node.id), ...after],
    work: { phase: 'destroy', action },
  };
}

/**
 * The tasks of `before`, then those of `after`: of the latter none starts until all resources are made, and none at all
 * when one could not be made, since it may still use what would be deleted.
 */
export function oneAfterTheOther(before: readonly Task[], after: readonly Task[]): readonly Task[] {
  if (after.length === 0) return before;
  const all = { id: 'everything made', after: before.map(({ id }) => id) };
  return [...before, all, ...after.map((task) => ({ ...task, after: [...task.after, all.id] }))];
}
