/** All checks, in one list. */
import type { Place } from '../../errors.ts';
import type { Diagnostic } from '../../fdl/diagnostic.ts';
import { reveal } from '../../secret.ts';
import { addressOf } from '../../storage/address.ts';
import { kindOfStore } from '../../storage/kinds.ts';
import { lackingFields, type Store } from '../../storage/store.ts';
import { STORE_KINDS } from '../../store-kinds.ts';
import { unsetIn } from '../../unset.ts';
import { type Check, type CheckContext, problem } from '../check.ts';
import type { Dialect } from '../dialect.ts';
import type { Folder, Step } from '../model.ts';
import { bareStore } from '../store-references.ts';
import { flowChecks } from './flow.ts';
import { bucketNames } from './names.ts';

/** Everything that would keep a workflow, or a step of it, from working. */
export function checkWorkflow(context: CheckContext, dialects: readonly Dialect[]): readonly Diagnostic[] {
  const own = dialects.flatMap(({ checks }) => checks);
  const checks = [...own, bucketNames, ...flowChecks, ...storeChecks(dialects)];
  return checks.flatMap((check) => check(context));
}

// Inputs that nothing listens to, and folders that a step cannot open.

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

/** Folders in stores that a step cannot reach: of kinds that it does not know, or without what it takes to open them. */
const closedFolders =
  (dialects: Dialects): Check =>
  ({ workflow }) => {
    const stores = new Map(workflow.stores.map((store) => [store.id, store]));
    const clusters = new Set(workflow.clusters.map(({ id }) => id));
    return workflow.steps.flatMap((step) =>
      [...step.inputs, ...step.outputs].flatMap((folder) => {
        const store = stores.get(folder.store);
        const dialect = dialects.get(step.provider);
        // An undeclared store is reported by its name already, and an input that nothing listens to by that.
        if (!store || !dialect || !isToBeOpened(store, clusters)) return [];
        if (step.inputs.includes(folder) && !dialect.hears(step, store)) return [];
        return closedFolder(step, folder, store, dialect);
      }),
    );
  };

/** Whether it is the file that says how a store is opened: its cluster knows it, else. */
function isToBeOpened(store: Store, clusters: ReadonlySet<string>): boolean {
  const { account, ofClusters } = kindOfStore(store.kind);
  if (ofClusters && clusters.has(store.name)) return false;
  return store.place !== undefined || store.id === account;
}

function closedFolder(step: Step, folder: Folder, store: Store, { needs }: Dialect): readonly Diagnostic[] {
  const needed = needs(step, store);
  if (!needed) {
    const kinds = STORE_KINDS.filter((kind) => needs(step, bareStore(kind, 'any')));
    const message = `"${step.id}" cannot write to ${store.id}: it reaches no ${store.kind}`;
    const hint = `Use a store of one of these kinds: ${kinds.join(', ')}.`;
    return [problem(step, 'storage-unsupported', message, folder.place, hint)];
  }
  const missing = lackingFields(store, needed);
  if (missing.length === 0) return wrongAddress(step, folder, store);
  const isBare = hasAddress(store, missing) && !hasKeys(store);
  return [isBare ? closed(step, folder, store) : incomplete(step, store, missing, folder.place)];
}

/** A value that is not known here is known where it is used. */
function wrongAddress(step: Step, folder: Folder, store: Store): readonly Diagnostic[] {
  const { kind, endpoint } = store;
  if (endpoint === undefined || unsetIn(endpoint) !== undefined || addressOf(endpoint)) return [];
  const { endpoint: field } = kindOfStore(kind);
  const message = `the ${field} of "${store.id}" is no address of a server: ${endpoint}`;
  const hint = `Write it as in: ${field}: store.example.org:443, or as a URL with https.`;
  return [problem(step, 'storage-address', message, store.place ?? folder.place, hint)];
}

/** Any filled-in credential counts: which ones are needed differs from kind to kind. */
function hasKeys(store: Store): boolean {
  return Object.values(store.credentials).some((value) => reveal(value) !== '');
}

/** Where a server is, the file must say; keys may come from whoever deploys it. */
function hasAddress({ kind }: Store, missing: readonly string[]): boolean {
  return !missing.some((field) => field === kindOfStore(kind).endpoint);
}

/** A store that lacks some of its fields: `no-credentials` where it lacks keys alone, else `storage-incomplete`. */
export function incomplete(step: Step, store: Store, missing: readonly string[], place: Place): Diagnostic {
  const fields = missing.map((field) => `"${field}"`).join(' and ');
  const hint = `Add ${fields} to it below "storage_providers.${store.id}", as in \${env:NAME}.`;
  const message = `the storage provider "${store.id}" has no ${fields}`;
  const at = store.place ?? place;
  return hasAddress(store, missing)
    ? problem(step, 'no-credentials', message, at, hint)
    : problem(step, 'storage-incomplete', message, at, hint);
}

function closed(step: Step, folder: Folder, store: Store): Diagnostic {
  const does = step.inputs.some((each) => each === folder) ? 'reads from' : 'writes to';
  const message = `"${step.id}" ${does} ${store.id}, for which the file has no credentials`;
  const { variables } = kindOfStore(store.kind);
  const fields = Object.entries(variables ?? {}).map(([field, name]) => `${field}: \${env:${name}}`);
  const hint = variables
    ? `Declare "storage_providers.${store.id}" with ${fields.join(' and ')}.`
    : `Fill in its credentials below "storage_providers.${store.id}".`;
  return problem(step, 'no-credentials', message, folder.place, hint);
}

function storeChecks(dialects: readonly Dialect[]): readonly Check[] {
  const byName = new Map(dialects.map((dialect) => [dialect.name, dialect]));
  return [unheardInputs(byName), closedFolders(byName)];
}
