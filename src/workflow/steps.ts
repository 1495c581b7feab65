/** What steps of all providers are made from. */
import type { Place } from '../errors.ts';
import { type Diagnostic, warning } from '../fdl/diagnostic.ts';
import type { Document } from '../fdl/document.ts';
import type { StorageEntry } from '../fdl/schema/index.ts';
import type { Path } from '../fdl/tree.ts';
import type { Text } from '../secret.ts';
import type { Store } from '../storage/store.ts';
import { splitPath } from '../storage/uri.ts';
import type { Output } from './model.ts';
import type { Bases } from './scripts.ts';
import { referredStore, type StoreTable } from './store-references.ts';

/**
 * Characters of a path: a bucket's name, a slash, and the key of an object.
 * Rule: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
 */
export const LONGEST_PATH = 63 + 1 + 1024;

/** What turning entries of a file into steps needs to know of the rest of it. */
export interface StepContext {
  readonly document: Document;
  readonly table: StoreTable;
  readonly bases: Bases;
}

/** The step's own view of the file: its id for findings, the path of its entry, and the cluster that it is for. */
interface StepEntry {
  readonly id: string;
  readonly path: Path;
  readonly cluster?: string;
}

interface Folders {
  readonly folders: readonly Output[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads the `input` or `output` of an entry. `fallback` is the store of entries that name none. */
export function readFolders(
  { document, table }: StepContext,
  { id, path, cluster }: StepEntry,
  key: 'input' | 'output',
  entries: readonly StorageEntry[],
  fallback: string,
): Folders {
  const folders: Output[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [index, entry] of entries.entries()) {
    const at = [...path, key, index];
    const place = document.place([...at, 'path']);
    const reference = { text: entry.storage_provider, place: document.place([...at, 'storage_provider']) };
    if (entry.path && !reference.text?.trim())
      diagnostics.push(noProvider(key, fallback, reference.place, id));
    const referred = referredStore(table, { ...reference, fallback, cluster });
    for (const found of referred.diagnostics) diagnostics.push({ ...found, step: id });
    const folder = referred.store && readFolder(entry, referred.store, place);
    if (folder) folders.push(folder);
    else if (referred.store) diagnostics.push(noFolder(entry, key, place, id));
  }
  return { folders, diagnostics };
}

/** For a file system, the last two are the folder itself and the one above it. */
const NO_BUCKET = ['', '.', '..'];

function readFolder(entry: StorageEntry, store: Store, place: Place): Output | undefined {
  const { path = '' } = entry;
  const { bucket, prefix } = path.length > LONGEST_PATH ? { bucket: '', prefix: '' } : splitPath(path);
  if (NO_BUCKET.includes(bucket)) return undefined;
  return {
    store: store.id,
    namespace: store.namespace,
    bucket,
    prefix,
    place,
    prefixes: entry.prefix ?? [],
    suffixes: entry.suffix ?? [],
  };
}

function noProvider(key: string, fallback: string, place: Place, step: string): Diagnostic {
  const [taken] = fallback.split('.');
  const message = `an entry of "${key}" names no storage provider; ${taken} is taken`;
  return warning('no-provider', message, place, { hint: `Add "storage_provider: ${taken}".`, step });
}

function noFolder({ path = '' }: StorageEntry, key: string, place: Place, step: string): Diagnostic {
  const hint = 'Write "path: bucket/folder".';
  return warning('no-path', pathFault(path, key), place, { hint, step, blocks: 'any' });
}

function pathFault(path: string, key: string): string {
  if (path.length > LONGEST_PATH)
    return `a path of ${path.length} characters can name no folder: ${LONGEST_PATH} are allowed`;
  const { bucket } = splitPath(path);
  return bucket === '' ? `an entry of "${key}" has no path` : `no bucket is called "${bucket}"`;
}

interface Variables {
  readonly Variables?: Readonly<Record<string, Text>>;
  readonly variables?: Readonly<Record<string, Text>>;
  readonly Secrets?: Readonly<Record<string, Text>>;
  readonly secrets?: Readonly<Record<string, Text>>;
}

/** The variables of an `environment` section, however its parts are spelt; secrets are variables too. */
export function variablesOf(environment: Variables | undefined): Readonly<Record<string, Text>> {
  return {
    ...environment?.Variables,
    ...environment?.variables,
    ...environment?.Secrets,
    ...environment?.secrets,
  };
}

/** Leaves out what is undefined, as exact optional properties want it. */
export function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const present = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
