/** A workflow on a cloud that is made up. */
import { onTestFinished } from 'vitest';
import type { Followable } from '../../src/providers/follow.ts';
import type { DeployedStep, Runtime } from '../../src/providers/runtime.ts';
import type { Store } from '../../src/storage/store.ts';
import type { Invocation, LogLine } from '../../src/workflow/invocation.ts';
import type { Folder, Step, Workflow } from '../../src/workflow/model.ts';

const PLACE = { file: 'shop.yaml', line: 1, column: 1 };

export function folder(prefix: string): Folder {
  return { store: 's3.default', namespace: 's3.default', bucket: 'shop', prefix, place: PLACE };
}

/** `split` reads `in/` and writes `parts/`, which `join` reads. */
export const SHOP: Workflow = {
  name: 'shop',
  file: 'shop.yaml',
  steps: [step('split', 'in', 'parts'), step('join', 'parts', 'out')],
  links: [{ from: 'split', to: 'join', output: 0, input: 0 }],
  stores: [{ id: 's3.default', kind: 's3', name: 'default', namespace: 's3.default' } as unknown as Store],
  clusters: [],
};

function step(id: string, input: string, output: string): Step {
  const common = { provider: 'aws', listensTo: ['s3'], serves: false, inputs: [folder(input)], settings: {} };
  return { id, ...common, outputs: [{ ...folder(output), prefixes: [], suffixes: [] }] } as unknown as Step;
}

export interface MadeUp {
  readonly cloud: Followable & { readonly runtime: Runtime };
  /** What was said to people. */
  readonly notes: readonly string[];
  readonly controller: AbortController;
}

export interface CloudOptions {
  readonly deployed?: readonly Partial<DeployedStep>[];
  /** What is known at the look of this number. */
  readonly invocations?: (look: number) => readonly Invocation[];
  readonly logs?: readonly LogLine[];
}

export function madeUpCloud(options: CloudOptions = {}): MadeUp {
  const { invocations = () => [], logs = [] } = options;
  const { deployed = SHOP.steps.map(({ id }) => ({ step: id, state: 'ready' })) } = options;
  const notes: string[] = [];
  const controller = new AbortController();
  onTestFinished(() => controller.abort());
  let looks = 0;
  const runtime = {
    async *invocations() {
      yield* invocations(looks++);
    },
    async *logs(_workflow: Workflow, { invocation }: { invocation?: string }) {
      yield* logs.filter((each) => each.invocation === invocation);
    },
    steps: async () => deployed,
  } as unknown as Runtime;
  const emit: Followable['emit'] = (event) => {
    if (event.type === 'note') notes.push(event.message);
  };
  return { cloud: { workflow: SHOP, runtime, signal: controller.signal, emit }, notes, controller };
}
