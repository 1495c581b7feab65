import { FdlError } from '../errors.ts';
import { planText, reportText } from '../terminal/plan-text.ts';
import type { CommandContext, Handler } from './command.ts';
import { carryOut, type Deployment, planDeployment } from './deployment.ts';
import { isLocal, loadWorkflow, type WorkflowOptions } from './workflow-file.ts';

interface Options extends WorkflowOptions {
  readonly yes?: boolean;
}

/** Creates and updates without asking; what would be lost is asked for. */
export const run: Handler = async (context, [file], options: Options) => {
  const { workflow } = await loadWorkflow(context, String(file), options);
  const deployment = await planDeployment(context, workflow, { local: isLocal(context, options) });
  const destroys = deployment.plan.actions.some(({ action }) => action === 'delete' || action === 'replace');
  if (destroys) await confirm(context, deployment, options.yes);
  const report = await carryOut(context, deployment);
  const { terminal } = context;
  if (terminal.json) terminal.data({ ...report, endpoints: [] });
  else terminal.out(`${terminal.outStyle('bold', workflow.name)}: ${reportText(report, terminal.outStyle)}`);
  if (report.interrupted) return 130;
  return report.ok ? 0 : 1;
};

/**
 * Shows the plan and asks; where nobody can answer, only `--yes` is a yes.
 * @throws FdlError `not-confirmed`
 */
export async function confirm(
  { terminal }: CommandContext,
  { plan }: Deployment,
  yes: boolean | undefined,
): Promise<void> {
  if (yes) return;
  terminal.note(planText(plan, terminal.noteStyle));
  if (terminal.interactive && (await terminal.confirm('Do this?'))) return;
  throw new FdlError('not-confirmed', 'nothing was changed', {
    hint: 'Add --yes to do this without a question.',
  });
}
