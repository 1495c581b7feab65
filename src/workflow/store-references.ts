/** Which store a reference of the file means, and which stores hold the same buckets. */
import type { Place } from '../errors.ts';
import { type Diagnostic, warning } from '../fdl/diagnostic.ts';
import type { Document } from '../fdl/document.ts';
import { nearest } from '../fdl/suggest.ts';
import type { Text } from '../secret.ts';
import { isStoreKind, kindOfStore } from '../storage/kinds.ts';
import type { Store } from '../storage/store.ts';
import { STORE_KINDS, type StoreKind } from '../store-kinds.ts';

/** Beyond so many stores, looking for the one that a wrong name may have meant takes too long. */
const MAX_SUGGESTED = 200;

/** Stores by id, as far as the file names them; in lower case too, since letters are often mixed up. */
export type StoreTable = ReadonlyMap<string, Store>;

interface Entry {
  readonly [field: string]: unknown;
}

/** All stores that the file declares, those of its clusters, and those of accounts. */
export function storeTable(document: Document, clusterIds: Iterable<string>): StoreTable {
  const table = new Map(ACCOUNTS.map((store) => [store.id, store]));
  for (const cluster of clusterIds)
    for (const kind of STORE_KINDS)
      if (kindOfStore(kind).ofClusters) table.set(`${kind}.${cluster}`, bareStore(kind, cluster));
  const namespaces = new Map<string, string>();
  for (const kind of STORE_KINDS) {
    const providers = (document.fdl.storage_providers?.[kind] ?? {}) as Readonly<Record<string, Entry>>;
    for (const [name, entry] of Object.entries(providers)) {
      const place = document.place(['storage_providers', kind, name]);
      const store = declaredStore(kind, name, entry, place);
      const { account } = kindOfStore(kind);
      const server = store.endpoint && serverOf(store.endpoint);
      const namespace = account ?? ((server && namespaces.get(server)) || store.id);
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

/** A store of which no more is known than how it is called. */
export function bareStore(kind: StoreKind, name: string): Store {
  const id = `${kind}.${name}`;
  const namespace = kindOfStore(kind).account ?? id;
  return { id, kind, name, namespace, verifyTls: true, credentials: {} };
}

/** The stores that exist by themselves, in the account that the workflow is deployed to. */
const ACCOUNTS = STORE_KINDS.flatMap((kind) => {
  const { account } = kindOfStore(kind);
  return account === undefined ? [] : [bareStore(kind, account.slice(kind.length + 1))];
});

function declaredStore(kind: StoreKind, name: string, entry: Entry, place: Place): Store {
  const { endpoint: field, settings } = kindOfStore(kind);
  const endpoint = field === undefined ? undefined : entry[field];
  const credentials = Object.entries(entry).filter(([each]) => !settings.includes(each));
  return {
    ...bareStore(kind, name),
    ...(typeof endpoint === 'string' && endpoint !== '' && { endpoint: withoutLogin(endpoint) }),
    ...(typeof entry['region'] === 'string' && entry['region'] !== '' && { region: entry['region'] }),
    verifyTls: entry['verify'] !== false,
    credentials: Object.fromEntries(credentials) as Readonly<Record<string, Text>>,
    place,
  };
}

/** An address without user and password: what is signed with keys needs none, and addresses lie in images and outputs. */
function withoutLogin(endpoint: string): string {
  return endpoint.replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^/?#]*@/i, '$1');
}

/** Endpoints that have a login, which is left out. */
export function loginsInEndpoints(document: Document): readonly Diagnostic[] {
  return STORE_KINDS.flatMap((kind) => {
    const { endpoint: field } = kindOfStore(kind);
    const providers = (document.fdl.storage_providers?.[kind] ?? {}) as Readonly<Record<string, Entry>>;
    return Object.entries(providers).flatMap(([name, entry]) => {
      const endpoint = field === undefined ? undefined : entry[field];
      if (field === undefined || typeof endpoint !== 'string' || withoutLogin(endpoint) === endpoint)
        return [];
      const message = `the ${field} of ${kind}.${name} has a login, which is left out`;
      const hint = `Write the address of the server alone, and credentials in the fields for them.`;
      return [
        warning('login-in-address', message, document.place(['storage_providers', kind, name, field]), {
          hint,
        }),
      ];
    });
  });
}

interface Reference {
  /** As written in `storage_provider`; absent when the entry has none. */
  readonly text: string | undefined;
  readonly place: Place;
  /** What an absent reference or one without a name means: `s3.default`, `minio.<cluster>`. */
  readonly fallback: string;
  /** The cluster whose service refers, if it is one. */
  readonly cluster?: string | undefined;
}

interface Referred {
  readonly store?: Store;
  readonly diagnostics: readonly Diagnostic[];
}

/** Finds the store of a reference such as `minio`, `S3`, `minio.default`, `minio.my_minio`. */
export function referredStore(table: StoreTable, reference: Reference): Referred {
  const text = reference.text?.trim() || reference.fallback;
  const dot = text.indexOf('.');
  const kind = (dot < 0 ? text : text.slice(0, dot)).toLowerCase();
  const name = dot < 0 ? '' : text.slice(dot + 1);
  if (!isStoreKind(kind)) return { diagnostics: [unknownKind(text, kind, reference.place)] };
  const id = storeId(kind, name, reference);
  const store = table.get(id) ?? table.get(id.toLowerCase());
  if (store) return { store, diagnostics: [] };
  // Used all the same: what it takes to reach it may come from the configuration of clusters.
  return {
    store: bareStore(kind, id.slice(kind.length + 1)),
    diagnostics: undeclaredStore(table, kind, id, reference),
  };
}

function storeId(kind: StoreKind, name: string, { cluster }: Reference): string {
  const isDefault = name === '' || name.toLowerCase() === 'default';
  if (isDefault && cluster !== undefined && kindOfStore(kind).ofClusters) return `${kind}.${cluster}`;
  return `${kind}.${isDefault ? 'default' : name}`;
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
  if (id === `${kind}.default` && kindOfStore(kind).ofClusters) {
    const hint = `Declare it as "storage_providers.${id}", or name a declared one: ${kind}.<id>.`;
    const message = 'a function on AWS has no MinIO of its own';
    return [warning('unknown-store', message, place, { hint, blocks: 'cloud' })];
  }
  const ids = table.size <= MAX_SUGGESTED ? [...table.values()].map((store) => store.id) : [];
  const meant = nearest(id, ids);
  const declare = `Declare it as "storage_providers.${id}".`;
  const hint =
    meant && !ACCOUNTS.some((store) => store.id === meant) ? `Did you mean ${meant}? ${declare}` : declare;
  return [
    warning('unknown-store', `the storage provider "${id}" is not declared`, place, {
      hint,
      blocks: 'cloud',
    }),
  ];
}
