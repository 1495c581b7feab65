/** Setting a workflow up and taking it away: a plan against its provider, and carrying that out. */
import { applyPlan } from '../deploy/apply.ts';
import { type Describe, innerOf, type Target } from '../deploy/description.ts';
import type { ApplyEvent, ProgressEvent, StartedEvent } from '../deploy/events.ts';
import { kindsWithoutAsking } from '../deploy/offline.ts';
import { isGood, type Outcome, type Report } from '../deploy/outcome.ts';
import { makePlan, type Plan } from '../deploy/plan.ts';
import type { Kinds, Props, Ref, Resource } from '../deploy/resource.ts';
import { FdlError } from '../errors.ts';
import type { Diagnostic } from '../fdl/diagnostic.ts';
import type { ParameterValues } from '../fdl/parameters.ts';
import type { ProviderOptions } from '../providers/provider.ts';
import { unsetIn } from '../unset.ts';
import { folderUri } from '../workflow/draw.ts';
import type { Workflow } from '../workflow/model.ts';
import { type ApplyWork, during } from './events.ts';
import { needAll, unknownFolders } from './known.ts';
import { faultOf, type ReadWorkflow } from './read-file.ts';
import { openWorkflow, providerContext, type Settings } from './settings.ts';

export interface Deployment {
  /** With what its provider knows of it. */
  readonly workflow: Workflow;
  readonly kinds: Kinds;
  readonly plan: Plan;
  /** The values of the file's parameters. */
  readonly parameters: ParameterValues;
  /** What people should know before it is deployed. */
  readonly notes: readonly string[];
  /** Where it goes. */
  readonly targets: readonly Target[];
  /** What an action of the plan means in words. */
  readonly describe: Describe;
  /** The address over HTTP of a step. */
  endpoint(step: string): Ref | undefined;
  /** What there is to say about the file. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface PlanOptions extends ProviderOptions {
  /** A plan to take away what the workflow owns. */
  readonly remove?: boolean | undefined;
  /** Buckets may be deleted with what is in them. */
  readonly deleteData?: boolean | undefined;
  /** Takes over what exists already and was not created by the workflow. */
  readonly adopt?: boolean | undefined;
  /** What the workflow owns and the file does not name any more: not looked for by default. */
  readonly orphans?: 'name' | 'delete' | undefined;
  /** What cannot be read does not stop the rest. */
  readonly tolerant?: boolean | undefined;
}

/** Reads what is there and plans what is to be done. Changes nothing. */
export function planDeployment(
  settings: Settings,
  read: ReadWorkflow,
  options: PlanOptions = {},
): Promise<Deployment> {
  return during(settings.emit, { name: 'reading' }, async () => {
    try {
      return await deploymentOf(settings, read, options);
    } catch (thrown) {
      // Only then, a file with faults comes this far: as much of it is shown as there is.
      throw options.offline ? faultOf(read, settings.target, thrown) : thrown;
    }
  });
}

async function deploymentOf(
  settings: Settings,
  { workflow: file, secrets, diagnostics, parameters, unset }: ReadWorkflow,
  { updateRuntime, force, offline, services, remove = false, deleteData = false, ...how }: PlanOptions,
): Promise<Deployment> {
  const { emit, signal } = settings;
  if (remove) sayUnknown(file, settings);
  // Where nobody is asked, nobody needs a credential.
  else needAll(offline ? unset.filter(({ isSecret }) => !isSecret) : unset);
  const context = providerContext(settings, secrets, { updateRuntime, force, offline, services });
  const { workflow, provider } = await openWorkflow(settings, file, context);
  const { deployer } = provider;
  const facts = await deployer.resolve(workflow, remove ? 'remove' : 'apply');
  const endpoint = (step: string) => deployer.endpoint?.(workflow, step, facts);
  const desired = remove
    ? knownOf(deployer.desired(workflow, facts, { endpoint }))
    : deployer.desired(workflow, facts, { endpoint });
  if (desired.length === 0) throw nothingToDo(workflow);
  const kinds = offline ? kindsWithoutAsking(desired) : deployer.kinds(workflow, facts, { deleteData });
  const plan = await makePlan({
    ...how,
    workflow: workflow.name,
    desired,
    kinds,
    remove,
    signal,
    onProgress: (event) => void emit({ type: 'activity', activity: { name: 'reading', event } }),
  });
  const notes = deployer.notes?.(workflow, facts) ?? [];
  return {
    workflow,
    kinds,
    plan,
    parameters,
    targets: deployer.targets?.(workflow, facts) ?? [],
    describe: (action) => deployer.describe?.(workflow, facts, action),
    notes,
    endpoint,
    diagnostics,
  };
}

/** Says what is not looked for by its name; what is found by its marks goes all the same. */
function sayUnknown(workflow: Workflow, { emit }: Settings): void {
  for (const { step, folder, reference } of unknownFolders(workflow)) {
    const message = `where ${folderUri(folder)} of "${step}" is, is not known: ${reference} has no value; what cannot be found without it stays`;
    void emit({ type: 'note', message });
  }
}

/** The resources whose names are known. */
function knownOf(resources: readonly Resource[]): readonly Resource[] {
  const isKnown = (id: string) => unsetIn(id) === undefined;
  return resources
    .filter(({ id }) => isKnown(id))
    .map((each) => ({ ...each, dependsOn: each.dependsOn.filter(isKnown) }));
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

/** Carries out a plan. */
export function carryOut({ emit, signal }: Settings, deployment: Deployment): Promise<CarriedOut> {
  const { plan, kinds, describe } = deployment;
  const inner = innerOf(plan.actions, describe);
  const work = applyWork(plan);
  return during(emit, { name: 'applying' }, async () => {
    const { report, attrs } = await applyPlan(plan, {
      kinds,
      signal,
      emit: (event) => {
        if (event.type === 'finished' && isWorthTelling(event.outcome, inner))
          void emit({ type: 'settled', event });
        void emit({ type: 'activity', activity: { name: 'applying', work: work(event) } });
      },
    });
    return { report, endpoints: endpointsOf(deployment, attrs) };
  });
}

/** Of what is kept only that which a removal leaves, since it says why; of what tidies up, what goes wrong. */
function isWorthTelling(outcome: Outcome, inner: ReadonlySet<string>): boolean {
  if (inner.has(outcome.id) && isGood(outcome)) return false;
  return outcome.action !== 'keep' || outcome.reason !== undefined;
}

/** Sums up what applying says. */
function applyWork({ actions }: Plan): (event: ApplyEvent) => ApplyWork {
  const total = actions.filter(({ action }) => action !== 'keep').length;
  const running = new Map<string, StartedEvent | ProgressEvent>();
  let [succeeded, failed] = [0, 0];
  return (event) => {
    if (event.type !== 'finished') running.set(event.subject.id, event);
    else {
      const { id, action, status } = event.outcome;
      running.delete(id);
      if (action !== 'keep' && (status === 'done' || status === 'kept')) succeeded += 1;
      else if (action !== 'keep') failed += 1;
    }
    const waiting = Math.max(0, total - succeeded - failed - running.size);
    return { counts: { waiting, running: running.size, succeeded, failed }, running: [...running.values()] };
  };
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
export async function setUp(settings: Settings, read: ReadWorkflow): Promise<void> {
  const { workflow } = read;
  for (const { id } of workflow.steps.filter(({ serves }) => serves)) {
    const message = `${id} only answers requests; it is left out on this machine`;
    void settings.emit({ type: 'note', message });
  }
  const deployment = await planDeployment(settings, read);
  if (deployment.plan.actions.every(({ action }) => action === 'keep')) return;
  const { report } = await carryOut(settings, deployment);
  if (report.ok) return;
  const failed = report.outcomes.find(({ error }) => error)?.error;
  throw new FdlError('apply-failed', failed?.message ?? `${workflow.name} could not be set up`, {
    hint: failed?.hint ?? undefined,
  });
}
