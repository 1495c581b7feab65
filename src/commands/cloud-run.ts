/** The part of `run` that works with clouds. */
import { resolve } from 'node:path';
import { FdlError } from '../errors.ts';
import { finalObjects } from '../workflow/results.ts';
import { openCloud } from './cloud.ts';
import { putAndFollow } from './cloud-work.ts';
import type { CommandContext } from './command.ts';
import { fetchResults } from './fetch-results.ts';
import type { Ran, RunOptions } from './run-work.ts';
import type { Intake } from './sources.ts';
import type { ReadWorkflow } from './workflow-file.ts';

/**
 * Puts the inputs, follows them through every step, and fetches the final outputs. Interrupted, it leaves the steps at
 * work and says what was done so far.
 * @throws FdlError `resume-local`, `step-not-deployed`
 */
export async function runOnCloud(
  context: CommandContext,
  { workflow: file }: ReadWorkflow,
  { output, resume, timeout }: RunOptions,
  intake: Intake | undefined,
): Promise<Ran> {
  if (resume || !intake) throw nothingToResume(file.file);
  const cloud = await openCloud(context, file);
  const done = await putAndFollow(context, cloud, intake, { timeout });
  const { invocations, failures, notPut, pending, timedOut } = done;
  const ran = { invocations, failures, notPut, left: pending.length, failedBefore: [], timedOut };
  const objects = finalObjects(cloud.workflow, invocations);
  const isFetched = output !== undefined && !context.signal.aborted;
  if (!isFetched) return { ...ran, outputs: objects.map(({ uri, size }) => ({ uri, size })), notFetched: [] };
  const dir = resolve(context.workingDirectory, output);
  const { fetched, notFetched } = await fetchResults(objects, dir, cloud.storage, context);
  return { ...ran, outputs: fetched, notFetched };
}

function nothingToResume(file: string): FdlError {
  return new FdlError('resume-local', 'on clouds, steps go on by themselves: there is nothing to resume', {
    hint: `See how far they are: fdl status ${file}.`,
    exitCode: 2,
  });
}
