/** All kinds of objects on AWS, bound to a workflow. */
import type { Kinds, ResourceKind } from '../../deploy/resource.ts';
import type { AwsDeps } from './deps.ts';
import { bucketKind } from './kinds/bucket.ts';
import { computeEnvironmentKind } from './kinds/compute-environment.ts';
import { deploymentBucketKind } from './kinds/deployment-bucket.ts';
import { functionKind } from './kinds/function.ts';
import { functionUrlKind } from './kinds/function-url.ts';
import { httpApiKind } from './kinds/http-api.ts';
import { imageKind } from './kinds/image.ts';
import { instanceProfileKind } from './kinds/instance-profile.ts';
import { jobDefinitionKind } from './kinds/job-definition.ts';
import { jobQueueKind } from './kinds/job-queue.ts';
import { launchTemplateKind } from './kinds/launch-template.ts';
import { logGroupKind } from './kinds/log-group.ts';
import { notificationKind } from './kinds/notification.ts';
import { parameterKind } from './kinds/parameter.ts';
import { permissionKind } from './kinds/permission.ts';
import { repositoryKind } from './kinds/repository.ts';
import { roleKind } from './kinds/role.ts';
import { serviceLinkedRoleKind } from './kinds/service-linked-role.ts';
import { unusedEnvironmentsKind } from './kinds/unused-environments.ts';
import { unusedImagesKind } from './kinds/unused-images.ts';

/** Every kind by the name that resources call it. */
const KINDS = {
  'aws/bucket': bucketKind,
  'aws/compute-environment': computeEnvironmentKind,
  'aws/deployment-bucket': deploymentBucketKind,
  'aws/function': functionKind,
  'aws/function-url': functionUrlKind,
  'aws/http-api': httpApiKind,
  'aws/image': imageKind,
  'aws/instance-profile': instanceProfileKind,
  'aws/job-definition': jobDefinitionKind,
  'aws/job-queue': jobQueueKind,
  'aws/launch-template': launchTemplateKind,
  'aws/log-group': logGroupKind,
  'aws/notification': notificationKind,
  'aws/parameter': parameterKind,
  'aws/permission': permissionKind,
  'aws/repository': repositoryKind,
  'aws/role': roleKind,
  'aws/service-linked-role': serviceLinkedRoleKind,
  'aws/unused-environments': unusedEnvironmentsKind,
  'aws/unused-images': unusedImagesKind,
} as const;

/** The table of kinds for the deploy engine. */
export function awsKinds(deps: AwsDeps): Kinds {
  const bound = Object.entries(KINDS).map(([name, kind]) => [name, kind(deps) as unknown as ResourceKind]);
  return Object.fromEntries(bound) as Kinds;
}
