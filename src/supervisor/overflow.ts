/** Passes a task on that is too much for the place where the program runs. */
import { messageOf } from '../errors.ts';
import { limitOf } from './limit.ts';
import type { Outcome, Run } from './work.ts';

/** How a task ends, with what it can be passed on to taken into account. Never rejects. */
export async function overflowed(
  run: Pick<Run, 'task' | 'deps' | 'log'>,
  { diskFull = false, missing = false, ...outcome }: Outcome,
): Promise<Outcome> {
  const { task, deps, log } = run;
  if (!deps.overflow || missing || !mayPassOn(outcome, diskFull)) return outcome;
  // The step's own limit may be what ended the script: only that of the surroundings counts now.
  const remaining = deps.deadline === undefined ? undefined : deps.deadline - deps.clock();
  const limit = limitOf(remaining, deps.signal);
  try {
    const job = await deps.overflow(task, limit.signal);
    const { stdout: _unfinished, stdoutCut: _cut, ...rest } = outcome;
    return {
      ...rest,
      status: 'delegated',
      job,
      reason: `${outcome.reason}: AWS Batch does it as the job ${job}`,
    };
  } catch (error) {
    const why = `it could not be passed on to AWS Batch: ${messageOf(error)}`;
    log.note('error', why);
    return { ...outcome, reason: `${outcome.reason}; ${why}` };
  } finally {
    limit.release();
  }
}

/** More time, memory or disk may help a script, but not an input or an interpreter that is not there. */
function mayPassOn({ status, exitCode = 0, signal }: Outcome, diskFull: boolean): boolean {
  if (status === 'timed-out') return true;
  return status === 'failed' && (exitCode !== 0 || signal !== undefined || diskFull);
}
