/** Steps that cannot be set up for now: a store that they use is of somebody who does not answer. */
import { type Kinds, type Ref, type Resource, type ResourceKind, ref } from '../deploy/resource.ts';
import type { Step, Workflow } from '../workflow/model.ts';
import type { Deployer, Purpose } from './provider.ts';

interface Facts {
  readonly purpose: Purpose;
  readonly inner: unknown;
}

/**
 * The deployer for the steps of a provider whose stores are known; each of the others is a resource that can not be
 * read, with the error of its store. To remove a workflow, no store needs to be known.
 */
export function withoutBlocked(provider: string, inner: Deployer): Deployer<Facts> {
  const id = (step: string) => `${provider}/blocked/step/${step}`;
  const kind = `${provider}/blocked`;
  const blocked = (workflow: Workflow, purpose: Purpose) =>
    purpose === 'remove' ? [] : workflow.steps.filter((step) => isBlocked(workflow, step, provider));
  const rest = (workflow: Workflow, { purpose }: Pick<Facts, 'purpose'>): Workflow => {
    const stopped = blocked(workflow, purpose);
    if (stopped.length === 0) return workflow;
    return { ...workflow, steps: workflow.steps.filter((step) => !stopped.includes(step)) };
  };
  const resources = (workflow: Workflow, { purpose }: Facts): readonly Resource[] =>
    blocked(workflow, purpose).map((step) => {
      return { id: id(step.id), kind, step: step.id, props: { step: step.id }, dependsOn: [] };
    });
  return {
    resolve: async (workflow, purpose) => {
      return { purpose, inner: await inner.resolve(rest(workflow, { purpose }), purpose) };
    },
    desired: (workflow, facts, neighbours) => [
      ...inner.desired(rest(workflow, facts), facts.inner, neighbours),
      ...resources(workflow, facts),
    ],
    kinds: (workflow, facts, options) => {
      const own = inner.kinds(rest(workflow, facts), facts.inner, options);
      return blocked(workflow, facts.purpose).length > 0 ? { ...own, ...blockedKinds(kind, workflow) } : own;
    },
    endpoint: (workflow, step, facts): Ref | undefined => {
      const isStopped = blocked(workflow, facts.purpose).some((each) => each.id === step);
      return isStopped ? ref(id(step), 'url') : inner.endpoint?.(rest(workflow, facts), step, facts.inner);
    },
    targets: (workflow, facts) => inner.targets?.(rest(workflow, facts), facts.inner) ?? [],
    describe: (workflow, facts, action) => inner.describe?.(rest(workflow, facts), facts.inner, action),
    notes: (workflow, facts) => inner.notes?.(rest(workflow, facts), facts.inner) ?? [],
  };
}

function isBlocked(workflow: Workflow, step: Step, provider: string): boolean {
  return step.provider === provider && failureOf(workflow, step) !== undefined;
}

function failureOf({ stores }: Workflow, { inputs, outputs }: Step): unknown {
  const used = new Set([...inputs, ...outputs].map(({ store }) => store));
  return stores.find(({ id, failure }) => used.has(id) && failure !== undefined)?.failure;
}

function blockedKinds(name: string, workflow: Workflow): Kinds {
  const fail = async ({ step: id }: { readonly step?: unknown }) => {
    const step = workflow.steps.find((each) => each.id === id);
    throw step && failureOf(workflow, step);
  };
  const kind: ResourceKind = {
    title: 'step',
    rank: 0,
    read: fail,
    rules: {},
    changes: () => [],
    reconcile: fail,
    delete: async () => undefined,
    list: async () => [],
  };
  return { [name]: kind };
}
