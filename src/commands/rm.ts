import type { Plan } from '../deploy/plan.ts';
import { FdlError } from '../errors.ts';
import { fateOfFiles } from '../terminal/plan-text.ts';
import { confirm, printReport } from './apply.ts';
import type { CommandContext, ExitCode, Handler } from './command.ts';
import { type FilesOptions, isUri } from './open-files.ts';
import { fileOf, openSession } from './open-session.ts';

interface Options extends FilesOptions {
  readonly recursive?: boolean;
  readonly yes?: boolean;
  readonly deleteData?: boolean;
  readonly force?: boolean;
}

/** Removes objects that URIs name, or what the workflow owns; asks, unless there is nothing. */
export const run: Handler = async (context, [given], options: Options) => {
  const words = (given ?? []) as readonly string[];
  if (words.some(isUri)) return (await import('./rm-objects.ts')).removeObjects(context, words, options);
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
  const { yes, deleteData, force } = options;
  const session = await openSession(context, fileOf(context, file), options, 'look');
  const removal = { remove: true, deleteData, tolerant: true };
  const deployment = await session.plan({ ...removal, force });
  const { terminal } = context;
  const ending = endingOf(deployment.plan, terminal.interactive && !yes);
  const fate = fateOfFiles(deployment.plan, Boolean(deleteData), terminal.noteStyle);
  const besides = [fate, ending].flatMap((text) => text ?? []).join('\n') || undefined;
  if (deployment.plan.summary.delete > 0) await confirm(context, deployment, yes, besides);
  // Whoever said yes has read of the jobs.
  const agreed = ending === undefined ? deployment : await session.plan({ ...removal, force: true });
  return printReport(context, agreed, await session.apply(agreed));
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
