/** Doing many things at the same time, but not too many. */
import { openSlots } from '../slots.ts';
import type { Node } from './graph.ts';

/** How many calls run at the same time unless told otherwise: most of them wait for a cloud. */
export const DEFAULT_CONCURRENCY = 32;

/** Lets tasks run until one fails; afterwards none starts, and `rethrow` throws what was thrown first. */
function untilFailure() {
  let failure: { readonly thrown: unknown } | undefined;
  return {
    run: async <T>(task: () => Promise<T>): Promise<T | undefined> => {
      if (failure) return undefined;
      try {
        return await task();
      } catch (thrown) {
        failure ??= { thrown };
        return undefined;
      }
    },
    rethrow: () => {
      if (failure) throw failure.thrown;
    },
  };
}

/**
 * Calls `fn` for every item, at most `limit` at the same time, and answers the results in the order of the items.
 * After a failure nothing new starts; what runs is waited for, then the first failure is thrown.
 */
export async function mapBounded<T, R>(
  items: readonly T[],
  limit: number,
  fn: (item: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const slot = openSlots(limit);
  const guard = untilFailure();
  const results = await Promise.all(items.map((item, index) => slot(() => guard.run(() => fn(item, index)))));
  guard.rethrow();
  return results as readonly R[];
}

/**
 * Visits the nodes of a graph, which must be in order (see `inOrder`): each one as soon as all that come before it are
 * done, at most `limit` at the same time. A failure ends it as it ends `mapBounded`.
 */
export async function walkGraph<N extends Node>(
  nodes: readonly N[],
  limit: number,
  visit: (node: N) => Promise<void>,
): Promise<void> {
  const slot = openSlots(limit);
  const guard = untilFailure();
  const done = new Map<string, Promise<void>>();
  for (const node of nodes) {
    const before = Promise.all(node.after.map((id) => done.get(id)));
    done.set(
      node.id,
      before.then(() => slot(() => guard.run(() => visit(node)))),
    );
  }
  await Promise.all(done.values());
  guard.rethrow();
}
