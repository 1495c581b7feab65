/** Opens the stores of a step, each once. */
import { FdlError } from '../errors.ts';
import type { Text } from '../secret.ts';
import { kindOfStore } from '../storage/kinds.ts';
import { openStorage } from '../storage/open.ts';
import type { Storage } from '../storage/storage.ts';
import { STORE_KINDS } from '../store-kinds.ts';
import type { StepConfig, StepStore } from './config.ts';

export type Credentials = Readonly<Record<string, Text>>;

interface StoreOptions {
  /** The credentials of a store that names some. */
  readonly credentials: (store: StepStore) => Credentials | Promise<Credentials>;
  /** A folder that stands for all stores, with a folder for each: `s3.default` for all of S3, else its id. */
  readonly localRoot?: string | undefined;
}

/** The stores of the account that the step runs in, which need no entry: the step's role opens them. */
const ACCOUNTS: readonly StepStore[] = STORE_KINDS.flatMap((kind) => {
  const { account } = kindOfStore(kind);
  return account === undefined ? [] : [{ id: account, kind, verifyTls: true }];
});

/** A function that opens stores by their ids. It rejects with `FdlError` `storage-unknown`, or what opening throws. */
export function stepStores(config: StepConfig, options: StoreOptions): (id: string) => Promise<Storage> {
  const opened = new Map<string, Promise<Storage>>();
  return (id) => {
    const storage = opened.get(id) ?? openById(config, id, options);
    opened.set(id, storage);
    return storage;
  };
}

async function openById(config: StepConfig, id: string, options: StoreOptions): Promise<Storage> {
  const store = [...config.stores, ...ACCOUNTS].find((known) => known.id === id);
  if (!store) {
    throw new FdlError('storage-unknown', `step "${config.step}" knows no storage provider "${id}"`, {
      hint: `Name it in an input or output of the step (known: ${config.stores.map((known) => known.id).join(', ')}).`,
    });
  }
  const { localRoot } = options;
  const credentials = store.credentials && localRoot === undefined ? await options.credentials(store) : {};
  // Where names of buckets are global, all of them are in one folder.
  const namespace = kindOfStore(store.kind).account ?? id;
  return openStorage({ ...store, namespace, credentials }, { localRoot });
}
