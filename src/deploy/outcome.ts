/** What became of the actions of a plan. */
import { FdlError, messageOf } from '../errors.ts';
import { explained } from '../system-error.ts';
import type { ActionName, ErrorDetail } from './action.ts';

/**
 * `done`: as planned. `kept`: left as it is, as planned or because its kind would not delete it. `failed`: with an error.
 * `skipped`: something that had to come before failed. `cancelled`: interrupted.
 */
export type Status = 'done' | 'failed' | 'skipped' | 'cancelled' | 'kept';

/** What became of one action. */
export interface Outcome {
  readonly action: ActionName;
  readonly kind: string;
  readonly id: string;
  /** Absent where it serves no step. */
  readonly step?: string | undefined;
  readonly status: Status;
  /** Present where the status is `failed`. */
  readonly error?: ErrorDetail;
  /** Why it was skipped, cancelled or kept, for people; also that an object is gone which was to be replaced. */
  readonly reason?: string;
}

/** Number of resources by what was done with them, and of those with which it was not done. */
type ReportSummary = Readonly<
  Record<Exclude<ActionName, 'unknown'> | 'failed' | 'skipped' | 'cancelled', number>
>;

/** What became of a plan. */
export interface Report {
  readonly workflow: string;
  readonly summary: ReportSummary;
  /** In the order of the plan. */
  readonly outcomes: readonly Outcome[];
  /** Everything was done or kept. */
  readonly ok: boolean;
  /** The signal ended it before everything was done. */
  readonly interrupted: boolean;
}

/** The report on a workflow from its outcomes. */
export function reportOf(workflow: string, outcomes: readonly Outcome[], aborted: boolean): Report {
  const summary = countOutcomes(outcomes);
  const ok = summary.failed + summary.skipped + summary.cancelled === 0;
  return { workflow, summary, outcomes, ok, interrupted: aborted && !ok };
}

/** Whether something is as it was planned. */
export function isGood({ status }: Outcome): boolean {
  return status === 'done' || status === 'kept';
}

/** Counts what became of actions. */
export function countOutcomes(outcomes: readonly Outcome[]): ReportSummary {
  const none = { create: 0, update: 0, replace: 0, delete: 0, keep: 0 };
  const summary = { ...none, failed: 0, skipped: 0, cancelled: 0 };
  for (const { action, status } of outcomes) {
    const done = action === 'unknown' ? 'keep' : action;
    summary[status === 'done' ? done : status === 'kept' ? 'keep' : status] += 1;
  }
  return summary;
}

/** Anything thrown as data. What is no `FdlError` gets the code `otherwise`. */
export function errorDetail(
  thrown: unknown,
  mask: (text: string) => string,
  otherwise = 'apply-failed',
): ErrorDetail {
  const code = thrown instanceof FdlError ? thrown.code : otherwise;
  const hint = thrown instanceof FdlError ? thrown.hint : explained(thrown)?.hint;
  return { code, message: mask(messageOf(thrown)), ...(hint !== undefined && { hint: mask(hint) }) };
}

/** Whether something was thrown because the signal asked to stop. */
export function isInterruption(thrown: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted || thrown === undefined) return false;
  if (thrown === signal.reason) return true;
  if (!(thrown instanceof Error)) return false;
  return thrown.name === 'AbortError' || isInterruption(thrown.cause, signal);
}
