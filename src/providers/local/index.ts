/** The provider that runs workflows on this machine. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Kinds, ResourceKind } from '../../deploy/resource.ts';
import { FdlError } from '../../errors.ts';
import { localStorage } from '../../storage/local-folders.ts';
import type { Invocation } from '../../workflow/invocation.ts';
import type { Workflow } from '../../workflow/model.ts';
import type { Provider, ProviderContext } from '../provider.ts';
import type {
  CallMode,
  DeployedStep,
  DeployedWorkflow,
  Emit,
  InvocationQuery,
  WorkEvent,
} from '../runtime.ts';
import { localChecks } from './checks.ts';
import { describeLocal } from './describe.ts';
import { type LocalFacts, localDesired, localFacts, runnableSteps } from './desired.ts';
import { homeAt, localHome } from './home.ts';
import { readJournal } from './journal.ts';
import { bucketKind } from './kinds/bucket.ts';
import { fileSystemKind } from './kinds/file-system.ts';
import { historyKind } from './kinds/history.ts';
import { listRecords, stepKind } from './kinds/step.ts';
import { lockHolder } from './lock.ts';
import { readLog } from './log-file.ts';
import { replay } from './queue-state.ts';

/** Binds the provider to the places that the environment names. */
export function localProvider(context: ProviderContext): Provider {
  const { environment, signal, workingDirectory = '.', secrets = [] } = context;
  const home = (workflow: Workflow) => localHome(workflow, environment);
  const deps = (workflow: Workflow, emit: Emit<WorkEvent> = () => {}) => {
    return { home: home(workflow), environment, secrets, signal, emit };
  };
  return {
    setsUpOnUse: true,
    checks: (workflow) => localChecks(context, workflow),
    deployer: {
      resolve: async (workflow, purpose) => (purpose === 'remove' ? new Map() : localFacts(workflow)),
      desired: (workflow, facts) => localDesired(workflow, facts as LocalFacts),
      targets: (workflow) => {
        const { root } = home(workflow);
        return [{ provider: 'local', folder: root, text: `this machine (${root})` }];
      },
      describe: (workflow, _facts, action) => describeLocal(workflow, home(workflow), action),
      kinds: (workflow, _facts, options) =>
        ({
          'local/history': historyKind(home(workflow)) as ResourceKind,
          'local/bucket': bucketKind(home(workflow), options) as ResourceKind,
          'local/file-system': fileSystemKind(home(workflow), options) as ResourceKind,
          'local/step': stepKind(home(workflow), stepsOf(workflow)) as ResourceKind,
        }) satisfies Kinds,
    },
    runtime: {
      check: (_workflow, mode) => checkMode(mode),
      put: async (workflow, inputs, emit) =>
        (await import('./put.ts')).queueFiles(workflow, inputs, deps(workflow, emit)),
      work: async (workflow, request, emit) =>
        (await import('./work.ts')).workOff(workflow, request, deps(workflow, emit)),
      invoke: async (workflow, step, call, emit) =>
        (await import('./work.ts')).invokeStep(workflow, step, call, deps(workflow, emit)),
      invocations: (workflow, query) => localInvocations(workflow, home(workflow), query),
      logs: (workflow, query) => readLog(home(workflow), { ...query, signal }),
      keys: async (workflow, engine = 'auto') =>
        (await import('./keys.ts')).findKeys(workflow, home(workflow), { engine, environment, signal }),
      steps: async (workflow) => deployedSteps(home(workflow)),
      storage: (workflow, { namespace }) => localStorage(`${home(workflow).buckets}/${namespace}`),
      deployed: async () => deployedBelow(resolve(workingDirectory, environment['FDL_HOME'] || '.fdl')),
    },
  };
}

/** @throws FdlError `no-background`, `no-address` */
function checkMode({ async, overHttp }: CallMode): void {
  if (async) {
    const hint = 'Leave --async out, or queue a file: fdl put FILE --local.';
    throw new FdlError('no-background', 'nothing runs in the background on this machine', {
      hint,
      exitCode: 2,
    });
  }
  if (!overHttp) return;
  const hint = 'Leave --http out.';
  throw new FdlError('no-address', 'steps have no address on this machine', { hint, exitCode: 2 });
}

function stepsOf(workflow: Workflow) {
  return new Map(runnableSteps(workflow).map((step) => [step.id, step]));
}

/** The steps that are set up below a home. */
function deployedSteps(home: ReturnType<typeof localHome>): readonly DeployedStep[] {
  return listRecords(home).map(({ step, mode }) => {
    return { step, provider: 'local', mode: String(mode ?? ''), state: 'ready' };
  });
}

/** All workflows that have a folder below `base`. */
function deployedBelow(base: string): readonly DeployedWorkflow[] {
  const entries = existsSync(base) ? readdirSync(base) : [];
  const names = entries.filter((name) => statSync(join(base, name)).isDirectory());
  return names.sort().map((workflow) => ({ workflow, steps: deployedSteps(homeAt(join(base, workflow))) }));
}

/** What the journal knows: what ended, then what runs or waits. */
async function* localInvocations(
  workflow: Workflow,
  home: ReturnType<typeof localHome>,
  { step, missed }: InvocationQuery,
): AsyncGenerator<Invocation> {
  const ended: Invocation[] = [];
  const damage = (message: string) => missed?.(new FdlError('journal-damaged', message));
  const { pending, started } = replay(readJournal(home, 0, damage), (invocation) => ended.push(invocation));
  const isWorking = lockHolder(home.lock) !== undefined;
  const stores = new Map(workflow.stores.map(({ id, name, kind }) => [id, name === 'default' ? kind : id]));
  for (const invocation of ended) if (step === undefined || invocation.step === step) yield invocation;
  for (const { id, step: of, store, bucket, key, size } of pending) {
    if (step !== undefined && of !== step) continue;
    const startedAt = started.get(id);
    const input = { uri: `${stores.get(store) ?? store}://${bucket}/${key}`, size };
    if (startedAt && isWorking) yield { id, step: of, status: 'running', input, outputs: [], startedAt };
    else
      yield {
        id,
        step: of,
        status: 'queued',
        input,
        outputs: [],
        reason: waitReason(workflow.file, isWorking),
      };
  }
}

function waitReason(file: string, isWorking: boolean): string {
  if (isWorking) return 'other invocations run first';
  return `nothing works on the queue: fdl run ${file} --local --resume does`;
}
