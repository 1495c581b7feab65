import { type ErrorDetail, errorDetail } from '../deploy/outcome.ts';
import { mergeDeployed } from '../providers/composite-runtime.ts';
import type { DeployedWorkflow } from '../providers/provider.ts';
import { configuredProviders } from '../providers/registry.ts';
import type { Style } from '../terminal/style.ts';
import type { CommandContext, Handler } from './command.ts';
import { openWorkflow, providerContext } from './provider.ts';
import { isLocal, loadWorkflow, type WorkflowOptions } from './workflow-file.ts';

interface Listing {
  readonly workflows: readonly DeployedWorkflow[];
  /** Providers that could not be asked. */
  readonly unreached: readonly { readonly provider: string; readonly error: ErrorDetail }[];
}

/** Lists what is set up: of one file, or everything here and on the providers that are configured. */
export const run: Handler = async (context, [file], options: WorkflowOptions) => {
  const listing =
    file === undefined
      ? await listAll(context, isLocal(context, options))
      : { workflows: [await listOne(context, String(file), options)], unreached: [] };
  const { terminal } = context;
  for (const { provider, error } of listing.unreached)
    terminal.note(`${terminal.noteStyle('yellow', '!')} ${provider} is left out: ${error.message}`);
  if (terminal.json) terminal.data(listing);
  else terminal.out(listText(listing.workflows, terminal.outStyle));
  return 0;
};

async function listOne(
  context: CommandContext,
  file: string,
  options: WorkflowOptions,
): Promise<DeployedWorkflow> {
  const loaded = await loadWorkflow(context, file, options, 'look');
  const { workflow, provider } = await openWorkflow(context, loaded.workflow, isLocal(context, options));
  return { workflow: workflow.name, steps: await provider.runtime.steps(workflow) };
}

/** No file says that a provider is needed: one that can not be asked is named, and the others are listed. */
async function listAll(context: CommandContext, local: boolean): Promise<Listing> {
  const parts = await configuredProviders(local, providerContext(context));
  const answers = await Promise.all(
    parts.map(async ({ name, provider }) => {
      const failures: unknown[] = [];
      const missed = (thrown: unknown) => void failures.push(thrown);
      const workflows = await provider.runtime.deployed(missed).catch((thrown) => {
        context.signal.throwIfAborted();
        missed(thrown);
        return [];
      });
      const errors = failures.map((thrown) => errorDetail(thrown, context.terminal.mask, 'read-failed'));
      return { workflows, unreached: errors.map((error) => ({ provider: name, error })) };
    }),
  );
  return {
    workflows: mergeDeployed(answers.flatMap(({ workflows }) => workflows)),
    unreached: answers.flatMap(({ unreached }) => unreached),
  };
}

function listText(workflows: readonly DeployedWorkflow[], style: Style): string {
  if (workflows.length === 0) return 'No workflow is set up here: fdl apply FILE --local';
  return workflows
    .map(({ workflow, steps }) => {
      const width = Math.max(0, ...steps.map(({ step }) => step.length));
      const lines = steps.map(({ step, provider, mode, state, url }) => {
        return `  ${step.padEnd(width)}  ${style('dim', `${provider} ${mode}`)}  ${state}${url ? `  ${url}` : ''}`;
      });
      return [style('bold', workflow), ...(lines.length > 0 ? lines : ['  not set up'])].join('\n');
    })
    .join('\n');
}
