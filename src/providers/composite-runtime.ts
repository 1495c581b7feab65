/** Looking at a workflow whose steps run on several providers. */
import { FdlError } from '../errors.ts';
import { mergeByTime } from './merge.ts';
import type { Parts } from './parts.ts';
import type { DeployedWorkflow, Provider, Runtime } from './provider.ts';

/** Asks the provider of a step where one is named, else all of them. */
export function compositeRuntime(parts: Parts): Runtime {
  const asked = (step: string | undefined, ofStep: (step: string) => Provider): readonly Provider[] =>
    step === undefined ? parts.working() : [ofStep(step)];
  return {
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
    invoke: async (workflow, step, call) => {
      const { runtime } = parts.ofStep(workflow, step.id);
      if (runtime.invoke) return runtime.invoke(workflow, step, call);
      throw new FdlError('not-callable', `steps on ${step.provider} can not be called directly`);
    },
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
