/** Why jobs wait: what AWS Batch says of their queue, and of the machines that it would start. */
import type { ComputeEnvironmentDetail, JobQueueDetail } from '@aws-sdk/client-batch';
import type { Clients } from '../api/clients.ts';
import type { JobGroup } from './job-groups.ts';

/** A queue with its machines; each is absent where it is not there. */
export interface QueueState {
  readonly queue?: JobQueueDetail | undefined;
  readonly environment?: ComputeEnvironmentDetail | undefined;
}

/** Reads the state of a queue. */
export async function queueState(
  { site, queue }: JobGroup,
  { clients, signal }: { readonly clients: Clients; readonly signal: AbortSignal },
): Promise<QueueState> {
  const { sdk, client } = await clients('batch', site);
  const abort = { abortSignal: signal };
  const queues = await client.send(new sdk.DescribeJobQueuesCommand({ jobQueues: [queue] }), abort);
  const [found] = queues.jobQueues ?? [];
  const name = found?.computeEnvironmentOrder?.[0]?.computeEnvironment;
  if (name === undefined) return { queue: found };
  const command = new sdk.DescribeComputeEnvironmentsCommand({ computeEnvironments: [name] });
  const [environment] = (await client.send(command, abort)).computeEnvironments ?? [];
  return { queue: found, environment };
}

/** Pure. What keeps jobs from starting at all: in words, or nothing. */
export function obstacle({ queue, environment }: QueueState): string | undefined {
  if (!queue || queue.status === 'DELETED') return 'its queue is not there';
  if (queue.status === 'INVALID') return `its queue is invalid${because(queue.statusReason)}`;
  if (!environment) return 'its compute environment is not there';
  if (environment.status === 'INVALID')
    return `its compute environment is invalid${because(environment.statusReason)}`;
  if (environment.state === 'DISABLED') return 'its compute environment is disabled';
  return undefined;
}

function because(reason: string | undefined): string {
  return reason ? `: ${reason}` : '';
}

/** Pure. Why a job waits of which AWS Batch says nothing. */
export function waitingReason(state: QueueState): string {
  const stuck = obstacle(state);
  if (stuck !== undefined) return stuck;
  const { desiredvCpus = 0, maxvCpus = 0 } = state.environment?.computeResources ?? {};
  if (desiredvCpus >= maxvCpus) return `all ${maxvCpus} vCPUs of its machines are taken`;
  return desiredvCpus > 0
    ? `it waits for a machine: ${desiredvCpus} of at most ${maxvCpus} vCPUs are there or about to be`
    : 'it waits for a machine, none of which runs yet';
}
