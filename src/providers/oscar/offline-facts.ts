/** What is known of clusters without asking them: for a plan of what would be made. */
import { KNOWN_AFTER_APPLY } from '../../deploy/plan-document.ts';
import { Secret } from '../../secret.ts';
import { kindOfStore } from '../../storage/kinds.ts';
import { lackingFields, type Store } from '../../storage/store.ts';
import type { Workflow } from '../../workflow/model.ts';
import { endpointOf } from './clusters/definition.ts';
import type { OpenedClusters } from './clusters/open.ts';
import { fileDefinition } from './clusters/resolve.ts';
import { clusterStores, isOscar, oscarSteps } from './dialect/step.ts';
import { requiredOf } from './dialect/stores.ts';
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

/** The workflow with something for everything that stores of services, and of clusters, lack. */
export function offlineStores(workflow: Workflow): Workflow {
  const ofServices = oscarSteps(workflow).flatMap(({ inputs, outputs }) => [...inputs, ...outputs]);
  const ids = new Set([
    ...ofServices.map(({ store }) => store),
    ...clusterStores(workflow).map(({ id }) => id),
  ]);
  const isNeeded = ({ id, kind }: Store) => ids.has(id) || kind !== 's3';
  return { ...workflow, stores: workflow.stores.map((store) => (isNeeded(store) ? filled(store) : store)) };
}

function filled(store: Store): Store {
  const { endpoint } = kindOfStore(store.kind);
  const lacking = lackingFields(store, requiredOf(store.kind) ?? []);
  const keys = lacking.filter((field) => field !== endpoint);
  const unknown = Object.fromEntries(keys.map((field) => [field, new Secret(KNOWN_AFTER_APPLY)]));
  return {
    ...store,
    ...(lacking.length > keys.length && { endpoint: KNOWN_AFTER_APPLY }),
    credentials: { ...store.credentials, ...unknown },
  };
}

/** A MinIO that starts a service is the one of its cluster, whatever the file calls it. */
function ownMinio({ stores, ...workflow }: Workflow, id: string): string | undefined {
  const steps = workflow.steps.filter(isOscar).filter(({ cluster }) => cluster === id);
  const starting = new Set(steps.flatMap(({ inputs }) => inputs.map(({ store }) => store)));
  return stores.find((store) => store.kind === 'minio' && starting.has(store.id))?.endpoint;
}

/** A cluster as the file tells of it; all that only the cluster knows is `KNOWN_AFTER_APPLY`. */
function offlineCluster(workflow: Workflow, id: string): ClusterFacts {
  const { endpoint } = fileDefinition(workflow, id);
  return {
    endpoint: endpoint ? endpointOf(endpoint) : KNOWN_AFTER_APPLY,
    release: RELEASE,
    minio: {
      endpoint: ownMinio(workflow, id) ?? KNOWN_AFTER_APPLY,
      access_key: KNOWN_AFTER_APPLY,
      secret_key: KNOWN_AFTER_APPLY,
    },
    owner: KNOWN_AFTER_APPLY,
    isServerless: false,
  };
}
