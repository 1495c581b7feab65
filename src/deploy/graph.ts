/** Dependency graphs: nodes that name what comes before them. */
import { FdlError } from '../errors.ts';
import type { Resource } from './resource.ts';
import { refsIn } from './value.ts';

/** A node of a graph. */
export interface Node {
  readonly id: string;
  /** Ids of the nodes that come before, each once. */
  readonly after: readonly string[];
}

/** A resource with the ids of everything it depends on: what it names, and what its properties refer to. */
export interface ResourceNode extends Node {
  readonly resource: Resource;
}

/**
 * The resources as a graph, upstream first, otherwise in the order given.
 * Throws `FdlError` as `inOrder` does.
 */
export function resourceGraph(resources: readonly Resource[]): readonly ResourceNode[] {
  return inOrder(
    resources.map((resource) => ({ id: resource.id, after: dependenciesOf(resource), resource })),
  );
}

function dependenciesOf(resource: Resource): readonly string[] {
  return [...new Set([...resource.dependsOn, ...refsIn(resource.props).map(({ ref }) => ref.id)])];
}

/**
 * The nodes in an order in which every node follows all that come before it; nodes that are in such an order already
 * stay as they are. Throws `FdlError`: `graph-duplicate`, `graph-unknown` (a dependency that is no node) or
 * `graph-cycle`, each with the ids concerned.
 */
export function inOrder<N extends Node>(nodes: readonly N[]): readonly N[] {
  const byId = indexed(nodes);
  const ordered = new Set<N>();
  for (const node of nodes) visitFrom(node, byId, ordered);
  return [...ordered];
}

function indexed<N extends Node>(nodes: readonly N[]): ReadonlyMap<string, N> {
  const byId = new Map<string, N>();
  for (const node of nodes) {
    if (byId.has(node.id)) throw new FdlError('graph-duplicate', `two resources have the id ${node.id}`);
    byId.set(node.id, node);
  }
  return byId;
}

/** Depth first with a stack of its own: a chain of dependencies may be longer than the call stack. */
function visitFrom<N extends Node>(start: N, byId: ReadonlyMap<string, N>, ordered: Set<N>): void {
  const path = new Map<N, Iterator<string>>();
  const stack: N[] = [];
  const enter = (node: N) => {
    path.set(node, node.after.values());
    stack.push(node);
  };
  if (!ordered.has(start)) enter(start);
  for (let node = stack.at(-1); node; node = stack.at(-1)) {
    const step = path.get(node)?.next();
    if (step && !step.done) {
      const next = known(byId, step.value, node);
      if (path.has(next)) throw cycle(stack, next);
      if (!ordered.has(next)) enter(next);
    } else {
      stack.pop();
      path.delete(node);
      ordered.add(node);
    }
  }
}

function known<N extends Node>(byId: ReadonlyMap<string, N>, id: string, by: Node): N {
  const node = byId.get(id);
  if (!node) throw new FdlError('graph-unknown', `${by.id} depends on ${id}, which is not a resource here`);
  return node;
}

function cycle(stack: readonly Node[], again: Node): FdlError {
  const ids = [...stack.slice(stack.indexOf(again)), again].map((node) => node.id);
  return new FdlError('graph-cycle', `resources depend on each other in a circle: ${ids.join(' → ')}`);
}

/** For every node, the ids of the nodes that come directly after it. */
export function dependantsOf(nodes: readonly Node[]): ReadonlyMap<string, readonly string[]> {
  const dependants = new Map<string, string[]>(nodes.map((node) => [node.id, []]));
  for (const node of nodes) {
    for (const id of node.after) dependants.get(id)?.push(node.id);
  }
  return dependants;
}
