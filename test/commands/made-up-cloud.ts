/** A workflow on a cloud that is made up, and a command that works with it. */
import { onTestFinished } from 'vitest';
import type { Cloud } from '../../src/commands/cloud.ts';
import type { CommandContext } from '../../src/commands/command.ts';
import type { DeployedStep, Runtime } from '../../src/providers/provider.ts';
import type { Storage } from '../../src/storage/storage.ts';
import type { Store } from '../../src/storage/store.ts';
import type { Terminal } from '../../src/terminal/terminal.ts';
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
  readonly cloud: Cloud;
  readonly context: CommandContext;
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
  const terminal = {
    json: false,
    note: (text: string) => void notes.push(text),
    progress: async () => ({ update: () => {}, stop: () => {} }),
  } as unknown as Terminal;
  const context = { terminal, environment: {}, workingDirectory: '/', signal: controller.signal };
  const storage = (): Storage => {
    throw new Error('the test has no store');
  };
  return { cloud: { workflow: SHOP, runtime, storage }, context, notes, controller };
}
