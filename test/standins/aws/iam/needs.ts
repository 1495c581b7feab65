/**
 * What whoever makes a call must be permitted: actions on resources.
 * Rules: the Service Authorization Reference ("Actions, resources, and condition keys" of each service, with its dependent
 * actions), and where it says nothing:
 * - a role that does not exist is checked by its name, without a path: IAM answers `is not authorized to perform:
 *   iam:GetRole on resource: role NAME`, since nothing else is known of it
 * - `ec2:Describe…` of whoever gives a function a network: Lambda's developer guide, "Giving Lambda functions access to
 *   resources in an Amazon VPC", "Required IAM permissions"; `elasticfilesystem:DescribeMountTargets`: the same guide,
 *   "Configuring file system access", "Execution role and user permissions"
 * - `s3:TagResource` of whoever makes a bucket with tags: the API reference of CreateBucket, "Permissions"
 */
import type { ApiRequest, Params } from '../core/api.ts';
import { ACCOUNT } from '../core/world.ts';
import type { Context } from './policy.ts';

export interface Need {
  readonly action: string;
  readonly resource: string;
  /** Of `iam:PassRole`: the service that gets the role. */
  readonly passedTo?: string;
  /** What conditions are about. */
  readonly context?: Context;
}

/** Looks at what a call is about, as it is before the call. */
export interface Surroundings {
  readonly pathOf: PathOf;
  /** ARN of the boundary that a role has. */
  boundaryOf(role: string): Promise<string | undefined>;
  /** Tags of a launch template by its id or name. */
  templateTags(template: string, region: string): Promise<Readonly<Record<string, string>>>;
}

/** Finds the paths of roles and instance profiles by their names; nothing where there is none. */
export type PathOf = (kind: 'role' | 'instance-profile', name: string) => Promise<string | undefined>;

type Needs = (request: ApiRequest, around: Surroundings) => readonly Need[] | Promise<readonly Need[]>;

/** What a call needs to be allowed. */
export async function needed(request: ApiRequest, around: Surroundings): Promise<readonly Need[]> {
  const { service, operation } = request;
  const find = SERVICES[service];
  return find ? find(request, around) : [{ action: `${service}:${operation}`, resource: '*' }];
}

function arnIn({ service, region }: ApiRequest, resource: string): string {
  return `arn:aws:${service}:${region}:${ACCOUNT}:${resource}`;
}

function all(action: string): Need {
  return { action, resource: '*' };
}

const SERVICES: Readonly<Record<string, Needs>> = {
  sts: () => [],
  tagging: ({ operation }) => [all(`tag:${operation}`)],
  s3: neededOfS3,
  ssm: neededOfSsm,
  lambda: neededOfLambda,
  batch: neededOfBatch,
  logs: neededOfLogs,
  iam: neededOfIam,
  ecr: neededOfEcr,
  ec2: neededOfEc2,
  apigateway: neededOfGateway,
};

/** Actions of S3 that are named otherwise than their operations. */
const S3_ACTIONS: Readonly<Record<string, string>> = {
  HeadObject: 'GetObject',
  HeadBucket: 'ListBucket',
  ListBuckets: 'ListAllMyBuckets',
  ListObjects: 'ListBucket',
  ListObjectsV2: 'ListBucket',
  ListObjectVersions: 'ListBucketVersions',
  CreateMultipartUpload: 'PutObject',
  UploadPart: 'PutObject',
  UploadPartCopy: 'PutObject',
  CompleteMultipartUpload: 'PutObject',
  CopyObject: 'PutObject',
  ListParts: 'ListMultipartUploadParts',
  DeleteObjects: 'DeleteObject',
  GetBucketEncryption: 'GetEncryptionConfiguration',
  PutBucketEncryption: 'PutEncryptionConfiguration',
  GetBucketLifecycleConfiguration: 'GetLifecycleConfiguration',
  PutBucketLifecycleConfiguration: 'PutLifecycleConfiguration',
  GetBucketNotificationConfiguration: 'GetBucketNotification',
  PutBucketNotificationConfiguration: 'PutBucketNotification',
  GetPublicAccessBlock: 'GetBucketPublicAccessBlock',
  PutPublicAccessBlock: 'PutBucketPublicAccessBlock',
};

async function neededOfS3(request: ApiRequest): Promise<readonly Need[]> {
  const { operation, params, headers } = request;
  const { Bucket: bucket = '', Key: key } = params;
  const object = key ?? (operation === 'DeleteObjects' ? '*' : undefined);
  const resource = `arn:aws:s3:::${bucket}${object === undefined ? '' : `/${object}`}`;
  const own = { action: `s3:${S3_ACTIONS[operation] ?? operation}`, resource };
  const source = headers['x-amz-copy-source'];
  if (source !== undefined) {
    const from = decodeURIComponent(source).replace(/^\//, '');
    return [{ action: 's3:GetObject', resource: `arn:aws:s3:::${from}` }, own];
  }
  const tagged = operation === 'CreateBucket' && (await request.body()).includes('<Tag>');
  return tagged ? [own, { action: 's3:TagResource', resource }] : [own];
}

function neededOfSsm(request: ApiRequest): readonly Need[] {
  const { operation, params } = request;
  const names: readonly string[] = params['Names'] ?? [
    params['Name'] ?? params['Path'] ?? params['ResourceId'] ?? '*',
  ];
  const actions = [
    operation,
    ...(operation === 'PutParameter' && params['Tags'] ? ['AddTagsToResource'] : []),
  ];
  return names.flatMap((name) =>
    actions.map((action) => ({
      action: `ssm:${action}`,
      resource: arnIn(request, `parameter/${name.replace(/^\//, '')}`),
    })),
  );
}

function hasEntries(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function passing(role: unknown, service: string): readonly Need[] {
  if (typeof role !== 'string' || role === '') return [];
  return [{ action: 'iam:PassRole', resource: role, passedTo: `${service}.amazonaws.com` }];
}

function neededOfLambda(request: ApiRequest): readonly Need[] {
  const { operation, params } = request;
  const name = String(params['Resource'] ?? params['FunctionName'] ?? '*');
  const resource = name.startsWith('arn:') ? name : arnIn(request, `function:${name}`);
  const own = { action: operation === 'Invoke' ? 'lambda:InvokeFunction' : `lambda:${operation}`, resource };
  if (operation !== 'CreateFunction' && operation !== 'UpdateFunctionConfiguration') return [own];
  const accessPoints: readonly { Arn: string }[] = params['FileSystemConfigs'] ?? [];
  const network = ['DescribeSecurityGroups', 'DescribeSubnets', 'DescribeVpcs'];
  return [
    own,
    ...passing(params['Role'], 'lambda'),
    ...(hasEntries(params['Tags']) ? [{ action: 'lambda:TagResource', resource }] : []),
    ...(hasEntries(params['VpcConfig']?.SubnetIds) ? network.map((each) => all(`ec2:${each}`)) : []),
    ...accessPoints.flatMap(({ Arn }) =>
      [Arn, Arn.replace(/access-point.*/, 'file-system/fs-01234567')].map((each) => {
        return { action: 'elasticfilesystem:DescribeMountTargets', resource: each };
      }),
    ),
  ];
}

function neededOfBatch(request: ApiRequest): readonly Need[] {
  const { operation, params } = request;
  if (operation === 'SubmitJob') {
    // Required resource types of `SubmitJob`.
    const names = [
      ['job-queue', params['jobQueue']],
      ['job-definition', params['jobDefinition']],
      ['job', 'new'],
    ] as const;
    return names.map(([kind, name]) => ({
      action: 'batch:SubmitJob',
      resource: String(name).startsWith('arn:') ? name : arnIn(request, `${kind}/${name}`),
    }));
  }
  const own = batchResources(request);
  const tagged = own.map((resource) =>
    /job-definition\/[^:]+$/.test(resource) ? `${resource}:1` : resource,
  );
  const resources = operation === 'TagResource' ? tagged : own;
  return [
    ...resources.map((resource) => ({ action: `batch:${operation}`, resource })),
    ...passing(params['containerProperties']?.jobRoleArn, 'ecs-tasks'),
    ...passing(params['containerProperties']?.executionRoleArn, 'ecs-tasks'),
    ...(operation === 'CreateComputeEnvironment' ? passing(params['serviceRole'], 'batch') : []),
    ...(hasEntries(params['tags']) && !/[Tt]agResource$/.test(operation)
      ? [{ action: 'batch:TagResource', resource: tagged[0] ?? '*' }]
      : []),
  ];
}

/** Types of resources of each operation; none for those that list. */
function batchResources(request: ApiRequest): readonly string[] {
  const { operation, params } = request;
  const named = (kind: string, name: unknown) =>
    String(name).startsWith('arn:') ? String(name) : arnIn(request, `${kind}/${name}`);
  if (/[Tt]agResource$|ListTagsForResource/.test(operation)) {
    return [decodeURIComponent(request.target.split('?')[0]?.replace(/^\/v1\/tags\//, '') ?? '')];
  }
  if (/JobQueue$/.test(operation)) {
    const environments: readonly { computeEnvironment: string }[] = params['computeEnvironmentOrder'] ?? [];
    const used = environments.map(({ computeEnvironment }) =>
      named('compute-environment', computeEnvironment),
    );
    return [named('job-queue', params['jobQueueName'] ?? params['jobQueue']), ...used];
  }
  if (/ComputeEnvironment$/.test(operation)) {
    return [named('compute-environment', params['computeEnvironmentName'] ?? params['computeEnvironment'])];
  }
  if (operation === 'RegisterJobDefinition') return [named('job-definition', params['jobDefinitionName'])];
  if (operation === 'DeregisterJobDefinition') return [named('job-definition', params['jobDefinition'])];
  return /^(Terminate|Cancel)Job$/.test(operation) ? [named('job', params['jobId'])] : ['*'];
}

function neededOfLogs(request: ApiRequest): readonly Need[] {
  const { operation, params } = request;
  if (operation === 'DescribeLogGroups') return [all('logs:DescribeLogGroups')];
  const given = params['resourceArn'] ?? params['logGroupIdentifier'];
  const resource = given ?? arnIn(request, `log-group:${params['logGroupName']}:*`);
  const tags = operation === 'CreateLogGroup' && hasEntries(params['tags']);
  const actions = [operation, ...(tags ? ['TagResource'] : [])];
  return actions.map((action) => ({ action: `logs:${action}`, resource }));
}

async function neededOfIam(
  { operation, params }: ApiRequest,
  { pathOf, boundaryOf }: Surroundings,
): Promise<readonly Need[]> {
  const action = `iam:${operation}`;
  const arn = async (kind: 'role' | 'instance-profile', name: string) => {
    const path = (operation.startsWith('Create') && params['Path']) || (await pathOf(kind, name)) || '/';
    return `arn:aws:iam::${ACCOUNT}:${kind}${path}${name}`;
  };
  const { RoleName: role, InstanceProfileName: profile, AWSServiceName: service } = params;
  if (service) {
    const resource = `arn:aws:iam::${ACCOUNT}:role/aws-service-role/${service}/AWSServiceRole`;
    return [{ action, resource, context: { 'iam:AWSServiceName': service } }];
  }
  const tags = operation.startsWith('Create') && 'Tags.member.1.Key' in params;
  if (profile) {
    const resource = await arn('instance-profile', profile);
    return [
      { action, resource },
      ...(tags ? [{ action: 'iam:TagInstanceProfile', resource }] : []),
      ...(operation === 'AddRoleToInstanceProfile' ? passing(await arn('role', role), 'ec2') : []),
    ];
  }
  if (params['PolicySourceArn']) return [{ action, resource: params['PolicySourceArn'] }];
  if (!role) return [all(action)];
  const resource = await arn('role', role);
  const limit = params['PermissionsBoundary'] ?? (await boundaryOf(role));
  const policy = /^(At|De)tachRolePolicy$/.test(operation) ? params['PolicyArn'] : undefined;
  const context = {
    ...(limit && { 'iam:PermissionsBoundary': limit }),
    ...(policy && { 'iam:PolicyARN': policy }),
  };
  return [{ action, resource, context }, ...(tags ? [{ action: 'iam:TagRole', resource }] : [])];
}

function neededOfEcr(request: ApiRequest): readonly Need[] {
  const { operation, params } = request;
  if (operation === 'GetAuthorizationToken') return [all('ecr:GetAuthorizationToken')];
  const names: readonly string[] = params['repositoryNames'] ?? [params['repositoryName'] ?? '*'];
  const tags = operation === 'CreateRepository' && hasEntries(params['tags']);
  return names.flatMap((name) => {
    const resource = params['resourceArn'] ?? arnIn(request, `repository/${name}`);
    return [operation, ...(tags ? ['TagResource'] : [])].map((each) => ({ action: `ecr:${each}`, resource }));
  });
}

async function neededOfEc2(request: ApiRequest, { templateTags }: Surroundings): Promise<readonly Need[]> {
  const { operation, params, region } = request;
  const action = `ec2:${operation}`;
  if (operation.startsWith('Describe')) return [all(action)];
  const template =
    params['LaunchTemplateId'] ?? params['LaunchTemplateName'] ?? params['ResourceId.1'] ?? 'new';
  const resource = arnIn(request, `launch-template/${template}`);
  const given = tagsGiven(params);
  if (operation === 'CreateLaunchTemplate') {
    const context = under('aws:RequestTag', given);
    return [
      { action, resource, context },
      ...(isTagging(params) ? [{ action: 'ec2:CreateTags', resource, context }] : []),
    ];
  }
  const there = under('aws:ResourceTag', await templateTags(template, region));
  return [{ action, resource, context: { ...there, ...under('aws:RequestTag', given) } }];
}

function under(key: string, tags: Readonly<Record<string, string>>): Context {
  return Object.fromEntries(Object.entries(tags).map(([name, value]) => [`${key}/${name}`, value]));
}

/** Tags in the query: `Tag.1.Key`, or `TagSpecification.1.Tag.1.Key`. */
function tagsGiven(params: Params): Readonly<Record<string, string>> {
  const keys = Object.keys(params).filter((name) => /(^|\.)Tag\.\d+\.Key$/.test(name));
  return Object.fromEntries(keys.map((name) => [params[name], params[name.replace(/Key$/, 'Value')] ?? '']));
}

function isTagging(params: Params): boolean {
  return Object.keys(params).some((name) => /^TagSpecification\./.test(name));
}

/** API Gateway permits methods on paths. */
function neededOfGateway({ method, target, region }: ApiRequest): readonly Need[] {
  const path = (target.split('?')[0] ?? '').replace(/^\/v2/, '');
  return [{ action: `apigateway:${method}`, resource: `arn:aws:apigateway:${region}::${path}` }];
}
