/** What can be done with a cluster without a workflow. */
import type { OscarClient } from '../api/calls.ts';
import { type Buckets, openBuckets } from './buckets.ts';
import { type Definitions, openDefinitions } from './definitions.ts';
import { type Monitor, openMonitor } from './monitor.ts';
import { openQuotas, type Quotas } from './quotas.ts';
import { openServices, type Services } from './services.ts';
import { openVolumes, type Volumes } from './volumes.ts';

/** A cluster that somebody looks at or works with by its id. Nothing is contacted before the first question. */
export interface ClusterAtHand {
  readonly id: string;
  readonly buckets: Buckets;
  readonly services: Services;
  readonly definitions: Definitions;
  readonly volumes: Volumes;
  readonly quotas: Quotas;
  readonly monitor: Monitor;
}

/** Everything that a client can do with its cluster, by what it is about. */
export function atHand(client: OscarClient, endpoint: string, signal: AbortSignal): ClusterAtHand {
  return {
    id: client.cluster,
    buckets: openBuckets(client, signal),
    services: openServices(client, endpoint, signal),
    definitions: openDefinitions(client, signal),
    volumes: openVolumes(client, signal),
    quotas: openQuotas(client, signal),
    monitor: openMonitor(client, signal),
  };
}
