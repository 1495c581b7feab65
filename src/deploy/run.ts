/** What is known while a plan is applied. */
import { masker } from '../secret.ts';
import type { ActionName, PlannedAction, Subject } from './action.ts';
import type { ApplyEvent } from './events.ts';
import { type ErrorDetail, errorDetail, type Outcome, type Status } from './outcome.ts';
import type { Plan } from './plan.ts';
import type { CallContext, Kinds, Props } from './resource.ts';
import { secretsIn } from './value.ts';

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
export interface Hold {
  readonly id: string;
  readonly status: 'failed' | 'cancelled' | 'kept';
}

/** The state of one application of a plan. */
export interface Run {
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
export function startRun(plan: Plan, context: ApplyContext): Run {
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
        step: action.step ?? null,
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
