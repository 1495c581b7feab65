/** Job definitions of AWS Batch: what is desired of one, what there is, what differs, and what is sent. Pure. */
import type {
  ContainerProperties,
  EvaluateOnExit,
  JobDefinition,
  NodeProperties,
  RegisterJobDefinitionCommandInput,
  RetryStrategy,
} from '@aws-sdk/client-batch';
import type { Change, Ref } from '../../../../deploy/resource.ts';
import { IDENTITY, pathsBy, type Rules } from '../../../../deploy/rules.ts';
import type { Architecture } from '../../../../image/platform.ts';
import { settableTags, TAG, type Tags } from '../../api/tags.ts';
import type { Site } from '../../site.ts';
import { changesOf } from '../changes.ts';
import { resolved } from '../deps.ts';

export type JobDefinitionProps = {
  readonly site: Site;
  readonly name: string;
  /** Name of the queue that its jobs wait in. */
  readonly queue: string;
  /** By its digest. */
  readonly image: Ref | string;
  /** ARN of the role that jobs have. */
  readonly role: Ref | string;
  readonly vcpus: number;
  /** MiB. */
  readonly memory: number;
  readonly gpus: number;
  /** MiB of `/dev/shm`. */
  readonly sharedMemory?: number | undefined;
  /** Soft and hard limits by their names. */
  readonly ulimits?: Readonly<Record<string, number>> | undefined;
  /** Seconds of one attempt. */
  readonly timeout?: number | undefined;
  /** Times that a failed job is started again. */
  readonly retries: number;
  /** Its machines may be taken back, which is no failure of the job. */
  readonly spot: boolean;
  /** How many machines one job has, and which of them leads it; without it, it has one. */
  readonly nodes?: { readonly count: number; readonly main: number } | undefined;
  /** What jobs on AWS Fargate have besides; without it, they run on machines. */
  readonly fargate?: FargateProps | undefined;
  readonly logGroup: string;
  /** Nothing secret. */
  readonly environment: Readonly<Record<string, string>>;
  readonly tags: Tags;
};

export type FargateProps = {
  /** ARN of the role that fetches the image and writes the log. */
  readonly executionRole: Ref | string;
  readonly publicIp: boolean;
  readonly architecture: Architecture;
  /** Absent for the 20 GiB that every job has. */
  readonly diskGib?: number | undefined;
};

/** The last active revision. */
export type JobDefinitionAttrs = Omit<
  JobDefinitionProps,
  'queue' | 'image' | 'role' | 'retries' | 'spot' | 'logGroup'
> & {
  readonly arn: string;
  readonly revision: number;
  readonly image: string;
  readonly role: string;
  readonly logGroup?: string | undefined;
  readonly retry: Retry;
  /** Whether a small process starts ours, and collects what it leaves. */
  readonly init: boolean;
  readonly propagateTags: boolean;
} & FormerRevisions;

/** The revisions before it. */
export type FormerRevisions = {
  /** Those that no job uses any more: ARNs by their numbers. */
  readonly unused: Readonly<Record<string, string>>;
  /** Tags of the images that the others run. */
  readonly formerImages: readonly string[];
};

/** When a job is started again: how often in all, and rules such as `RETRY where the status is Host EC2*`. */
type Retry = { readonly attempts: number; readonly rules: readonly string[] };

/** What follows from properties. */
type Derived = Pick<JobDefinitionAttrs, 'retry' | 'init' | 'propagateTags'>;

/** `revision`: the next one. */
export const DEFINITION_RULES: Rules<JobDefinitionProps & Derived, 'revision' | 'tags'> = {
  site: IDENTITY,
  name: IDENTITY,
  image: { by: 'revision' },
  role: { by: 'revision' },
  vcpus: { by: 'revision' },
  memory: { by: 'revision' },
  gpus: { by: 'revision' },
  sharedMemory: { by: 'revision' },
  ulimits: { by: 'revision' },
  timeout: { by: 'revision' },
  logGroup: { by: 'revision' },
  nodes: { by: 'revision' },
  fargate: { by: 'revision' },
  environment: { by: 'revision' },
  retries: { by: 'revision', as: 'retry' },
  spot: { by: 'revision', as: 'retry' },
  retry: { by: 'revision' },
  init: { by: 'revision' },
  propagateTags: { by: 'revision' },
  queue: { by: 'tags', as: 'tags' },
  tags: { by: 'tags' },
};

export function definitionTags({ tags, queue }: Pick<JobDefinitionProps, 'tags' | 'queue'>): Tags {
  return { ...tags, [TAG.queue]: queue };
}

/** What differs, and the former revisions that can go. */
export function definitionChanges(props: JobDefinitionProps, attrs: JobDefinitionAttrs): readonly Change[] {
  const former = Object.entries(attrs.unused).map(([revision, arn]) => {
    return { path: `revisions.${revision}`, before: arn, after: undefined };
  });
  const tags = changesOf({ tags: definitionTags(props) }, attrs, {
    fields: pathsBy(DEFINITION_RULES, 'tags'),
  });
  return [...contentChanges(props, attrs), ...tags, ...former];
}

export function contentChanges(props: JobDefinitionProps, attrs: JobDefinitionAttrs): readonly Change[] {
  const wanted = { ...props, retry: retryOf(retryStrategy(props)), init: true, propagateTags: true };
  return changesOf(wanted, attrs, { fields: pathsBy(DEFINITION_RULES, 'revision') });
}

/**
 * What AWS Batch says of jobs whose machine, or whose place on AWS Fargate, was taken back. Rules: "Automated job retries" in
 * its user guide; https://repost.aws/knowledge-center/fargate-spot-termination-notice.
 */
const LOST_MACHINE = 'Host EC2*';
const LOST_TASK = 'Your Spot Task was interrupted*';

/** Attempts of a job on machines that may be taken back. */
const SPOT_ATTEMPTS = 5;

/**
 * Batch counts all attempts together. Where failed jobs are not to be started again, those that lost their machine still
 * are; all else ends at once.
 */
function retryStrategy({ retries, spot, fargate }: JobDefinitionProps): RetryStrategy {
  if (!spot || retries > 0) return { attempts: retries + 1 };
  const lost: EvaluateOnExit = { onStatusReason: fargate ? LOST_TASK : LOST_MACHINE, action: 'RETRY' };
  return { attempts: SPOT_ATTEMPTS, evaluateOnExit: [lost, { onReason: '*', action: 'EXIT' }] };
}

function retryOf({ attempts = 1, evaluateOnExit = [] }: RetryStrategy): Retry {
  const rules = evaluateOnExit.map(({ action, onStatusReason, onReason, onExitCode }) =>
    [
      String(action).toUpperCase(),
      ...(onStatusReason ? [`where the status is ${onStatusReason}`] : []),
      ...(onReason ? [`where the reason is ${onReason}`] : []),
      ...(onExitCode ? [`where the exit code is ${onExitCode}`] : []),
    ].join(' '),
  );
  return { attempts, rules };
}

/** Makes the next revision. */
export function registerInput(props: JobDefinitionProps): RegisterJobDefinitionCommandInput {
  const { name, timeout } = props;
  return {
    jobDefinitionName: name,
    type: props.nodes ? 'multinode' : 'container',
    platformCapabilities: [props.fargate ? 'FARGATE' : 'EC2'],
    ...(props.nodes
      ? { nodeProperties: nodeProperties(props.nodes, containerProperties(props)) }
      : { containerProperties: containerProperties(props) }),
    retryStrategy: retryStrategy(props),
    ...(timeout !== undefined && { timeout: { attemptDurationSeconds: timeout } }),
    propagateTags: true,
    tags: definitionTags(props),
  };
}

function containerProperties(props: JobDefinitionProps): ContainerProperties {
  const { vcpus, memory, gpus, sharedMemory, ulimits = {}, environment, fargate } = props;
  return {
    image: resolved(props.image),
    jobRoleArn: resolved(props.role),
    resourceRequirements: [
      { type: 'VCPU', value: String(vcpus) },
      { type: 'MEMORY', value: String(memory) },
      ...(gpus > 0 ? [{ type: 'GPU' as const, value: String(gpus) }] : []),
    ],
    linuxParameters: {
      initProcessEnabled: true,
      ...(sharedMemory !== undefined && { sharedMemorySize: sharedMemory }),
    },
    ...(fargate
      ? fargateProperties(fargate)
      : {
          ulimits: Object.entries(ulimits).map(([name, limit]) => {
            return { name, softLimit: limit, hardLimit: limit };
          }),
        }),
    environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
    logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-group': props.logGroup } },
  };
}

/** All nodes are alike. */
function nodeProperties(
  { count, main }: NonNullable<JobDefinitionProps['nodes']>,
  container: ContainerProperties,
): NodeProperties {
  return { numNodes: count, mainNode: main, nodeRangeProperties: [{ targetNodes: '0:', container }] };
}

/** Rule: "Job definitions on Fargate" in AWS Batch's user guide. */
function fargateProperties({ executionRole, publicIp, architecture, diskGib }: FargateProps) {
  return {
    executionRoleArn: resolved(executionRole),
    networkConfiguration: { assignPublicIp: publicIp ? ('ENABLED' as const) : ('DISABLED' as const) },
    runtimePlatform: { operatingSystemFamily: 'LINUX', cpuArchitecture: CPU[architecture] },
    ...(diskGib !== undefined && { ephemeralStorage: { sizeInGiB: diskGib } }),
  };
}

const CPU = { x86_64: 'X86_64', arm64: 'ARM64' } as const;

/** What a revision says. */
export function definitionAttrs(
  site: Site,
  found: JobDefinition,
  former: FormerRevisions,
): JobDefinitionAttrs {
  const { nodeProperties: nodes } = found;
  const { containerProperties: container = nodes?.nodeRangeProperties?.[0]?.container ?? {} } = found;
  const { linuxParameters: linux, logConfiguration: log } = container;
  return {
    site,
    name: found.jobDefinitionName ?? '',
    arn: found.jobDefinitionArn ?? '',
    revision: found.revision ?? 0,
    image: container.image ?? '',
    role: container.jobRoleArn ?? '',
    vcpus: required(container, 'VCPU'),
    memory: required(container, 'MEMORY'),
    gpus: required(container, 'GPU'),
    sharedMemory: linux?.sharedMemorySize,
    ulimits: limitsOf(container),
    timeout: found.timeout?.attemptDurationSeconds,
    nodes: nodes && { count: nodes.numNodes ?? 0, main: nodes.mainNode ?? 0 },
    fargate: found.platformCapabilities?.includes('FARGATE') ? fargateOf(container) : undefined,
    logGroup: log?.logDriver === 'awslogs' ? log.options?.['awslogs-group'] : undefined,
    environment: Object.fromEntries(
      (container.environment ?? []).map(({ name = '', value = '' }) => [name, value]),
    ),
    retry: retryOf(found.retryStrategy ?? {}),
    init: linux?.initProcessEnabled ?? false,
    propagateTags: found.propagateTags ?? false,
    tags: settableTags(found.tags ?? {}),
    ...former,
  };
}

function fargateOf(container: ContainerProperties): FargateProps {
  const { executionRoleArn = '', networkConfiguration, runtimePlatform, ephemeralStorage } = container;
  return {
    executionRole: executionRoleArn,
    publicIp: networkConfiguration?.assignPublicIp === 'ENABLED',
    architecture: runtimePlatform?.cpuArchitecture === 'ARM64' ? 'arm64' : 'x86_64',
    diskGib: ephemeralStorage?.sizeInGiB,
  };
}

function required({ resourceRequirements = [] }: ContainerProperties, wanted: string): number {
  return Number(resourceRequirements.find(({ type }) => type === wanted)?.value ?? 0);
}

/** Limits by name; one whose soft and hard limits differ is none of ours, and equals no number. */
function limitsOf({ ulimits = [] }: ContainerProperties): Readonly<Record<string, number>> {
  return Object.fromEntries(
    ulimits.map(({ name = '', softLimit = 0, hardLimit = 0 }) => [
      name,
      softLimit === hardLimit ? softLimit : Number.NaN,
    ]),
  );
}
