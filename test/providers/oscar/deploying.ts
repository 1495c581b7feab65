/** Applies and removes workflows on fake clusters, as the commands do. */
import { type Applied, applyPlan } from '../../../src/deploy/apply.ts';
import { makePlan, type Plan } from '../../../src/deploy/plan.ts';
import { variablePart } from '../../../src/providers/oscar/clusters/definition.ts';
import { oscarProvider } from '../../../src/providers/oscar/index.ts';
import type { Provider, ProviderContext } from '../../../src/providers/provider.ts';
import type { Workflow } from '../../../src/workflow/model.ts';
import { ADMIN_LOGIN } from '../../standins/oscar/oscar.ts';
import { temporaryFolder } from '../../storage/temporary-folder.ts';

/** URLs by the ids of clusters. */
export type Urls = Readonly<Record<string, string>>;

export interface DeployOptions {
  readonly remove?: boolean;
  readonly deleteData?: boolean;
  readonly adopt?: boolean;
  readonly orphans?: 'name' | 'delete';
  readonly tolerant?: boolean;
}

/** A context whose environment says where clusters are, and nothing else. */
export function contextFor(urls: Urls): ProviderContext {
  const variables = Object.entries(urls).flatMap(([id, url]) => [
    [`FDL_CLUSTER_${variablePart(id)}_ENDPOINT`, url],
    [`FDL_CLUSTER_${variablePart(id)}_USER`, ADMIN_LOGIN.user],
    [`FDL_CLUSTER_${variablePart(id)}_PASSWORD`, ADMIN_LOGIN.password],
  ]);
  const HOME = temporaryFolder();
  return { environment: { HOME, ...Object.fromEntries(variables) }, signal: new AbortController().signal };
}

export interface Deployed {
  readonly plan: Plan;
  readonly notes: readonly string[];
  /** Carries the plan out. */
  apply(): Promise<Applied>;
}

/** Plans with a provider of its own each time, as every command line does. */
export async function planOn(
  workflow: Workflow,
  urls: Urls,
  options: DeployOptions = {},
  provider: Provider = oscarProvider(contextFor(urls), async () => {}),
): Promise<Deployed> {
  const { remove = false, deleteData = false, ...how } = options;
  const { deployer } = provider;
  const signal = new AbortController().signal;
  const complete = (await provider.complete?.(workflow)) ?? workflow;
  const facts = await deployer.resolve(complete, remove ? 'remove' : 'apply');
  const endpoint = (step: string) => deployer.endpoint?.(complete, step, facts);
  const desired = deployer.desired(complete, facts, { endpoint });
  const kinds = deployer.kinds(complete, facts, { deleteData });
  const plan = await makePlan({ ...how, remove, workflow: complete.name, desired, kinds, signal });
  return {
    plan,
    notes: deployer.notes?.(complete, facts) ?? [],
    apply: () => applyPlan(plan, { kinds, signal, emit: () => {} }),
  };
}

/** Plans and applies. */
export async function applyOn(
  workflow: Workflow,
  urls: Urls,
  options: DeployOptions = {},
): Promise<Applied & { readonly plan: Plan }> {
  const { plan, apply } = await planOn(workflow, urls, options);
  return { plan, ...(await apply()) };
}

/** What a plan would do, in short; nothing where all is as it should be. */
export function planned({ actions }: Plan): readonly string[] {
  return actions.flatMap(({ action, id, changes }) =>
    action === 'keep'
      ? []
      : [`${action} ${id}${action === 'update' ? ` ${changes.map(({ path }) => path)}` : ''}`],
  );
}

/** What failed or was left, in short. */
export function unhappy({ report }: Applied): readonly string[] {
  return report.outcomes.flatMap(({ id, status, error, reason }) =>
    status === 'done' || (status === 'kept' && !reason)
      ? []
      : [`${status} ${id}: ${error?.message ?? reason}`],
  );
}
