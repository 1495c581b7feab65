import { confirm } from './apply.ts';
import type { Handler } from './command.ts';
import { carryOut, planDeployment } from './deployment.ts';
import { printReport } from './deployment-output.ts';
import { isLocal, loadWorkflow, type WorkflowOptions } from './workflow-file.ts';

interface Options extends WorkflowOptions {
  readonly yes?: boolean;
  readonly deleteData?: boolean;
  readonly force?: boolean;
}

/** Removes what the workflow owns; asks, unless there is nothing. */
export const run: Handler = async (context, [file], options: Options) => {
  const { workflow, diagnostics } = await loadWorkflow(context, String(file), options, 'look');
  const deployment = await planDeployment(context, workflow, {
    local: isLocal(context, options),
    remove: true,
    deleteData: options.deleteData === true,
    force: options.force,
    tolerant: true,
  });
  if (deployment.plan.summary.delete > 0) await confirm(context, deployment, options.yes);
  return printReport(context, { ...deployment, diagnostics }, await carryOut(context, deployment));
};
