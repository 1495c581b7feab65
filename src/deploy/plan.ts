/** From desired resources and what is there to a plan: only reads. */
import { setMaxListeners } from 'node:events';
import { FdlError } from '../errors.ts';
import { masker } from '../secret.ts';
import { type PlannedAction, type Subject, type Summary, summarise, unknownAction } from './action.ts';
import { DEFAULT_CONCURRENCY, mapBounded } from './concurrency.ts';
import { kindOf, planConvergence, type Reading } from './convergence.ts';
import type { PlanEvent } from './events.ts';
import { type ResourceNode, resourceGraph } from './graph.ts';
import { errorDetail } from './outcome.ts';
import { type Leftovers, type PlanDocument, planDocument, type Unlisted } from './plan-document.ts';
import { removalTasks } from './removal.ts';
import type { CallContext, Found, Kinds, Resource, Stay } from './resource.ts';
import { type Actions, convergenceTasks, oneAfterTheOther, type Task } from './tasks.ts';
import { secretsIn } from './value.ts';

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

// The calls that a plan makes: counted, masked, and what becomes of the others when one fails.

interface FailableReading {
  readonly reading: Reading;
  /** What was thrown first where that stopped nothing. */
  failure(): unknown;
  /** What was thrown first and stopped the others. */
  stop(): unknown;
}

/**
 * Calls with the signal of the caller. Those of a plan that is not tolerant end each other when one fails, and what a
 * kind throws is thrown; otherwise it is the answer.
 */
function readingFor(input: PlanInput, total: number): FailableReading {
  const failed = new AbortController();
  const signal = AbortSignal.any([input.signal, failed.signal]);
  setMaxListeners(0, signal);
  const mask = masker(input.desired.flatMap(({ props }) => secretsIn(props)));
  const emit = input.onProgress ?? (() => {});
  let first: unknown;
  let done = 0;
  const read = (id: string) => {
    done += 1;
    emit({ type: 'read', id, done, total });
  };
  const explain = (thrown: unknown) => errorDetail(thrown, mask, 'read-failed');
  const reading: Reading = {
    workflow: input.workflow,
    kinds: input.kinds,
    concurrency: input.concurrency ?? DEFAULT_CONCURRENCY,
    adopt: input.adopt === true,
    explain,
    ask: async (id, question, { optional = false } = {}) => {
      try {
        signal.throwIfAborted();
        const progress = (message: string) => emit({ type: 'reading', id, message: mask(message) });
        const value = await question({ signal, planning: true, progress });
        read(id);
        return { value };
      } catch (thrown) {
        const isBearable = (optional || input.tolerant) && !signal.aborted;
        if (!isBearable) {
          failed.abort(thrown);
          throw thrown;
        }
        if (!optional) first ??= thrown;
        read(id);
        return { error: explain(thrown) };
      }
    },
  };
  return { reading, failure: () => first, stop: () => failed.signal.reason };
}

// What the kinds find that a workflow owns.

/**
 * The deletion of everything that the kinds find; `unknown` stands for what they could not look at, with the name of the
 * kind as its id where that is all of a kind. `optional`: what can not be listed stops nothing.
 */
async function listOwned(
  nodes: readonly ResourceNode[],
  reading: Reading,
  how: { readonly optional: boolean },
): Promise<Actions> {
  const steps = new Map(nodes.map(({ id, resource }) => [id, resource.step]));
  const kinds = Object.entries(reading.kinds);
  const found = await mapBounded(kinds, reading.concurrency, async ([kind, { list, stays }]) => {
    const question = async (call: CallContext) => {
      const owned = await list(reading.workflow, call);
      if (how.optional || !stays) return owned.map((each) => ({ each, stay: undefined }));
      return mapBounded(owned, reading.concurrency, async (each) => ({
        each,
        // Of what nobody could look at, nothing is known to judge by.
        stay: each.error === undefined ? await stays(each.attrs, call) : undefined,
      }));
    };
    const answer = await reading.ask(kind, question, how);
    if ('error' in answer) return [unknownAction({ kind, id: kind }, answer)];
    return answer.value.map(({ each, stay }) =>
      staying(actionFor(each, { kind, step: steps.get(each.id) }, reading), stay),
    );
  });
  return new Map(found.flat().map((action) => [action.id, action]));
}

function actionFor(found: Found, of: Pick<Subject, 'kind' | 'step'>, reading: Reading): PlannedAction {
  const { id, attrs, error, busy, step = of.step } = found;
  const subject = { kind: of.kind, id, step };
  if (error !== undefined) return unknownAction(subject, { error: reading.explain(error) });
  return { ...subject, action: 'delete', changes: [], attrs, ...(busy !== undefined && { busy }) };
}

function staying(action: PlannedAction, stay: Stay | undefined): PlannedAction {
  if (!stay || action.unknown) return action;
  if (!stay.isSure) return { ...action, stays: stay.why };
  // What goes on in it does not end.
  const { busy: _, ...kept } = action;
  return { ...kept, action: 'keep', stays: stay.why };
}

/** What was found and is not among the desired resources: orphans. */
function withoutDesired(owned: Actions, nodes: readonly ResourceNode[]): Actions {
  const desired = new Set(nodes.map(({ id }) => id));
  return new Map([...owned].filter(([id]) => !desired.has(id)));
}

/** Orphans as what is only named. */
function leftoversOf(orphans: Actions): Leftovers {
  const all = [...orphans.values()];
  const unlisted = all.flatMap(({ kind, unknown }): readonly Unlisted[] =>
    unknown && 'error' in unknown ? [{ kind, error: unknown.error }] : [],
  );
  return { orphans: all.filter(({ unknown }) => !unknown), unlisted };
}
