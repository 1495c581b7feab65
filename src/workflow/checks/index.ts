/** All checks, in one list. */
import type { Diagnostic } from '../../fdl/diagnostic.ts';
import { reveal } from '../../secret.ts';
import { kindOfStore } from '../../storage/kinds.ts';
import type { Store } from '../../storage/store.ts';
import { type Check, type CheckContext, problem } from '../check.ts';
import type { Dialect } from '../dialect.ts';
import type { Folder, Step } from '../model.ts';
import { flowChecks } from './flow.ts';
import { bucketNames } from './names.ts';

/** Everything that would keep a workflow, or a step of it, from working. */
export function checkWorkflow(context: CheckContext, dialects: readonly Dialect[]): readonly Diagnostic[] {
  const own = dialects.flatMap(({ checks }) => checks);
  const checks = [...own, bucketNames, ...flowChecks, ...storeChecks(dialects)];
  return checks.flatMap((check) => check(context));
}

// Inputs that nothing listens to, and outputs that nothing can open.

type Dialects = ReadonlyMap<string, Dialect>;

const unheardInputs =
  (dialects: Dialects): Check =>
  ({ workflow }) => {
    const stores = new Map(workflow.stores.map((store) => [store.id, store]));
    return workflow.steps.flatMap((step) =>
      step.inputs.flatMap((folder) => {
        const store = stores.get(folder.store);
        const dialect = dialects.get(step.provider);
        if (!store || !dialect || dialect.hears(step, store)) return [];
        const message = `"${step.id}" cannot be triggered by files in ${store.id}`;
        return [problem(step, 'unheard-input', message, folder.place, dialect.hearingHint)];
      }),
    );
  };

const closedOutputs =
  (dialects: Dialects): Check =>
  ({ workflow }) => {
    const stores = new Map(workflow.stores.map((store) => [store.id, store]));
    const clusters = new Set(workflow.clusters.map(({ id }) => id));
    return workflow.steps.flatMap((step) =>
      step.outputs.flatMap((folder) => {
        const store = stores.get(folder.store);
        const isOpened = store && dialects.get(step.provider)?.opens(store);
        // An undeclared store is reported by its name already.
        if (!store || isOpened || !isClosed(store, clusters)) return [];
        return [closed(step, folder, store)];
      }),
    );
  };

function isClosed(store: Store, clusters: ReadonlySet<string>): boolean {
  if (hasKeys(store)) return false;
  const { account, ofClusters } = kindOfStore(store.kind);
  if (ofClusters && clusters.has(store.name)) return false;
  return store.place !== undefined || store.id === account;
}

/** Any filled-in credential counts: which ones are needed differs from kind to kind. */
function hasKeys(store: Store): boolean {
  return Object.values(store.credentials).some((value) => reveal(value) !== '');
}

function closed(step: Step, folder: Folder, store: Store) {
  const message = `"${step.id}" writes to ${store.id}, for which the file has no credentials`;
  const { variables } = kindOfStore(store.kind);
  const fields = Object.entries(variables ?? {}).map(([field, name]) => `${field}: \${env:${name}}`);
  const hint = variables
    ? `Declare "storage_providers.${store.id}" with ${fields.join(' and ')}.`
    : `Fill in its credentials below "storage_providers.${store.id}".`;
  return problem(step, 'no-credentials', message, folder.place, hint);
}

function storeChecks(dialects: readonly Dialect[]): readonly Check[] {
  const byName = new Map(dialects.map((dialect) => [dialect.name, dialect]));
  return [unheardInputs(byName), closedOutputs(byName)];
}
