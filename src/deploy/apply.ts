/** Carries out a plan. */
import { FdlError } from '../errors.ts';
import { masker } from '../secret.ts';
import type { ActionName, ErrorDetail, PlannedAction, Subject, Unknown } from './action.ts';
import { DEFAULT_CONCURRENCY, walkGraph } from './concurrency.ts';
import { kindOf } from './convergence.ts';
import type { ApplyEvent } from './events.ts';
import { errorDetail, isInterruption, type Outcome, type Report, reportOf, type Status } from './outcome.ts';
import type { Plan } from './plan.ts';
import type { CallContext, Kinds, Props } from './resource.ts';
import type { Task } from './tasks.ts';
import { resolveRefs, sameValue, secretsIn } from './value.ts';

/** What became of a plan, and what is known of the resources now. */
export interface Applied {
  readonly report: Report;
  /** Attributes by the id of the resource, of all that is there; they may hold secrets. */
  readonly attrs: ReadonlyMap<string, Props>;
}

/**
 * Carries out a plan: each resource as soon as all it waits for is done. A failure holds back only what depends on it; a
 * signal lets what runs end and starts nothing more. Does not throw for either: the report tells.
 */
export async function applyPlan(plan: Plan, context: ApplyContext): Promise<Applied> {
  const run = startRun(plan, context);
  await walkGraph(plan.tasks, context.concurrency ?? DEFAULT_CONCURRENCY, async (task) => {
    const held = heldBy(task, run);
    const hold = task.work ? await PHASES[task.work.phase](task.work.action, held, run) : held;
    if (hold && !(task.barrier && hold.status === 'kept')) run.holds.set(task.id, hold);
  });
  const outcomes = plan.actions.flatMap(({ id }) => run.outcomes.get(id) ?? []);
  return { report: reportOf(plan.workflow, outcomes, context.signal.aborted), attrs: run.attrs };
}

/** Carries out one phase of an action, or settles why not; answers what now holds back others. */
type Phase = (action: PlannedAction, held: Hold | undefined, run: Run) => Promise<Hold | undefined>;

const PHASES: Readonly<Record<'make' | 'destroy', Phase>> = { make, destroy };

/** Of several holds a failure says most, and an object that stays least. */
function heldBy(task: Task, run: Run): Hold | undefined {
  const holds = task.after.flatMap((id) => run.holds.get(id) ?? []);
  const first = (status: Hold['status']) => holds.find((hold) => hold.status === status);
  return first('failed') ?? first('cancelled') ?? first('kept');
}

async function make(action: PlannedAction, held: Hold | undefined, run: Run): Promise<Hold | undefined> {
  // A replaced resource whose deletion did not come about is settled already.
  if (run.outcomes.has(action.id)) return held;
  if (action.unknown) return settleUnknown(action, action.unknown, run);
  if (action.action === 'keep' && (held || !action.resource)) return settleKept(action, held, run);
  if (held) return settleHeld(action, held, run);
  try {
    const props = finalProps(action, run);
    const as = finalAction(action, props, run);
    if (as === 'keep') return settleKept(action, undefined, run);
    if (run.signal.aborted) return settleCancelled(action, run);
    run.learn(action.id, await kindOf(action, run.kinds).reconcile(props, run.start(action, as)));
    run.settle(action, 'done', { as });
    return undefined;
  } catch (thrown) {
    return settleThrown(action, thrown, action.action === 'replace', run);
  }
}

async function destroy(action: PlannedAction, held: Hold | undefined, run: Run): Promise<Hold | undefined> {
  if (action.unknown) return settleUnknown(action, action.unknown, run);
  if (action.action === 'keep') return settleStaying(action, run);
  if (held) return settleHeld(action, held, run);
  if (run.signal.aborted) return settleCancelled(action, run);
  try {
    const left = await kindOf(action, run.kinds).delete(action.attrs ?? {}, run.start(action));
    if (!left) run.learn(action.id, undefined);
    if (action.action !== 'delete') return stillToMake(action, left?.kept);
    run.settle(action, left ? 'kept' : 'done', left ? { reason: left.kept } : {});
    return left && { id: action.id, status: 'kept' };
  } catch (thrown) {
    return settleThrown(action, thrown, false, run);
  }
}

function stillToMake(action: PlannedAction, kept: string | undefined): undefined {
  if (kept === undefined) return;
  throw new FdlError('not-replaced', `${action.id} must be replaced, but was not deleted: ${kept}`, {
    hint: `Undo the change of ${demandsOf(action)} in the file, or remove the object by hand.`,
  });
}

function demandsOf({ changes }: PlannedAction): string {
  return changes.flatMap(({ path, replace }) => (replace ? [path] : [])).join(', ');
}

/** The properties with every reference resolved by what is there now. Throws `FdlError` `ref-missing`. */
function finalProps({ id, resource }: PlannedAction, run: Run): Props {
  return resolveRefs(resource?.props ?? {}, (ref) => {
    const value = run.attrs.get(ref.id)?.[ref.attr];
    if (value !== undefined && value !== null) return value;
    throw new FdlError('ref-missing', `${id} needs ${ref.attr} of ${ref.id}, which has no such attribute`);
  });
}

/**
 * The action, given that an update upstream may have changed attributes that the plan took as they were: what was to be
 * kept may need an update. Throws `FdlError` `plan-outdated` rather than replace what nobody agreed to replace.
 */
function finalAction(action: PlannedAction, props: Props, run: Run): ActionName {
  const { attrs, id } = action;
  if (!attrs || action.action === 'replace' || sameValue(props, action.props)) return action.action;
  const changes = kindOf(action, run.kinds).changes(props, attrs);
  const replaced = changes.find((change) => change.replace);
  if (replaced) {
    const message = `${id} must be replaced, since its ${replaced.path} has changed meanwhile`;
    throw new FdlError('plan-outdated', message, { hint: 'Apply again: the new plan will show it.' });
  }
  return action.action === 'keep' && changes.length > 0 ? 'update' : action.action;
}

function settleKept(action: PlannedAction, held: Hold | undefined, run: Run): Hold | undefined {
  run.settle(action, 'kept');
  return held;
}

/** A removal leaves it, as planned, and with it what it needs. */
function settleStaying(action: PlannedAction, run: Run): Hold {
  run.settle(action, 'kept', { reason: action.stays ?? 'it stays' });
  return { id: action.id, status: 'kept' };
}

/** What could not be read has failed already; what waits for it is left alone. */
function settleUnknown(action: PlannedAction, unknown: Unknown, run: Run): Hold {
  if ('error' in unknown) run.settle(action, 'failed', { error: unknown.error });
  else run.settle(action, 'skipped', { reason: waited(unknown.waitsFor) });
  return { id: 'error' in unknown ? action.id : unknown.waitsFor, status: 'failed' };
}

function settleHeld(action: PlannedAction, held: Hold, run: Run): Hold {
  if (held.status === 'cancelled') return settleCancelled(action, run);
  const reason = halfway(run.started(action), waited(held.id));
  if (held.status === 'failed') run.settle(action, 'skipped', { reason });
  else run.settle(action, 'kept', { reason: `needed by ${held.id}, which stays` });
  return held;
}

function settleCancelled(action: PlannedAction, run: Run): Hold {
  // Only a replacement can have started before: with its deletion.
  run.settle(action, 'cancelled', { reason: halfway(run.started(action), 'interrupted before it started') });
  return { id: action.id, status: 'cancelled' };
}

function settleThrown(action: PlannedAction, thrown: unknown, deleted: boolean, run: Run): Hold {
  if (isInterruption(thrown, run.signal)) {
    run.settle(action, 'cancelled', { reason: halfway(deleted, 'interrupted while it was under way') });
    return { id: action.id, status: 'cancelled' };
  }
  run.settle(action, 'failed', deleted ? { thrown, reason: GONE } : { thrown });
  return { id: action.id, status: 'failed' };
}

const waited = (id: string) => `waited for ${id}, which failed`;

const GONE = 'deleted, but not made again';

/** People must know that an object is gone which the plan was to bring back. */
function halfway(deleted: boolean, reason: string): string {
  return deleted ? `${GONE}: ${reason}` : reason;
}

// What is known while a plan is applied.

/** What applying needs from outside. */
export interface ApplyContext {
  readonly kinds: Kinds;
  /** After it nothing new starts; what runs gets it. */
  readonly signal: AbortSignal;
  /** How many calls run at the same time; 32 by default. */
  readonly concurrency?: number | undefined;
  /** Must not throw. */
  emit(event: ApplyEvent): void;
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: (() => number) | undefined;
}

/** Why what comes after a task can not be done: `id` failed, was cancelled, or stays and still needs it. */
interface Hold {
  readonly id: string;
  readonly status: 'failed' | 'cancelled' | 'kept';
}

/** The state of one application of a plan. */
interface Run {
  readonly kinds: Kinds;
  readonly signal: AbortSignal;
  readonly holds: Map<string, Hold>;
  readonly outcomes: Map<string, Outcome>;
  /** The attributes of what is there by now. */
  readonly attrs: ReadonlyMap<string, Props>;
  /** Takes over what a call answered; without attributes, that the object is gone. */
  learn(id: string, attrs: Props | undefined): void;
  /** Says that work starts, once for each resource, and gives what its calls need. */
  start(action: PlannedAction, as?: ActionName): CallContext;
  /** Whether work on the resource started. */
  started(action: PlannedAction): boolean;
  /** Settles an action, once. */
  settle(
    action: PlannedAction,
    status: Status,
    how?: { as?: ActionName; reason?: string; thrown?: unknown; error?: ErrorDetail },
  ): void;
}

/** The state before anything was done. */
function startRun(plan: Plan, context: ApplyContext): Run {
  const { kinds, signal, emit, now = () => performance.now() } = context;
  const attrs = new Map(plan.actions.flatMap(({ id, attrs }) => (attrs ? [[id, attrs] as const] : [])));
  const mask = maskerOf(plan.actions.flatMap(({ resource, attrs }) => [resource?.props ?? {}, attrs ?? {}]));
  const outcomes = new Map<string, Outcome>();
  const startedAt = new Map<string, number>();
  const elapsed = (id: string) => Math.round(now() - (startedAt.get(id) ?? now()));
  return {
    kinds,
    signal,
    outcomes,
    holds: new Map(),
    attrs,
    learn: (id, found) => {
      if (!found) return void attrs.delete(id);
      attrs.set(id, found);
      mask.add(found);
    },
    started: ({ id }) => startedAt.has(id),
    start: (action, as) => {
      const subject = subjectOf(action, as);
      if (!startedAt.has(action.id)) emit({ type: 'started', subject });
      startedAt.set(action.id, startedAt.get(action.id) ?? now());
      const progress = (message: string) =>
        emit({ type: 'progress', subject, message: mask.text(message), elapsedMs: elapsed(action.id) });
      return { signal, absent: action.action === 'create', progress };
    },
    settle: (action, status, how = {}) => {
      const { as, reason, thrown } = how;
      const error = 'thrown' in how ? errorDetail(thrown, mask.text) : how.error;
      const outcome = {
        ...subjectOf(action, as),
        status,
        ...(error && { error }),
        ...(reason !== undefined && { reason: mask.text(reason) }),
      };
      outcomes.set(action.id, outcome);
      emit({ type: 'finished', outcome, elapsedMs: elapsed(action.id) });
    },
  };
}

function subjectOf({ action, kind, id, step }: PlannedAction, as: ActionName = action): Subject {
  return { action: as, kind, id, step };
}

/** Hides the secrets of some values in texts; more values may come. */
function maskerOf(values: readonly Props[]) {
  const secrets = new Set(values.flatMap(secretsIn));
  return {
    add: (value: Props) => {
      for (const secret of secretsIn(value)) secrets.add(secret);
    },
    text: (text: string) => masker(secrets)(text),
  };
}
