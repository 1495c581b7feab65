/** From desired resources and what is there to a plan: only reads. */
import { FdlError } from '../errors.ts';
import { type PlannedAction, type Summary, summarise } from './action.ts';
import { kindOf, planConvergence, type Reading } from './convergence.ts';
import type { PlanEvent } from './events.ts';
import { type ResourceNode, resourceGraph } from './graph.ts';
import { leftoversOf, listOwned, withoutDesired } from './owned.ts';
import { type Leftovers, type PlanDocument, planDocument } from './plan-document.ts';
import { readingFor } from './reading.ts';
import { removalTasks } from './removal.ts';
import type { Kinds, Resource } from './resource.ts';
import { type Actions, convergenceTasks, oneAfterTheOther, type Task } from './tasks.ts';

/** What a plan is made from. */
export interface PlanInput {
  readonly workflow: string;
  /** In any order; ids that are depended on must be among them. */
  readonly desired: readonly Resource[];
  readonly kinds: Kinds;
  readonly signal: AbortSignal;
  /** How many reads run at the same time, and how many lists; 32 by default. */
  readonly concurrency?: number | undefined;
  /** Plan the removal of everything the workflow owns; `desired` then only tells the order. */
  readonly remove?: boolean | undefined;
  /** Take over objects that the workflow did not make. */
  readonly adopt?: boolean | undefined;
  /** What the workflow owns and `desired` does not have: not looked for by default, only named, or deleted. */
  readonly orphans?: 'name' | 'delete' | undefined;
  /** What can not be read does not stop the rest: its action, and that of what depends on it, is `unknown`. */
  readonly tolerant?: boolean | undefined;
  readonly onProgress?: ((event: PlanEvent) => void) | undefined;
}

/** What `applyPlan` would do. Its JSON form is a `PlanDocument`. */
export interface Plan extends Leftovers {
  readonly workflow: string;
  /** In an order in which they could be carried out one after the other. */
  readonly actions: readonly PlannedAction[];
  readonly summary: Summary;
  /** The same as a graph of work. */
  readonly tasks: readonly Task[];
  toJSON(): PlanDocument;
}

/**
 * Compares the desired resources with what is there. Throws `FdlError`: `graph-duplicate`, `graph-unknown`,
 * `graph-cycle` or `graph-kind` where the resources contradict each other, `not-owned` where an object belongs to others,
 * `interrupted` after the signal; and the first thing that a kind throws, once the other reads have ended. A tolerant
 * plan throws that only if nothing at all could be read.
 */
export async function makePlan(input: PlanInput): Promise<Plan> {
  const nodes = resourceGraph(input.desired);
  for (const { resource } of nodes) kindOf(resource, input.kinds);
  const { reading, failure, stop } = readingFor(input, totalOf(input, nodes));
  try {
    const plan = await (input.remove ? removalPlan : convergencePlan)(input, nodes, reading);
    const { length } = plan.actions;
    if (failure() !== undefined && length > 0 && plan.summary.unknown === length) throw failure();
    return plan;
  } catch (cause) {
    throw input.signal.aborted ? interrupted(input.workflow, cause) : (stop() ?? cause);
  }
}

function totalOf({ kinds, remove, orphans }: PlanInput, nodes: readonly ResourceNode[]): number {
  return (remove ? 0 : nodes.length) + (remove || orphans ? Object.keys(kinds).length : 0);
}

type PlanMaker = (input: PlanInput, nodes: readonly ResourceNode[], reading: Reading) => Promise<Plan>;

const NOTHING: Actions = new Map();

const convergencePlan: PlanMaker = async (input, nodes, reading) => {
  const { workflow, kinds, orphans } = input;
  const how = { optional: orphans === 'name' };
  const listing = orphans ? listOwned(nodes, reading, how) : Promise.resolve(NOTHING);
  const [converging, owned] = await settleBoth(planConvergence(nodes, reading), listing);
  const named = nodes.flatMap(({ id }) => converging.get(id) ?? []);
  const besides = withoutDesired(owned, nodes);
  const tasks = convergenceTasks(nodes, converging);
  if (orphans !== 'delete') return planOf(workflow, named, tasks, leftoversOf(besides));
  const deletions = removalTasks([], besides, kinds);
  return planOf(workflow, [...named, ...actionsOf(deletions)], oneAfterTheOther(tasks, deletions));
};

const removalPlan: PlanMaker = async ({ workflow, kinds }, nodes, reading) => {
  const tasks = removalTasks(nodes, await listOwned(nodes, reading, { optional: false }), kinds);
  return planOf(workflow, actionsOf(tasks), tasks);
};

/** Waits for both also if one fails: nothing goes on behind the back of the caller. */
async function settleBoth<A, B>(first: Promise<A>, second: Promise<B>): Promise<readonly [A, B]> {
  await Promise.allSettled([first, second]);
  return [await first, await second];
}

function actionsOf(tasks: readonly Task[]): readonly PlannedAction[] {
  return tasks.flatMap(({ work }) => work?.action ?? []);
}

function planOf(
  workflow: string,
  actions: readonly PlannedAction[],
  tasks: readonly Task[],
  leftovers: Leftovers = { orphans: [], unlisted: [] },
): Plan {
  const toJSON = () => planDocument(workflow, actions, leftovers);
  return { workflow, actions, summary: summarise(actions), tasks, ...leftovers, toJSON };
}

function interrupted(workflow: string, cause: unknown): FdlError {
  const message = `interrupted while planning ${workflow}; nothing was changed`;
  return new FdlError('interrupted', message, { exitCode: 130, cause });
}
