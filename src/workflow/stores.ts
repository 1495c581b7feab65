/** Which store a reference of the file means, and which stores hold the same buckets. */
import type { Place } from '../errors.ts';
import { type Diagnostic, warning } from '../fdl/diagnostic.ts';
import type { Document } from '../fdl/document.ts';
import { nearest } from '../fdl/suggest.ts';
import type { Text } from '../secret.ts';
import { STORE_KINDS, type Store, type StoreKind } from '../storage/store.ts';

/** Fields of a storage provider that are not credentials. */
const SETTINGS = new Set(['endpoint', 'region', 'verify', 'hostname', 'host', 'oneprovider_host']);

/** The S3 of the AWS account that the workflow is deployed to. */
const ACCOUNT_S3: Store = {
  id: 's3.default',
  kind: 's3',
  name: 'default',
  namespace: 's3.default',
  verifyTls: true,
  credentials: {},
};

/** Beyond so many stores, looking for the one that a wrong name may have meant takes too long. */
const MAX_SUGGESTED = 200;

/** Stores by id, as far as the file names them; in lower case too, since letters are often mixed up. */
export type StoreTable = ReadonlyMap<string, Store>;

interface Entry {
  readonly [field: string]: unknown;
}

/** All stores that the file declares, those of its clusters, and the account's S3. */
export function storeTable(document: Document, clusterIds: Iterable<string>): StoreTable {
  const table = new Map<string, Store>([[ACCOUNT_S3.id, ACCOUNT_S3]]);
  const namespaces = new Map<string, string>();
  for (const cluster of clusterIds) table.set(`minio.${cluster}`, clusterStore(cluster));
  for (const kind of STORE_KINDS) {
    const providers = (document.fdl.storage_providers?.[kind] ?? {}) as Readonly<Record<string, Entry>>;
    for (const [name, entry] of Object.entries(providers)) {
      const place = document.place(['storage_providers', kind, name]);
      const store = declaredStore(kind, name, entry, place);
      const server = store.endpoint && serverOf(store.endpoint);
      const namespace = kind === 's3' ? ACCOUNT_S3.id : ((server && namespaces.get(server)) ?? store.id);
      if (server) namespaces.set(server, namespace);
      table.set(store.id, { ...store, namespace });
    }
  }
  for (const [id, store] of [...table]) if (!table.has(id.toLowerCase())) table.set(id.toLowerCase(), store);
  return table;
}

/** An endpoint in the form in which two of one server are equal. */
function serverOf(endpoint: string): string {
  let end = endpoint.length;
  while (endpoint[end - 1] === '/') end--;
  return endpoint.slice(0, end).toLowerCase();
}

function clusterStore(cluster: string): Store {
  const id = `minio.${cluster}`;
  return { id, kind: 'minio', name: cluster, namespace: id, verifyTls: true, credentials: {} };
}

function declaredStore(kind: StoreKind, name: string, entry: Entry, place: Place): Store {
  const endpoint = entry['endpoint'] ?? entry['hostname'] ?? entry['host'] ?? entry['oneprovider_host'];
  const credentials = Object.entries(entry).filter(([field]) => !SETTINGS.has(field));
  return {
    id: `${kind}.${name}`,
    kind,
    name,
    namespace: `${kind}.${name}`,
    ...(typeof endpoint === 'string' && endpoint !== '' && { endpoint }),
    ...(typeof entry['region'] === 'string' && entry['region'] !== '' && { region: entry['region'] }),
    verifyTls: entry['verify'] !== false,
    credentials: Object.fromEntries(credentials) as Readonly<Record<string, Text>>,
    place,
  };
}

export interface Reference {
  /** As written in `storage_provider`; absent when the entry has none. */
  readonly text: string | undefined;
  readonly place: Place;
  /** What an absent reference or one without a name means: `s3.default`, `minio.<cluster>`. */
  readonly fallback: string;
  /** The cluster whose service refers, if it is one. */
  readonly cluster?: string | undefined;
}

export interface Referred {
  readonly store?: Store;
  readonly diagnostics: readonly Diagnostic[];
}

/** Finds the store of a reference such as `minio`, `S3`, `minio.default`, `minio.my_minio`. */
export function referredStore(table: StoreTable, reference: Reference): Referred {
  const text = reference.text?.trim() || reference.fallback;
  const dot = text.indexOf('.');
  const kind = (dot < 0 ? text : text.slice(0, dot)).toLowerCase();
  const name = dot < 0 ? '' : text.slice(dot + 1);
  if (!isKind(kind)) return { diagnostics: [unknownKind(text, kind, reference.place)] };
  const id = storeId(kind, name, reference);
  const store = table.get(id) ?? table.get(id.toLowerCase());
  if (store) return { store, diagnostics: [] };
  // Used all the same: what it takes to reach it may come from the configuration of clusters.
  const undeclared = { ...clusterStore(name || 'default'), id, kind, name: name || 'default', namespace: id };
  const namespace = kind === 's3' ? ACCOUNT_S3.id : id;
  return { store: { ...undeclared, namespace }, diagnostics: undeclaredStore(table, kind, id, reference) };
}

function storeId(kind: StoreKind, name: string, { cluster }: Reference): string {
  const isDefault = name === '' || name.toLowerCase() === 'default';
  if (kind === 'minio' && isDefault && cluster !== undefined) return `minio.${cluster}`;
  return `${kind}.${isDefault ? 'default' : name}`;
}

function isKind(kind: string): kind is StoreKind {
  return (STORE_KINDS as readonly string[]).includes(kind);
}

function unknownKind(text: string, kind: string, place: Place): Diagnostic {
  const meant = nearest(kind, STORE_KINDS);
  const hint = meant
    ? `Did you mean ${meant}?`
    : `Write one of ${STORE_KINDS.join(', ')}, with ".id" for one of "storage_providers".`;
  const message = `"${text}" is no storage provider`;
  return warning('unknown-store', message, place, { hint, blocks: 'any' });
}

function undeclaredStore(
  table: StoreTable,
  kind: StoreKind,
  id: string,
  { place }: Reference,
): readonly Diagnostic[] {
  if (id === 'minio.default' && kind === 'minio') {
    const hint = 'Declare it as "storage_providers.minio.default", or name a declared one: minio.<id>.';
    const message = 'a function on AWS has no MinIO of its own';
    return [warning('unknown-store', message, place, { hint, blocks: 'cloud' })];
  }
  const ids = table.size <= MAX_SUGGESTED ? [...table.values()].map((store) => store.id) : [];
  const meant = nearest(id, ids);
  const declare = `Declare it as "storage_providers.${id}".`;
  const hint = meant && meant !== ACCOUNT_S3.id ? `Did you mean ${meant}? ${declare}` : declare;
  return [
    warning('unknown-store', `the storage provider "${id}" is not declared`, place, {
      hint,
      blocks: 'cloud',
    }),
  ];
}
