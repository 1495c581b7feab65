/** Compute environments of AWS Batch: the machines that jobs run on. */
import type { CallContext, Observed, ResourceKind } from '../../../../deploy/resource.ts';
import { FdlError } from '../../../../errors.ts';
import type { Connection } from '../../api/clients.ts';
import { isOwned, TAG } from '../../api/tags.ts';
import { pause, TIMEOUT } from '../../api/wait.ts';
import { awsId, type Site } from '../../site.ts';
import { type Batch, jobsIn, jobsRunning, RUNNING, runIn } from '../batch/jobs.ts';
import {
  type BatchWaiting,
  createInBatch,
  deleteInBatch,
  disableInBatch,
  invalidInBatch,
  present,
  syncBatchTags,
  untilSettled,
  updateInBatch,
} from '../batch/state.ts';
import type { AwsDeps } from '../deps.ts';
import { ownedOf, taggedCandidates } from '../listing.ts';
import {
  type ComputeEnvironmentAttrs,
  type ComputeEnvironmentProps,
  createEnvironmentInput,
  ENVIRONMENT_RULES,
  environmentAttrs,
  environmentChanges,
  environmentTags,
  isServiceLinked,
  UPDATED_FIELDS,
  updateEnvironmentInput,
} from './properties.ts';

export type { ComputeEnvironmentAttrs, ComputeEnvironmentProps } from './properties.ts';

const PREFIX = 'compute-environment/';

export function computeEnvironmentKind(
  deps: AwsDeps,
): ResourceKind<ComputeEnvironmentProps, ComputeEnvironmentAttrs> {
  const read = async (key: EnvironmentKey, call: CallContext) =>
    observed(deps, await readEnvironment(deps, key, call));
  return {
    title: 'compute environment',
    rank: 60,
    read,
    rules: ENVIRONMENT_RULES,
    changes: environmentChanges,
    reconcile: (props, call) => reconcileEnvironment(deps, props, call),
    async delete({ site, name }, call) {
      await deleteEnvironment(deps, { site, name }, call);
      return undefined;
    },
    async list(_workflow, call) {
      const candidates = await taggedCandidates<EnvironmentKey>(deps, call, (site, { service, resource }) => {
        if (service !== 'batch' || !resource.startsWith(PREFIX)) return undefined;
        const name = resource.slice(PREFIX.length);
        return { id: awsId(site, 'compute-environment', name), props: { site, name } };
      });
      const identity = ({ arn }: ComputeEnvironmentAttrs) => arn;
      return ownedOf({ kind: 'aws/compute-environment', candidates, identity }, deps, read, call);
    },
  };
}

function observed(
  { workflow }: AwsDeps,
  attrs: ComputeEnvironmentAttrs | undefined,
): Observed<ComputeEnvironmentAttrs> | undefined {
  return attrs && { owned: isOwned(attrs.tags, workflow), attrs };
}

async function reconcileEnvironment(
  deps: AwsDeps,
  props: ComputeEnvironmentProps,
  call: CallContext,
): Promise<ComputeEnvironmentAttrs> {
  const waiting = await waitingForEnvironment(deps, props, call);
  const there = await waiting.look();
  if (there && environmentChanges(props, there).length === 0) return there;
  const found = (await present(waiting)) ?? (await create(deps, props, waiting));
  const tags = environmentTags(props);
  await syncBatchTags(waiting.batch, found, tags, call);
  const updated = await update(props, found, waiting);
  const mended = updated.status === 'INVALID' ? await mend(props, waiting) : updated;
  if (mended.status === 'INVALID')
    throw invalidInBatch('environment-invalid', waiting.title, mended.statusReason);
  return { ...mended, tags };
}

async function create(
  { workflow }: AwsDeps,
  props: ComputeEnvironmentProps,
  waiting: EnvironmentWaiting,
): Promise<ComputeEnvironmentAttrs> {
  const { batch, call } = waiting;
  const command = new batch.sdk.CreateComputeEnvironmentCommand(createEnvironmentInput(props));
  return createInBatch(waiting, workflow, () => batch.client.send(command, { abortSignal: call.signal }));
}

/** Milliseconds that an update is waited for. Jobs on former machines may hold it up for days, and nobody needs its end. */
const UPDATE_TIMEOUT = 3 * 60_000;

/** Changes what differs. */
async function update(
  props: ComputeEnvironmentProps,
  found: ComputeEnvironmentAttrs,
  waiting: EnvironmentWaiting,
): Promise<ComputeEnvironmentAttrs> {
  const paths = environmentChanges(props, found).map(({ path }) => path);
  const fields = UPDATED_FIELDS.filter((field) => paths.includes(field));
  if (fields.length === 0) return found;
  await send(props, fields, waiting);
  try {
    return await untilSettled(waiting, UPDATE_TIMEOUT);
  } catch (thrown) {
    const now = isTimeout(thrown) ? await waiting.look() : undefined;
    if (now?.status !== 'UPDATING') throw thrown;
    waiting.call.progress('jobs still run on its former machines: new jobs get new ones');
    return now;
  }
}

async function send(
  props: ComputeEnvironmentProps,
  fields: readonly string[],
  waiting: EnvironmentWaiting,
): Promise<void> {
  const { batch, call } = waiting;
  const command = new batch.sdk.UpdateComputeEnvironmentCommand(updateEnvironmentInput(props, fields));
  await updateInBatch(waiting, () => batch.client.send(command, { abortSignal: call.signal }));
}

function isTimeout(thrown: unknown): boolean {
  return thrown instanceof FdlError && thrown.code === TIMEOUT;
}

/** Milliseconds until a new role or instance profile holds everywhere. */
const SPREAD = 10_000;

/** Makes Batch look at an invalid environment once more: what it needs may not have been known everywhere. */
async function mend(
  props: ComputeEnvironmentProps,
  waiting: EnvironmentWaiting,
): Promise<ComputeEnvironmentAttrs> {
  const { call, delay = pause, title } = waiting;
  call.progress(`${title} is invalid: trying once more`);
  await delay(SPREAD, call.signal);
  const found = await untilSettled(waiting);
  const all = isServiceLinked(found.serviceRole) ? UPDATED_FIELDS : ['minVcpus', 'maxVcpus', 'state'];
  await send(props, all, waiting);
  return untilSettled(waiting);
}

/**
 * Deletes an environment, or waits for a deletion that is under way; absent is success. Throws `FdlError` `jobs-running`
 * where jobs run in it, unless they may be ended, and `batch-not-deleted`.
 */
export async function deleteEnvironment(
  deps: AwsDeps,
  key: EnvironmentKey,
  call: CallContext,
): Promise<void> {
  const waiting = await waitingForEnvironment(deps, key, call);
  const { batch, title } = waiting;
  const command = new batch.sdk.DeleteComputeEnvironmentCommand({ computeEnvironment: key.name });
  await deleteInBatch(waiting, {
    prepare: async (found) => {
      const jobs = deps.force ? [] : await jobsOf(batch, found, call);
      if (jobs.length > 0) throw jobsRunning(title, jobs);
      await disableEnvironment(found, waiting);
    },
    send: () => batch.client.send(command, { abortSignal: call.signal }),
  });
}

/** Lets an environment start no more jobs; those that run go on. */
export async function disableEnvironment(
  found: ComputeEnvironmentAttrs,
  waiting: EnvironmentWaiting,
): Promise<void> {
  const { batch, call } = waiting;
  const input = { computeEnvironment: found.name, state: 'DISABLED' } as const;
  const command = new batch.sdk.UpdateComputeEnvironmentCommand(input);
  await disableInBatch(found, waiting, () => batch.client.send(command, { abortSignal: call.signal }));
}

/** What an environment is found by. */
type EnvironmentKey = { readonly site: Site; readonly name: string };

/** An environment; nothing where it is gone. */
async function readEnvironment(
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
interface EnvironmentWaiting extends BatchWaiting<ComputeEnvironmentAttrs> {
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
