/** What each step is sent as, given what its cluster is. Pure. */
import type { Value } from '../../deploy/resource.ts';
import type { Workflow } from '../../workflow/model.ts';
import type { Neighbours } from '../provider.ts';
import type { MinioAnswer } from './api/answers.ts';
import { clusterStores, delegatorsOf, isLacking, type OscarStep } from './dialect/step.ts';
import type { ClusterFacts, OscarFacts } from './facts.ts';
import { type Payload, servicePayload } from './kinds/service/payload.ts';
import { originName } from './kinds/service/storage-providers.ts';

/** The cluster of a step, or of a store, if it answered. */
export function reached({ clusters }: OscarFacts, id: string): ClusterFacts | undefined {
  const outcome = clusters.get(id);
  return outcome && !('failure' in outcome) ? outcome : undefined;
}

/**
 * Why a step cannot be looked at: its cluster does not answer, or that of a store it writes to, whose keys are not
 * known then.
 */
export function failureOf(workflow: Workflow, step: OscarStep, { clusters }: OscarFacts): unknown {
  const used = new Set([...step.inputs, ...step.outputs].map(({ store }) => store));
  const stores = clusterStores(workflow).filter((store) => used.has(store.id) && isLacking(store));
  for (const id of [step.cluster, ...stores.map(({ name }) => name)]) {
    const outcome = clusters.get(id);
    if (outcome && 'failure' in outcome) return outcome.failure;
  }
  return undefined;
}

/**
 * What a step is sent as.
 * @throws FdlError `storage-incomplete`
 */
export function payloadOf(
  workflow: Workflow,
  step: OscarStep,
  cluster: ClusterFacts,
  facts: OscarFacts,
  neighbours?: Neighbours,
): Payload {
  const { scripts, members } = facts;
  return servicePayload(step, {
    workflow: workflow.name,
    release: cluster.release,
    script: scripts.get(step.id),
    stores: new Map(workflow.stores.map((store) => [store.id, store])),
    ownMinio: cluster.minio.endpoint,
    minio: cluster.minio,
    origins: originsOf(workflow, step, facts),
    clusters: members,
    refreshToken: cluster.refreshToken,
    address: (text) => addressOf(text, neighbours),
  });
}

/** The MinIO of the services that hand jobs to a step, as far as their clusters answer. */
function originsOf(workflow: Workflow, step: OscarStep, facts: OscarFacts): ReadonlyMap<string, MinioAnswer> {
  const stores = new Map(workflow.stores.map((store) => [store.id, store]));
  const found = delegatorsOf(step, workflow.steps).flatMap((other) => {
    const cluster = reached(facts, other.cluster);
    if (!cluster) return [];
    const { release, minio } = cluster;
    return [[originName(other, { release, stores, ownMinio: minio.endpoint }), minio] as const];
  });
  return new Map(found);
}

const STEP_URL = /^\$\{url:([^}]*)\}$/;

/** The address of a step of the same file, which this very apply may make. */
function addressOf(text: string, neighbours?: Neighbours): Value {
  const [, id] = STEP_URL.exec(text.trim()) ?? [];
  return (id !== undefined && neighbours?.endpoint(id.trim())) || text;
}
