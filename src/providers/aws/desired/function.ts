/** The function of a step, with what is its own: log group, role and secrets. */

import { type Ref, type Resource, ref } from '../../../deploy/resource.ts';
import { formatReference, parseReference } from '../../../image/reference.ts';
import type { IdentifiedImage } from '../../../image/step-image.ts';
import { variablesKey } from '../../../workflow/key.ts';
import { bucketTags, TAG, type Tags } from '../api/tags.ts';
import { AWS_DEFAULTS } from '../dialect/defaults.ts';
import { runsGivenImage } from '../dialect/ecr.ts';
import { KEY_VARIABLE } from '../dialect/lambda-variables.ts';
import { architectureOf } from '../dialect/platform.ts';
import { secretsOf } from '../dialect/secrets.ts';
import { idFor, logGroupOf, type StepDeployment, stepTags } from '../facts.ts';
import type { AsyncConfig, FunctionProps } from '../kinds/function/index.ts';
import type { LogGroupProps } from '../kinds/log-group/index.ts';
import type { ParameterProps } from '../kinds/parameter/index.ts';
import { parameterName } from '../names.ts';
import { runsJobs } from '../step.ts';
import { shareVariables } from '../step-config.ts';
import { listenedTo } from '../step-stores.ts';
import type { BucketIds } from './buckets.ts';
import { failureStatements, hasVpc, onFailureOf, roleOf, roleResource, type Statement } from './role.ts';

/** What a function has besides, if its step has jobs as well. */
export interface Overflowing {
  /** What its role permits for that. */
  readonly statements: readonly Statement[];
  readonly asyncConfig: AsyncConfig;
  /** Ids of what must be there before. */
  readonly after: readonly string[];
}

/** What is made for the function of a step, the function last. */
export function functionResources(
  deployment: StepDeployment,
  buckets: BucketIds,
  overflowing?: Overflowing,
): readonly Resource[] {
  const more = overflowing?.statements ?? failureStatements(deployment, deployment.step.name);
  const role = roleResource(deployment, buckets, more);
  const before = [logGroup(deployment), ...parameter(deployment)];
  const after = [...before.map(({ id }) => id), ...(overflowing?.after ?? [])];
  const made = functionResource(deployment, after, overflowing?.asyncConfig ?? asyncConfig(deployment));
  return [...before, ...(role ? [role] : []), made];
}

/** A log group of a step; that of its function, unless another name is given. */
export function logGroup(deployment: StepDeployment, name: string = logGroupOf(deployment)): Resource {
  const { step, facts } = deployment;
  const retentionDays = step.settings.cloudwatch?.log_retention_policy_in_days ?? AWS_DEFAULTS.logRetention;
  return {
    id: idFor(deployment, 'log-group', name),
    kind: 'aws/log-group',
    step: step.id,
    props: { site: facts.site, name, retentionDays, tags: stepTags(deployment) } satisfies LogGroupProps,
    dependsOn: [],
  };
}

/** The secrets of a step, if it has some. */
export function parameter(deployment: StepDeployment): readonly Resource[] {
  const { workflow, step, facts } = deployment;
  const value = secretsOf(workflow, step);
  if (value === undefined) return [];
  const name = parameterName(workflow.name, step.name);
  const props: ParameterProps = { site: facts.site, name, value, tags: stepTags(deployment) };
  const id = idFor(deployment, 'parameter', name);
  return [{ id, kind: 'aws/parameter', step: step.id, props, dependsOn: [] }];
}

function functionResource(
  deployment: StepDeployment,
  dependsOn: readonly string[],
  asyncConfig: AsyncConfig | undefined,
): Resource {
  const { step, facts } = deployment;
  const { lambda = {} } = step.settings;
  return {
    id: idFor(deployment, 'function'),
    kind: 'aws/function',
    step: step.id,
    props: {
      site: facts.site,
      name: step.name,
      code: { image: imageOf(deployment) },
      role: roleOf(deployment),
      architecture: architectureOf(step),
      memory: lambda.memory ?? AWS_DEFAULTS.memory,
      timeout: lambda.timeout ?? AWS_DEFAULTS.timeout,
      ephemeralStorage: lambda.ephemeral_storage ?? AWS_DEFAULTS.ephemeralStorage,
      environment: environmentOf(deployment),
      description: lambda.description || undefined,
      vpc: vpcOf(deployment),
      fileSystems: (lambda.file_system ?? []).map(({ Arn = '', LocalMountPath = '' }) => {
        return { arn: Arn, path: LocalMountPath };
      }),
      logGroup: logGroupOf(deployment),
      reservedConcurrency: lambda.reserved_concurrency,
      ...(asyncConfig && { asyncConfig }),
      preheat: lambda.preheat === true,
      tags: functionTags(deployment),
    } satisfies FunctionProps,
    dependsOn,
  };
}

/**
 * How often AWS Lambda repeats what failed, and where it hands it in the end. Zero is the supervisor's to keep: what a
 * script failed on is no failure to Lambda, so that its own two times are for what went wrong around it. An image that is
 * run as it is has no supervisor; and what is to be handed on must be a failure to Lambda, which then repeats all alike.
 */
function asyncConfig(deployment: StepDeployment): AsyncConfig | undefined {
  const { step } = deployment;
  const { retries } = step.settings.lambda ?? {};
  const onFailure = onFailureOf(deployment);
  if (onFailure !== undefined) return { retries: retries ?? 0, onFailure };
  if (retries === undefined || (retries === 0 && !runsGivenImage(step))) return undefined;
  return { retries };
}

function vpcOf(deployment: StepDeployment) {
  if (!hasVpc(deployment)) return undefined;
  const { SubnetIds: subnets = [], SecurityGroupIds: securityGroups = [] } =
    deployment.step.settings.lambda?.vpc ?? {};
  return { subnets, securityGroups };
}

/** An image that is run as it is has no configuration of ours, so all variables are the function's. */
export function environmentOf({ step }: StepDeployment): Readonly<Record<string, string>> {
  const { onFunction, inImage } = shareVariables(step);
  if (runsGivenImage(step)) return { ...inImage, ...onFunction };
  const isAny = Object.keys(onFunction).length > 0;
  return { ...onFunction, ...(isAny && { [KEY_VARIABLE]: variablesKey(onFunction) }) };
}

/**
 * The image that the step runs: composed for it, or given. To remove a workflow it is not looked up, and a given one is
 * still no resource of ours.
 */
export function imageOf(deployment: StepDeployment): Ref | string {
  const { step, facts } = deployment;
  if (facts.image?.kind === 'given') return facts.image.uri;
  return runsGivenImage(step) ? (step.image ?? '') : ref(idFor(deployment, 'image'), 'uri');
}

/** What the function tells of its step to whoever comes later, from whatever machine. */
function functionTags(deployment: StepDeployment): Tags {
  return { ...listenerTags(deployment), ...imageTags(deployment) };
}

/** The tags of the function that the buckets of a step call. */
export function listenerTags(deployment: StepDeployment): Tags {
  const { workflow, step } = deployment;
  const buckets = listenedTo(step, workflow).map(({ bucket }) => bucket);
  const mode = runsJobs(step) ? { [TAG.mode]: step.mode } : {};
  return { ...stepTags(deployment), ...mode, ...bucketTags(buckets) };
}

/** Characters that the value of a tag may have. Rule: AWS's tagging limits. */
const LONGEST_VALUE = 256;

/** What the image of a step is, on what runs it. */
export function imageTags({ facts }: StepDeployment): Tags {
  if (facts.image?.kind !== 'composed') return {};
  const { image } = facts.image;
  const base = baseName(image);
  return {
    [TAG.base]: base.length <= LONGEST_VALUE ? base : image.baseDigest,
    [TAG.runtime]: image.runtimeDigest,
    [TAG.image]: image.tag,
    ...(image.key !== undefined && { [TAG.key]: image.key }),
  };
}

/** The user's image, with its digest. */
export function baseName({ base, baseDigest }: IdentifiedImage): string {
  return formatReference({ ...parseReference(base), digest: baseDigest });
}
