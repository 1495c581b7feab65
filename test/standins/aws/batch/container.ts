/** Runs the containers of jobs with podman, as ECS does on the instances of Batch. */
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { required } from '../../need.ts';
import type { Podman } from '../../podman.ts';
import { processSandbox } from '../../sandbox.ts';
import type { Params } from '../core/api.ts';
import { AwsFault } from '../core/fault.ts';
import { ACCOUNT, type World } from '../core/world.ts';
import type { Roles } from '../iam/roles.ts';
import { type LogStream, lineFeed, openLogStream } from '../run/log-stream.ts';
import type { Puller } from '../run/puller.ts';
import { type Attempt, type Job, requirement } from './job.ts';
import type { Running } from './scheduler.ts';

export interface ContainerParts {
  readonly world: World;
  readonly podman: Podman;
  readonly roles: Roles;
  readonly puller: Puller;
}

/** Group of jobs whose definition names none. */
const GROUP = '/aws/batch/job';
const EXITED = 'Essential container in task exited';
/** Milliseconds between two looks at what a container has written. */
const LOOK = 100;

/**
 * Starts one attempt of a job: a container for each of its nodes, which end with the one that leads.
 * Rule: "Multi-node parallel jobs" in Batch's user guide, also for its variables.
 */
export function startJob(parts: ContainerParts, job: Job, attempt: number): Running {
  const { count, main } = job.nodes ?? { count: 1, main: 0 };
  const nodes = Array.from({ length: count }, (_, index) => startContainer(parts, job, attempt, index));
  const others = nodes.filter((_, index) => index !== main);
  const endOthers = async () => {
    for (const each of others) each.stop();
    await Promise.all(others.map(({ ended }) => ended));
  };
  const { ended, stop } = nodes[main] as Running;
  return { ended: ended.finally(endOthers), stop };
}

function startContainer(parts: ContainerParts, job: Job, attempt: number, node: number): Running {
  const name = `fdl-batch-${randomBytes(6).toString('hex')}`;
  const stopping = new AbortController();
  let running = true;
  const stop = () => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    void stopContainer(parts, name, () => running);
  };
  const ended = run(parts, job, attempt, { name, stop, node }).finally(() => {
    running = false;
  });
  return { ended, stop };
}

/** Stops a container, which podman may not have started yet. */
async function stopContainer(
  { podman, world }: ContainerParts,
  name: string,
  running: () => boolean,
): Promise<void> {
  const seconds = Math.ceil(world.settings.delays.grace / 1000);
  while (running()) {
    const { code } = await podman.run(['stop', `--time=${seconds}`, name]);
    if (code === 0) return;
    await wait(LOOK);
  }
}

interface Container {
  readonly name: string;
  /** Number of the node. */
  readonly node: number;
  stop(): void;
}

async function run(parts: ContainerParts, job: Job, attempt: number, container: Container): Promise<Attempt> {
  const startedAt = Date.now();
  const ended = (fields: Partial<Attempt>): Attempt => ({
    statusReason: EXITED,
    ...fields,
    startedAt,
    stoppedAt: Date.now(),
  });
  const failed = (reason: string) => ended({ reason, statusReason: 'Task failed to start' });
  const problem = await roleProblem(parts, job);
  if (problem) return ended({ statusReason: problem });
  const denied = await executionProblem(parts, job);
  if (denied) return failed(denied);
  const log = openJobLog(parts, job);
  if (!(await hasGroup(parts, job, log)))
    return failed('CannotStartContainerError: The specified log group does not exist.');
  const logStreamName = log.place.stream;
  job.streams.set(container.node, logStreamName);
  if (container.node === (job.nodes?.main ?? 0)) job.logStreamName = logStreamName;
  try {
    const image = await imageOf(parts, job.container['image']);
    const result = await execute(parts, job, { attempt, image, log, ...container });
    return ended({ logStreamName, ...result });
  } catch (thrown) {
    if (thrown instanceof AwsFault) return failed(`${thrown.code}: ${thrown.message}`);
    throw thrown;
  }
}

/** ECS says for whom it takes a role. Rule: ECS's developer guide, "Amazon ECS task IAM role". */
async function roleProblem(
  { roles }: ContainerParts,
  { id, region, container }: Job,
): Promise<string | undefined> {
  const context = {
    'aws:SourceAccount': ACCOUNT,
    'aws:SourceArn': `arn:aws:ecs:${region}:${ACCOUNT}:task/${id}`,
  };
  for (const role of [container['jobRoleArn'], container['executionRoleArn']]) {
    if (role && !(await roles.isAssumable(role, 'ecs-tasks.amazonaws.com', context))) {
      return `ECS was unable to assume the role '${role}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions`;
    }
  }
  return undefined;
}

/**
 * On AWS Fargate the execution role fetches the image and writes the log.
 * Rule: ECS's developer guide, "Amazon ECS task execution IAM role".
 */
async function executionProblem({ roles }: ContainerParts, job: Job): Promise<string | undefined> {
  const { region, container, definition } = job;
  if (!definition.given['platformCapabilities']?.includes('FARGATE')) return undefined;
  const [, account, where, repository] =
    /^(\d+)\.dkr\.ecr\.([\w-]+)\.amazonaws\.com\/([^@:]+)/.exec(container['image']) ?? [];
  const group = container['logConfiguration']?.options?.['awslogs-group'] ?? GROUP;
  const streams = `arn:aws:logs:${region}:${ACCOUNT}:log-group:${group}:log-stream:x`;
  const images = `arn:aws:ecr:${where}:${account}:repository/${repository}`;
  const of = (resource: string, ...actions: readonly string[]) =>
    actions.map((action) => [action, resource] as const);
  const needs = [
    ...(repository ? of('*', 'ecr:GetAuthorizationToken') : []),
    ...(repository ? of(images, 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer') : []),
    ...of(streams, 'logs:CreateLogStream', 'logs:PutLogEvents'),
  ];
  for (const [action, resource] of needs) {
    if (!(await roles.may(container['executionRoleArn'], action, resource)))
      return `ResourceInitializationError: unable to pull secrets or registry auth: not authorized to perform ${action}`;
  }
  return undefined;
}

/** Images of ECR come from the registry, others from podman. */
async function imageOf({ puller }: ContainerParts, image: string): Promise<string> {
  return /\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\//.test(image) ? puller.pull(image) : image;
}

function openJobLog({ world }: ContainerParts, { region, definition, container }: Job): LogStream {
  const { options = {} } = container['logConfiguration'] ?? {};
  const prefix = options['awslogs-stream-prefix'] ?? definition.name;
  const group = options['awslogs-group'] ?? GROUP;
  const place = { region, group, stream: `${prefix}/default/${randomBytes(16).toString('hex')}` };
  return openLogStream(world, place, async () => ({ write: true, create: group === GROUP }));
}

async function hasGroup({ world }: ContainerParts, { region }: Job, { place }: LogStream): Promise<boolean> {
  if (place.group === GROUP) return true;
  const [target, body] = ['Logs_20140328.DescribeLogStreams', { logGroupName: place.group }];
  return (await world.moto.ask({ service: 'logs', region, target, body })).ok;
}

interface Execution extends Container {
  readonly attempt: number;
  readonly image: string;
  readonly log: LogStream;
}

async function execute(parts: ContainerParts, job: Job, execution: Execution): Promise<Partial<Attempt>> {
  const { podman } = parts;
  const { name, log } = execution;
  const sandbox = processSandbox(required('podman'), podmanArguments(parts, job, execution), podman.env);
  const feed = lineFeed(sandbox.output, (lines) => log.write(lines));
  const clock = new AbortController();
  let late = false;
  const limit = job.timeout?.['attemptDurationSeconds'];
  const expire = limit && wait(limit * 1000, undefined, { signal: clock.signal, ref: false });
  void expire?.then(
    () => {
      late = true;
      execution.stop();
    },
    () => {},
  );
  const following = follow(feed, clock.signal);
  const exitCode = await sandbox.exited;
  clock.abort();
  await following;
  feed.flush(true);
  await log.flushed();
  await podman.run(['rm', '--force', '--time=0', name]);
  if (late) return { exitCode, statusReason: 'Job attempt duration exceeded timeout' };
  if (exitCode === 125) return { reason: 'CannotStartContainerError', statusReason: 'Task failed to start' };
  const killed = exitCode === 137 && job.terminated === undefined;
  return { exitCode, ...(killed && { reason: 'OutOfMemoryError: Container killed due to memory usage' }) };
}

async function follow(feed: { flush(end: boolean): void }, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    feed.flush(false);
    await wait(LOOK, undefined, { signal }).catch(() => {});
  }
}

function podmanArguments(parts: ContainerParts, job: Job, execution: Execution): readonly string[] {
  const { container } = job;
  const { user, privileged, readonlyRootFilesystem, linuxParameters } = container;
  const variables = Object.entries(environmentOf(parts, job, execution));
  return [
    ...['run', '--rm', `--name=${execution.name}`, '--network=host', '--pull=never'],
    `--memory=${requirement(job, 'MEMORY')}m`,
    ...(parts.world.settings.runOptions ?? []),
    ...(user ? [`--user=${user}`] : []),
    ...(privileged ? ['--privileged'] : []),
    ...(readonlyRootFilesystem ? ['--read-only'] : []),
    ...(linuxParameters?.sharedMemorySize ? [`--shm-size=${linuxParameters.sharedMemorySize}m`] : []),
    ...variables.map(([name, value]) => `--env=${name}=${value}`),
    execution.image,
    ...container['command'],
  ];
}

/** The variables of the definition, those of Batch, and where the job's role has its credentials. */
function environmentOf(
  { world, roles }: ContainerParts,
  job: Job,
  { attempt, node }: Execution,
): Readonly<Record<string, string>> {
  const own = job.container['environment'].map(({ name, value }: Params) => [name, value]);
  const role = job.container['jobRoleArn'];
  const environment = job.queue.given['computeEnvironmentOrder'][0].computeEnvironment;
  return {
    ...Object.fromEntries(own),
    AWS_BATCH_JOB_ID: job.nodes ? `${job.id}#${node}` : job.id,
    ...(job.nodes && nodeVariables(job.nodes, node)),
    AWS_BATCH_JOB_ATTEMPT: String(attempt),
    AWS_BATCH_JQ_NAME: job.queue.name,
    AWS_BATCH_CE_NAME: environment.split('/').at(-1),
    AWS_ENDPOINT_URL: world.url(),
    // ECS has a relative address on an address of its own, which cannot be had here.
    ...(role && {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${world.url()}/_credentials/${roles.keys(role).accessKeyId}`,
    }),
  };
}

/** All containers share the network of this machine, which stands for those of all. */
function nodeVariables(
  { count, main }: NonNullable<Job['nodes']>,
  node: number,
): Readonly<Record<string, string>> {
  return {
    AWS_BATCH_JOB_NODE_INDEX: String(node),
    AWS_BATCH_JOB_MAIN_NODE_INDEX: String(main),
    AWS_BATCH_JOB_NUM_NODES: String(count),
    ...(node !== main && { AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS: '127.0.0.1' }),
  };
}
