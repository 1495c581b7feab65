/** What there is to know of a kind of store. */
import type { EventsOfStore } from './events.ts';

/** A kind of store: what is known without speaking to a server, since programs that only read events have it too. */
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
  /** Fields without which it cannot be opened; an account of S3 is also opened by the rights of whoever asks. */
  readonly needs?: readonly string[];
  /** Sets of credentials, one of which it takes besides; the first is the usual one. */
  readonly keys?: readonly (readonly string[])[];
  /** How it tells of new objects. */
  readonly events?: EventsOfStore;
  /** What its servers speak; absent where nothing here does. */
  readonly protocol?: Protocol;
  /** The region that its servers expect where nobody says one. */
  readonly region?: string;
}

/** The protocols that `open.ts` has something for. */
export type Protocol = 's3' | 'webdav' | 'gcs' | 'azure' | 'rucio' | 'onedata';
