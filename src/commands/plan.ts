import { planText } from '../terminal/plan-text.ts';
import type { Handler } from './command.ts';
import { planDeployment } from './deployment.ts';
import { isLocal, loadWorkflow, type WorkflowOptions } from './workflow-file.ts';

interface Options extends WorkflowOptions {
  readonly detailedExitcode?: boolean;
}

/** Only reads. */
export const run: Handler = async (context, [file], options: Options) => {
  const { workflow } = await loadWorkflow(context, String(file), options);
  const { plan } = await planDeployment(context, workflow, { local: isLocal(context, options) });
  const { terminal } = context;
  if (terminal.json) terminal.data(plan);
  else terminal.out(planText(plan, terminal.outStyle));
  const changes = plan.actions.some(({ action }) => action !== 'keep');
  return options.detailedExitcode && changes ? 3 : 0;
};
