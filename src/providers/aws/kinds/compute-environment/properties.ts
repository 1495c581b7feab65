/** Compute environments of AWS Batch: what is desired of one, what there is, and what differs. Pure. */
import type { Change, Ref } from '../../../../deploy/resource.ts';
import { comparisonOf, IDENTITY, pathsBy, type Rules } from '../../../../deploy/rules.ts';
import { TAG, type Tags } from '../../api/tags.ts';
import type { Site } from '../../site.ts';
import { changesOf } from '../changes.ts';

export type ComputeEnvironmentProps = {
  readonly site: Site;
  readonly name: string;
  /** Name of the queue whose jobs it runs. Others of the same queue are what it replaces. */
  readonly queue: string;
  /** Machines that AWS may take back, for less money. */
  readonly spot: boolean;
  /** Types or families, or `optimal`. */
  readonly instanceTypes: readonly string[];
  readonly minVcpus: number;
  readonly maxVcpus: number;
  /** To start with: Batch changes it as jobs come and go. */
  readonly desiredVcpus?: number | undefined;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  /** ARN. */
  readonly instanceProfile: Ref | string;
  /** Id. */
  readonly launchTemplate: Ref | string;
  readonly launchTemplateVersion: Ref | number;
  /** `ECS_AL2023`, or `ECS_AL2023_NVIDIA` for machines with GPUs. */
  readonly imageType: string;
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
  readonly instanceProfile: string;
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
export const INFRASTRUCTURE_FIELDS = pathsBy(ENVIRONMENT_RULES, 'infrastructure');
/** What `UpdateComputeEnvironment` changes. */
export const UPDATED_FIELDS = pathsBy(ENVIRONMENT_RULES, 'scaling', 'infrastructure', 'state');

/** How Batch chooses machines. The default of Batch could not be changed in place. */
export function allocationStrategy(spot: boolean) {
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
    allocationStrategy: allocationStrategy(props.spot),
    tags: environmentTags(props),
  };
  const compared = comparisonOf(ENVIRONMENT_RULES);
  const stays = isServiceLinked(attrs.serviceRole);
  const replace = stays ? compared.replace : [...compared.replace, ...INFRASTRUCTURE_FIELDS];
  const found = changesOf(wanted, attrs, { ...compared, replace });
  return [...found, ...statusChange(attrs)];
}

/** What Batch says of an environment or queue that is not as it should be. */
export function statusChange({
  status,
  statusReason,
}: {
  readonly status: string;
  readonly statusReason?: string | undefined;
}): readonly Change[] {
  if (status === 'VALID' || status === 'UPDATING') return [];
  const before = status === 'INVALID' && statusReason ? `${status}: ${statusReason}` : status;
  return [{ path: 'status', before, after: 'VALID' }];
}
