/**
 * What Batch refuses in the settings of a compute environment, and what makes one invalid. Rules: ComputeResource and
 * Ec2Configuration in Batch's API reference; "INVALID compute environment" in its user guide.
 */
import type { Params } from '../core/api.ts';
import type { World } from '../core/world.ts';
import type { Roles } from '../iam/roles.ts';
import { client } from './things.ts';

const TYPES = ['EC2', 'SPOT', 'FARGATE', 'FARGATE_SPOT'];
const STRATEGIES = [
  ...['BEST_FIT', 'BEST_FIT_PROGRESSIVE'],
  ...['SPOT_CAPACITY_OPTIMIZED', 'SPOT_PRICE_CAPACITY_OPTIMIZED'],
];
/** Those of Amazon Linux 2 cannot be used in new environments since June 2026. */
const IMAGES = ['ECS_AL2023', 'ECS_AL2023_NVIDIA'];
const RETIRED = /^(p2|g3s?)(\.|$)/;
const TOO_OLD_FOR_NVIDIA = /^p3(dn)?(\.|$)/;
/** Rule: `Ec2Configuration` of Batch's API: "Amazon Linux 2023 does not support A1 instances." */
const TOO_OLD_FOR_AL2023 = /^a1(\.|$)/;

/** @throws AwsFault `ClientException` */
export function checkResources(resources: Params | undefined): void {
  if (!resources) throw client('computeResources must be provided for a MANAGED compute environment');
  const { type, minvCpus = 0, maxvCpus, subnets = [], allocationStrategy, bidPercentage } = resources;
  if (!TYPES.includes(type)) throw client(`computeResources.type ${type} is not valid`);
  if (!Number.isInteger(maxvCpus) || maxvCpus < 1) throw client('maxvCpus must be a number above 0');
  if (minvCpus > maxvCpus) throw client('minvCpus must be less than or equal to maxvCpus');
  if (subnets.length === 0) throw client('subnets must be provided');
  if (allocationStrategy !== undefined && !STRATEGIES.includes(allocationStrategy)) {
    throw client(`allocationStrategy ${allocationStrategy} is not valid`);
  }
  if (bidPercentage !== undefined && type !== 'SPOT')
    throw client('bidPercentage is only applicable to SPOT');
  if (type.startsWith('FARGATE')) checkFargate(resources);
  else checkInstances(resources);
}

function checkFargate(resources: Params): void {
  const names = [
    ...['minvCpus', 'desiredvCpus', 'instanceTypes', 'instanceRole', 'launchTemplate', 'ec2Configuration'],
    ...['allocationStrategy', 'tags', 'imageId', 'ec2KeyPair', 'placementGroup', 'spotIamFleetRole'],
  ];
  const odd = names.find((name) => resources[name] !== undefined);
  if (odd) throw client(`${odd} is not applicable to FARGATE`);
  if ((resources['securityGroupIds'] ?? []).length === 0)
    throw client('securityGroupIds must be provided for FARGATE');
}

function checkInstances(resources: Params): void {
  const {
    type,
    allocationStrategy = 'BEST_FIT',
    instanceTypes = [],
    instanceRole,
    ec2Configuration = [],
  } = resources;
  if (!instanceRole) throw client('instanceRole is required.');
  if (instanceTypes.length === 0) throw client('instanceTypes must be provided');
  if (resources['minvCpus'] === undefined) throw client('minvCpus must be provided');
  if (type === 'SPOT' && allocationStrategy === 'BEST_FIT' && !resources['spotIamFleetRole']) {
    throw client('spotIamFleetRole is required for SPOT with BEST_FIT');
  }
  if (type === 'EC2' && allocationStrategy.startsWith('SPOT'))
    throw client(`${allocationStrategy} is only for SPOT`);
  const odd = ec2Configuration.find(({ imageType }: Params) => !IMAGES.includes(imageType));
  if (odd) throw client(`imageType ${odd.imageType} cannot be used in new compute environments`);
  const nvidia = ec2Configuration.some(({ imageType }: Params) => imageType.endsWith('NVIDIA'));
  const wrong = instanceTypes.find(
    (each: string) =>
      RETIRED.test(each) || TOO_OLD_FOR_AL2023.test(each) || (nvidia && TOO_OLD_FOR_NVIDIA.test(each)),
  );
  if (wrong) throw client(`The instance type ${wrong} is not supported`);
  checkTemplate(resources['launchTemplate']);
}

function checkTemplate(template: Params | undefined): void {
  if (!template) return;
  const { launchTemplateId: id, launchTemplateName: name, version } = template;
  if ((id === undefined) === (name === undefined))
    throw client('Give either launchTemplateId or launchTemplateName');
  // AWS takes `$Latest` too, but looks at it only during an infrastructure update, which is a trap.
  if (!/^\d+$/.test(version ?? ''))
    throw client(`The version of the launch template must be a number, not ${version}`);
}

export interface EnvironmentParts {
  readonly world: World;
  readonly roles: Roles;
}

/** Why an environment cannot work; nothing if it can. Batch finds this out only when it makes the environment. */
export async function problemOf(
  parts: EnvironmentParts,
  region: string,
  given: Params,
): Promise<string | undefined> {
  const {
    instanceRole,
    launchTemplate,
    subnets = [],
    securityGroupIds = [],
  } = given['computeResources'] ?? {};
  const service = given['serviceRole'];
  const slr = /aws-service-role\/batch\.amazonaws\.com/.test(service ?? '');
  if (service && !slr && !(await parts.roles.isAssumable(service, 'batch.amazonaws.com'))) {
    return `CLIENT_ERROR - Not authorized to perform sts:AssumeRole on ${service}`;
  }
  const profile = instanceRole === undefined ? 'ready' : await parts.roles.profile(instanceRole);
  if (profile === 'missing') return `CLIENT_ERROR - The instance profile ${instanceRole} does not exist`;
  if (profile === 'fresh') return `CLIENT_ERROR - Invalid IamInstanceProfile: ${instanceRole}`;
  const template = await templateProblem(parts.world, region, launchTemplate);
  if (template) return template;
  const network = [
    ['DescribeSubnets', 'SubnetId', subnets],
    ['DescribeSecurityGroups', 'GroupId', securityGroupIds],
  ] as const;
  for (const [action, field, ids] of network) {
    if (!(await exists(parts.world, region, action, field, ids)))
      return `CLIENT_ERROR - One of ${ids} does not exist`;
  }
  return undefined;
}

async function templateProblem(
  { moto }: World,
  region: string,
  template: Params | undefined,
): Promise<string | undefined> {
  if (!template) return undefined;
  const { launchTemplateId: id, launchTemplateName: name, version } = template;
  const form = {
    ...{
      Action: 'DescribeLaunchTemplateVersions',
      Version: '2016-11-15',
      'LaunchTemplateVersion.1': version,
    },
    ...(id ? { LaunchTemplateId: id } : { LaunchTemplateName: name }),
  };
  const answer = await moto.ask({ service: 'ec2', region, form });
  const found = answer.ok && answer.body.includes(`<versionNumber>${version}</versionNumber>`);
  return found
    ? undefined
    : `CLIENT_ERROR - The launch template ${id ?? name} with version ${version} does not exist`;
}

async function exists(
  { moto }: World,
  region: string,
  Action: string,
  field: string,
  ids: readonly string[],
): Promise<boolean> {
  if (ids.length === 0) return true;
  const named = ids.map((id, index) => [`${field}.${index + 1}`, id]);
  const form = { Action, Version: '2016-11-15', ...Object.fromEntries(named) };
  return (await moto.ask({ service: 'ec2', region, form })).ok;
}
