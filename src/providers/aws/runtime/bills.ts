/** What AWS Lambda charges for passing inputs on to jobs. Pure. */
import type { Billed, Invocation } from '../../../workflow/invocation.ts';

/**
 * Jobs with what is charged for passing their inputs on, once for each job; `noted`: what was known before AWS Batch was
 * asked, when the job had not begun.
 */
export function withBills(
  invocations: readonly Invocation[],
  noted: readonly Invocation[],
): readonly Invocation[] {
  const open = new Map<string, Billed>();
  for (const { id, job, billed } of noted) if (job === id && billed) open.set(job, billed);
  return invocations.map((each) => {
    const { job = '', status } = each;
    const billed = status === 'delegated' ? undefined : open.get(job);
    if (!billed) return each;
    open.delete(job);
    return { ...each, billed };
  });
}
