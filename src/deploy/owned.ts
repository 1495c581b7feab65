/** What the kinds find that a workflow owns. */
import { type PlannedAction, type Subject, unknownAction } from './action.ts';
import { mapBounded } from './concurrency.ts';
import type { Reading } from './convergence.ts';
import type { ResourceNode } from './graph.ts';
import type { Leftovers, Unlisted } from './plan-document.ts';
import type { Found } from './resource.ts';
import type { Actions } from './tasks.ts';

/**
 * The deletion of everything that the kinds find; `unknown` stands for what they could not look at, with the name of the
 * kind as its id where that is all of a kind. `optional`: what can not be listed stops nothing.
 */
export async function listOwned(
  nodes: readonly ResourceNode[],
  reading: Reading,
  how: { readonly optional: boolean },
): Promise<Actions> {
  const steps = new Map(nodes.map(({ id, resource }) => [id, resource.step]));
  const kinds = Object.entries(reading.kinds);
  const found = await mapBounded(kinds, reading.concurrency, async ([kind, { list }]) => {
    const answer = await reading.ask(kind, (call) => list(reading.workflow, call), how);
    if ('error' in answer) return [unknownAction({ kind, id: kind }, answer)];
    return answer.value.map((each) => actionFor(each, { kind, step: steps.get(each.id) }, reading));
  });
  return new Map(found.flat().map((action) => [action.id, action]));
}

function actionFor(found: Found, of: Pick<Subject, 'kind' | 'step'>, reading: Reading): PlannedAction {
  const { id, attrs, error, step = of.step } = found;
  const subject = { kind: of.kind, id, step };
  if (error !== undefined) return unknownAction(subject, { error: reading.explain(error) });
  return { ...subject, action: 'delete', changes: [], attrs };
}

/** What was found and is not among the desired resources: orphans. */
export function withoutDesired(owned: Actions, nodes: readonly ResourceNode[]): Actions {
  const desired = new Set(nodes.map(({ id }) => id));
  return new Map([...owned].filter(([id]) => !desired.has(id)));
}

/** Orphans as what is only named. */
export function leftoversOf(orphans: Actions): Leftovers {
  const all = [...orphans.values()];
  const unlisted = all.flatMap(({ kind, unknown }): readonly Unlisted[] =>
    unknown && 'error' in unknown ? [{ kind, error: unknown.error }] : [],
  );
  return { orphans: all.filter(({ unknown }) => !unknown), unlisted };
}
