/** How far each step of a workflow is. Pure. */
import { type Invocation, isSettled } from './invocation.ts';
import { stepOrder } from './links.ts';
import type { Workflow } from './model.ts';
import { ledgerOf, waitedIn } from './trace.ts';

/** A step with its invocations by what became of them; what was handed over to a job counts as the job alone. */
export interface StepStatus {
  readonly step: string;
  readonly queued: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Medians, in milliseconds; absent where nothing is known. From the end of what wrote an input to the start. */
  readonly waitedMs?: number;
  /** From the start to the end. */
  readonly ranMs?: number;
}

/** Steps that have any invocations, in the order in which files flow through them. */
export function stepStatuses(workflow: Workflow, invocations: readonly Invocation[]): readonly StepStatus[] {
  const ledger = ledgerOf(workflow, invocations);
  return stepOrder(workflow).flatMap((step) => {
    const own = invocations.filter((each) => each.step === step && each.status !== 'delegated');
    if (own.length === 0) return [];
    const count = (status: Invocation['status']) => own.filter((each) => each.status === status).length;
    const [queued, running, succeeded] = [count('queued'), count('running'), count('succeeded')];
    const ended = own.filter(({ status }) => isSettled(status));
    const waitedMs = median(own.flatMap((each) => waitedIn(ledger, each) ?? []));
    const ranMs = median(ended.flatMap(({ durationMs }) => durationMs ?? []));
    return [
      {
        ...{ step, queued, running, succeeded, failed: own.length - queued - running - succeeded },
        ...(waitedMs !== undefined && { waitedMs }),
        ...(ranMs !== undefined && { ranMs }),
      },
    ];
  });
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
