/** The stores of a workflow that only a cluster knows: its own MinIO. */
import { reveal } from '../../secret.ts';
import type { Store } from '../../storage/store.ts';
import type { Workflow } from '../../workflow/model.ts';

/**
 * Stores that are called like a cluster of the file, and of which the file does not say all that it takes. Completed
 * ones count as well: they are not the file's any more.
 */
export function clusterStores({ stores, clusters }: Workflow): readonly Store[] {
  const ids = new Set(clusters.map(({ id }) => id));
  return stores.filter(
    (store) =>
      store.kind === 'minio' && ids.has(store.name) && (store.place === undefined || isLacking(store)),
  );
}

/** Whether it takes more to reach a store than is known of it. */
export function isLacking({ endpoint, credentials }: Store): boolean {
  const keys = ['access_key', 'secret_key'].map((name) => reveal(credentials[name] ?? ''));
  return endpoint === undefined || keys.includes('');
}
