/** What is sent to AWS Batch to make and change compute environments, and what its answers say. Pure. */
import type {
  ComputeEnvironmentDetail,
  ComputeResource,
  CreateComputeEnvironmentCommandInput,
  UpdateComputeEnvironmentCommandInput,
} from '@aws-sdk/client-batch';
import type { WrittenBy } from '../../../../deploy/rules.ts';
import { settableTags } from '../../api/tags.ts';
import type { Site } from '../../site.ts';
import { resolved } from '../resolved.ts';
import {
  allocationStrategy,
  type ComputeEnvironmentAttrs,
  type ComputeEnvironmentProps,
  type ENVIRONMENT_RULES,
  environmentTags,
  INFRASTRUCTURE_FIELDS,
  isServiceLinked,
} from './properties.ts';

/**
 * Rules of CreateComputeEnvironment: an environment must be created enabled; without a role it uses the account's
 * service-linked one, which whoever calls may not have the right to pass.
 */
export function createEnvironmentInput(props: ComputeEnvironmentProps): CreateComputeEnvironmentCommandInput {
  const { name, desiredVcpus, minVcpus } = props;
  const serviceRole = resolved(props.serviceRole);
  const resources = Object.assign({}, ...Object.values(RESOURCES).map((part) => part(props)));
  return {
    computeEnvironmentName: name,
    type: 'MANAGED',
    state: 'ENABLED',
    ...(!isServiceLinked(serviceRole) && { serviceRole }),
    computeResources: { ...resources, desiredvCpus: Math.max(desiredVcpus ?? minVcpus, minVcpus) },
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
  const infrastructure = fields.some((field) => INFRASTRUCTURE_FIELDS.includes(field));
  return {
    computeEnvironment: props.name,
    ...(fields.includes('state') && { state: props.state }),
    ...(parts.length > 0 && {
      computeResources: Object.assign({}, ...parts, infrastructure && { updateToLatestImageVersion: true }),
    }),
    ...(infrastructure && {
      updatePolicy: { terminateJobsOnUpdate: false, jobExecutionTimeoutMinutes: LONGEST_JOB },
    }),
  };
}

/** What `computeResources` says. */
type ResourceField = WrittenBy<typeof ENVIRONMENT_RULES, 'scaling' | 'infrastructure'>;

type Part = (props: ComputeEnvironmentProps) => Partial<ComputeResource>;

const typed: Part = ({ spot }) => ({
  type: spot ? 'SPOT' : 'EC2',
  allocationStrategy: allocationStrategy(spot),
});
const template: Part = ({ launchTemplate, launchTemplateVersion }) => ({
  launchTemplate: {
    launchTemplateId: resolved(launchTemplate),
    version: numbered(launchTemplateVersion),
  },
});

/** How each property is written. */
const RESOURCES: Readonly<Record<ResourceField, Part>> = {
  spot: typed,
  allocationStrategy: typed,
  minVcpus: ({ minVcpus }) => ({ minvCpus: minVcpus }),
  maxVcpus: ({ maxVcpus }) => ({ maxvCpus: maxVcpus }),
  instanceTypes: ({ instanceTypes }) => ({ instanceTypes: [...instanceTypes] }),
  subnets: ({ subnets }) => ({ subnets: [...subnets] }),
  securityGroups: ({ securityGroups }) => ({ securityGroupIds: [...securityGroups] }),
  instanceProfile: ({ instanceProfile }) => ({ instanceRole: resolved(instanceProfile) }),
  launchTemplate: template,
  launchTemplateVersion: template,
  imageType: ({ imageType }) => ({ ec2Configuration: [{ imageType }] }),
};

/** A number, since Batch looks at `$Latest` only when it changes machines for another reason. */
function numbered(version: ComputeEnvironmentProps['launchTemplateVersion']): string {
  if (typeof version === 'number') return String(version);
  throw new TypeError(`the version ${JSON.stringify(version)} of the launch template is not known`);
}

export function environmentAttrs(site: Site, found: ComputeEnvironmentDetail): ComputeEnvironmentAttrs {
  const { computeResources: resources, statusReason } = found;
  const { launchTemplate } = resources ?? {};
  const version = launchTemplate?.version;
  return {
    site,
    name: found.computeEnvironmentName ?? '',
    arn: found.computeEnvironmentArn ?? '',
    status: found.status ?? 'VALID',
    ...(statusReason && { statusReason }),
    cluster: found.ecsClusterArn ?? '',
    spot: resources?.type === 'SPOT',
    allocationStrategy: resources?.allocationStrategy,
    instanceTypes: resources?.instanceTypes ?? [],
    minVcpus: resources?.minvCpus ?? 0,
    maxVcpus: resources?.maxvCpus ?? 0,
    desiredVcpus: resources?.desiredvCpus,
    subnets: resources?.subnets ?? [],
    securityGroups: resources?.securityGroupIds ?? [],
    instanceProfile: resources?.instanceRole ?? '',
    launchTemplate: launchTemplate?.launchTemplateId ?? launchTemplate?.launchTemplateName,
    // Somebody may have set `$Latest`.
    launchTemplateVersion: /^\d+$/.test(version ?? '') ? Number(version) : version,
    imageType: resources?.ec2Configuration?.[0]?.imageType ?? '',
    serviceRole: found.serviceRole ?? '',
    state: found.state ?? 'ENABLED',
    tags: settableTags(found.tags ?? {}),
  };
}
