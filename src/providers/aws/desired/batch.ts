/** What steps with jobs need on AWS Batch besides what their functions need. */
import type { Resource } from '../../../deploy/resource.ts';
import type { StepDeployment } from '../facts.ts';
import type { DeploymentBucketProps } from '../kinds/deployment-bucket/index.ts';
import { type Machines, machinesOf } from '../machines.ts';
import { deploymentBucketName } from '../names.ts';
import { awsId } from '../site.ts';
import type { BucketIds } from './buckets.ts';
import { functionResources, parameter } from './function.ts';
import { catcherResources, gatewayResources, overflowing } from './gateway.ts';
import { jobResources } from './job.ts';
import { machineResources } from './machines.ts';

/** Everything for steps with jobs but their images and buckets; other steps are left out. */
export function batchResources(steps: readonly StepDeployment[], buckets: BucketIds): readonly Resource[] {
  const groups = machinesOf(steps);
  const own = new Map(
    groups.flatMap(({ steps: [first] }) => [deploymentBucket(first)]).map((each) => [each.id, each]),
  );
  return [
    ...own.values(),
    ...machineResources(groups),
    ...groups.flatMap((machines) =>
      machines.steps.flatMap((deployment) => stepResources(deployment, machines, buckets)),
    ),
  ];
}

function stepResources(
  deployment: StepDeployment,
  machines: Machines,
  buckets: BucketIds,
): readonly Resource[] {
  const bucketId = deploymentBucket(deployment).id;
  const jobs = jobResources(deployment, machines, buckets);
  if (deployment.step.mode === 'batch') {
    const secrets = parameter(deployment);
    return [...secrets, ...afterwards(jobs, secrets), ...gatewayResources(deployment, machines, bucketId)];
  }
  const caught = catcherResources(deployment, machines, bucketId);
  const made = functionResources(deployment, buckets, overflowing(deployment, machines, bucketId));
  const secrets = made.filter(({ kind }) => kind === 'aws/parameter');
  return [...afterwards(jobs, secrets), ...caught, ...made];
}

/** Jobs read their secrets as soon as they start. */
function afterwards(jobs: readonly Resource[], before: readonly Resource[]): readonly Resource[] {
  const ids = before.map(({ id }) => id);
  return jobs.map((each) =>
    each.kind === 'aws/job-definition' ? { ...each, dependsOn: [...each.dependsOn, ...ids] } : each,
  );
}

/** The bucket that belongs to the account: it stays when workflows go. */
function deploymentBucket({ facts }: StepDeployment): Resource<DeploymentBucketProps> {
  const { site, account } = facts;
  const bucket = deploymentBucketName(account, site.region);
  return {
    id: awsId(site, 'deployment-bucket', bucket),
    kind: 'aws/deployment-bucket',
    props: { site, bucket, account },
    dependsOn: [],
  };
}
