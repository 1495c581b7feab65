/** What plan, apply, rm and run have in common: a plan against the provider of the workflow. */
import { applyPlan } from '../deploy/apply.ts';
import type { Report } from '../deploy/outcome.ts';
import { makePlan, type Plan } from '../deploy/plan.ts';
import type { Kinds } from '../deploy/resource.ts';
import { FdlError } from '../errors.ts';
import type { Provider } from '../providers/provider.ts';
import { providerFor } from '../providers/registry.ts';
import { eventText } from '../terminal/plan-text.ts';
import type { Workflow } from '../workflow/model.ts';
import type { CommandContext } from './command.ts';

export interface Deployment {
  readonly provider: Provider;
  readonly kinds: Kinds;
  readonly plan: Plan;
}

export interface DeploymentOptions {
  readonly local: boolean;
  readonly remove?: boolean;
  readonly deleteData?: boolean;
}

/** Reads what is there and plans what is to be done. Changes nothing. */
export async function planDeployment(
  context: CommandContext,
  workflow: Workflow,
  { local, remove = false, deleteData = false }: DeploymentOptions,
): Promise<Deployment> {
  const { environment, signal, terminal } = context;
  const provider = await providerFor(workflow, local, { environment, signal });
  const { deployer } = provider;
  const facts = remove ? new Map() : await deployer.resolve(workflow);
  const desired = deployer.desired(workflow, facts);
  if (desired.length === 0) throw nothingToDo(workflow);
  const kinds = deployer.kinds(workflow, { deleteData });
  const progress = await terminal.progress('reading');
  try {
    const plan = await makePlan({
      workflow: workflow.name,
      desired,
      kinds,
      signal,
      remove,
      onProgress: (event) =>
        progress.update(event.type === 'read' ? `read ${event.done} of ${event.total}` : event.message),
    });
    return { provider, kinds, plan };
  } finally {
    progress.stop();
  }
}

function nothingToDo(workflow: Workflow): FdlError {
  return new FdlError(
    'nothing-to-run',
    `no step of ${workflow.name} handles files: its services only answer requests`,
    {
      hint: 'Give a step a script and an input, or deploy the workflow to its clusters.',
    },
  );
}

/** Carries out a plan and shows how it goes. */
export async function carryOut(context: CommandContext, { plan, kinds }: Deployment): Promise<Report> {
  const { terminal, signal } = context;
  const progress = await terminal.progress('applying');
  try {
    return await applyPlan(plan, {
      kinds,
      signal,
      emit: (event) => {
        if (event.type !== 'finished') progress.update(eventText(event, terminal.noteStyle));
        else if (event.outcome.action !== 'keep') terminal.note(eventText(event, terminal.noteStyle));
      },
    });
  } finally {
    progress.stop();
  }
}

/**
 * Brings a workflow to what the file says before it is used, without a word if it is so already.
 * @throws FdlError `apply-failed`
 */
export async function setUp(context: CommandContext, workflow: Workflow, local: boolean): Promise<void> {
  for (const { id } of workflow.steps.filter(({ serves }) => local && serves)) {
    context.terminal.note(`${id} only answers requests; it is left out on this machine`);
  }
  const deployment = await planDeployment(context, workflow, { local });
  if (deployment.plan.actions.every(({ action }) => action === 'keep')) return;
  const { ok, outcomes } = await carryOut(context, deployment);
  const failed = outcomes.find(({ error }) => error)?.error;
  if (ok) return;
  throw new FdlError('apply-failed', failed?.message ?? `${workflow.name} could not be set up`, {
    hint: failed?.hint ?? undefined,
  });
}
