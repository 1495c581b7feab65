/** A cluster's own MinIO as a store. */
import { Secret } from '../../secret.ts';
import type { Storage } from '../../storage/storage.ts';
import type { Store } from '../../storage/store.ts';
import type { MinioAnswer } from './api/answers.ts';
import { openClient } from './api/client.ts';
import { type ClustersContext, openKnownClusters } from './clusters/known.ts';
import { clusterStorage } from './runtime/storage.ts';

/** What a cluster says of it. `ca`: a file with certificates of the cluster's own authority, which counts here, too. */
export function reachOf(
  { endpoint, region, verify, access_key, secret_key }: MinioAnswer,
  ca: string | undefined,
): Pick<Store, 'endpoint' | 'region' | 'verifyTls' | 'ca' | 'credentials'> {
  return {
    endpoint,
    ...(region && { region }),
    verifyTls: verify !== false,
    ca,
    // The first is the id of the user, whom messages name.
    credentials: { access_key, secret_key: new Secret(secret_key) },
  };
}

/** The MinIO of a cluster that is known here without a workflow. */
export interface KnownStorage {
  /** Id of the store. */
  readonly id: string;
  readonly storage: Storage;
}

/**
 * Opens the MinIO of a cluster by its id, or of the default cluster; nothing where there is none of that id.
 * @throws FdlError `config-invalid`, `cluster-unknown` (no default), and why the cluster does not answer
 */
export async function openKnownMinio(
  name: string | undefined,
  context: ClustersContext,
): Promise<KnownStorage | undefined> {
  const clusters = await openKnownClusters(context);
  const cluster = name ?? clusters.requireDefault();
  if (!clusters.list().some(({ id }) => id === cluster)) return undefined;
  const { resolved, minio } = await clusters.minio(cluster);
  const { access } = resolved;
  const id = `minio.${cluster}`;
  const reach = reachOf(minio, access.ca);
  const open = async () => ({ client: openClient(access, context), ca: access.ca });
  const store: Store = { id, kind: 'minio', name: cluster, namespace: id, ...reach };
  return { id, storage: clusterStorage(store, { open, signal: context.signal }) };
}
