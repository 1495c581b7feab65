/** Providers in memory, to be put together. */
import { type Props, type Resource, ref } from '../../src/deploy/resource.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { Storage } from '../../src/storage/storage.ts';
import type { Store } from '../../src/storage/store.ts';
import type { Invocation, LogLine } from '../../src/workflow/invocation.ts';
import type { Step, Workflow } from '../../src/workflow/model.ts';
import type { World } from '../deploy/made-up.ts';

const PLACE = { file: 'w.yaml', line: 1, column: 1 };

/** A step that calls another one over HTTP where `calls` names it. */
export function step(provider: 'aws' | 'oscar', id: string, calls?: string): Step {
  const base = { id, name: id, inputs: [], outputs: [], environment: { ...(calls && { CALLS: calls }) } };
  const rest = { limits: { gpus: 0 }, serves: false, place: PLACE };
  if (provider === 'aws')
    return { ...base, ...rest, provider, mode: 'lambda', settings: {} } as unknown as Step;
  return {
    ...base,
    ...rest,
    provider,
    mode: 'service',
    cluster: 'lab',
    settings: {},
    replicas: [],
  } as unknown as Step;
}

export const store = (id: string, more: Partial<Store> = {}): Store => {
  const [kind, name] = id.split('.') as ['s3' | 'minio', string];
  return { id, kind, name, namespace: id, verifyTls: true, credentials: {}, ...more };
};

export function workflowOf(steps: readonly Step[], stores: readonly Store[] = []): Workflow {
  return {
    name: 'demo',
    file: 'w.yaml',
    steps,
    links: [],
    stores,
    clusters: [{ id: 'lab', verifyTls: true }],
  };
}

/** What the made-up provider can be told to do. */
export interface Behaviour {
  complete?(workflow: Workflow): Promise<Workflow>;
  resolve?(): Promise<unknown>;
  readonly invocations?: readonly Invocation[];
  readonly logs?: readonly LogLine[];
}

/** Keeps its steps in a world; each has an address, and a reference to that of the step it calls. */
export function madeUpProvider(name: 'aws' | 'oscar', world: World, behaviour: Behaviour = {}): Provider {
  const idOf = (id: string) => `${name}/lab/part/${id}`;
  const mine = (workflow: Workflow) => workflow.steps.filter(({ provider }) => provider === name);
  const part = world.kinds['made/part'];
  if (!part) throw new Error('the world has no parts');
  return {
    ...(behaviour.complete && { complete: behaviour.complete }),
    deployer: {
      resolve: behaviour.resolve ?? (async () => `facts of ${name}`),
      desired: (workflow, facts, { endpoint }) =>
        mine(workflow).map(({ id, environment }): Resource => {
          const { CALLS } = environment;
          const calls = typeof CALLS === 'string' ? endpoint(CALLS) : undefined;
          const props: Props = { self: idOf(id), facts: String(facts), ...(calls && { calls }) };
          return { id: idOf(id), kind: `${name}/part`, step: id, props, dependsOn: [] };
        }),
      kinds: (_workflow, facts, { deleteData }) => ({
        [`${name}/part`]: { ...part, title: `${facts} ${deleteData}` },
      }),
      endpoint: (_workflow, id) => ref(idOf(id), 'arn'),
      notes: (workflow) => mine(workflow).map(({ id }) => `${id} is open`),
    },
    runtime: {
      invocations: (_workflow, query) => streamOf(behaviour.invocations ?? [], query.step),
      logs: (_workflow, query) => streamOf(behaviour.logs ?? [], query.step),
      steps: async (workflow) =>
        mine(workflow).map(({ id, mode }) => ({ step: id, provider: name, mode, state: 'ready' })),
      storage: (_workflow, { id }) => ({ opened: `${id} by ${name}` }) as unknown as Storage,
      check: () => {},
      put: async () => ({ puts: [], notPut: [] }),
      work: async () => {
        throw new Error('the made-up provider has nothing to work on');
      },
      invoke: async (_workflow, { id }) => ({ status: 'succeeded', body: Buffer.from(`${id} by ${name}`) }),
      deployed: async () => [
        { workflow: name, steps: [] },
        { workflow: 'both', steps: [{ step: name, provider: name, mode: 'x', state: 'ready' }] },
      ],
    },
  };
}

async function* streamOf<T extends { readonly step: string }>(
  items: readonly T[],
  step: string | undefined,
): AsyncGenerator<T> {
  for (const item of items) if (step === undefined || item.step === step) yield item;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
