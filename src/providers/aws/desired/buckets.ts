/** Buckets of a workflow, and what makes them call functions for new objects. */

import type { Resource } from '../../../deploy/resource.ts';
import { FdlError } from '../../../errors.ts';
import { keyPatterns } from '../../../workflow/filter.ts';
import type { Folder } from '../../../workflow/model.ts';
import { ownTags } from '../api/tags.ts';
import { startsTwo } from '../dialect/neighbours.ts';
import { functionArn, idFor, type StepDeployment } from '../facts.ts';
import type { BucketProps } from '../kinds/bucket/index.ts';
import type { NotificationProps } from '../kinds/notification/index.ts';
import type { PermissionProps } from '../kinds/permission/index.ts';
import { STATEMENT, statementName } from '../names.ts';
import { awsId, type Site } from '../site.ts';
import { listenedTo, openedByRole, regionOf } from '../step-stores.ts';

/** A bucket of the account that the file names. */
export interface NamedBucket {
  readonly bucket: string;
  readonly site: Site;
  /** The steps that new objects in it start. */
  readonly listeners: readonly StepDeployment[];
}

/**
 * The buckets of steps, in the order of the file: those whose objects start a step, where that step is, and those that
 * steps write to.
 */
export function namedBuckets(steps: readonly StepDeployment[]): readonly NamedBucket[] {
  const buckets = new Map<string, NamedBucket>();
  for (const deployment of steps) {
    for (const folder of foldersOf(deployment)) {
      const { bucket } = folder;
      const known = buckets.get(bucket);
      const listeners = listenersOf(bucket, steps);
      const [first] = listeners;
      if (!known)
        buckets.set(bucket, {
          bucket,
          site: first ? first.facts.site : siteOf(deployment, folder),
          listeners,
        });
    }
  }
  return [...buckets.values()];
}

function foldersOf({ workflow, step }: StepDeployment): readonly Folder[] {
  return [...listenedTo(step, workflow), ...openedByRole(step.outputs, workflow)];
}

function listenersOf(bucket: string, steps: readonly StepDeployment[]): readonly StepDeployment[] {
  return steps.filter(({ workflow, step }) =>
    listenedTo(step, workflow).some((folder) => folder.bucket === bucket),
  );
}

function siteOf({ workflow, facts }: StepDeployment, { store }: Folder): Site {
  const region = regionOf(store, workflow);
  return region === undefined ? facts.site : { ...facts.site, region };
}

/** @throws FdlError `bucket-regions`: steps in two regions listen to one bucket */
export function checkRegions({ bucket, listeners }: NamedBucket): void {
  const [first, ...others] = listeners;
  const other = others.find(({ facts }) => facts.site.region !== first?.facts.site.region);
  if (!first || !other) return;
  const where = ({ step, facts }: StepDeployment) => [step.id, facts.site.region] as const;
  const { message, hint } = startsTwo(bucket, where(first), where(other));
  throw new FdlError('bucket-regions', message, { hint, place: other.step.place });
}

/** Ids of the resources of buckets, by their names. */
export type BucketIds = ReadonlyMap<string, string>;

export function bucketIds(steps: readonly StepDeployment[]): BucketIds {
  return new Map(namedBuckets(steps).map(({ site, bucket }) => [bucket, bucketId(site, bucket)]));
}

/** Buckets, permissions for them to call functions, and for each bucket the list of those it calls. */
export function bucketResources(steps: readonly StepDeployment[]): readonly Resource[] {
  return namedBuckets(steps).flatMap((each) => {
    const permissions = each.listeners.map((deployment) => permission(deployment, each));
    return [bucketResource(each, steps), ...permissions, ...notification(each, permissions)];
  });
}

function bucketResource(
  { bucket, site, listeners }: NamedBucket,
  [first]: readonly StepDeployment[],
): Resource {
  const needsRegion = listeners.length > 0;
  const tags = ownTags(first?.workflow.name ?? '');
  const props: BucketProps = { site, bucket, tags, ...(needsRegion && { needsRegion }) };
  return { id: bucketId(site, bucket), kind: 'aws/bucket', props, dependsOn: [] };
}

function bucketId(site: Site, bucket: string): string {
  return awsId(site, 'bucket', bucket);
}

function permission(deployment: StepDeployment, { bucket }: NamedBucket): Resource {
  const { step, facts } = deployment;
  const statementId = STATEMENT.bucket(bucket);
  return {
    id: idFor(deployment, 'permission', statementName(step.name, statementId)),
    kind: 'aws/permission',
    step: step.id,
    props: {
      site: facts.site,
      function: step.name,
      statementId,
      action: 'lambda:InvokeFunction',
      principal: 's3.amazonaws.com',
      sourceArn: `arn:${facts.partition}:s3:::${bucket}`,
      // Names of buckets can be taken by others once they are free.
      sourceAccount: facts.account,
    } satisfies PermissionProps,
    dependsOn: [idFor(deployment, 'function')],
  };
}

function notification(
  { bucket, site, listeners }: NamedBucket,
  permissions: readonly Resource[],
): readonly Resource[] {
  const [first] = listeners;
  if (!first) return [];
  const entries = listeners.flatMap((deployment) => entriesOf(deployment, bucket));
  const props: NotificationProps = { site, bucket, account: first.facts.account, entries };
  const dependsOn = [bucketId(site, bucket), ...permissions.map(({ id }) => id)];
  return [{ id: awsId(site, 'notification', bucket), kind: 'aws/notification', props, dependsOn }];
}

function entriesOf(deployment: StepDeployment, bucket: string) {
  const { workflow, step } = deployment;
  const folders = listenedTo(step, workflow).filter((folder) => folder.bucket === bucket);
  // S3 takes one prefix and one suffix for each.
  return folders.flatMap(keyPatterns).map(({ prefix, suffix }, index) => ({
    id: `fdl:${workflow.name}:${step.id}:${index + 1}`,
    step: step.id,
    function: functionArn(deployment),
    prefix,
    ...(suffix !== '' && { suffix }),
  }));
}
