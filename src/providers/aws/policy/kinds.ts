/**
 * What each kind of object takes the right to do: every call that the kind makes is named here, once. Policies, and those
 * on the page about AWS, are made from this table. Which resources and conditions an action has: AWS's Service
 * Authorization Reference.
 */
import type { Ref } from '../../../deploy/resource.ts';
import { TAG } from '../api/tags.ts';
import type { BucketProps } from '../kinds/bucket/index.ts';
import type { ComputeEnvironmentProps } from '../kinds/compute-environment/properties.ts';
import type { DeploymentBucketProps } from '../kinds/deployment-bucket/index.ts';
import type { FunctionProps } from '../kinds/function/properties.ts';
import type { FunctionUrlProps } from '../kinds/function-url/index.ts';
import type { HttpApiProps } from '../kinds/http-api/properties.ts';
import type { ImageProps } from '../kinds/image/index.ts';
import type { KINDS } from '../kinds/index.ts';
import type { InstanceProfileProps } from '../kinds/instance-profile/index.ts';
import type { JobDefinitionProps } from '../kinds/job-definition/properties.ts';
import type { JobQueueProps } from '../kinds/job-queue/index.ts';
import type { LaunchTemplateProps } from '../kinds/launch-template/index.ts';
import type { LogGroupProps } from '../kinds/log-group/index.ts';
import type { NotificationProps } from '../kinds/notification/index.ts';
import type { ParameterProps } from '../kinds/parameter/index.ts';
import type { PermissionProps } from '../kinds/permission/index.ts';
import type { RepositoryProps } from '../kinds/repository/index.ts';
import { isForNetworks, type RoleProps } from '../kinds/role/properties.ts';
import type { ServiceLinkedRoleProps } from '../kinds/service-linked-role/index.ts';
import type { UnusedEnvironmentsProps } from '../kinds/unused-environments/index.ts';
import type { UnusedImagesProps } from '../kinds/unused-images/index.ts';
import { environmentName } from '../names.ts';
import { type ArnOf, type Place, passing, type Right, rightsOn } from './right.ts';

type RightsOf<P> = (props: P, arn: ArnOf, place: Place) => readonly Right[];

/** The rights that an object of each kind takes. */
const RIGHTS = {
  'aws/function': (props: FunctionProps, arn, place) => [
    ...rightsOn('Functions', [functionArn(props.site, props.name, arn)], {
      // What a file no longer says of a function is looked for as well: an address, and who may call it.
      read: [
        ...['lambda:GetFunction', 'lambda:GetFunctionEventInvokeConfig', 'lambda:ListTags'],
        ...['lambda:GetFunctionUrlConfig', 'lambda:GetPolicy'],
      ],
      watch: ['lambda:GetFunction', 'lambda:GetFunctionUrlConfig', 'lambda:ListTags'],
      write: [
        ...['lambda:CreateFunction', 'lambda:UpdateFunctionCode', 'lambda:UpdateFunctionConfiguration'],
        ...['lambda:GetFunctionConfiguration', 'lambda:TagResource', 'lambda:UntagResource'],
        ...['lambda:DeleteFunctionConcurrency', 'lambda:DeleteFunctionEventInvokeConfig'],
        ...(props.reservedConcurrency === undefined ? [] : ['lambda:PutFunctionConcurrency']),
        ...(props.asyncConfig ? ['lambda:PutFunctionEventInvokeConfig'] : []),
        ...(props.preheat ? ['lambda:InvokeFunction'] : []),
      ],
      replace: ['lambda:DeleteFunction'],
      run: ['lambda:InvokeFunction'],
    }),
    ...passing([roleArn(props.role, props.site.region, arn, place)], 'lambda.amazonaws.com'),
    ...networkRights(props, arn),
    // For `fdl doctor`.
    ...rightsOn('Lists', ['*'], { read: ['lambda:GetAccountSettings'] }),
  ],
  'aws/permission': ({ site, function: name }: PermissionProps, arn) =>
    rightsOn('Functions', [functionArn(site, name, arn)], {
      read: ['lambda:GetPolicy'],
      write: ['lambda:AddPermission'],
      replace: ['lambda:RemovePermission'],
    }),
  'aws/function-url': ({ site, function: name, auth }: FunctionUrlProps, arn) =>
    rightsOn('Functions', [functionArn(site, name, arn)], {
      read: ['lambda:GetFunctionUrlConfig'],
      write: ['lambda:CreateFunctionUrlConfig', 'lambda:UpdateFunctionUrlConfig'],
      remove: ['lambda:DeleteFunctionUrlConfig'],
      ...(auth === 'AWS_IAM' && { run: ['lambda:InvokeFunctionUrl'] }),
    }),
  'aws/http-api': ({ site, stage, auth }: HttpApiProps, arn, { partition }) => {
    const apis = `arn:${partition}:apigateway:${site.region}::`;
    return [
      ...rightsOn('Addresses', [`${apis}/apis`, `${apis}/apis/*`], { read: ['apigateway:GET'] }),
      ...rightsOn('Addresses', [`${apis}/apis`, `${apis}/apis/*`, `${apis}/tags/*`], {
        write: [
          ...['apigateway:POST', 'apigateway:PATCH', 'apigateway:DELETE'],
          ...['apigateway:TagResource', 'apigateway:UntagResource'],
        ],
      }),
      ...rightsOn('Addresses', [`${apis}/apis/*`], { replace: ['apigateway:DELETE'] }),
      ...(auth === 'iam'
        ? rightsOn('CallAddresses', [arn('execute-api', `*/${stage}/*`, site)], {
            run: ['execute-api:Invoke'],
          })
        : []),
    ];
  },
  'aws/role': ({ name, path, managedPolicies = [], boundary }: RoleProps, arn) => {
    const roles = [arn('iam', `role${path}*`)];
    const limit = boundary && { StringEquals: { 'iam:PermissionsBoundary': boundary } };
    const attached = managedPolicies.length > 0 && { ArnEquals: { 'iam:PolicyARN': managedPolicies } };
    return [
      ...rightsOn('Roles', roles, {
        read: ['iam:GetRole', 'iam:GetRolePolicy', 'iam:ListAttachedRolePolicies'],
        write: [
          ...['iam:TagRole', 'iam:UntagRole', 'iam:UpdateAssumeRolePolicy'],
          ...(boundary ? [] : ['iam:CreateRole', 'iam:PutRolePolicy', 'iam:DeleteRolePermissionsBoundary']),
        ],
        replace: ['iam:DeleteRolePolicy', 'iam:DetachRolePolicy'],
        remove: ['iam:DeleteRole', 'iam:ListRolePolicies'],
      }),
      ...(limit
        ? rightsOn(
            'LimitedRoles',
            roles,
            { write: ['iam:CreateRole', 'iam:PutRolePolicy', 'iam:PutRolePermissionsBoundary'] },
            limit,
          )
        : []),
      ...(attached
        ? rightsOn('RolePolicies', roles, { write: ['iam:AttachRolePolicy'] }, { ...attached, ...limit })
        : []),
      // Of a role that is not there, IAM knows the name alone.
      ...rightsOn('RolesByName', [arn('iam', `role/${name}`)], { read: ['iam:GetRole'] }),
      ...rightsOn('Lists', ['*'], { read: ['iam:ListRoles'] }),
      ...(managedPolicies.some(isForNetworks)
        ? rightsOn('Lists', ['*'], { remove: ['ec2:DescribeNetworkInterfaces'] })
        : []),
    ];
  },
  'aws/parameter': ({ site, name }: ParameterProps, arn) =>
    rightsOn('Secrets', [arn('ssm', `parameter${name}`, site)], {
      read: ['ssm:GetParameter', 'ssm:ListTagsForResource'],
      write: ['ssm:PutParameter', 'ssm:AddTagsToResource', 'ssm:RemoveTagsFromResource'],
      replace: ['ssm:DeleteParameter'],
    }),
  'aws/log-group': ({ site, name }: LogGroupProps, arn) => [
    ...rightsOn('Logs', [arn('logs', `log-group:${name}`, site), arn('logs', `log-group:${name}:*`, site)], {
      read: ['logs:ListTagsForResource'],
      write: [
        ...['logs:CreateLogGroup', 'logs:PutRetentionPolicy', 'logs:DeleteRetentionPolicy'],
        ...['logs:TagResource', 'logs:UntagResource'],
      ],
      remove: ['logs:DeleteLogGroup'],
      watch: ['logs:FilterLogEvents'],
    }),
    ...rightsOn('Lists', ['*'], { read: ['logs:DescribeLogGroups'] }),
  ],
  'aws/bucket': ({ bucket }: BucketProps, _, place) => [
    ...rightsOn('Buckets', [bucketArn(bucket, place)], {
      read: ['s3:ListBucket', 's3:GetBucketTagging', 's3:GetEncryptionConfiguration'],
      write: [
        ...['s3:CreateBucket', 's3:TagResource', 's3:PutBucketTagging', 's3:PutBucketPublicAccessBlock'],
        's3:PutEncryptionConfiguration',
      ],
      remove: ['s3:DeleteBucket', 's3:ListBucketVersions'],
      run: ['s3:ListBucket'],
    }),
    ...rightsOn('Objects', [`${bucketArn(bucket, place)}/*`], {
      remove: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
    }),
  ],
  'aws/notification': ({ bucket }: NotificationProps, _, place) =>
    rightsOn('Buckets', [bucketArn(bucket, place)], {
      read: ['s3:GetBucketNotification'],
      replace: ['s3:PutBucketNotification'],
    }),
  'aws/repository': ({ site, name }: RepositoryProps, arn) =>
    rightsOn('Images', [arn('ecr', `repository/${name}`, site)], {
      read: ['ecr:DescribeRepositories', 'ecr:GetRepositoryPolicy', 'ecr:ListTagsForResource'],
      write: ['ecr:CreateRepository', ...['ecr:SetRepositoryPolicy', 'ecr:TagResource', 'ecr:UntagResource']],
      remove: ['ecr:DeleteRepository'],
    }),
  // By the protocol of registries, not by calls of the SDK.
  'aws/image': ({ site, repository }: ImageProps, arn) => [
    ...rightsOn('Images', [arn('ecr', `repository/${repository}`, site)], {
      read: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      write: [
        ...['ecr:BatchCheckLayerAvailability', 'ecr:InitiateLayerUpload', 'ecr:UploadLayerPart'],
        ...['ecr:CompleteLayerUpload', 'ecr:PutImage'],
      ],
    }),
    ...rightsOn('Logins', ['*'], { read: ['ecr:GetAuthorizationToken'] }),
  ],
  'aws/unused-images': ({ site, repository }: UnusedImagesProps, arn) =>
    rightsOn('Images', [arn('ecr', `repository/${repository}`, site)], {
      read: ['ecr:ListImages'],
      write: ['ecr:BatchDeleteImage'],
    }),
  'aws/deployment-bucket': ({ bucket }: DeploymentBucketProps, _, place) => [
    ...rightsOn('DeploymentBucket', [bucketArn(bucket, place)], {
      read: ['s3:ListBucket', 's3:GetBucketTagging', 's3:GetLifecycleConfiguration'],
      write: [
        ...['s3:CreateBucket', 's3:TagResource', 's3:PutBucketTagging', 's3:PutBucketPublicAccessBlock'],
        ...['s3:PutEncryptionConfiguration', 's3:PutLifecycleConfiguration'],
      ],
    }),
  ],
  'aws/job-definition': ({ site, name, role, fargate }: JobDefinitionProps, arn, place) => [
    ...rightsOn('JobDefinitions', [arn('batch', `job-definition/${name}`, site)], {
      write: ['batch:RegisterJobDefinition'],
    }),
    ...rightsOn('JobRevisions', [arn('batch', `job-definition/${name}:*`, site)], {
      write: ['batch:TagResource', 'batch:UntagResource'],
      replace: ['batch:DeregisterJobDefinition'],
    }),
    ...passing(
      [role, ...(fargate ? [fargate.executionRole] : [])].map((each) =>
        roleArn(each, site.region, arn, place),
      ),
      'ecs-tasks.amazonaws.com',
    ),
    ...rightsOn('Lists', ['*'], {
      read: ['batch:DescribeJobDefinitions'],
      watch: ['batch:DescribeJobDefinitions'],
    }),
  ],
  'aws/job-queue': ({ site, name }: JobQueueProps, arn, { workflow }) => {
    const queue = arn('batch', `job-queue/${name}`, site);
    const environments = arn('batch', `compute-environment/${environmentNames(workflow)}`, site);
    return [
      ...rightsOn('Queues', [queue], {
        write: ['batch:TagResource', 'batch:UntagResource'],
        remove: ['batch:DeleteJobQueue'],
      }),
      ...rightsOn('Queues', [queue, environments], {
        write: ['batch:CreateJobQueue'],
        replace: ['batch:UpdateJobQueue'],
      }),
      ...rightsOn('Jobs', [arn('batch', 'job/*', site)], { replace: ['batch:TerminateJob'] }),
      ...rightsOn('Lists', ['*'], {
        read: ['batch:DescribeJobQueues', 'batch:ListJobs', 'batch:DescribeJobs'],
        watch: ['batch:DescribeJobQueues', 'batch:ListJobs', 'batch:DescribeJobs'],
      }),
    ];
  },
  'aws/compute-environment': (props: ComputeEnvironmentProps, arn, place) => {
    const { site, serviceRole, instanceProfile, instanceTypes = [] } = props;
    const own = [arn('batch', `compute-environment/${environmentNames(place.workflow)}`, site)];
    return [
      ...rightsOn('Environments', own, {
        write: ['batch:CreateComputeEnvironment', 'batch:TagResource', 'batch:UntagResource'],
        replace: ['batch:UpdateComputeEnvironment', 'batch:DeleteComputeEnvironment'],
      }),
      ...rightsOn('Lists', ['*'], {
        read: [
          'batch:DescribeComputeEnvironments',
          // What AWS chooses is not asked for.
          ...(instanceTypes.every((each) => CHOSEN.test(each)) ? [] : ['ec2:DescribeInstanceTypes']),
          // What networks there are.
          ...['ec2:DescribeRouteTables', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets'],
          ...['ec2:DescribeVpcEndpoints', 'ec2:DescribeVpcs'],
        ],
        watch: ['batch:DescribeComputeEnvironments'],
      }),
      ...passing([serviceRoleArn(serviceRole, arn)], 'batch.amazonaws.com'),
      ...(typeof instanceProfile === 'string' ? passing([arn('iam', 'role/*')], 'ec2.amazonaws.com') : []),
    ];
  },
  'aws/unused-environments': ({ site }: UnusedEnvironmentsProps, arn, { workflow }) =>
    rightsOn('Environments', [arn('batch', `compute-environment/${environmentNames(workflow)}`, site)], {
      write: ['batch:UpdateComputeEnvironment', 'batch:DeleteComputeEnvironment'],
    }),
  'aws/launch-template': ({ site }: LaunchTemplateProps, arn, { workflow }) => {
    const templates = [arn('ec2', 'launch-template/*', site)];
    const owned = { StringEquals: { [`aws:ResourceTag/${TAG.workflow}`]: workflow } };
    return [
      ...rightsOn(
        'NewTemplates',
        templates,
        { write: ['ec2:CreateLaunchTemplate', 'ec2:CreateTags'] },
        { StringEquals: { [`aws:RequestTag/${TAG.workflow}`]: workflow } },
      ),
      ...rightsOn(
        'Templates',
        templates,
        {
          write: [
            ...['ec2:CreateLaunchTemplateVersion', 'ec2:ModifyLaunchTemplate'],
            ...['ec2:CreateTags', 'ec2:DeleteTags'],
          ],
          remove: ['ec2:DeleteLaunchTemplate'],
        },
        owned,
      ),
      ...rightsOn('Lists', ['*'], {
        read: ['ec2:DescribeLaunchTemplates', 'ec2:DescribeLaunchTemplateVersions'],
      }),
    ];
  },
  'aws/instance-profile': ({ site, name, path, role, tags }: InstanceProfileProps, arn, place) => [
    ...rightsOn('InstanceProfiles', [arn('iam', `instance-profile${path}*`)], {
      read: ['iam:GetInstanceProfile'],
      write: [
        ...['iam:CreateInstanceProfile', 'iam:AddRoleToInstanceProfile'],
        ...(tags ? ['iam:TagInstanceProfile', 'iam:UntagInstanceProfile'] : []),
      ],
      replace: ['iam:RemoveRoleFromInstanceProfile', 'iam:DeleteInstanceProfile'],
    }),
    ...rightsOn('InstanceProfilesByName', [arn('iam', `instance-profile/${name}`)], {
      read: ['iam:GetInstanceProfile'],
    }),
    ...rightsOn('Lists', ['*'], { read: ['iam:ListInstanceProfiles'] }),
    ...passing([roleArn(role, site.region, arn, place)], 'ec2.amazonaws.com'),
  ],
  'aws/service-linked-role': ({ service, role }: ServiceLinkedRoleProps, arn) => [
    ...rightsOn(
      'RolesOfServices',
      [arn('iam', `role/aws-service-role/${service}/*`)],
      { write: ['iam:CreateServiceLinkedRole'] },
      { StringEquals: { 'iam:AWSServiceName': service } },
    ),
    ...rightsOn(
      'RolesByName',
      [arn('iam', `role/${role}`), arn('iam', `role/aws-service-role/${service}/${role}`)],
      { read: ['iam:GetRole'] },
    ),
  ],
  // biome-ignore lint/suspicious/noExplicitAny: each kind has properties of its own.
} as const satisfies Readonly<Record<keyof typeof KINDS, RightsOf<any>>>;

/** What an object of a kind takes. */
export function rightsOfKind(kind: string, props: unknown, arn: ArnOf, place: Place): readonly Right[] {
  const find: RightsOf<unknown> | undefined = (RIGHTS as Readonly<Record<string, RightsOf<never>>>)[kind] as
    | RightsOf<unknown>
    | undefined;
  if (!find) throw new TypeError(`nobody knows what the kind ${kind} takes the right to do`);
  return find(props, arn, place);
}

function functionArn(site: FunctionProps['site'], of: Ref | string, arn: ArnOf): string {
  const name = typeof of === 'string' ? of : of.id.split('/').at(-1);
  return arn('lambda', `function:${name}`, site);
}

function bucketArn(bucket: string, { partition }: Place): string {
  return `arn:${partition}:s3:::${bucket}`;
}

/** A role that the file names, or those of the workflow. */
function roleArn(role: Ref | string | undefined, region: string, arn: ArnOf, { workflow }: Place): string {
  return typeof role === 'string' && role.startsWith('arn:')
    ? role
    : arn('iam', `role/fdl/${workflow}/${region}/*`);
}

function serviceRoleArn(role: Ref | string, arn: ArnOf): string {
  return typeof role === 'string'
    ? role
    : arn('iam', 'role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch');
}

/** Names of environments end with a hash of what they are: a new one takes the place of an old one. */
function environmentNames(workflow: string): string {
  return environmentName(workflow, '', '').replace(/[^-]*$/, '*');
}

/** Rule: the names that AWS Batch has for what it chooses by itself. */
const CHOSEN = /^(optimal|default_x86_64|default_arm64)$/;

const FILE_SYSTEMS = ['access-point/*', 'file-system/*'];

/** AWS Lambda looks at networks and file systems with the rights of whoever deploys. */
function networkRights({ vpc, fileSystems, site }: FunctionProps, arn: ArnOf): readonly Right[] {
  return [
    ...(vpc
      ? rightsOn('Lists', ['*'], {
          write: ['ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs'],
        })
      : []),
    ...(fileSystems.length > 0
      ? rightsOn(
          'FileSystems',
          FILE_SYSTEMS.map((each) => arn('elasticfilesystem', each, site)),
          {
            write: ['elasticfilesystem:DescribeMountTargets'],
          },
        )
      : []),
  ];
}
