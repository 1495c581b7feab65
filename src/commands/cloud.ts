/** A workflow that is deployed to clouds, as the commands work with it. */
import { FdlError } from '../errors.ts';
import type { Runtime } from '../providers/provider.ts';
import type { Storage } from '../storage/storage.ts';
import type { Workflow } from '../workflow/model.ts';
import type { CommandContext } from './command.ts';
import { openWorkflow } from './provider.ts';

export interface Cloud {
  /** With what its providers know of it. */
  readonly workflow: Workflow;
  readonly runtime: Runtime;
  /** Opens a store by its id. */
  storage(store: string): Storage;
}

/** Opens the providers of a workflow; `local`: this machine instead. */
export async function openCloud(context: CommandContext, file: Workflow, local = false): Promise<Cloud> {
  const { workflow, provider } = await openWorkflow(context, file, local);
  const { runtime } = provider;
  const stores = new Map(workflow.stores.map((store) => [store.id, store]));
  const opened = new Map<string, Storage>();
  return {
    workflow,
    runtime,
    storage(id) {
      const store = stores.get(id);
      if (!store) throw new Error(`the workflow has no store ${id}`);
      const storage = opened.get(id) ?? runtime.storage(workflow, store);
      opened.set(id, storage);
      return storage;
    },
  };
}

/** These steps and all that come after them. */
export function stepsFrom({ links }: Workflow, first: readonly string[]): ReadonlySet<string> {
  const reached = new Set(first);
  // It grows as it is walked through.
  for (const id of reached) for (const { from, to } of links) if (from === id) reached.add(to);
  return reached;
}

/**
 * Makes sure that steps are there before anything is sent to them; what is there and not ready is said.
 * @throws FdlError `step-not-deployed`
 */
export async function requireDeployed(
  { terminal }: CommandContext,
  { workflow, runtime }: Cloud,
  steps: ReadonlySet<string>,
): Promise<void> {
  const deployed = new Map((await runtime.steps(workflow)).map((each) => [each.step, each]));
  const missing = [...steps].filter((id) => !deployed.has(id));
  if (missing.length > 0) throw notDeployed(workflow, missing);
  for (const id of steps) {
    const state = deployed.get(id)?.state;
    if (state !== undefined && state !== 'ready') terminal.note(`${id} is not ready: ${state}`);
  }
}

function notDeployed({ file }: Workflow, steps: readonly string[]): FdlError {
  const what = steps.length === 1 ? `the step "${steps[0]}" is` : `the steps ${steps.join(', ')} are`;
  return new FdlError('step-not-deployed', `${what} not deployed`, {
    hint: `Deploy the workflow: fdl apply ${file}; or run every step on this machine: --local.`,
  });
}
