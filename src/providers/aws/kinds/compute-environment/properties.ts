/** Compute environments of AWS Batch: what is desired of one, what there is, what differs, and what is sent. Pure. */

import type {
  ComputeEnvironmentDetail,
  ComputeResource,
  CreateComputeEnvironmentCommandInput,
  UpdateComputeEnvironmentCommandInput,
} from '@aws-sdk/client-batch';
import type { Change, Ref } from '../../../../deploy/resource.ts';
import { comparisonOf, IDENTITY, pathsBy, type Rules, type WrittenBy } from '../../../../deploy/rules.ts';
import { settableTags, TAG, type Tags } from '../../api/tags.ts';
import type { Site } from '../../site.ts';
import { statusChange } from '../batch/state.ts';
import { changesOf } from '../changes.ts';
import { resolved } from '../deps.ts';

export type ComputeEnvironmentProps = {
  readonly site: Site;
  readonly name: string;
  /** Name of the queue whose jobs it runs. Others of the same queue are what it replaces. */
  readonly queue: string;
  /** Whether jobs run on AWS Fargate: then there are no machines, and nothing is said of them. */
  readonly fargate?: boolean | undefined;
  /** Machines, or places on AWS Fargate, that AWS may take back, for less money. */
  readonly spot: boolean;
  /** Types or families, or `optimal`. */
  readonly instanceTypes?: readonly string[] | undefined;
  readonly minVcpus?: number | undefined;
  readonly maxVcpus: number;
  /** To start with: Batch changes it as jobs come and go. */
  readonly desiredVcpus?: number | undefined;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  /** ARN. */
  readonly instanceProfile?: Ref | string | undefined;
  /** Id. */
  readonly launchTemplate?: Ref | string | undefined;
  readonly launchTemplateVersion?: Ref | number | undefined;
  /** `ECS_AL2023`, or `ECS_AL2023_NVIDIA` for machines with GPUs. */
  readonly imageType?: string | undefined;
  /** ARN: the account's service-linked role, or one of the user. */
  readonly serviceRole: Ref | string;
  /** `DISABLED` ones start no jobs. */
  readonly state: 'ENABLED' | 'DISABLED';
  readonly tags: Tags;
};

export type ComputeEnvironmentAttrs = Omit<
  ComputeEnvironmentProps,
  'queue' | 'instanceProfile' | 'launchTemplate' | 'launchTemplateVersion' | 'serviceRole' | 'state'
> & {
  readonly arn: string;
  /** `CREATING`, `UPDATING`, `DELETING`, `VALID` or `INVALID`. */
  readonly status: string;
  readonly statusReason?: string | undefined;
  /** ARN of the cluster of ECS that its machines belong to. */
  readonly cluster: string;
  readonly allocationStrategy?: string | undefined;
  readonly instanceProfile?: string | undefined;
  readonly launchTemplate?: string | undefined;
  readonly launchTemplateVersion?: number | string | undefined;
  readonly serviceRole: string;
  readonly state: string;
};

/**
 * `scaling`: how much there may be, changed at once. `infrastructure`: what machines are like; a change brings new ones,
 * while the old ones finish their jobs.
 */
export const ENVIRONMENT_RULES = {
  site: IDENTITY,
  name: IDENTITY,
  minVcpus: { by: 'scaling' },
  maxVcpus: { by: 'scaling' },
  desiredVcpus: { ignored: 'Batch changes it as jobs come and go' },
  fargate: { by: 'replace' },
  spot: { by: 'infrastructure' },
  allocationStrategy: { by: 'infrastructure' },
  instanceTypes: { by: 'infrastructure', unordered: true },
  subnets: { by: 'infrastructure', unordered: true },
  securityGroups: { by: 'infrastructure', unordered: true },
  instanceProfile: { by: 'infrastructure' },
  launchTemplate: { by: 'infrastructure' },
  launchTemplateVersion: { by: 'infrastructure' },
  imageType: { by: 'infrastructure' },
  state: { by: 'state' },
  serviceRole: { by: 'replace' },
  queue: { by: 'tags', as: 'tags' },
  tags: { by: 'tags' },
} as const satisfies Rules<
  ComputeEnvironmentProps & Pick<ComputeEnvironmentAttrs, 'allocationStrategy'>,
  'scaling' | 'infrastructure' | 'state' | 'tags'
>;

/** What a change of brings new machines. */
const INFRASTRUCTURE_FIELDS = pathsBy(ENVIRONMENT_RULES, 'infrastructure');
/** What `UpdateComputeEnvironment` changes. */
export const UPDATED_FIELDS = pathsBy(ENVIRONMENT_RULES, 'scaling', 'infrastructure', 'state');

/** How Batch chooses machines. The default of Batch could not be changed in place. */
function allocationStrategy(spot: boolean) {
  return spot ? 'SPOT_PRICE_CAPACITY_OPTIMIZED' : 'BEST_FIT_PROGRESSIVE';
}

/** The tags of an environment, with the one that says which queue it is for. */
export function environmentTags({ tags, queue }: Pick<ComputeEnvironmentProps, 'tags' | 'queue'>): Tags {
  return { ...tags, [TAG.queue]: queue };
}

/** Whether a role is the account's service-linked one: only then Batch changes in place what machines are like. */
export function isServiceLinked(role: string): boolean {
  return role.includes(':role/aws-service-role/batch.amazonaws.com/');
}

/** What differs. That Batch still changes machines for the last update is no difference. */
export function environmentChanges(
  props: ComputeEnvironmentProps,
  attrs: ComputeEnvironmentAttrs,
): readonly Change[] {
  const wanted = {
    ...props,
    fargate: props.fargate ?? false,
    allocationStrategy: props.fargate ? undefined : allocationStrategy(props.spot),
    tags: environmentTags(props),
  };
  const compared = comparisonOf(ENVIRONMENT_RULES);
  const stays = isServiceLinked(attrs.serviceRole);
  const replace = stays ? compared.replace : [...compared.replace, ...INFRASTRUCTURE_FIELDS];
  const found = changesOf(wanted, { ...attrs, fargate: attrs.fargate ?? false }, { ...compared, replace });
  return [...found, ...statusChange(attrs)];
}

/**
 * Rules of CreateComputeEnvironment: an environment must be created enabled; without a role it uses the account's
 * service-linked one, which whoever calls may not have the right to pass.
 */
export function createEnvironmentInput(props: ComputeEnvironmentProps): CreateComputeEnvironmentCommandInput {
  const { name, desiredVcpus, minVcpus = 0 } = props;
  const desired = !props.fargate && { desiredvCpus: Math.max(desiredVcpus ?? minVcpus, minVcpus) };
  const serviceRole = resolved(props.serviceRole);
  const resources = Object.assign({}, ...Object.values(RESOURCES).map((part) => part(props)));
  return {
    computeEnvironmentName: name,
    type: 'MANAGED',
    state: 'ENABLED',
    ...(!isServiceLinked(serviceRole) && { serviceRole }),
    computeResources: { ...resources, ...desired },
    tags: environmentTags(props),
  };
}

/** Minutes that jobs on former machines may take. Rule: the most that UpdateComputeEnvironment takes. */
const LONGEST_JOB = 7200;

/**
 * Changes the given fields, and leaves jobs that run alone. New machines get the latest image of their kind.
 * Rule: `updateToLatestImageVersion` of UpdateComputeEnvironment, which is false by default.
 */
export function updateEnvironmentInput(
  props: ComputeEnvironmentProps,
  fields: readonly string[],
): UpdateComputeEnvironmentCommandInput {
  const parts = fields.flatMap((field) => RESOURCES[field as ResourceField]?.(props) ?? []);
  const machines = !props.fargate && fields.some((field) => INFRASTRUCTURE_FIELDS.includes(field));
  return {
    computeEnvironment: props.name,
    ...(fields.includes('state') && { state: props.state }),
    ...(parts.length > 0 && {
      computeResources: Object.assign({}, ...parts, machines && { updateToLatestImageVersion: true }),
    }),
    ...(machines && {
      updatePolicy: { terminateJobsOnUpdate: false, jobExecutionTimeoutMinutes: LONGEST_JOB },
    }),
  };
}

/** What `computeResources` says. */
type ResourceField = WrittenBy<typeof ENVIRONMENT_RULES, 'scaling' | 'infrastructure'>;

type Part = (props: ComputeEnvironmentProps) => Partial<ComputeResource>;

const typed: Part = ({ spot, fargate }) =>
  fargate
    ? { type: spot ? 'FARGATE_SPOT' : 'FARGATE' }
    : { type: spot ? 'SPOT' : 'EC2', allocationStrategy: allocationStrategy(spot) };
const template: Part = ({ launchTemplate, launchTemplateVersion }) =>
  launchTemplate === undefined
    ? {}
    : {
        launchTemplate: {
          launchTemplateId: resolved(launchTemplate),
          version: numbered(launchTemplateVersion),
        },
      };

/** How each property is written. */
const RESOURCES: Readonly<Record<ResourceField, Part>> = {
  spot: typed,
  allocationStrategy: typed,
  minVcpus: ({ minVcpus }) => (minVcpus === undefined ? {} : { minvCpus: minVcpus }),
  maxVcpus: ({ maxVcpus }) => ({ maxvCpus: maxVcpus }),
  instanceTypes: ({ instanceTypes }) => (instanceTypes ? { instanceTypes: [...instanceTypes] } : {}),
  subnets: ({ subnets }) => ({ subnets: [...subnets] }),
  securityGroups: ({ securityGroups }) => ({ securityGroupIds: [...securityGroups] }),
  instanceProfile: ({ instanceProfile }) =>
    instanceProfile === undefined ? {} : { instanceRole: resolved(instanceProfile) },
  launchTemplate: template,
  launchTemplateVersion: template,
  imageType: ({ imageType }) => (imageType === undefined ? {} : { ec2Configuration: [{ imageType }] }),
};

/** A number, since Batch looks at `$Latest` only when it changes machines for another reason. */
function numbered(version: ComputeEnvironmentProps['launchTemplateVersion']): string {
  if (typeof version === 'number') return String(version);
  throw new TypeError(`the version ${JSON.stringify(version)} of the launch template is not known`);
}

export function environmentAttrs(site: Site, found: ComputeEnvironmentDetail): ComputeEnvironmentAttrs {
  const { computeResources: resources, statusReason } = found;
  const { launchTemplate } = resources ?? {};
  const fargate = resources?.type?.startsWith('FARGATE') === true;
  const version = launchTemplate?.version;
  return {
    site,
    name: found.computeEnvironmentName ?? '',
    arn: found.computeEnvironmentArn ?? '',
    status: found.status ?? 'VALID',
    ...(statusReason && { statusReason }),
    cluster: found.ecsClusterArn ?? '',
    fargate,
    spot: resources?.type?.endsWith('SPOT') === true,
    allocationStrategy: resources?.allocationStrategy,
    instanceTypes: resources?.instanceTypes ?? (fargate ? undefined : []),
    minVcpus: resources?.minvCpus ?? (fargate ? undefined : 0),
    maxVcpus: resources?.maxvCpus ?? 0,
    desiredVcpus: resources?.desiredvCpus,
    subnets: resources?.subnets ?? [],
    securityGroups: resources?.securityGroupIds ?? [],
    instanceProfile: resources?.instanceRole ?? (fargate ? undefined : ''),
    launchTemplate: launchTemplate?.launchTemplateId ?? launchTemplate?.launchTemplateName,
    // Somebody may have set `$Latest`.
    launchTemplateVersion: /^\d+$/.test(version ?? '') ? Number(version) : version,
    imageType: resources?.ec2Configuration?.[0]?.imageType ?? (fargate ? undefined : ''),
    serviceRole: found.serviceRole ?? '',
    state: found.state ?? 'ENABLED',
    tags: settableTags(found.tags ?? {}),
  };
}
