/** Finds what somebody names: a URI of a store, by what is known of stores here, or a path on this machine. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { FdlError } from '../../errors.ts';
import { openKnownStorage } from '../../providers/registry.ts';
import { kindOfStore } from '../../storage/kinds.ts';
import { localStorage } from '../../storage/local-folders.ts';
import { openStorage } from '../../storage/open.ts';
import type { Storage } from '../../storage/storage.ts';
import { meantUri, objectUri, parseStoreUri, type StorageUri } from '../../storage/uri.ts';
import type { Settings } from '../settings.ts';

/** A store that is opened. Two of one id in one command are one. */
export interface OpenedStore {
  /** Such as `s3.default`, as URIs have it. */
  readonly id: string;
  readonly storage: Storage;
}

/** A place in a store, or on this machine, which counts as a store whose buckets are folders. */
export interface Place extends OpenedStore {
  /** As somebody wrote it. */
  readonly written: string;
  /** Empty where a store alone is named. */
  readonly bucket: string;
  /** Without slashes at its end; empty for a whole bucket. */
  readonly key: string;
  /** It can be a folder only: it ends in a slash, or is a whole bucket. */
  readonly isFolder: boolean;
  /** Of a place on this machine, its absolute path. */
  readonly path?: string;
  /** What an object of its bucket is called: its URI, or its path. */
  nameOf(key: string): string;
}

type Named = Pick<StorageUri, 'provider' | 'name'>;

/** A workflow whose stores are known. */
export interface WorkflowStores {
  /** Somebody named its file: it counts before all else. */
  readonly isNamed: boolean;
  /** Opens its file when it is needed. Throws what is wrong with it. */
  readonly open: () => Promise<{ store(named: Named): Promise<OpenedStore | undefined> }>;
}

export type FindPlace = (written: string) => Promise<Place>;

/** Whether a word on a command line is a URI and not a file. */
export function isUri(written: string): boolean {
  return written.includes('://');
}

/**
 * Makes what finds places. Stores are looked for in the workflow whose file is named; else `s3://` is what the
 * environment says; then in the workflow that is here, and among the clusters that are known here.
 * The finder throws FdlError `uri-invalid`, `unknown-store`, and what opening throws.
 */
export function placeFinder(settings: Settings, workflow: WorkflowStores | undefined): FindPlace {
  const opened = new Map<string, Promise<OpenedStore>>();
  const storeOf = (uri: string, named: Named) => {
    const id = `${named.provider}.${named.name ?? ''}`;
    const store = opened.get(id) ?? openStore(uri, named, settings, workflow).then(settled);
    opened.set(id, store);
    return store;
  };
  return async (written) => {
    if (/^file:/i.test(written)) return localPlace(written, pathOfUri(written));
    if (!isUri(written)) return localPlace(written, path.resolve(settings.workingDirectory, written));
    const uri = parseStoreUri(written);
    const store = await storeOf(written, uri);
    const key = uri.key.replace(/\/+$/, '');
    const isFolder = key === '' || uri.key !== key;
    const nameOf = (other: string) => objectUri(store.id, uri.bucket, other);
    return { ...store, written, bucket: uri.bucket, key, isFolder, nameOf };
  };
}

/** The store itself, with all that it can do. */
async function settled({ id, storage }: OpenedStore): Promise<OpenedStore> {
  return { id, storage: (await storage.settled?.()) ?? storage };
}

/** A folder is a bucket of its own, so that nothing is ever removed above it; a file that is there lies in that of its folder. */
function localPlace(written: string, at: string): Place {
  const isFolder = /[/\\]$/.test(written) || /(^|\/)\.{1,2}$/.test(written);
  const isFile = !isFolder && statSync(at, { throwIfNoEntry: false })?.isFile() === true;
  const [folder, key] = isFile ? [path.dirname(at), path.basename(at)] : [at, ''];
  return { ...localFolder(folder), written, key, isFolder, path: at };
}

/** A folder of this machine as a bucket. */
export function localFolder(at: string): OpenedStore & Pick<Place, 'bucket' | 'nameOf'> {
  const { dir, base } = path.parse(at);
  if (base === '') {
    const hint = 'Name a folder in it.';
    throw new FdlError('usage', `"${at}" is a whole file system`, { hint, exitCode: 2 });
  }
  const nameOf = (key: string) => path.join(at, key);
  return { id: `file:${dir}`, storage: localStorage(dir), bucket: base, nameOf };
}

/** The error where a path of this machine leads to nothing. */
export function noFile(written: string, what = 'file'): FdlError {
  const uri = meantUri(written);
  const hint = uri
    ? `Did you mean ${uri}?`
    : 'Check the path; what is in a store is written as in s3://my-bucket/folder.';
  return new FdlError('source-not-found', `there is no ${what} ${written}`, { hint, exitCode: 2 });
}

function pathOfUri(written: string): string {
  try {
    return fileURLToPath(written);
  } catch (cause) {
    const hint =
      'Write it with three slashes and an absolute path, as file:///home/me/data, or write the path alone.';
    throw new FdlError('uri-invalid', `"${written}" names no file of this machine`, {
      hint,
      exitCode: 2,
      cause,
    });
  }
}

async function openStore(
  uri: string,
  named: Named,
  settings: Settings,
  workflow: WorkflowStores | undefined,
): Promise<OpenedStore> {
  const { account } = kindOfStore(named.provider);
  const ofWorkflow = async () => (await workflow?.open())?.store(named);
  if (settings.target === 'local' || workflow?.isNamed) {
    const store = await ofWorkflow();
    if (store) return store;
    if (settings.target === 'local') throw unknownStore(uri);
  }
  if (account !== undefined && isAccount(named, account)) return openAccount(named.provider, account);
  const { environment, signal, hide } = settings;
  const warn = (message: string) => void settings.emit({ type: 'note', message: `warning: ${message}` });
  const store =
    (workflow?.isNamed ? undefined : await ofWorkflow()) ??
    (await openKnownStorage(named, { environment, signal, hide, warn }));
  if (store) return store;
  throw unknownStore(uri);
}

function isAccount({ provider, name }: Named, account: string): boolean {
  return name === undefined || `${provider}.${name}` === account;
}

/** The store of an account, with what the environment says of it. */
function openAccount(kind: StorageUri['provider'], id: string): OpenedStore {
  return { id, storage: openStorage({ id, kind, namespace: id, verifyTls: true, credentials: {} }) };
}

function unknownStore(uri: string): FdlError {
  const hint =
    'Name the FDL file that has the store (-f FILE). Without a file, s3:// is known, and the MinIO of a cluster by its id: fdl cluster ls lists them.';
  return new FdlError('unknown-store', `nothing here says where ${uri} is`, { hint, exitCode: 2 });
}
