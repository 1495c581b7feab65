/** Inputs that nothing listens to, and outputs that nothing can open. */
import { reveal } from '../../secret.ts';
import type { Store } from '../../storage/store.ts';
import type { Folder, Step } from '../model.ts';
import { type Check, problem } from './context.ts';

/** Lambda hears of objects in S3; a cluster of those in its own MinIO, and of WebDAV and Rucio. */
const unheardInputs: Check = ({ workflow }) => {
  const stores = new Map(workflow.stores.map((store) => [store.id, store]));
  return workflow.steps.flatMap((step) =>
    step.inputs.flatMap((folder) => {
      const store = stores.get(folder.store);
      if (!store || hears(step, store)) return [];
      const message = `"${step.id}" cannot be triggered by files in ${store.id}`;
      return [problem(step, 'unheard-input', message, folder.place, listenHint(step))];
    }),
  );
};

function hears(step: Step, store: Store): boolean {
  if (step.provider === 'aws') return store.kind === 's3';
  const own = store.kind === 'minio' && (store.namespace === `minio.${step.cluster}` || isDeclared(store));
  return own || store.kind === 'webdav' || store.kind === 'rucio';
}

/** A declared server may be the cluster's own under another name: only the cluster can tell. */
function isDeclared(store: Store): boolean {
  return store.endpoint !== undefined;
}

function listenHint(step: Step): string {
  return step.provider === 'aws'
    ? 'Functions on AWS listen to "storage_provider: s3".'
    : `Services listen to the MinIO of their cluster: "storage_provider: minio.default".`;
}

const closedOutputs: Check = ({ workflow }) => {
  const stores = new Map(workflow.stores.map((store) => [store.id, store]));
  const clusters = new Set(workflow.clusters.map(({ id }) => id));
  return workflow.steps.flatMap((step) =>
    step.outputs.flatMap((folder) => {
      const store = stores.get(folder.store);
      // An undeclared store is reported by its name already.
      if (!store || !isClosed(step, store, clusters)) return [];
      return [closed(step, folder, store)];
    }),
  );
};

function isClosed(step: Step, store: Store, clusters: ReadonlySet<string>): boolean {
  if (hasKeys(store)) return false;
  // A function on AWS opens S3 with its role.
  if (store.kind === 's3')
    return step.provider === 'oscar' && (store.place !== undefined || isAccount(store));
  if (store.kind === 'minio' && clusters.has(store.name)) return false;
  return store.place !== undefined;
}

function isAccount({ id, namespace }: Store): boolean {
  return id === namespace;
}

/** Any filled-in credential counts: which ones are needed differs from kind to kind. */
function hasKeys(store: Store): boolean {
  return Object.values(store.credentials).some((value) => reveal(value) !== '');
}

function closed(step: Step, folder: Folder, store: Store) {
  const message = `"${step.id}" writes to ${store.id}, for which the file has no credentials`;
  const keys =
    store.kind === 's3' ? ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] : ['ACCESS_KEY', 'SECRET_KEY'];
  const hint =
    store.kind === 's3' || store.kind === 'minio'
      ? `Declare "storage_providers.${store.id}" with access_key: \${env:${keys[0]}} and secret_key: \${env:${keys[1]}}.`
      : `Fill in its credentials below "storage_providers.${store.id}".`;
  return problem(step, 'no-credentials', message, folder.place, hint);
}

export const storeChecks: readonly Check[] = [unheardInputs, closedOutputs];
