/** One task from its input to its stored outputs. */
import { randomUUID } from 'node:crypto';
import { messageOf } from '../errors.ts';
import { objectUri } from '../storage/uri.ts';
import type { StepConfig } from './config.ts';
import { makeFolders, type TaskFolders } from './folders.ts';
import { limitOf } from './limit.ts';
import { type TaskLog, taskLog } from './log.ts';
import { locate } from './stage.ts';
import type { Task, TaskDeps, TaskResult } from './task.ts';
import { type Outcome, type Run, undone, work } from './work.ts';

export type { TaskDeps, TaskResult } from './task.ts';

/**
 * Brings in the input, runs the script, and stores what it leaves if it succeeds; passes on what is too much for this
 * place, if there is another one. Never rejects: what goes wrong is in the result. Writes one record to the log before
 * and one after; the task's folders are always removed.
 */
export async function handleTask(
  task: Task,
  config: StepConfig,
  deps: TaskDeps,
  id: string = randomUUID(),
): Promise<TaskResult> {
  const startedMs = deps.clock();
  const log = taskLog(config, deps, id);
  const input = announcedInput(task, config);
  log.start(input, isoTime(startedMs));
  const limit = limitOf(remainingMs(config, deps, startedMs, deps.spareMs), deps.signal);
  const storing = deps.spareMs ? limitOf(remainingMs(config, deps, startedMs), deps.signal) : limit;
  const run = { task, config, deps, limit, storing, log };
  const done = await inFolders(run, id);
  limit.release();
  storing.release();
  const { reason, outputs = [], ...outcome } = await overflowed(run, done);
  const endedMs = deps.clock();
  const result: TaskResult = {
    id,
    step: config.step,
    ...(input && { input: { size: 0, ...input } }),
    ...outcome,
    outputs,
    startedAt: isoTime(startedMs),
    endedAt: isoTime(endedMs),
    durationMs: endedMs - startedMs,
    ...(config.key !== undefined && { key: config.key }),
    ...(reason !== undefined && { reason: deps.mask ? deps.mask(reason) : reason }),
  };
  log.end(result);
  return result;
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** The object that the event names, with its size if that is said. */
function announcedInput({ source }: Task, config: StepConfig): { uri: string; size?: number } | undefined {
  if (source.kind === 'body') return undefined;
  try {
    const { store, bucket, key } = locate(source, config);
    return { uri: objectUri(store, bucket, key), ...(source.size !== undefined && { size: source.size }) };
  } catch {
    // The work itself will find the same and say so.
    return undefined;
  }
}

/** Milliseconds that are left for the task, by the step's own limit and by that of its surroundings less `spareMs`. */
function remainingMs(
  config: StepConfig,
  deps: TaskDeps,
  nowMs: number,
  spareMs: number = 0,
): number | undefined {
  const own = config.timeoutSeconds === undefined ? Infinity : config.timeoutSeconds * 1000;
  const outer = deps.deadline === undefined ? Infinity : deps.deadline - spareMs - nowMs;
  const least = Math.min(own, outer);
  return least === Infinity ? undefined : least;
}

/** Does the work between the making and the removal of the task's folders. */
async function inFolders(run: Omit<Run, 'folders'>, id: string): Promise<Outcome> {
  let folders: TaskFolders | undefined;
  try {
    folders = makeFolders(run.deps.tmpRoot, id);
    return await work({ ...run, folders });
  } catch (error) {
    return undone(run, error);
  } finally {
    if (folders) clear(folders, run.log);
  }
}

/** A leftover is no reason to fail what was done, and to store the outputs once more. */
function clear(folders: TaskFolders, log: TaskLog): void {
  try {
    folders.remove();
  } catch (error) {
    log.note('warning', `the folders of the invocation could not be removed: ${messageOf(error)}`);
  }
}

// Passes a task on that is too much for the place where the program runs.

/** How a task ends, with what it can be passed on to taken into account. Never rejects. */
async function overflowed(
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
