/** What there is to know of a kind of store. */
import type { Storage } from './storage.ts';
import type { Store } from './store.ts';

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

/** A kind of store. Light: what speaks to a server is loaded when a store is used. */
export interface KindOfStore {
  /** The field of a storage provider that says where the server is; absent where nothing needs to say it. */
  readonly endpoint?: string;
  /** Its further fields that are no credentials. */
  readonly settings: readonly string[];
  /**
   * The id of the store that exists by itself, in an account, and holds the same buckets as all others of the kind.
   * Absent where each server has buckets of its own.
   */
  readonly account?: string;
  /** Every cluster has one of its own, under the name of the cluster. */
  readonly ofClusters?: boolean;
  /** A path starts with the name of a bucket, for which the rules of S3 hold. */
  readonly hasBuckets?: boolean;
  /** The variables of the environment that credentials usually come from, by their fields: for hints. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Fields without which it cannot be opened. */
  readonly needs?: readonly string[];
  /** Absent where nothing here speaks its protocol. */
  readonly open?: (store: OpenableStore, options: OpenOptions) => Promise<Storage>;
}
