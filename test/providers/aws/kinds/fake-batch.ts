/** AWS Batch for tests: environments and queues whose states follow one another, one for each time they are looked at. */
import type { AwsDeps } from '../../../../src/providers/aws/kinds/deps.ts';
import { type Answer, awsFailure, type FakeClients, fakeClients, fakeDeps } from '../fake-clients.ts';

// biome-ignore lint/suspicious/noExplicitAny: a test knows the shape of what it looks at
type Fields = any;

/** A state, a state with its reason, or gone. */
export type Step = string | { readonly status: string; readonly statusReason: string } | undefined;

export interface BatchOptions {
  readonly environments?: readonly Fields[];
  readonly queues?: readonly Fields[];
  /** States after a creation, after the first change, the second one, and so on, and after a deletion. */
  readonly created?: readonly Step[];
  readonly updated?: readonly (readonly Step[])[];
  readonly deleted?: readonly Step[];
  /** As ListJobs and DescribeJobs tell of them. */
  readonly jobs?: readonly Fields[];
  readonly answers?: Readonly<Record<string, Answer>>;
  readonly deps?: Partial<AwsDeps>;
}

export interface FakeBatch extends FakeClients {
  readonly deps: AwsDeps;
  /** Milliseconds that were waited for. */
  readonly waits: readonly number[];
  /** Ids of the jobs that were ended. */
  readonly ended: readonly string[];
}

export const OWN = { 'fdl:workflow': 'shop', 'fdl:queue': 'shop-resize' };
const ARN = 'arn:aws:batch:eu-west-1:1:';

/** A valid environment as Batch tells of it. */
export function environmentDetail(changes: Fields = {}): Fields {
  const { computeResources, ...rest } = changes;
  const name = rest.computeEnvironmentName ?? 'shop-a';
  return {
    computeEnvironmentName: name,
    computeEnvironmentArn: `${ARN}compute-environment/${name}`,
    ecsClusterArn: `arn:aws:ecs:eu-west-1:1:cluster/AWSBatch-${name}-1`,
    ...{ state: 'ENABLED', status: 'VALID', statusReason: 'ComputeEnvironment Healthy' },
    serviceRole: SERVICE_ROLE,
    computeResources: {
      ...{ type: 'EC2', allocationStrategy: 'BEST_FIT_PROGRESSIVE', minvCpus: 0, maxvCpus: 8 },
      ...{ desiredvCpus: 4, instanceTypes: ['optimal'], subnets: ['s-2', 's-1'], securityGroupIds: ['sg-1'] },
      ...{ instanceRole: PROFILE, launchTemplate: { launchTemplateId: 'lt-1', version: '2' } },
      ec2Configuration: [{ imageType: 'ECS_AL2023' }],
      ...computeResources,
    },
    tags: OWN,
    ...rest,
  };
}

export const SERVICE_ROLE = 'arn:aws:iam::1:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch';
export const PROFILE = 'arn:aws:iam::1:instance-profile/fdl/shop/eu-west-1/shop-instances';

/** A valid queue as Batch tells of it. */
export function queueDetail(changes: Fields = {}): Fields {
  return {
    jobQueueName: 'shop-resize',
    jobQueueArn: `${ARN}job-queue/shop-resize`,
    ...{ state: 'ENABLED', status: 'VALID', statusReason: 'JobQueue Healthy', priority: 1 },
    computeEnvironmentOrder: [{ order: 1, computeEnvironment: `${ARN}compute-environment/shop-a` }],
    tags: { 'fdl:workflow': 'shop' },
    ...changes,
  };
}

export function fakeBatch(options: BatchOptions = {}): FakeBatch {
  const ended: string[] = [];
  const waits: number[] = [];
  const jobs = () => (options.jobs ?? []).filter(({ jobId }) => !ended.includes(jobId));
  const fake = fakeClients({
    batch: {
      ...shelf('computeEnvironment', options.environments ?? [], options),
      ...shelf('jobQueue', options.queues ?? [], options),
      ListJobs: ({ jobStatus }) => ({ jobSummaryList: jobs().filter(({ status }) => status === jobStatus) }),
      DescribeJobs: ({ jobs: ids }) => ({ jobs: jobs().filter(({ jobId }) => ids.includes(jobId)) }),
      TerminateJob: ({ jobId }) => {
        ended.push(jobId);
        return {};
      },
      ...{ TagResource: {}, UntagResource: {} },
      ...options.answers,
    },
  });
  const delay = async (ms: number) => void waits.push(ms);
  return { ...fake, ended, waits, deps: fakeDeps({ clients: fake.clients, delay, ...options.deps }) };
}

interface Thing {
  detail: Fields;
  next: readonly Step[];
}

type Shelf = Readonly<Record<string, Answer>>;

function shelf(
  field: 'computeEnvironment' | 'jobQueue',
  details: readonly Fields[],
  options: BatchOptions,
): Shelf {
  const name = (detail: Fields): string => detail[`${field}Name`];
  const things = new Map<string, Thing>(
    details.map((detail) => [name(detail), { detail, next: detail.next ?? [] }]),
  );
  const need = (input: Fields): Thing => {
    const found = things.get(input[field]);
    if (!found) throw awsFailure('ClientException', 400, `${field} ${input[field]} does not exist`);
    return found;
  };
  const look = (thing: Thing): readonly Fields[] => {
    const [step, ...rest] = thing.next;
    if (thing.next.length === 0) return [thing.detail];
    thing.next = rest;
    if (step === undefined) {
      things.delete(name(thing.detail));
      return [];
    }
    const { statusReason: _, ...detail } = thing.detail;
    thing.detail = { ...detail, ...(typeof step === 'string' ? { status: step } : step) };
    return [thing.detail];
  };
  const of = field === 'jobQueue' ? 'JobQueue' : 'ComputeEnvironment';
  const made = field === 'jobQueue' ? queueDetail : environmentDetail;
  return {
    [`Describe${of}s`]: (input: Fields) => {
      const named: readonly string[] = input[`${field}s`] ?? [...things.keys()];
      return {
        [`${field}s`]: named.flatMap((each) => look(things.get(each) ?? { detail: {}, next: [undefined] })),
      };
    },
    [`Create${of}`]: (input: Fields) => {
      things.set(name(input), { detail: made(input), next: options.created ?? ['CREATING', 'VALID'] });
      return {};
    },
    [`Update${of}`]: (input: Fields, before: number) => {
      const thing = need(input);
      const { computeResources, updatePolicy: _, [field]: __, ...rest } = input;
      const { detail } = thing;
      const resources = { ...detail.computeResources, ...computeResources };
      thing.detail = { ...detail, ...rest, ...(computeResources && { computeResources: resources }) };
      thing.next = options.updated?.[before] ?? ['UPDATING', 'VALID'];
      return {};
    },
    [`Delete${of}`]: (input: Fields) => {
      const thing = need(input);
      if (thing.detail.state !== 'DISABLED')
        throw awsFailure('ClientException', 400, 'state must be DISABLED');
      thing.next = options.deleted ?? ['DELETING', undefined];
      return {};
    },
  };
}
