/** What plan, apply, rm and run have in common: a plan against the provider of the workflow. */
import { applyPlan } from '../deploy/apply.ts';
import type { Report } from '../deploy/outcome.ts';
import { makePlan, type Plan } from '../deploy/plan.ts';
import type { Kinds, Props, Ref } from '../deploy/resource.ts';
import { FdlError } from '../errors.ts';
import type { ProviderOptions } from '../providers/provider.ts';
import { eventText } from '../terminal/plan-text.ts';
import type { Workflow } from '../workflow/model.ts';
import type { CommandContext } from './command.ts';
import { openWorkflow } from './provider.ts';

export interface Deployment {
  /** With what its provider knows of it. */
  readonly workflow: Workflow;
  readonly kinds: Kinds;
  readonly plan: Plan;
  /** What people should know before it is deployed. */
  readonly notes: readonly string[];
  /** The address over HTTP of a step. */
  endpoint(step: string): Ref | undefined;
  /** The warnings of the file, as data. */
  readonly diagnostics?: readonly object[];
}

export interface DeploymentOptions extends ProviderOptions {
  readonly local: boolean;
  readonly remove?: boolean;
  readonly deleteData?: boolean;
  readonly adopt?: boolean | undefined;
  /** What the file does not name any more: not looked for by default. */
  readonly orphans?: 'name' | 'delete';
  /** What can not be read does not stop the rest. */
  readonly tolerant?: boolean;
}

/** Reads what is there and plans what is to be done. Changes nothing. */
export async function planDeployment(
  context: CommandContext,
  workflow: Workflow,
  options: DeploymentOptions,
): Promise<Deployment> {
  const progress = await context.terminal.progress('reading');
  try {
    return await deploymentOf(context, workflow, options, (text) => progress.update(text));
  } finally {
    progress.stop();
  }
}

async function deploymentOf(
  context: CommandContext,
  file: Workflow,
  options: DeploymentOptions,
  say: (text: string) => void,
): Promise<Deployment> {
  const { local, updateRuntime, force, remove = false, deleteData = false, ...how } = options;
  const { workflow, provider } = await openWorkflow(context, file, local, { updateRuntime, force });
  const { deployer } = provider;
  const facts = await deployer.resolve(workflow, remove ? 'remove' : 'apply');
  const endpoint = (step: string) => deployer.endpoint?.(workflow, step, facts);
  const desired = deployer.desired(workflow, facts, { endpoint });
  if (desired.length === 0) throw nothingToDo(workflow);
  const kinds = deployer.kinds(workflow, facts, { deleteData });
  const plan = await makePlan({
    ...how,
    workflow: workflow.name,
    desired,
    kinds,
    remove,
    signal: context.signal,
    onProgress: (event) =>
      say(event.type === 'read' ? `read ${event.done} of ${event.total}` : event.message),
  });
  return { workflow, kinds, plan, notes: deployer.notes?.(workflow, facts) ?? [], endpoint };
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

/** The address over HTTP of a step that is set up. */
export interface Endpoint {
  readonly step: string;
  readonly url: string;
}

export interface CarriedOut {
  readonly report: Report;
  readonly endpoints: readonly Endpoint[];
}

/** Carries out a plan and shows how it goes. */
export async function carryOut(context: CommandContext, deployment: Deployment): Promise<CarriedOut> {
  const { terminal, signal } = context;
  const { plan, kinds } = deployment;
  const progress = await terminal.progress('applying');
  try {
    const { report, attrs } = await applyPlan(plan, {
      kinds,
      signal,
      emit: (event) => {
        if (event.type !== 'finished') progress.update(eventText(event, terminal.noteStyle));
        else if (event.outcome.action !== 'keep') terminal.note(eventText(event, terminal.noteStyle));
      },
    });
    return { report, endpoints: endpointsOf(deployment, attrs) };
  } finally {
    progress.stop();
  }
}

function endpointsOf(
  { workflow, endpoint }: Deployment,
  attrs: ReadonlyMap<string, Props>,
): readonly Endpoint[] {
  return workflow.steps.flatMap(({ id: step }) => {
    const ref = endpoint(step);
    const url = ref && attrs.get(ref.id)?.[ref.attr];
    return typeof url === 'string' ? [{ step, url }] : [];
  });
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
  const { report } = await carryOut(context, deployment);
  const failed = report.outcomes.find(({ error }) => error)?.error;
  if (report.ok) return;
  throw new FdlError('apply-failed', failed?.message ?? `${workflow.name} could not be set up`, {
    hint: failed?.hint ?? undefined,
  });
}
