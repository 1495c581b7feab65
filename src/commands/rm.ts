import type { Plan } from '../deploy/plan.ts';
import { FdlError } from '../errors.ts';
import { fateOfFiles } from '../terminal/plan-text.ts';
import { confirm, printReport } from './apply.ts';
import type { CommandContext, ExitCode, Handler } from './command.ts';
import { type ServicesOptions, sessionOnCluster } from './of-cluster.ts';
import { type FilesOptions, isUri } from './open-files.ts';
import { fileOf, openSession } from './open-session.ts';

interface Options extends FilesOptions, ServicesOptions {
  readonly recursive?: boolean;
  readonly yes?: boolean;
  readonly deleteData?: boolean;
  readonly force?: boolean;
}

/** Removes objects that URIs name, what a workflow owns, or a service of a cluster; asks, unless there is nothing. */
export const run: Handler = async (context, [given], options: Options) => {
  const words = (given ?? []) as readonly string[];
  if (words.some(isUri) && options.service === undefined)
    return (await import('./rm-objects.ts')).removeObjects(context, words, options);
  if (words.length > 1 || options.recursive || options.file !== undefined) throw needsUri(words);
  return removeWorkflow(context, words[0], options);
};

function needsUri(words: readonly string[]): FdlError {
  const hint = 'One file is a workflow to remove; objects are named by URIs, such as s3://my-bucket/old.txt.';
  const what = words.length > 1 ? `"${words[1]}" is no URI` : '-r and -f are for what URIs name';
  return new FdlError('usage', what, { hint, exitCode: 2 });
}

async function removeWorkflow(
  context: CommandContext,
  file: string | undefined,
  options: Options,
): Promise<ExitCode> {
  const { yes, deleteData, force, service } = options;
  const there = await sessionOnCluster(context, file, options);
  const session = there ?? (await openSession(context, fileOf(context, file), options, 'look'));
  const services = service === undefined ? undefined : [service];
  const removal = { remove: true, deleteData, tolerant: true, services };
  const deployment = await session.plan({ ...removal, force });
  if (there && deployment.plan.actions.length === 0) throw notOwned(session.workflow.name);
  const { terminal } = context;
  const ending = endingOf(deployment.plan, terminal.interactive && !yes);
  const fate = fateOfFiles(deployment.plan, Boolean(deleteData), terminal.noteStyle);
  const besides = [fate, ending].flatMap((text) => text ?? []).join('\n') || undefined;
  if (deployment.plan.summary.delete > 0) await confirm(context, deployment, yes, besides);
  // Whoever said yes has read of the jobs.
  const agreed = ending === undefined ? deployment : await session.plan({ ...removal, force: true });
  return printReport(context, agreed, await session.apply(agreed));
}

function notOwned(workflow: string): FdlError {
  const message = `nothing was removed: another user of the cluster made the workflow ${workflow}`;
  const hint = 'That user may; the administrator removes single services with --service NAME.';
  return new FdlError('not-owned', message, { hint });
}

/**
 * What else ends with what is removed, as a sentence; nothing where nothing goes on.
 * @throws FdlError `jobs-running` where nobody can be asked
 */
function endingOf({ actions }: Plan, asks: boolean): string | undefined {
  const busy = actions.flatMap((action) => action.busy ?? []);
  if (busy.length === 0) return undefined;
  const jobs = busy.map((text) => `\n  ${text}`).join('');
  if (asks) return `These jobs wait or run, and end with their services:${jobs}`;
  throw new FdlError('jobs-running', `nothing was removed, since jobs still wait or run:${jobs}`, {
    hint: 'Wait until they have ended (fdl status), or end them: fdl rm --force.',
  });
}
