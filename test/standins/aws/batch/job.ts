/**
 * One job: what it is, and how Batch describes it. Rules: JobDetail and SubmitJob in Batch's API reference.
 */
import { randomUUID } from 'node:crypto';
import type { Params } from '../core/api.ts';
import { checkEnvironment, checkRetries, checkTimeout, type Definition } from './definitions.ts';
import { arnOf, checkName, client, type Thing } from './things.ts';

export type JobStatus =
  | 'SUBMITTED'
  | 'PENDING'
  | 'RUNNABLE'
  | 'STARTING'
  | 'RUNNING'
  | 'SUCCEEDED'
  | 'FAILED';

/** How one attempt ended. */
export interface Attempt {
  readonly exitCode?: number;
  /** Why the container could not run, or was killed. */
  readonly reason?: string;
  readonly statusReason?: string;
  readonly logStreamName?: string;
  readonly startedAt: number;
  readonly stoppedAt: number;
}

export interface Job {
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly region: string;
  readonly queue: Thing;
  readonly definition: Definition;
  /** Of the container, with overrides and parameters applied. */
  readonly container: Params;
  /** Of a multi-node job: how many there are, and which of them leads. */
  readonly nodes?: { readonly count: number; readonly main: number };
  /** Log streams by the numbers of nodes. */
  readonly streams: Map<number, string>;
  readonly retryStrategy: Params;
  readonly timeout: Params | undefined;
  readonly dependsOn: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: number;
  /** Whether the overrides are larger than what ECS takes. */
  readonly oversized: boolean;
  status: JobStatus;
  statusReason?: string;
  startedAt?: number;
  stoppedAt?: number;
  attempts: readonly Attempt[];
  logStreamName?: string;
  /** Why it was terminated. */
  terminated?: string;
}

/** Characters of the overrides that ECS takes; Batch notices too late. */
const MOST_OVERRIDES = 8192;

/** A job as it is submitted. @throws AwsFault `ClientException` */
export function newJob(region: string, params: Params, queue: Thing, definition: Definition): Job {
  const { jobName, nodeOverrides, retryStrategy, timeout, dependsOn = [] } = params;
  const containerOverrides =
    params['containerOverrides'] ?? nodeOverrides?.nodePropertyOverrides?.[0]?.containerOverrides ?? {};
  checkName(jobName, 'Job');
  if (queue.state !== 'ENABLED') throw client(`Job Queue ${queue.arn} is not ENABLED`);
  if (!definition.active) throw client(`JobDefinition ${definition.arn} is INACTIVE`);
  if (params['arrayProperties']) throw client('Array jobs are beyond the stand-in');
  const nodes = nodesOf(definition.given['nodeProperties']);
  // Rule: `containerOverrides` and `nodeOverrides` of SubmitJob in Batch's API reference.
  const odd = nodes ? 'containerOverrides' : 'nodeOverrides';
  if (params[odd]) throw client(`${odd} is not applicable to a job of the type ${definition.given['type']}`);
  checkRetries(retryStrategy);
  checkTimeout(timeout);
  checkEnvironment(containerOverrides.environment ?? []);
  const id = randomUUID();
  const own =
    definition.given['containerProperties'] ??
    definition.given['nodeProperties'].nodeRangeProperties[0].container;
  const parameters = { ...definition.given['parameters'], ...params['parameters'] };
  const merged = timeout ?? definition.given['timeout'];
  return {
    ...{ id, region, queue, definition, parameters, name: jobName, arn: arnOf(region, 'job', id) },
    container: containerOf(own, containerOverrides, parameters),
    ...(nodes && { nodes }),
    streams: new Map(),
    retryStrategy: { attempts: 1, ...definition.given['retryStrategy'], ...retryStrategy },
    timeout: merged,
    dependsOn: dependsOn.map((each: Params) => each['jobId']),
    tags: { ...(definition.given['propagateTags'] && definition.given['tags']), ...params['tags'] },
    createdAt: Date.now(),
    oversized: JSON.stringify(containerOverrides).length > MOST_OVERRIDES,
    status: 'SUBMITTED',
    attempts: [],
  };
}

function nodesOf(given: Params | undefined): Job['nodes'] {
  return given && { count: given['numNodes'], main: given['mainNode'] };
}

type Named = { readonly name: string; readonly value: string };
type Typed = { readonly type: string; readonly value: string };

function containerOf(own: Params, overrides: Params, parameters: Readonly<Record<string, string>>): Params {
  const environment = new Map<string, string>();
  const requirements = new Map<string, string>();
  for (const { environment: variables = [], resourceRequirements = [] } of [own, overrides]) {
    for (const { name, value } of variables as readonly Named[]) environment.set(name, value);
    for (const { type, value } of resourceRequirements as readonly Typed[]) requirements.set(type, value);
  }
  const command: readonly string[] = overrides['command'] ?? own['command'] ?? [];
  return {
    ...own,
    command: command.map((word) => word.replace(/^Ref::(.+)$/, (whole, name) => parameters[name] ?? whole)),
    environment: [...environment].map(([name, value]) => ({ name, value })),
    resourceRequirements: [...requirements].map(([type, value]) => ({ type, value })),
  };
}

/** A number that a job asks for: `VCPU`, or `MEMORY` in MiB. */
export function requirement({ container }: Job, type: 'VCPU' | 'MEMORY'): number {
  const found = container['resourceRequirements'].find((each: Typed) => each.type === type);
  return Number(found?.value ?? 1);
}

/** vCPUs of a job on all of its machines. */
export function vcpusOf(job: Job): number {
  return requirement(job, 'VCPU') * (job.nodes?.count ?? 1);
}

function filled(fields: Params): Params {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** As in the answer of ListJobs. */
export function summary(job: Job): Params {
  const { id, arn, name, createdAt, startedAt, stoppedAt, status, statusReason, definition } = job;
  const last = job.attempts.at(-1);
  return filled({
    ...{ jobId: id, jobArn: arn, jobName: name, jobDefinition: definition.arn },
    ...{ createdAt, startedAt, stoppedAt, status, statusReason },
    ...(last && { container: filled({ exitCode: last.exitCode, reason: last.reason }) }),
  });
}

/** As in the answer of DescribeJobs. */
export function details(job: Job): Params {
  const { queue, attempts, retryStrategy, timeout, parameters, tags, logStreamName, container, dependsOn } =
    job;
  const { nodes } = job;
  const last = attempts.at(-1);
  return filled({
    ...summary(job),
    jobQueue: queue.arn,
    ...{
      retryStrategy,
      timeout,
      parameters,
      tags,
      isCancelled: false,
      isTerminated: job.terminated !== undefined,
    },
    dependsOn: dependsOn.map((jobId) => ({ jobId })),
    attempts: attempts.map(
      ({ exitCode, reason, statusReason, startedAt, stoppedAt, logStreamName: stream }) =>
        filled({
          container: filled({ exitCode, reason, logStreamName: stream }),
          statusReason,
          startedAt,
          stoppedAt,
        }),
    ),
    ...(nodes
      ? {
          nodeProperties: {
            ...{ numNodes: nodes.count, mainNode: nodes.main },
            nodeRangeProperties: [{ targetNodes: '0:', container }],
          },
        }
      : {
          container: filled({ ...container, exitCode: last?.exitCode, reason: last?.reason, logStreamName }),
        }),
  });
}

/** One node of a multi-node job, which is known as `ID#NUMBER`. Rule: "Multi-node parallel jobs" in Batch's user guide. */
export function nodeDetails(job: Job, index: number): Params {
  const { nodeProperties: _, ...rest } = details(job);
  const last = index === job.nodes?.main ? job.attempts.at(-1) : undefined;
  return {
    ...rest,
    ...{ jobId: `${job.id}#${index}`, attempts: [] },
    nodeDetails: { nodeIndex: index, isMainNode: index === job.nodes?.main },
    container: filled({
      ...job.container,
      ...{ exitCode: last?.exitCode, reason: last?.reason, logStreamName: job.streams.get(index) },
    }),
  };
}

/** Whether another attempt is due. Rule: "Automated job retries" in the documentation of Batch. */
export function isRetried({ retryStrategy, attempts, terminated }: Job): boolean {
  const last = attempts.at(-1);
  if (!last || terminated !== undefined || attempts.length >= retryStrategy['attempts']) return false;
  const { exitCode, reason = '', statusReason = '' } = last;
  const rules: readonly Params[] = retryStrategy['evaluateOnExit'] ?? [];
  const rule = rules.find(
    ({ onExitCode, onReason, onStatusReason }) =>
      fits(onExitCode, String(exitCode ?? '')) &&
      fits(onReason, reason) &&
      fits(onStatusReason, statusReason),
  );
  return rule === undefined || String(rule['action']).toLowerCase() === 'retry';
}

/** Patterns may end with a star. */
function fits(pattern: string | undefined, text: string): boolean {
  if (pattern === undefined) return true;
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
}
