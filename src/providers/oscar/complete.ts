/** The MinIO of clusters: where it is and with which keys, for whoever else uses it. */
import { Secret } from '../../secret.ts';
import type { Store } from '../../storage/store.ts';
import type { Workflow } from '../../workflow/model.ts';
import type { MinioAnswer } from './api/answers.ts';
import { clusterStores, isLacking } from './cluster-stores.ts';
import type { AskCluster } from './facts.ts';

/** The workflow with what its clusters say of their stores; a store of one that does not answer has its failure. */
export async function completeStores(workflow: Workflow, ask: AskCluster): Promise<Workflow> {
  const unknown = clusterStores(workflow).filter(isLacking);
  const found = await Promise.all(
    unknown.map(async (store) => {
      const outcome = await ask(workflow, store.name);
      const { failure } = { failure: undefined, ...outcome };
      const known = 'failure' in outcome ? { ...store, failure } : completed(store, outcome.minio);
      return [store.id, known] as const;
    }),
  );
  const known = new Map(found);
  if (known.size === 0) return workflow;
  return { ...workflow, stores: workflow.stores.map((store) => known.get(store.id) ?? store) };
}

/** It is not the file's any more: what the cluster says counts. */
function completed({ place: _, ...store }: Store, answer: MinioAnswer): Store {
  const { endpoint, region, verify, access_key, secret_key } = answer;
  return {
    ...store,
    endpoint,
    ...(region && { region }),
    verifyTls: verify !== false,
    credentials: { access_key: new Secret(access_key), secret_key: new Secret(secret_key) },
  };
}
