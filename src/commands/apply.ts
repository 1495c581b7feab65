import { FdlError } from '../errors.ts';
import { planText } from '../terminal/plan-text.ts';
import type { CommandContext, Handler } from './command.ts';
import { carryOut, type Deployment, planDeployment } from './deployment.ts';
import { noteBesides, printReport } from './deployment-output.ts';
import { isLocal, loadWorkflow, type WorkflowOptions } from './workflow-file.ts';

/** What `plan` and `apply` have in common. */
export interface ConvergenceOptions extends WorkflowOptions {
  readonly adopt?: boolean;
  readonly prune?: boolean;
  readonly updateRuntime?: boolean;
}

interface Options extends ConvergenceOptions {
  readonly yes?: boolean;
}

/** Creates and updates without asking; what would be lost is asked for. */
export const run: Handler = async (context, [file], options: Options) => {
  const deployment = await planFile(context, String(file), options);
  const destroys = deployment.plan.actions.some(({ action }) => action === 'delete' || action === 'replace');
  noteBesides(context, deployment);
  if (destroys) await confirm(context, deployment, options.yes);
  return printReport(context, deployment, await carryOut(context, deployment));
};

/** The plan towards what a file says. What can not be read of one provider does not keep the others back. */
export async function planFile(
  context: CommandContext,
  file: string,
  options: ConvergenceOptions,
): Promise<Deployment> {
  const { workflow, diagnostics } = await loadWorkflow(context, file, options);
  const { adopt, prune, updateRuntime } = options;
  const deployment = await planDeployment(context, workflow, {
    local: isLocal(context, options),
    orphans: prune ? 'delete' : 'name',
    tolerant: true,
    adopt,
    updateRuntime,
  });
  return { ...deployment, diagnostics };
}

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
