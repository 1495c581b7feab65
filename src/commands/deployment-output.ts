/** What plan, apply and rm print. */
import { diagnosticJson } from '../fdl/diagnostic.ts';
import type { CarriedOut, Deployment } from '../session/deployment.ts';
import { leftoversText, reportText } from '../terminal/plan-text.ts';
import type { CommandContext, ExitCode } from './command.ts';

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
  const { workflow, plan } = deployment;
  const diagnostics = deployment.diagnostics.map(diagnosticJson);
  if (terminal.json) terminal.data({ ...report, endpoints, orphans: plan.toJSON().orphans, diagnostics });
  else terminal.out(`${terminal.outStyle('bold', workflow.name)}: ${reportText(report, terminal.outStyle)}`);
  for (const { step, url } of endpoints) terminal.out(`${url}  ${terminal.outStyle('dim', step)}`);
  if (report.interrupted) return 130;
  return report.ok ? 0 : 1;
}
