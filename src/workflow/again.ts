/** Which inputs failed for good, and which are to be run again. Pure, and the same on every provider. */
import { locationOf, naming } from './follow.ts';
import type { Invocation } from './invocation.ts';
import type { Workflow } from './model.ts';

const FAILED: readonly Invocation['status'][] = ['failed', 'timed-out', 'cancelled'];

/** Whether it ended, and not well. */
export function isFailed({ status }: Invocation): boolean {
  return FAILED.includes(status);
}

/**
 * The last attempt of each step for each input: what an input has come to. What was handed over to a job is left out,
 * since that is an attempt of its own. Invocations without an input stand for themselves.
 */
export function lastAttempts(workflow: Workflow, invocations: readonly Invocation[]): readonly Invocation[] {
  const nameOf = naming(workflow);
  const last = new Map<string, Invocation>();
  for (const each of invocations) {
    if (each.status === 'delegated') continue;
    const key = each.input ? `${each.step}\n${nameOf(locationOf(each.input.uri))}` : `\n${each.id}`;
    const before = last.get(key);
    if (!before || startOf(before) <= startOf(each)) last.set(key, each);
  }
  return [...last.values()];
}

/** One that waits comes after all that have begun. */
function startOf({ startedAt, status }: Invocation): string {
  return startedAt ?? (status === 'queued' ? '\uffff' : '');
}
