/** The stores of a workflow on clusters, reached from this machine. */

import { openAgent } from '../../../network.ts';
import { deferredStorage } from '../../../storage/deferred.ts';
import { openStorage } from '../../../storage/open.ts';
import type { Storage } from '../../../storage/storage.ts';
import type { Store } from '../../../storage/store.ts';
import type { Workflow } from '../../../workflow/model.ts';
import { isOscar } from '../dialect/step.ts';
import type { OscarRuntimeDeps } from './deps.ts';
import { presignedStorage } from './presigned.ts';

/** Whether a server answers at all. */
type Reaches = (endpoint: string, signal: AbortSignal) => Promise<boolean>;

/**
 * A store as it is, and the MinIO of a cluster by its own address; where that does not answer, or nothing says with
 * which keys, by URLs that the cluster makes for each object.
 */
export function oscarStorage(
  workflow: Workflow,
  store: Store,
  deps: Pick<OscarRuntimeDeps, 'open' | 'signal'>,
  reaches: Reaches = answers,
): Storage {
  const { kind, name } = store;
  if (kind !== 'minio' || !isCluster(workflow, name)) return openStorage(store);
  return clusterStorage(store, { open: () => deps.open(workflow, name), signal: deps.signal }, reaches);
}

interface ClusterDeps {
  /** Opens what calls the cluster. */
  readonly open: () => Promise<Pick<Parameters<typeof presignedStorage>[0], 'client' | 'ca'>>;
  readonly signal: AbortSignal;
}

/** The MinIO of a cluster, in one of these ways. Nothing is contacted before the first call. */
export function clusterStorage(
  store: Store,
  { open, signal }: ClusterDeps,
  reaches: Reaches = answers,
): Storage {
  const { endpoint, credentials, verifyTls } = store;
  const hasKeys = Boolean(credentials['access_key'] && credentials['secret_key']);
  return deferredStorage(async () => {
    if (endpoint !== undefined && hasKeys && (await reaches(endpoint, signal))) return openStorage(store);
    return presignedStorage({ ...(await open()), verifyTls, signal });
  });
}

function isCluster({ steps, clusters }: Workflow, id: string): boolean {
  const isUsed = steps.some((step) => isOscar(step) && step.cluster === id);
  return isUsed || clusters.some((cluster) => cluster.id === id);
}

/** Milliseconds until a server that does not answer counts as unreachable. */
const PATIENCE = 5000;

/** Codes of failures that say that nobody is there; with others, the store itself tells more. */
const NOBODY = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_.*TIMEOUT)$/;

async function answers(endpoint: string, signal: AbortSignal): Promise<boolean> {
  const agent = await openAgent({ connectTimeout: PATIENCE, verifyTls: false });
  try {
    const { origin } = new URL(endpoint);
    const request = { origin, path: '/', method: 'HEAD', headersTimeout: PATIENCE, signal } as const;
    const { body } = await agent.request(request);
    await body.dump();
    return true;
  } catch (thrown) {
    signal.throwIfAborted();
    return !NOBODY.test(String((thrown as { code?: unknown }).code ?? ''));
  } finally {
    await agent.destroy();
  }
}
