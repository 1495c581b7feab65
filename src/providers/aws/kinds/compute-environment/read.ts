/** Reading compute environments of AWS Batch. */
import type { CallContext } from '../../../../deploy/resource.ts';
import type { Connection } from '../../api/clients.ts';
import { isOwned, TAG } from '../../api/tags.ts';
import type { Site } from '../../site.ts';
import { type Batch, jobsIn, RUNNING, runIn } from '../batch/jobs.ts';
import type { BatchWaiting } from '../batch/state.ts';
import type { AwsDeps } from '../deps.ts';
import type { ComputeEnvironmentAttrs } from './properties.ts';
import { environmentAttrs } from './request.ts';

/** What an environment is found by. */
export type EnvironmentKey = { readonly site: Site; readonly name: string };

/** An environment; nothing where it is gone. */
export async function readEnvironment(
  { clients }: Pick<AwsDeps, 'clients'>,
  { site, name }: EnvironmentKey,
  { signal: abortSignal }: CallContext,
): Promise<ComputeEnvironmentAttrs | undefined> {
  const { sdk, client } = await clients('batch', site);
  const command = new sdk.DescribeComputeEnvironmentsCommand({ computeEnvironments: [name] });
  const { computeEnvironments = [] } = await client.send(command, { abortSignal });
  const found = computeEnvironments.find(({ status }) => status !== 'DELETED');
  return found && environmentAttrs(site, found);
}

/** All environments of the workflow that were made for a queue. */
export async function environmentsFor(
  { clients, workflow }: AwsDeps,
  site: Site,
  queue: string,
  { signal: abortSignal }: CallContext,
): Promise<readonly ComputeEnvironmentAttrs[]> {
  const { sdk, client } = await clients('batch', site);
  const found: ComputeEnvironmentAttrs[] = [];
  let nextToken: string | undefined;
  do {
    const input = nextToken ? { nextToken } : {};
    const page = await client.send(new sdk.DescribeComputeEnvironmentsCommand(input), { abortSignal });
    found.push(...(page.computeEnvironments ?? []).map((each) => environmentAttrs(site, each)));
    nextToken = page.nextToken;
  } while (nextToken);
  return found.filter(({ tags }) => isOwned(tags, workflow) && tags[TAG.queue] === queue);
}

/** The jobs of its queue that have machines, if one of them may be in this environment; else none. */
export async function jobsOf(batch: Batch, { cluster, tags }: ComputeEnvironmentAttrs, call: CallContext) {
  const queue = tags[TAG.queue];
  if (queue === undefined) return [];
  const jobs = await jobsIn(batch, queue, RUNNING, call);
  return (await runIn(batch, jobs, cluster, call)) ? jobs : [];
}

/** An environment as it is waited for. */
export interface EnvironmentWaiting extends BatchWaiting<ComputeEnvironmentAttrs> {
  readonly batch: Connection<'batch'>;
}

export async function waitingForEnvironment(
  deps: AwsDeps,
  { site, name }: EnvironmentKey,
  call: CallContext,
): Promise<EnvironmentWaiting> {
  return {
    ...{ call, delay: deps.delay, title: `the compute environment ${name}` },
    batch: await deps.clients('batch', site),
    look: () => readEnvironment(deps, { site, name }, call),
  };
}
