/** The roles of a step: what its function, or its jobs, may do, and nothing else. */

import { type Ref, type Resource, ref } from '../../../deploy/resource.ts';
import type { Folder } from '../../../workflow/model.ts';
import { parseArn } from '../api/tagged.ts';
import { failuresPrefix } from '../dialect/failures.ts';
import { secretsOf } from '../dialect/secrets.ts';
import { arnFor, idFor, inAccount, logGroupOf, type StepDeployment, stepTags } from '../facts.ts';
import type { RoleProps } from '../kinds/role/index.ts';
import type { TrustSource } from '../kinds/role/policy-document.ts';
import { VPC_POLICY } from '../kinds/role/properties.ts';
import { parameterName, roleName, rolePath } from '../names.ts';
import { openedByRole } from '../step-stores.ts';
import type { BucketIds } from './buckets.ts';

export type Statement = RoleProps['statements'][number];

/** The role of a step's function, unless the file names one. `more` is what it may do besides its own work. */
export function roleResource(
  deployment: StepDeployment,
  buckets: BucketIds,
  more: readonly Statement[] = [],
): Resource | undefined {
  const { step } = deployment;
  const files = (step.settings.lambda?.file_system ?? []).map(({ Arn = '' }, index) =>
    mountStatement(Arn, index),
  );
  return partRole(deployment, {
    name: ownRoleName(deployment),
    trust: 'lambda.amazonaws.com',
    statements: [
      logStatement(deployment, logGroupOf(deployment)),
      ...dataStatements(deployment),
      ...files,
      ...more,
    ],
    keys: keysOf(deployment, buckets),
    managedPolicies: hasVpc(deployment) ? [managedPolicy(deployment, VPC_POLICY)] : [],
  });
}

interface PartRole {
  readonly name: string;
  /** The service that takes it. */
  readonly trust: string;
  readonly source?: TrustSource | undefined;
  readonly statements: readonly Statement[];
  readonly keys: readonly Ref[];
  readonly managedPolicies?: readonly string[];
}

/** A role for a part of a step; none where the file names one, which serves all parts. */
export function partRole(deployment: StepDeployment, role: PartRole): Resource | undefined {
  const { workflow, step, facts } = deployment;
  const { name, trust, source, statements, keys, managedPolicies = [] } = role;
  if (step.settings.iam?.role) return undefined;
  return {
    id: idFor(deployment, 'role', name),
    kind: 'aws/role',
    step: step.id,
    props: {
      site: facts.site,
      name,
      path: rolePath(workflow.name, facts.site.region),
      trust: [trust],
      ...(source && { source }),
      statements,
      keys,
      managedPolicies,
      boundary: boundaryOf(deployment),
      tags: stepTags(deployment),
    } satisfies RoleProps,
    dependsOn: [],
  };
}

/** ARN of the permissions boundary that the file gives. */
export function boundaryOf(deployment: StepDeployment): string | undefined {
  const { permissions_boundary: boundary } = deployment.step.settings.iam ?? {};
  return boundary && inAccount(boundary, deployment);
}

/** ARN of a policy of AWS itself. */
function managedPolicy({ facts }: StepDeployment, name: string): string {
  return `arn:${facts.partition}:iam::aws:policy/${name}`;
}

/** The keys of the buckets that are opened with the rights of the step. */
export function keysOf({ workflow, step }: StepDeployment, buckets: BucketIds): readonly Ref[] {
  const opened = openedByRole([...step.inputs, ...step.outputs], workflow);
  const ids = new Set(opened.flatMap(({ bucket }) => buckets.get(bucket) ?? []));
  return [...ids].map((id) => ref(id, 'keys'));
}

/** The role that the function, or the part of this name, runs with: its own, or the ARN that the file gives. */
export function roleOf(deployment: StepDeployment, name: string = ownRoleName(deployment)): Ref | string {
  const { role } = deployment.step.settings.iam ?? {};
  return role ? inAccount(role, deployment) : ref(idFor(deployment, 'role', name), 'arn');
}

/** The role of the step's function. */
export function ownRoleName({ workflow, step, facts }: StepDeployment): string {
  return roleName(workflow.name, step.name, facts.site.region);
}

/** Whether the function is attached to a network of its own. */
export function hasVpc({ step }: StepDeployment): boolean {
  return (step.settings.lambda?.vpc?.SubnetIds ?? []).length > 0;
}

/** ARN of what gets the failures of a step for good, if the file says it. */
export function onFailureOf(deployment: StepDeployment): string | undefined {
  const { on_failure: arn } = deployment.step.settings.lambda ?? {};
  return arn ? inAccount(arn, deployment) : undefined;
}

/**
 * Handing failures of the function `name` to where the file says; nothing where it says nothing.
 * Rule: Lambda's developer guide, "Capturing records of asynchronous invocations": what the role needs for each kind of
 * destination, and the names of objects in buckets.
 */
export function failureStatements(deployment: StepDeployment, name: string): readonly Statement[] {
  const arn = onFailureOf(deployment);
  if (arn === undefined) return [];
  const { service } = parseArn(arn);
  if (service === 'sqs') return [allow('Failures', ['sqs:SendMessage'], [arn])];
  if (service === 'sns') return [allow('Failures', ['sns:Publish'], [arn])];
  return [
    allow('Failures', ['s3:PutObject'], [`${arn}/${failuresPrefix(name)}*`]),
    allow('FailuresBucket', ['s3:ListBucket'], [arn]),
  ];
}

/** Writing to a log group. */
export function logStatement(deployment: StepDeployment, group: string): Statement {
  const groups = [arnFor(deployment, 'logs', `log-group:${group}:*`)];
  return allow('Logs', ['logs:CreateLogStream', 'logs:PutLogEvents'], groups);
}

/** What the work itself takes: inputs, outputs and secrets of the step. */
export function dataStatements(deployment: StepDeployment): readonly Statement[] {
  const { workflow, step } = deployment;
  const inputs = objectsIn(deployment, openedByRole(step.inputs, workflow));
  const outputs = objectsIn(deployment, openedByRole(step.outputs, workflow));
  const parameter = arnFor(deployment, 'ssm', `parameter${parameterName(workflow.name, step.name)}`);
  return [
    ...(inputs.length > 0 ? [allow('Inputs', ['s3:GetObject'], inputs)] : []),
    ...(outputs.length > 0 ? [allow('Outputs', ['s3:PutObject', 's3:AbortMultipartUpload'], outputs)] : []),
    ...(secretsOf(workflow, step) ? [allow('Secrets', ['ssm:GetParameter'], [parameter])] : []),
  ];
}

/** A statement of a policy. */
export function allow(Sid: string, Action: readonly string[], Resource: readonly string[]): Statement {
  return { Sid, Effect: 'Allow', Action, Resource };
}

function objectsIn({ facts }: StepDeployment, folders: readonly Folder[]): readonly string[] {
  const objects = folders.map(({ bucket, prefix }) => {
    return `arn:${facts.partition}:s3:::${bucket}/${prefix === '' ? '' : `${literal(prefix)}/`}*`;
  });
  return [...new Set(objects)].sort();
}

/**
 * A prefix as it stands in a policy. Characters that mean something there are written so that they do not, and `*` stands
 * for those that a policy cannot have: all beyond U+00FF. A `?` for each of them would permit less, but IAM does not say
 * whether it stands for a character or for a byte of it, and a step that may not write its output is of no use.
 * Rules: IAM's policy variables; the pattern of `policyDocumentType` in IAM's API, `[\u0009\u000A\u000D\u0020-\u00FF]+`.
 */
function literal(prefix: string): string {
  const escaped = prefix.replace(/[*?$]/g, (sign) => `\${${sign}}`);
  return escaped.replace(/[^\0-\u00FF]+/g, '*');
}

/** Rights on a file system are given for the file system; the condition leaves the one access point of it. */
function mountStatement(accessPoint: string, index: number): Statement {
  const { partition, region, account } = parseArn(accessPoint);
  const actions = ['elasticfilesystem:ClientMount', 'elasticfilesystem:ClientWrite'];
  const all = `arn:${partition}:elasticfilesystem:${region}:${account}:file-system/*`;
  const Condition = { StringEquals: { 'elasticfilesystem:AccessPointArn': accessPoint } };
  return { ...allow(`Files${index + 1}`, actions, [all]), Condition };
}
