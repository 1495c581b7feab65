/** All kinds of objects on AWS, bound to a workflow. */
import type { Kinds } from '../../../deploy/resource.ts';
import { bucketKind } from './bucket/index.ts';
import { computeEnvironmentKind } from './compute-environment/index.ts';
import { deploymentBucketKind } from './deployment-bucket/index.ts';
import type { AwsDeps } from './deps.ts';
import { functionKind } from './function/index.ts';
import { functionUrlKind } from './function-url/index.ts';
import { httpApiKind } from './http-api/index.ts';
import { imageKind } from './image/index.ts';
import { instanceProfileKind } from './instance-profile/index.ts';
import { jobDefinitionKind } from './job-definition/index.ts';
import { jobQueueKind } from './job-queue/index.ts';
import { launchTemplateKind } from './launch-template/index.ts';
import { logGroupKind } from './log-group/index.ts';
import { notificationKind } from './notification/index.ts';
import { parameterKind } from './parameter/index.ts';
import { permissionKind } from './permission/index.ts';
import { repositoryKind } from './repository/index.ts';
import { roleKind } from './role/index.ts';
import { serviceLinkedRoleKind } from './service-linked-role/index.ts';
import { unusedEnvironmentsKind } from './unused-environments/index.ts';
import { unusedImagesKind } from './unused-images/index.ts';

/** Every kind by the name that resources call it. */
export const KINDS = {
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
  const bound = Object.entries(KINDS).map(([name, kind]) => [name, kind(deps)]);
  return Object.fromEntries(bound) as Kinds;
}
