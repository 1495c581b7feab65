/** Opens the store that a workflow names. */
import path from 'node:path';
import { FdlError } from '../errors.ts';
import { reveal, type Text } from '../secret.ts';
import { localStorage } from './local-folders.ts';
import { s3Storage } from './s3.ts';
import type { S3Credentials } from './s3-client.ts';
import type { Storage } from './storage.ts';
import type { Store, StoreKind } from './store.ts';

/** What opening needs to know of a store. */
export type OpenableStore = Pick<
  Store,
  'id' | 'kind' | 'namespace' | 'endpoint' | 'region' | 'verifyTls' | 'credentials'
>;

export interface OpenOptions {
  /** A folder that stands for all stores: each namespace of buckets has a folder of its name below it. */
  readonly localRoot?: string | undefined;
  /** Profile of the AWS SDK for S3 stores without credentials of their own. */
  readonly profile?: string | undefined;
}

type Opener = (store: OpenableStore, options: OpenOptions) => Storage;

const OPENERS: Readonly<Partial<Record<StoreKind, Opener>>> = {
  s3: openS3,
  minio: openMinio,
};

/**
 * Opens a store; nothing is contacted yet.
 * @throws FdlError `storage-unsupported` (nothing speaks its protocol), `storage-incomplete` (the file says too little)
 */
export function openStorage(store: OpenableStore, options: OpenOptions = {}): Storage {
  const { localRoot } = options;
  if (localRoot !== undefined) return localStorage(path.join(localRoot, store.namespace));
  const open = OPENERS[store.kind];
  if (open) return open(store, options);
  throw new FdlError(
    'storage-unsupported',
    `files in "${store.id}" cannot be reached: ${store.kind} is not supported yet`,
    {
      hint: `Use a store of one of these kinds: ${Object.keys(OPENERS).join(', ')}.`,
    },
  );
}

function openS3(store: OpenableStore, { profile }: OpenOptions): Storage {
  const { endpoint, region, verifyTls } = store;
  return s3Storage({ endpoint, region, verifyTls, profile, credentials: keysOf(store) });
}

function openMinio(store: OpenableStore): Storage {
  const credentials = keysOf(store);
  if (store.endpoint === undefined) throw incomplete(store, 'endpoint');
  if (!credentials) throw incomplete(store, store.credentials['access_key'] ? 'secret_key' : 'access_key');
  const { endpoint, region = 'us-east-1', verifyTls } = store;
  return s3Storage({ endpoint, region, verifyTls, credentials });
}

function keysOf({ credentials }: OpenableStore): S3Credentials | undefined {
  const [accessKeyId, secretAccessKey, sessionToken] = ['access_key', 'secret_key', 'session_token'].map(
    (name) => textOf(credentials[name]),
  );
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}

function textOf(text: Text | undefined): string {
  return text === undefined ? '' : reveal(text);
}

function incomplete({ id, kind }: OpenableStore, field: string): FdlError {
  return new FdlError('storage-incomplete', `the storage provider "${id}" has no "${field}"`, {
    hint: `Add "${field}" to it under storage_providers.${kind}.`,
  });
}
