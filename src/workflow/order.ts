/** The order in which files flow through a workflow. */
import type { Workflow } from './model.ts';

/** Ids of all steps, each behind those that feed it; the steps of a circle in the order of the file. */
export function stepOrder({ steps, links }: Workflow): readonly string[] {
  const waits = new Map(steps.map(({ id }) => [id, new Set<string>()]));
  const feeds = new Map<string, string[]>();
  for (const { from, to } of links) {
    if (from === to || waits.get(to)?.has(from)) continue;
    waits.get(to)?.add(from);
    feeds.set(from, [...(feeds.get(from) ?? []), to]);
  }
  const order: string[] = [];
  const ready = steps.map(({ id }) => id).filter((id) => waits.get(id)?.size === 0);
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    order.push(id);
    for (const next of feeds.get(id) ?? []) {
      waits.get(next)?.delete(id);
      if (waits.get(next)?.size === 0) ready.push(next);
    }
  }
  const placed = new Set(order);
  return [...order, ...steps.map(({ id }) => id).filter((id) => !placed.has(id))];
}
