/** From desired resources and what is there to a plan: only reads. */
import { FdlError } from '../errors.ts';
import { masker } from '../secret.ts';
import { type PlannedAction, type Summary, summarise } from './action.ts';
import { DEFAULT_CONCURRENCY } from './concurrency.ts';
import { kindOf, planConvergence, type Reading } from './convergence.ts';
import type { PlanEvent } from './events.ts';
import { type ResourceNode, resourceGraph } from './graph.ts';
import { type PlanDocument, planDocument } from './plan-document.ts';
import { planRemoval, removalTasks } from './removal.ts';
import type { Kinds, Resource } from './resource.ts';
import { type Actions, convergenceTasks, type Task } from './tasks.ts';
import { secretsIn } from './value.ts';

/** What a plan is made from. */
export interface PlanInput {
  readonly workflow: string;
  /** In any order; ids that are depended on must be among them. */
  readonly desired: readonly Resource[];
  readonly kinds: Kinds;
  readonly signal: AbortSignal;
  /** How many reads run at the same time; 8 by default. */
  readonly concurrency?: number | undefined;
  /** Plan the removal of everything the workflow owns; `desired` then only tells the order. */
  readonly remove?: boolean | undefined;
  readonly onProgress?: ((event: PlanEvent) => void) | undefined;
}

/** What `applyPlan` would do. Its JSON form is a `PlanDocument`. */
export interface Plan {
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
 * `interrupted` after the signal; and the first thing that a kind throws, once the other reads have ended.
 */
export async function makePlan(input: PlanInput): Promise<Plan> {
  const nodes = resourceGraph(input.desired);
  for (const { resource } of nodes) kindOf(resource, input.kinds);
  try {
    return await (input.remove ? removalPlan(input, nodes) : convergencePlan(input, nodes));
  } catch (cause) {
    throw input.signal.aborted ? interrupted(input.workflow, cause) : cause;
  }
}

async function convergencePlan(input: PlanInput, nodes: readonly ResourceNode[]): Promise<Plan> {
  const actions = await planConvergence(nodes, readingFor(input, nodes.length));
  const inOrder = nodes.flatMap(({ id }) => actions.get(id) ?? []);
  return planOf(input.workflow, inOrder, convergenceTasks(nodes, actions));
}

async function removalPlan(input: PlanInput, nodes: readonly ResourceNode[]): Promise<Plan> {
  const total = Object.keys(input.kinds).length;
  const found: Actions = await planRemoval(input.workflow, nodes, readingFor(input, total));
  const tasks = removalTasks(nodes, found, input.kinds);
  return planOf(
    input.workflow,
    tasks.flatMap(({ work }) => work?.action ?? []),
    tasks,
  );
}

function planOf(workflow: string, actions: readonly PlannedAction[], tasks: readonly Task[]): Plan {
  const toJSON = () => planDocument(workflow, actions);
  return { workflow, actions, summary: summarise(actions), tasks, toJSON };
}

function interrupted(workflow: string, cause: unknown): FdlError {
  const message = `interrupted while planning ${workflow}; nothing was changed`;
  return new FdlError('interrupted', message, { exitCode: 130, cause });
}

/** Calls with the signal of the caller, which also end each other when one fails. */
function readingFor(input: PlanInput, total: number): Reading {
  const failed = new AbortController();
  const signal = AbortSignal.any([input.signal, failed.signal]);
  const mask = masker(input.desired.flatMap(({ props }) => secretsIn(props)));
  const emit = input.onProgress ?? (() => {});
  let done = 0;
  return {
    kinds: input.kinds,
    concurrency: input.concurrency ?? DEFAULT_CONCURRENCY,
    ask: async (id, question) => {
      try {
        signal.throwIfAborted();
        const progress = (message: string) => emit({ type: 'reading', id, message: mask(message) });
        const answer = await question({ signal, progress });
        done += 1;
        emit({ type: 'read', id, done, total });
        return answer;
      } catch (thrown) {
        failed.abort(thrown);
        throw thrown;
      }
    },
  };
}
