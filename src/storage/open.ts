/** Opens the store that a workflow names. */
import path from 'node:path';
import { FdlError } from '../errors.ts';
import { STORE_KINDS } from '../store-kinds.ts';
import { needValue } from '../unset.ts';
import { deferredStorage } from './deferred.ts';
import type { Protocol } from './kind.ts';
import { kindOfStore } from './kinds.ts';
import { localStorage } from './local-folders.ts';
import { keysOf, s3Storage } from './s3/index.ts';
import type { Storage } from './storage.ts';
import { lackingFields, neededFields, type OpenableStore } from './store.ts';

interface OpenOptions {
  /** A folder that stands for all stores: each namespace of buckets has a folder of its name below it. */
  readonly localRoot?: string | undefined;
  /** Profile of the AWS SDK for stores of an account without credentials of their own. */
  readonly profile?: string | undefined;
}

type Opener = (store: OpenableStore, options: OpenOptions) => Storage;

/** What speaks each protocol. All but S3 is loaded with the first call. */
const OPENERS: Readonly<Record<Protocol, Opener>> = {
  s3: openS3,
  webdav: (store) =>
    deferredStorage(async () => (await import('./webdav/index.ts')).openWebdav(store), ['buckets', 'level']),
  gcs: (store) => deferredStorage(async () => (await import('./gcs/index.ts')).openGcs(store), ['level']),
  azure: (store) =>
    deferredStorage(async () => (await import('./azure/index.ts')).openAzure(store), ['buckets', 'level']),
  rucio: (store) =>
    deferredStorage(async () => (await import('./rucio/index.ts')).openRucio(store), ['buckets']),
  onedata: (store) =>
    deferredStorage(
      async () => (await import('./onedata/index.ts')).openOnedata(store),
      ['buckets', 'level'],
    ),
};

/** The kinds whose stores can be reached. */
const OPENED_KINDS = STORE_KINDS.filter((kind) => kindOfStore(kind).protocol);

/**
 * Opens a store; nothing is contacted yet.
 * @throws FdlError `storage-unsupported` (nothing speaks its protocol), `storage-incomplete` (the file says too little), `value-unset`
 */
export function openStorage(store: OpenableStore, options: OpenOptions = {}): Storage {
  const { localRoot } = options;
  if (localRoot !== undefined) return localStorage(path.join(localRoot, store.namespace));
  const { protocol } = kindOfStore(store.kind);
  if (!protocol) throw unsupported(store);
  for (const value of [store.endpoint, store.region, ...Object.values(store.credentials)])
    needValue(value, `how the storage provider "${store.id}" is reached`);
  const [missing] = lackingFields(store, neededFields(store));
  if (missing !== undefined) throw incomplete(store, missing);
  return OPENERS[protocol](store, options);
}

function openS3({ kind, credentials, ...store }: OpenableStore, options: OpenOptions): Storage {
  const { account, region } = kindOfStore(kind);
  return s3Storage({
    endpoint: store.endpoint,
    region: store.region ?? region,
    verifyTls: store.verifyTls,
    ca: store.ca,
    profile: account === undefined ? undefined : options.profile,
    credentials: keysOf(credentials),
  });
}

function unsupported({ id, kind }: OpenableStore): FdlError {
  return new FdlError(
    'storage-unsupported',
    `files in "${id}" cannot be reached: ${kind} is not supported yet`,
    {
      hint: `Use a store of one of these kinds: ${OPENED_KINDS.join(', ')}.`,
    },
  );
}

function incomplete({ id, kind }: OpenableStore, field: string): FdlError {
  return new FdlError('storage-incomplete', `the storage provider "${id}" has no "${field}"`, {
    hint: `Add "${field}" to it under storage_providers.${kind}.`,
  });
}
