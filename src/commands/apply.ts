import { innerOf } from '../deploy/description.ts';
import { diagnosticJson } from '../fdl/diagnostic.ts';
import type { CarriedOut, Deployment } from '../session/deployment.ts';
import { parametersText } from '../terminal/parameters-text.ts';
import { leftoversText, planText, reportText } from '../terminal/plan-text.ts';
import { agree } from './agree.ts';
import type { CommandContext, ExitCode, Handler } from './command.ts';
import { fileOf, openSession, type WorkflowOptions } from './open-session.ts';

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
  const session = await openSession(context, fileOf(context, file), options, 'deploy');
  const deployment = await session.plan(planOptions(options));
  const destroys = deployment.plan.actions.some(({ action }) => action === 'delete' || action === 'replace');
  noteBesides(context, deployment);
  if (destroys) await confirm(context, deployment, options.yes);
  return printReport(context, deployment, await session.apply(deployment));
};

/** What can not be read of one provider does not keep the others back. */
export function planOptions({ adopt, prune, updateRuntime }: ConvergenceOptions) {
  return { orphans: prune ? ('delete' as const) : ('name' as const), tolerant: true, adopt, updateRuntime };
}

/**
 * Shows the plan, and what else is to be known before an answer, and asks; where nobody can answer, only `--yes` is a yes.
 * @throws FdlError `not-confirmed`
 */
export async function confirm(
  { terminal }: CommandContext,
  { plan, parameters, targets, describe }: Deployment,
  yes: boolean | undefined,
  besides?: string,
): Promise<void> {
  if (yes) return;
  const given = parametersText(parameters, terminal.noteStyle, terminal.mask);
  if (given !== undefined) terminal.note(given);
  const { room, mask } = terminal;
  terminal.note(planText(plan, terminal.noteStyle, { room, mask, targets, describe }));
  if (besides !== undefined) terminal.note(besides);
  await agree(terminal, 'Do this?', yes);
}

// What plan, apply and rm print.

/** What people should know besides what the plan does: open addresses, and what the file does not name any more. */
export function noteBesides({ terminal }: CommandContext, { plan, notes }: Deployment): void {
  for (const note of notes) terminal.note(`${terminal.noteStyle('yellow', '!')} ${note}`);
  const leftovers = leftoversText(plan, terminal.noteStyle);
  if (leftovers !== undefined) terminal.note(leftovers);
}

/** Prints what became of a plan, with the addresses of the steps, and answers the exit code. */
export function printReport(
  { terminal }: CommandContext,
  deployment: Deployment,
  { report, endpoints }: CarriedOut,
): ExitCode {
  const { workflow, plan, describe } = deployment;
  const text = reportText(report, terminal.outStyle, innerOf(plan.actions, describe));
  if (terminal.json) terminal.data(documentOf(deployment, { report, endpoints }));
  else terminal.out(`${terminal.outStyle('bold', workflow.name)}: ${text}`);
  for (const { step, url } of endpoints) terminal.out(`${url}  ${terminal.outStyle('dim', step)}`);
  if (report.interrupted) {
    terminal.note('the same command again goes on from here, also with what was under way');
    return 130;
  }
  return report.ok ? 0 : 1;
}

export function documentOf({ plan, diagnostics }: Deployment, { report, endpoints }: CarriedOut) {
  const { orphans } = plan.toJSON();
  return { ...report, endpoints, orphans, diagnostics: diagnostics.map(diagnosticJson) };
}
