/** Several providers as one: each sets its own steps up, and one that can not be reached does not stop the others. */
import { type Kinds, type Ref, type Resource, type ResourceKind, ref } from '../deploy/resource.ts';
import type { Workflow } from '../workflow/model.ts';
import { compositeRuntime } from './composite-runtime.ts';
import { type Outcome, type Part, type Parts, partsOf } from './parts.ts';
import type { Deployer, Neighbours, Provider, Purpose } from './provider.ts';
import { compositeTariff } from './tariffs.ts';

/** What each provider read. */
type Facts = ReadonlyMap<string, Outcome<unknown>>;

/**
 * One provider for all steps of a workflow. A provider that fails in `complete` or `resolve` has a resource for each of
 * its steps that can not be read, with that error; only if all fail, or if the file is to blame, it is thrown.
 */
export function composeProviders(all: readonly Part[], signal: AbortSignal): Provider {
  const parts = partsOf(all, signal);
  return {
    complete: (workflow) => complete(parts, workflow),
    deployer: compositeDeployer(parts),
    runtime: compositeRuntime(parts, signal),
    policies: async (workflow, request) => {
      const found = await Promise.all(all.map(({ provider }) => provider.policies?.(workflow, request)));
      const known = found.flatMap((each) => each ?? []);
      return { accounts: known.flatMap((each) => each.accounts), notes: known.flatMap((each) => each.notes) };
    },
    tariff: (workflow, priceOf) => compositeTariff(all, workflow, priceOf),
  };
}

async function complete(parts: Parts, workflow: Workflow): Promise<Workflow> {
  const answers = await parts.ask(async ({ complete }) => (await complete?.(workflow)) ?? workflow);
  const known = [...answers.values()].flatMap((answer) => ('value' in answer ? [answer.value] : []));
  return {
    ...workflow,
    stores: mergeById(
      workflow.stores,
      known.map(({ stores }) => stores),
    ),
    clusters: mergeById(
      workflow.clusters,
      known.map(({ clusters }) => clusters),
    ),
  };
}

/** The items in the order of the file, each as the one who knows more of it has it, then those that were added. */
function mergeById<T extends { readonly id: string }>(
  original: readonly T[],
  versions: readonly (readonly T[])[],
): readonly T[] {
  const merged = new Map(original.map((item) => [item.id, item]));
  for (const item of versions.flat()) if (!original.includes(item)) merged.set(item.id, item);
  return [...merged.values()];
}

function compositeDeployer(parts: Parts): Deployer<Facts> {
  const deployers = parts.all.map(({ name, provider }) => ({ name, deployer: provider.deployer }));
  return {
    resolve: (workflow, purpose) => resolveAll(parts, workflow, purpose),
    desired: (workflow, facts, neighbours: Neighbours) =>
      deployers.flatMap(({ name, deployer }) => {
        const known = factsOf(facts, name);
        if ('failure' in known) return unreached(workflow, name);
        return deployer.desired(workflow, known.value, neighbours);
      }),
    kinds: (workflow, facts, options) =>
      Object.assign(
        {},
        ...deployers.map(({ name, deployer }): Kinds => {
          const known = factsOf(facts, name);
          if ('failure' in known) return unreachedKinds(workflow, name, known.failure);
          return deployer.kinds(workflow, known.value, options);
        }),
      ),
    endpoint: (workflow, step, facts): Ref | undefined => {
      const owner = workflow.steps.find(({ id }) => id === step)?.provider;
      const of = deployers.find(({ name }) => name === owner);
      if (!of) return undefined;
      const known = factsOf(facts, of.name);
      if ('failure' in known) return ref(unreachedId(of.name, step), 'url');
      return of.deployer.endpoint?.(workflow, step, known.value);
    },
    targets: (workflow, facts) =>
      deployers.flatMap(({ name, deployer }) => {
        const known = factsOf(facts, name);
        return 'failure' in known ? [] : (deployer.targets?.(workflow, known.value) ?? []);
      }),
    describe: (workflow, facts, action) => {
      const of = deployers.find(({ name }) => action.kind.startsWith(`${name}/`));
      const known = of && factsOf(facts, of.name);
      return known && 'value' in known ? of.deployer.describe?.(workflow, known.value, action) : undefined;
    },
    notes: (workflow, facts) =>
      deployers.flatMap(({ name, deployer }) => {
        const known = factsOf(facts, name);
        return 'failure' in known ? [] : (deployer.notes?.(workflow, known.value) ?? []);
      }),
  };
}

function factsOf(facts: Facts, name: string): Outcome<unknown> {
  return facts.get(name) ?? { value: undefined };
}

async function resolveAll(parts: Parts, workflow: Workflow, purpose: Purpose): Promise<Facts> {
  const facts = await parts.ask(({ deployer }) => deployer.resolve(workflow, purpose));
  const failed = [...facts.values()].flatMap((answer) => ('failure' in answer ? [answer.failure] : []));
  if (failed.length > 0 && failed.length === facts.size) throw failed[0];
  return facts;
}

/** Stands for all that a provider which can not be reached would have for a step. */
function unreachedId(provider: string, step: string): string {
  return `${provider}/unreached/step/${step}`;
}

function unreached(workflow: Workflow, provider: string): readonly Resource[] {
  const steps = workflow.steps.filter((step) => step.provider === provider);
  return steps.map(({ id }) => {
    return { id: unreachedId(provider, id), kind: `${provider}/step`, step: id, props: {}, dependsOn: [] };
  });
}

function unreachedKinds(workflow: Workflow, provider: string, failure: unknown): Kinds {
  const fail = async () => {
    throw failure;
  };
  const kind: ResourceKind = {
    title: 'step',
    rank: 0,
    read: fail,
    rules: {},
    changes: () => [],
    reconcile: fail,
    delete: fail,
    list: async () =>
      unreached(workflow, provider).map(({ id, step }) => ({ id, step, attrs: {}, error: failure })),
  };
  return { [`${provider}/step`]: kind };
}
