/** All kinds of objects on AWS, bound to a workflow. */
import type { Kinds, ResourceKind } from '../../../deploy/resource.ts';
import { bucketKind } from './bucket.ts';
import { computeEnvironmentKind } from './compute-environment.ts';
import { deploymentBucketKind } from './deployment-bucket.ts';
import type { AwsDeps } from './deps.ts';
import { functionKind } from './function.ts';
import { functionUrlKind } from './function-url.ts';
import { httpApiKind } from './http-api.ts';
import { imageKind } from './image.ts';
import { instanceProfileKind } from './instance-profile.ts';
import { jobDefinitionKind } from './job-definition.ts';
import { jobQueueKind } from './job-queue.ts';
import { launchTemplateKind } from './launch-template.ts';
import { logGroupKind } from './log-group.ts';
import { notificationKind } from './notification.ts';
import { parameterKind } from './parameter.ts';
import { permissionKind } from './permission.ts';
import { repositoryKind } from './repository.ts';
import { roleKind } from './role.ts';
import { serviceLinkedRoleKind } from './service-linked-role.ts';
import { unusedEnvironmentsKind } from './unused-environments.ts';
import { unusedImagesKind } from './unused-images.ts';

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
