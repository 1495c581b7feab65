/** The stores that a file names, and how to open them. */
import type { Place } from '../errors.ts';
import { reveal, type Text } from '../secret.ts';
import type { StoreKind } from '../store-kinds.ts';
import { kindOfStore } from './kinds.ts';

/**
 * A place where files are kept, and how to open it. `id` is `kind.name`, as files refer to it: `s3.my_s3`,
 * `minio.my_minio`; `s3.default` is the S3 of the AWS account and `minio.<cluster>` the MinIO of an OSCAR cluster.
 */
export interface Store {
  readonly id: string;
  readonly kind: StoreKind;
  readonly name: string;
  /**
   * Stores of one namespace hold the same buckets: all of S3 does, since its bucket names are global, and so do
   * servers with the same endpoint. It is the id of one of them.
   */
  readonly namespace: string;
  /** Where a server is: `https://host:port`. Absent for S3 on AWS and for what only a cluster knows. */
  readonly endpoint?: string;
  readonly region?: string;
  readonly verifyTls: boolean;
  /** A file of this machine with certificates of the server's own authority, in PEM. */
  readonly ca?: string | undefined;
  /** Named as in the file: `access_key`, `secret_key`, `token`, `password`, … */
  readonly credentials: Readonly<Record<string, Text>>;
  /** Where the file declares it; absent for stores that exist by themselves. */
  readonly place?: Place;
  /** Why nobody knows what it takes to reach it: the error of whoever would know. */
  readonly failure?: unknown;
}

/** What opening needs to know of a store. */
export type OpenableStore = Pick<
  Store,
  'id' | 'kind' | 'namespace' | 'endpoint' | 'region' | 'verifyTls' | 'ca' | 'credentials'
>;

/** Those of some fields that are not filled in, under the names that the kind of the store has for them. */
export function lackingFields(
  { kind, endpoint, credentials }: Pick<Store, 'kind' | 'endpoint' | 'credentials'>,
  fields: readonly string[],
): readonly string[] {
  const { endpoint: address } = kindOfStore(kind);
  return fields.filter((field) =>
    field === address ? endpoint === undefined : reveal(credentials[field] ?? '') === '',
  );
}

/**
 * The fields without which a store cannot be opened: where there are several ways to log in, those of the one that most is
 * filled in of, else of the usual one.
 */
export function neededFields(store: Pick<Store, 'kind' | 'endpoint' | 'credentials'>): readonly string[] {
  const { needs = [], keys = [[]] } = kindOfStore(store.kind);
  const lacking = keys.map((fields) => lackingFields(store, fields));
  const complete = keys.find((_, index) => lacking[index]?.length === 0);
  const begun = keys.find((fields, index) => (lacking[index]?.length ?? 0) < fields.length);
  return [...needs, ...(complete ?? begun ?? keys[0] ?? [])];
}
