/** The queues of a workflow, and which of its jobs belong to which step. */

import type { ComputeEnvironmentDetail, JobQueueDetail } from '@aws-sdk/client-batch';
import { allDone } from '../../../slots.ts';
import type { Workflow } from '../../../workflow/model.ts';
import type { Clients } from '../api/clients.ts';
import { type AwsFacts, stepDeployments } from '../facts.ts';
import { machinesOf } from '../machines.ts';
import type { Site } from '../site.ts';
import { awsSteps } from '../step.ts';
import type { SiteOf } from './sources.ts';

/** A queue, with the steps whose jobs wait in it. */
export interface JobGroup {
  readonly site: Site;
  readonly queue: string;
  /** Ids of steps by the names of their job definitions. */
  readonly steps: ReadonlyMap<string, string>;
}

/** The queues of the steps that are asked for. Names follow from the whole workflow; the account makes no difference. */
export async function jobGroups(
  workflow: Workflow,
  step: string | undefined,
  siteOf: SiteOf,
): Promise<readonly JobGroup[]> {
  const places = await allDone(
    awsSteps(workflow).map(async (each) => {
      return [each.id, { site: await siteOf(each), account: '', partition: '' }] as const;
    }),
  );
  const facts: AwsFacts = new Map(places);
  return machinesOf(stepDeployments(workflow, facts)).flatMap(({ site, queue, steps: all }) => {
    const asked = all.filter((deployment) => step === undefined || deployment.step.id === step);
    const steps = new Map(asked.map((deployment) => [deployment.step.name, deployment.step.id]));
    return steps.size === 0 ? [] : [{ site, queue, steps }];
  });
}

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
