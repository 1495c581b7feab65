import { diagnosticJson } from '../fdl/diagnostic.ts';
import { secondsFrom } from '../session/cost.ts';
import type { Deployment, Session } from '../session/index.ts';
import { costText } from '../terminal/cost-text.ts';
import { keptText } from '../terminal/diagnostics.ts';
import { parametersJson, parametersText } from '../terminal/parameters-text.ts';
import { planText } from '../terminal/plan-text.ts';
import type { Cost } from '../workflow/cost.ts';
import { faultsOfFile } from '../workflow/read.ts';
import { type ConvergenceOptions, noteBesides, planOptions } from './apply.ts';
import type { CommandContext, Handler } from './command.ts';
import { checkCostOptions } from './cost-options.ts';
import { fileOf, openSession } from './open-session.ts';

interface Options extends ConvergenceOptions {
  readonly detailedExitcode?: boolean;
  readonly offline?: boolean;
  readonly verbose?: boolean;
  readonly cost?: boolean;
  readonly runs?: number;
  /** For all steps, or `STEP=SECONDS`. */
  readonly seconds?: readonly string[];
  readonly prices?: string;
}

/** Only reads. Fails where something could not be read, and shows the rest. */
export const run: Handler = async (context, [file], options: Options) => {
  checkCostOptions(options);
  const session = await openSession(
    context,
    fileOf(context, file),
    options,
    options.offline ? 'look' : 'deploy',
  );
  const deployment = await session.plan(options.offline ? { offline: true } : planOptions(options));
  const { plan, targets, describe } = deployment;
  const { terminal } = context;
  const { room, mask } = terminal;
  const { verbose } = options;
  if (options.offline)
    terminal.note('Nobody was asked what is there: this is all that would be made where nothing is.');
  const { runs, seconds, prices } = options;
  const cost = options.cost
    ? await session.estimate({ runs, prices, ...secondsFrom(seconds ?? []) })
    : undefined;
  const { parameters } = deployment;
  const given = parametersText(parameters, terminal.outStyle, mask);
  if (given !== undefined) terminal.out(given);
  if (terminal.json) terminal.data(documentOf(deployment, mask, cost));
  else terminal.out(planText(plan, terminal.outStyle, { room, verbose, targets, describe, mask }));
  if (cost && !terminal.json) terminal.out(`\n${costText(cost, terminal.outStyle)}`);
  noteBesides(context, deployment);
  if (options.offline && isKept(context, session)) return 2;
  if (plan.summary.unknown > 0) return 1;
  const changes = plan.actions.some(({ action }) => action !== 'keep');
  return options.detailedExitcode && changes ? 3 : 0;
};

/**
 * Says of a file that would not be deployed, and whose plan was shown all the same, that it would not. Credentials are known
 * when it is applied.
 */
function isKept({ terminal }: CommandContext, { workflow: { file }, target, diagnostics }: Session): boolean {
  const faults = faultsOfFile(diagnostics, target).filter(({ code }) => code !== 'no-credentials');
  if (faults.length === 0) return false;
  terminal.note(`${file}: ${keptText(faults.length, target, terminal.noteStyle)}`);
  return true;
}

export function documentOf(
  { plan, targets, parameters, notes, diagnostics }: Deployment,
  mask: (text: string) => string,
  cost?: Cost,
) {
  return {
    ...plan.toJSON(),
    targets,
    parameters: parametersJson(parameters, mask),
    notes,
    diagnostics: diagnostics.map(diagnosticJson),
    cost,
  };
}
