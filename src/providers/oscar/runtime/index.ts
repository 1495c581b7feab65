/** What goes on in a workflow on OSCAR clusters: its services, their jobs and logs, its stores, and direct calls. */
import type { Storage } from '../../../storage/storage.ts';
import type { Step, Workflow } from '../../../workflow/model.ts';
import { cloudWork, type Looks } from '../../cloud-work.ts';
import type { Call, CallResult, Runtime } from '../../runtime.ts';
import { type Located, locate, type OscarRuntimeDeps } from './deps.ts';
import { openInvocations } from './invocations.ts';
import { invokeService } from './invoke.ts';
import { type ObjectLookup, openLookup } from './job-objects.ts';
import { readLogs } from './logs.ts';
import { deployedSteps, deployedWorkflows } from './steps.ts';
import { oscarStorage } from './storage.ts';

/** Looks at the steps of a workflow that are on clusters. Nothing is contacted before something is asked for. */
export function oscarRuntime(deps: OscarRuntimeDeps): Runtime {
  const { signal, delay } = deps;
  const read = openInvocations(signal);
  const lookupOf = openOnce((workflow: Workflow) => openLookup(storeOpener(workflow, deps)));
  const looks: Looks = {
    async *invocations(workflow, query) {
      yield* await read(await locate(workflow, query.step, deps), query, lookupOf(workflow));
    },
    async *logs(workflow, query) {
      yield* readLogs(await locate(workflow, query.step, deps), query, { signal, delay });
    },
    steps: async (workflow) => deployedSteps(await locate(workflow, undefined, deps), deps),
    storage: (workflow, store) => oscarStorage(workflow, store, deps),
  };
  const calls: Pick<Runtime, 'invoke'> = {
    invoke: async (workflow, step, call) => invoke(workflow, step, call, deps),
  };
  return {
    ...looks,
    ...calls,
    ...cloudWork({ ...looks, ...calls }, signal),
    deployed: (missed) => deployedWorkflows(deps, missed),
  };
}

/** What is made for a workflow, kept for as long as that is looked at. */
function openOnce(make: (workflow: Workflow) => ObjectLookup): (workflow: Workflow) => ObjectLookup {
  const made = new WeakMap<Workflow, ObjectLookup>();
  return (workflow) => {
    const look = made.get(workflow) ?? make(workflow);
    made.set(workflow, look);
    return look;
  };
}

function storeOpener(workflow: Workflow, deps: OscarRuntimeDeps): (id: string) => Storage {
  const opened = new Map<string, Storage>();
  return (id) => {
    const store = workflow.stores.find((each) => each.id === id);
    if (!store) throw new Error(`the workflow has no store ${id}`);
    const storage = opened.get(id) ?? oscarStorage(workflow, store, deps);
    opened.set(id, storage);
    return storage;
  };
}

async function invoke(
  workflow: Workflow,
  { id }: Step,
  call: Call,
  deps: OscarRuntimeDeps,
): Promise<CallResult> {
  const [located] = await locate(workflow, id, deps);
  if (!located) throw new Error(`the step ${id} is not on a cluster`);
  return invokeService(located satisfies Located, call, deps);
}
