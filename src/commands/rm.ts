import { fateOfFiles } from '../terminal/plan-text.ts';
import { confirm, printReport } from './apply.ts';
import type { Handler } from './command.ts';
import { openSession, type WorkflowOptions } from './open-session.ts';

interface Options extends WorkflowOptions {
  readonly yes?: boolean;
  readonly deleteData?: boolean;
  readonly force?: boolean;
}

/** Removes what the workflow owns; asks, unless there is nothing. */
export const run: Handler = async (context, [file], options: Options) => {
  const { yes, deleteData, force } = options;
  const session = await openSession(context, String(file), options, 'look');
  const deployment = await session.plan({ remove: true, deleteData, force, tolerant: true });
  const fate = fateOfFiles(deployment.plan, Boolean(deleteData), context.terminal.noteStyle);
  if (deployment.plan.summary.delete > 0) await confirm(context, deployment, yes, fate);
  return printReport(context, deployment, await session.apply(deployment));
};
