/** Stores as the services of a cluster know them. */
import { isStoreKind } from '../../../storage/kinds.ts';
import { lackingFields, type Store } from '../../../storage/store.ts';
import type { StoreKind } from '../../../store-kinds.ts';
import type { Rule } from '../../../workflow/check.ts';
import { incomplete } from '../../../workflow/checks/index.ts';
import type { Step } from '../../../workflow/model.ts';
import { bareStore } from '../../../workflow/store-references.ts';
import { isOscar, type OscarStep } from './step.ts';

/** Fields without which the supervisor of a cluster gives up. Rule: faas-supervisor, `storage/config.py`. */
const REQUIRED: Readonly<Partial<Record<StoreKind, readonly string[]>>> = {
  s3: ['access_key', 'secret_key'],
  minio: ['endpoint', 'access_key', 'secret_key'],
  onedata: ['oneprovider_host', 'token', 'space'],
  webdav: ['hostname', 'login', 'password'],
  rucio: ['host', 'account', 'rse', 'auth_host'],
};

/** The fields that the supervisor of a cluster needs; nothing for kinds that it does not know. */
export function requiredOf(kind: StoreKind): readonly string[] | undefined {
  return REQUIRED[kind];
}

/** A cluster hears of new files in its own MinIO, and in WebDAV and Rucio. */
export function hears(step: Step, store: Store): boolean {
  if (!isOscar(step)) return false;
  const own = store.kind === 'minio' && (store.namespace === `minio.${step.cluster}` || isDeclared(store));
  return own || store.kind === 'webdav' || store.kind === 'rucio';
}

/** A declared server may be the cluster's own under another name: only the cluster can tell. */
function isDeclared(store: Store): boolean {
  return store.endpoint !== undefined;
}

/** Of a MinIO that starts it, a service needs nothing: that is the one of its cluster, whatever it is called. */
export function neededOf(step: Step, store: Store): readonly string[] | undefined {
  const starts = store.kind === 'minio' && step.inputs.some(({ store: id }) => id === store.id);
  return starts ? [] : requiredOf(store.kind);
}

/** A folder of another store than the cluster's is mounted with the credentials of the file. */
const mountedStores: Rule<OscarStep> = (step, { at, workflow }) => {
  const { path, storage_provider: reference = '' } = step.settings.mount ?? {};
  const [kind = '', ...rest] = reference.trim().toLowerCase().split('.');
  const name = rest.join('.') || 'default';
  const isOwn = kind === 'minio' && (name === 'default' || workflow.clusters.some(({ id }) => id === name));
  if (!path || !isStoreKind(kind) || isOwn) return [];
  const store = workflow.stores.find(({ id }) => id.toLowerCase() === `${kind}.${name}`);
  const known = store ?? bareStore(kind, name);
  const missing = lackingFields(known, neededOf(step, known) ?? []);
  return missing.length > 0 ? [incomplete(step, known, missing, at(step, 'mount', 'storage_provider'))] : [];
};

export const STORES: readonly Rule<OscarStep>[] = [mountedStores];
