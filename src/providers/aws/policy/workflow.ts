/** What it takes the right to do with a workflow as a whole: its objects, its data, and what is looked for everywhere. */
import type { Workflow } from '../../../workflow/model.ts';
import { awsDesired } from '../desired/index.ts';
import { type AwsFacts, type StepDeployment, stepDeployments } from '../facts.ts';
import { runsJobs } from '../step.ts';
import { openedByRole } from '../step-stores.ts';
import { rightsOfKind } from './kinds.ts';
import { type ArnOf, arnsAt, type Place, type Right, rightsOn } from './right.ts';

/** All rights that a workflow takes in one account. `facts` need to know no images and networks. */
export function workflowRights(workflow: Workflow, facts: AwsFacts, place: Place): readonly Right[] {
  const arn = arnsAt(place);
  const steps = stepDeployments(workflow, facts);
  return [
    ...awsDesired(workflow, facts).flatMap(({ kind, props }) => rightsOfKind(kind, props, arn, place)),
    ...steps.flatMap((deployment) => [
      ...dataRights(deployment, place),
      ...baseImageRights(deployment, place),
      ...jobRights(deployment, arn),
    ]),
    ...searchRights(steps, arn, place),
  ];
}

/** Putting inputs, and fetching outputs. */
function dataRights({ workflow, step }: StepDeployment, { partition }: Place): readonly Right[] {
  const objects = (bucket: string) => `arn:${partition}:s3:::${bucket}/*`;
  const inputs = openedByRole(step.inputs, workflow).map(({ bucket }) => bucket);
  const outputs = openedByRole(step.outputs, workflow).map(({ bucket }) => bucket);
  return [
    ...inputs.flatMap((bucket) =>
      rightsOn('Objects', [objects(bucket)], {
        run: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      }),
    ),
    ...inputs.flatMap((bucket) =>
      rightsOn('Buckets', [`arn:${partition}:s3:::${bucket}`], { run: ['s3:ListBucketMultipartUploads'] }),
    ),
    ...[...inputs, ...outputs].flatMap((bucket) => [
      ...rightsOn('Objects', [objects(bucket)], { run: ['s3:GetObject'] }),
      ...rightsOn('Buckets', [`arn:${partition}:s3:::${bucket}`], { run: ['s3:ListBucket'] }),
    ]),
  ];
}

/** Reading an image of an account's registry, whoever's it is. */
function baseImageRights({ step }: StepDeployment, { partition }: Place): readonly Right[] {
  const [, account, region, repository] =
    /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.[^/]+\/([^:@]+)/.exec(step.image?.trim() ?? '') ?? [];
  if (!repository) return [];
  const images = `arn:${partition}:ecr:${region}:${account}:repository/${repository}`;
  return [
    ...rightsOn('GivenImages', [images], { read: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'] }),
    ...rightsOn('Lists', ['*'], { read: ['ecr:GetAuthorizationToken'] }),
  ];
}

/** The function of a step that is a job passes events on, and the job says how it is. */
function jobRights(deployment: StepDeployment, arn: ArnOf): readonly Right[] {
  const { step, facts } = deployment;
  if (!runsJobs(step)) return [];
  const group = arn('logs', `log-group:/aws/lambda/${step.name}:*`, facts.site);
  return rightsOn('Logs', [group], { watch: ['logs:FilterLogEvents'] });
}

/**
 * What belongs to the workflow is looked for by tags and paths, in the file or not, also of kinds that the file does not
 * name.
 */
function searchRights(
  steps: readonly StepDeployment[],
  arn: ArnOf,
  { workflow, partition }: Place,
): readonly Right[] {
  const sites = [...new Map(steps.map(({ facts: { site } }) => [site.region, site])).values()];
  return [
    ...rightsOn('Lists', ['*'], {
      read: ['tag:GetResources', 'iam:ListRoles', 'iam:ListInstanceProfiles'],
    }),
    // For `fdl doctor`, of whoever asks.
    ...rightsOn('Oneself', [arn('iam', 'user/*'), arn('iam', 'role/*')], {
      examine: ['iam:SimulatePrincipalPolicy'],
    }),
    ...sites.flatMap((site) => [
      ...rightsOn('Secrets', [arn('ssm', `parameter/fdl/${workflow}`, site)], {
        read: ['ssm:GetParametersByPath'],
      }),
      ...rightsOn('Addresses', [`arn:${partition}:apigateway:${site.region}::/apis`], {
        read: ['apigateway:GET'],
      }),
    ]),
  ];
}
