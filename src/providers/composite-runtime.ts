/** Looking at a workflow whose steps run on several providers. */
import { cloudWork, type Looks } from './cloud-work.ts';
import { mergeByTime } from './merge.ts';
import type { Parts } from './parts.ts';
import type { Provider } from './provider.ts';
import type { DeployedWorkflow, Runtime } from './runtime.ts';

/** Asks the provider of a step where one is named, else all of them. */
export function compositeRuntime(parts: Parts, signal: AbortSignal): Runtime {
  const asked = (step: string | undefined, ofStep: (step: string) => Provider): readonly Provider[] =>
    step === undefined ? parts.working() : [ofStep(step)];
  const looks: Looks = {
    invocations: (workflow, query) =>
      mergeByTime(
        asked(query.step, (step) => parts.ofStep(workflow, step)).map(({ runtime }) =>
          runtime.invocations(workflow, query),
        ),
        ({ startedAt }) => startedAt,
      ),
    logs: (workflow, query) =>
      mergeByTime(
        asked(query.step, (step) => parts.ofStep(workflow, step)).map(({ runtime }) =>
          runtime.logs(workflow, query),
        ),
        ({ time }) => time,
        { live: query.follow },
      ),
    steps: async (workflow) =>
      (await Promise.all(parts.working().map(({ runtime }) => runtime.steps(workflow)))).flat(),
    storage: (workflow, store) => parts.ofStore(store).runtime.storage(workflow, store),
  };
  const calls: Pick<Runtime, 'invoke'> = {
    invoke: async (workflow, step, call, emit) =>
      parts.ofStep(workflow, step.id).runtime.invoke(workflow, step, call, emit),
  };
  return {
    ...looks,
    ...calls,
    keys: async (workflow) => {
      const found = parts.working().map(async ({ runtime }) => [...((await runtime.keys?.(workflow)) ?? [])]);
      return new Map((await Promise.all(found)).flat());
    },
    // What one step writes may start a step elsewhere: only all of them together can be followed.
    ...cloudWork({ ...looks, ...calls }, signal),
    deployed: async (missed) =>
      mergeDeployed(
        (await Promise.all(parts.working().map(({ runtime }) => runtime.deployed(missed)))).flat(),
      ),
  };
}

/** Workflows of one name as one, by name. */
export function mergeDeployed(workflows: readonly DeployedWorkflow[]): readonly DeployedWorkflow[] {
  const merged = new Map<string, DeployedWorkflow>();
  for (const { workflow, steps } of workflows) {
    merged.set(workflow, { workflow, steps: [...(merged.get(workflow)?.steps ?? []), ...steps] });
  }
  return [...merged.values()].sort((a, b) => (a.workflow < b.workflow ? -1 : 1));
}
