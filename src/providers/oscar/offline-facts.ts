/** What is known of clusters without asking them: for a plan of what would be made. */
import { KNOWN_AFTER_APPLY } from '../../deploy/plan-document.ts';
import { Secret } from '../../secret.ts';
import type { Store } from '../../storage/store.ts';
import type { Workflow } from '../../workflow/model.ts';
import { endpointOf } from './clusters/definition.ts';
import type { OpenedClusters } from './clusters/open.ts';
import { fileDefinition } from './clusters/resolve.ts';
import { isLacking } from './dialect/step.ts';
import { type ClusterFacts, clusterIds, membersOf, type OscarFacts, scriptsOf } from './facts.ts';

/** As a plan takes it where no cluster says which it has: the newest that this release knows. */
const RELEASE = '4.1.0';

/** @throws FdlError `script-unreadable` */
export async function offlineFacts(workflow: Workflow, clusters: OpenedClusters): Promise<OscarFacts> {
  const ids = clusterIds(workflow);
  return {
    purpose: 'apply',
    clusters: new Map(ids.map((id) => [id, offlineCluster(workflow, id)])),
    closed: new Set(),
    scripts: scriptsOf(workflow),
    members: await membersOf(workflow, clusters),
    warnings: [],
  };
}

/** The workflow with something for everything that its stores lack. */
export function offlineStores(workflow: Workflow): Workflow {
  return { ...workflow, stores: workflow.stores.map((store) => (isLacking(store) ? filled(store) : store)) };
}

function filled({ credentials, endpoint = KNOWN_AFTER_APPLY, ...store }: Store): Store {
  const unknown = new Secret(KNOWN_AFTER_APPLY);
  const given = Object.entries(credentials).filter(([, value]) => value !== '');
  const keys = { access_key: unknown, secret_key: unknown, ...Object.fromEntries(given) };
  return { ...store, ...(store.kind !== 's3' && { endpoint }), credentials: keys };
}

/** A cluster as the file tells of it; all that only the cluster knows is `KNOWN_AFTER_APPLY`. */
function offlineCluster(workflow: Workflow, id: string): ClusterFacts {
  const { endpoint } = fileDefinition(workflow, id);
  return {
    endpoint: endpoint ? endpointOf(endpoint) : KNOWN_AFTER_APPLY,
    release: RELEASE,
    minio: {
      endpoint: KNOWN_AFTER_APPLY,
      access_key: KNOWN_AFTER_APPLY,
      secret_key: KNOWN_AFTER_APPLY,
    },
    owner: KNOWN_AFTER_APPLY,
    isServerless: false,
  };
}
