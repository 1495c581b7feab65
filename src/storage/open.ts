/** Opens the store that a workflow names. */
import path from 'node:path';
import { FdlError } from '../errors.ts';
import { reveal } from '../secret.ts';
import { deferredStorage } from './deferred.ts';
import type { OpenableStore, OpenOptions } from './kind.ts';
import { kindOfStore, STORE_KINDS } from './kinds.ts';
import { localStorage } from './local-folders.ts';
import type { Storage } from './storage.ts';

/** The kinds whose stores can be reached. */
export const OPENED_KINDS = STORE_KINDS.filter((kind) => kindOfStore(kind).open);

/**
 * Opens a store; nothing is contacted yet.
 * @throws FdlError `storage-unsupported` (nothing speaks its protocol), `storage-incomplete` (the file says too little)
 */
export function openStorage(store: OpenableStore, options: OpenOptions = {}): Storage {
  const { localRoot } = options;
  if (localRoot !== undefined) return localStorage(path.join(localRoot, store.namespace));
  const { open, needs = [] } = kindOfStore(store.kind);
  if (!open) throw unsupported(store);
  const missing = needs.find((field) => !isGiven(store, field));
  if (missing !== undefined) throw incomplete(store, missing);
  return deferredStorage(() => open(store, options));
}

function isGiven({ kind, endpoint, credentials }: OpenableStore, field: string): boolean {
  if (field === kindOfStore(kind).endpoint) return endpoint !== undefined;
  return reveal(credentials[field] ?? '') !== '';
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
