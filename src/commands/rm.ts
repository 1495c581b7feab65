import { reportText } from '../terminal/plan-text.ts';
import { confirm } from './apply.ts';
import type { Handler } from './command.ts';
import { carryOut, planDeployment } from './deployment.ts';
import { isLocal, loadWorkflow, type WorkflowOptions } from './workflow-file.ts';

interface Options extends WorkflowOptions {
  readonly yes?: boolean;
  readonly deleteData?: boolean;
}

/** Removes what the workflow owns; asks, unless there is nothing. */
export const run: Handler = async (context, [file], options: Options) => {
  const { workflow } = await loadWorkflow(context, String(file), options, 'look');
  const { terminal } = context;
  const deployment = await planDeployment(context, workflow, {
    local: isLocal(context, options),
    remove: true,
    deleteData: options.deleteData === true,
  });
  if (deployment.plan.actions.length > 0) await confirm(context, deployment, options.yes);
  const report = await carryOut(context, deployment);
  if (terminal.json) terminal.data(report);
  else terminal.out(`${terminal.outStyle('bold', workflow.name)}: ${reportText(report, terminal.outStyle)}`);
  if (report.interrupted) return 130;
  return report.ok ? 0 : 1;
};
