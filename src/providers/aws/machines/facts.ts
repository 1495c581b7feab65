/** What must be read for steps with jobs: the network of their machines, and whether the machines are large enough. */

import { DEFAULT_CONCURRENCY, mapBounded } from '../../../deploy/concurrency.ts';
import type { Workflow } from '../../../workflow/model.ts';
import type { Clients } from '../api/clients.ts';
import { archiveOf } from '../api/zip.ts';
import { type AwsFacts, type BatchFacts, stepDeployments } from '../facts.ts';
import { type Machines, machinesOf } from '../machines.ts';
import { fitWarnings, instanceTypesOf } from './instance-types.ts';
import { networkOf } from './network.ts';
import { routeWarnings } from './routes.ts';

export interface BatchFactsDeps {
  readonly clients: Clients;
  readonly signal: AbortSignal;
  /** The program of that function. */
  readonly gateway: () => Promise<Uint8Array>;
}

/** Name of the program in its archive. */
const GATEWAY_FILE = 'gateway.mjs';

/** Facts by the ids of steps; of steps without jobs, none. Rejects as `networkOf` and `instanceTypesOf` do. */
export async function batchFacts(
  workflow: Workflow,
  accounts: AwsFacts,
  deps: BatchFactsDeps,
): Promise<ReadonlyMap<string, BatchFacts>> {
  const groups = machinesOf(stepDeployments(workflow, accounts));
  if (groups.length === 0) return new Map();
  const gateway = archiveOf(GATEWAY_FILE, await deps.gateway());
  const found = await mapBounded(groups, DEFAULT_CONCURRENCY, (machines) => groupFacts(machines, deps));
  return new Map(
    found.flatMap((facts, index) =>
      (groups[index]?.steps ?? []).map(({ step }) => [step.id, { ...facts, gateway }] as const),
    ),
  );
}

async function groupFacts(
  machines: Machines,
  { clients, signal }: BatchFactsDeps,
): Promise<Omit<BatchFacts, 'gateway'>> {
  const ec2 = { connection: await clients('ec2', machines.site), signal };
  const [network, types] = await Promise.all([networkOf(machines, ec2), instanceTypesOf(machines, ec2)]);
  return {
    subnets: network.subnets.map(({ SubnetId = '' }) => SubnetId).sort(),
    securityGroups: [...network.securityGroups].sort(),
    warnings: [...fitWarnings(machines, types), ...(await routeWarnings(network, ec2))],
  };
}
