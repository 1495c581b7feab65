/** Job queues of AWS Batch. One that goes takes its jobs along: it stays while they have not ended, unless they may be. */

import type {
  CreateJobQueueCommandInput,
  JobQueueDetail,
  UpdateJobQueueCommandInput,
} from '@aws-sdk/client-batch';
import type { CallContext, Change, Observed, Ref, ResourceKind } from '../../../../deploy/resource.ts';
import { comparisonOf, IDENTITY, pathsBy, type Rules } from '../../../../deploy/rules.ts';
import { isOwned, settableTags, type Tags } from '../../api/tags.ts';
import { awsId, type Site } from '../../site.ts';
import { type Batch, jobsIn, jobsRunning, NOT_ENDED, terminateJobs } from '../batch/jobs.ts';
import {
  type BatchWaiting,
  createInBatch,
  deleteInBatch,
  disableInBatch,
  invalidInBatch,
  present,
  statusChange,
  syncBatchTags,
  untilSettled,
  updateInBatch,
} from '../batch/state.ts';
import { changesOf } from '../changes.ts';
import { type AwsDeps, resolved } from '../deps.ts';
import { ownedOf, taggedCandidates } from '../listing.ts';

/** What a queue is found by. */
type Key = { readonly site: Site; readonly name: string };
type Waiting = BatchWaiting<JobQueueAttrs> & { readonly batch: Batch };

const PREFIX = 'job-queue/';

export function jobQueueKind(deps: AwsDeps): ResourceKind<JobQueueProps, JobQueueAttrs> {
  const read = (key: Key, call: CallContext) => observe(deps, key, call);
  return {
    title: 'job queue',
    rank: 55,
    read,
    rules: QUEUE_RULES,
    changes: queueChanges,
    reconcile: (props, call) => reconcile(deps, props, call),
    async delete({ site, name }, call) {
      await remove(deps, { site, name }, call);
      return undefined;
    },
    async list(_workflow, call) {
      const candidates = await taggedCandidates<Key>(deps, call, (site, { service, resource }) => {
        if (service !== 'batch' || !resource.startsWith(PREFIX)) return undefined;
        const name = resource.slice(PREFIX.length);
        return { id: awsId(site, 'job-queue', name), props: { site, name } };
      });
      const identity = ({ arn }: JobQueueAttrs) => arn;
      return ownedOf({ kind: 'aws/job-queue', candidates, identity }, deps, read, call);
    },
  };
}

async function readQueue(
  { clients }: AwsDeps,
  { site, name }: Key,
  { signal: abortSignal }: CallContext,
): Promise<JobQueueAttrs | undefined> {
  const { sdk, client } = await clients('batch', site);
  const command = new sdk.DescribeJobQueuesCommand({ jobQueues: [name] });
  const { jobQueues = [] } = await client.send(command, { abortSignal });
  const found = jobQueues.find(({ status }) => status !== 'DELETED');
  return found && queueAttrs(site, found);
}

async function observe(
  deps: AwsDeps,
  key: Key,
  call: CallContext,
): Promise<Observed<JobQueueAttrs> | undefined> {
  const attrs = await readQueue(deps, key, call);
  return attrs && { owned: isOwned(attrs.tags, deps.workflow), attrs };
}

async function waitingFor(deps: AwsDeps, { site, name }: Key, call: CallContext): Promise<Waiting> {
  return {
    ...{ call, delay: deps.delay, title: `the job queue ${name}` },
    batch: await deps.clients('batch', site),
    look: () => readQueue(deps, { site, name }, call),
  };
}

async function reconcile(deps: AwsDeps, props: JobQueueProps, call: CallContext): Promise<JobQueueAttrs> {
  const waiting = await waitingFor(deps, props, call);
  const there = await waiting.look();
  if (there && queueChanges(props, there).length === 0) return there;
  const found = (await present(waiting)) ?? (await create(deps, props, waiting));
  await syncBatchTags(waiting.batch, found, props.tags, call);
  const updated = await update(props, found, waiting);
  if (updated.status === 'INVALID')
    throw invalidInBatch('queue-invalid', waiting.title, updated.statusReason);
  return { ...updated, tags: props.tags };
}

async function create({ workflow }: AwsDeps, props: JobQueueProps, waiting: Waiting): Promise<JobQueueAttrs> {
  const { batch, call } = waiting;
  const command = new batch.sdk.CreateJobQueueCommand(createQueueInput(props));
  return createInBatch(waiting, workflow, () => batch.client.send(command, { abortSignal: call.signal }));
}

/** Changes what differs. A queue that is invalid is set anew: what was wrong may be mended. */
async function update(props: JobQueueProps, found: JobQueueAttrs, waiting: Waiting): Promise<JobQueueAttrs> {
  const paths = queueChanges(props, found).map(({ path }) => path);
  if (![...pathsBy(QUEUE_RULES, 'update'), 'status'].some((field) => paths.includes(field))) return found;
  const { batch, call } = waiting;
  const command = new batch.sdk.UpdateJobQueueCommand(updateQueueInput(props));
  await updateInBatch(waiting, () => batch.client.send(command, { abortSignal: call.signal }));
  return untilSettled(waiting);
}

/** Deletes a queue, or waits for a deletion that is under way; absent is success. Throws `FdlError` `jobs-running`. */
async function remove(deps: AwsDeps, key: Key, call: CallContext): Promise<void> {
  const waiting = await waitingFor(deps, key, call);
  const { batch } = waiting;
  const command = new batch.sdk.DeleteJobQueueCommand({ jobQueue: key.name });
  await deleteInBatch(waiting, {
    prepare: async (found) => {
      if (!deps.force) await refuseWithJobs(key, waiting);
      await disable(found, waiting);
      // Some may have come until it was disabled.
      if (!deps.force) await refuseWithJobs(key, waiting);
      else await terminateJobs(batch, await jobsIn(batch, key.name, NOT_ENDED, call), call);
    },
    send: () => batch.client.send(command, { abortSignal: call.signal }),
  });
}

async function refuseWithJobs({ name }: Key, { batch, call, title }: Waiting): Promise<void> {
  const jobs = await jobsIn(batch, name, NOT_ENDED, call);
  if (jobs.length > 0) throw jobsRunning(title, jobs);
}

async function disable(found: JobQueueAttrs, waiting: Waiting): Promise<void> {
  const { batch, call } = waiting;
  const command = new batch.sdk.UpdateJobQueueCommand({ jobQueue: found.name, state: 'DISABLED' });
  await disableInBatch(found, waiting, () => batch.client.send(command, { abortSignal: call.signal }));
}

export type JobQueueProps = {
  readonly site: Site;
  readonly name: string;
  /** ARN of the compute environment. */
  readonly environment: Ref | string;
  /** Queues of the same environment are served in the order of it, the highest first. */
  readonly priority: number;
  /** `DISABLED` ones take no jobs. */
  readonly state: 'ENABLED' | 'DISABLED';
  /** Whether its jobs run on AWS Fargate, and not on machines. */
  readonly fargate?: boolean | undefined;
  readonly tags: Tags;
};

export type JobQueueAttrs = Omit<JobQueueProps, 'environment' | 'state' | 'fargate'> & {
  /** Absent where AWS does not say it. */
  readonly fargate?: boolean | undefined;
  readonly arn: string;
  /** `CREATING`, `UPDATING`, `DELETING`, `VALID` or `INVALID`. */
  readonly status: string;
  readonly statusReason?: string | undefined;
  /** ARNs, separated by spaces where there are several. */
  readonly environment: string;
  readonly state: string;
};

/** `update`: `UpdateJobQueue`. */
const QUEUE_RULES: Rules<JobQueueProps, 'update' | 'tags'> = {
  site: IDENTITY,
  name: IDENTITY,
  environment: { by: 'update' },
  priority: { by: 'update' },
  state: { by: 'update' },
  // Rule: `jobQueueType` and `computeEnvironmentOrder` of CreateJobQueue in Batch's API.
  fargate: { by: 'replace' },
  tags: { by: 'tags' },
};

function queueChanges(props: JobQueueProps, attrs: JobQueueAttrs): readonly Change[] {
  const { fargate: wanted = false } = props;
  const { fargate = wanted } = attrs;
  const found = changesOf({ ...props, fargate: wanted }, { ...attrs, fargate }, comparisonOf(QUEUE_RULES));
  return [...found, ...statusChange(attrs)];
}

function createQueueInput(props: JobQueueProps): CreateJobQueueCommandInput {
  const { name, tags } = props;
  return { jobQueueName: name, ...settings(props), tags: { ...tags } };
}

export function updateQueueInput(props: JobQueueProps): UpdateJobQueueCommandInput {
  return { jobQueue: props.name, ...settings(props) };
}

function settings({ environment, priority, state }: JobQueueProps) {
  const computeEnvironmentOrder = [{ order: 1, computeEnvironment: resolved(environment) }];
  return { computeEnvironmentOrder, priority, state };
}

function queueAttrs(site: Site, found: JobQueueDetail): JobQueueAttrs {
  const { computeEnvironmentOrder = [], statusReason, jobQueueType: type } = found;
  const order = [...computeEnvironmentOrder].sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
  return {
    site,
    name: found.jobQueueName ?? '',
    arn: found.jobQueueArn ?? '',
    status: found.status ?? 'VALID',
    ...(statusReason && { statusReason }),
    environment: order.map(({ computeEnvironment }) => computeEnvironment).join(' '),
    priority: found.priority ?? 0,
    state: found.state ?? 'ENABLED',
    ...(type !== undefined && { fargate: type === 'ECS_FARGATE' }),
    tags: settableTags(found.tags ?? {}),
  };
}
