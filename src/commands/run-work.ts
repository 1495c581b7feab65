/** The part of `run` that works on this machine: loaded only where there is something to do. */
import { resolve } from 'node:path';
import { finalObjects } from '../workflow/results.ts';
import type { CommandContext } from './command.ts';
import { setUp } from './deployment.ts';
import { type FetchedObject, fetchResults, type NotFetched } from './fetch-results.ts';
import { type Work, type Worked, type WorkOptions, withWork } from './local-work.ts';
import type { Intake } from './sources.ts';
import type { ReadWorkflow, WorkflowOptions } from './workflow-file.ts';

export interface RunOptions extends WorkflowOptions, WorkOptions {
  readonly output?: string;
  readonly step?: string;
  readonly resume?: boolean;
  /** With `resume`: runs what failed again. */
  readonly failed?: boolean;
  /** Seconds to wait for steps on clouds. */
  readonly timeout?: number;
}

export interface Ran extends Worked {
  readonly outputs: readonly FetchedObject[];
  /** Final outputs that could not be fetched. */
  readonly notFetched: readonly NotFetched[];
  /** Nobody waits any longer. */
  readonly timedOut?: boolean;
}

/** Applies the file, works until nothing is left to do, and fetches the final outputs of what was done. */
export async function runWork(
  context: CommandContext,
  loaded: ReadWorkflow,
  options: RunOptions,
  intake: Intake | undefined,
): Promise<Ran> {
  await setUp(context, loaded.workflow, true);
  return withWork(context, loaded, options, async (work) => {
    const worked = await workOff(work, intake, options);
    return { ...worked, ...(await outputsOf(context, loaded, work, worked, options)) };
  });
}

/** Nothing is made ready where there is nothing to run: finding the engine alone takes longer than that. */
async function workOff(
  work: Work,
  intake: Intake | undefined,
  { resume, failed }: RunOptions,
): Promise<Worked> {
  const again = failed ? await work.failed() : [];
  if (intake || again.length > 0 || (resume && work.left() > 0)) await work.session.prepare();
  const before = resume ? await work.resume() : [];
  work.again(again);
  if (intake) await work.put(intake.sources, intake.folder);
  const worked = await work.finish();
  const now = new Set(worked.invocations.map(({ id }) => id));
  const left = resume ? await work.failed() : [];
  const failedBefore = left.map(({ invocation }) => invocation).filter(({ id }) => !now.has(id));
  return { ...worked, invocations: [...before, ...worked.invocations], failedBefore };
}

async function outputsOf(
  context: CommandContext,
  { workflow }: ReadWorkflow,
  { session }: Work,
  { invocations }: Worked,
  { output }: RunOptions,
): Promise<Pick<Ran, 'outputs' | 'notFetched'>> {
  const objects = finalObjects(workflow, invocations);
  if (output === undefined)
    return { outputs: objects.map(({ uri, size }) => ({ uri, size })), notFetched: [] };
  const dir = resolve(context.workingDirectory, output);
  const { fetched, notFetched } = await fetchResults(objects, dir, session.storage, context);
  return { outputs: fetched, notFetched };
}
