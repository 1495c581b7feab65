/** Objects of every kind on AWS, and other values of each of their properties. */
import { ref } from '../../../src/deploy/resource.ts';
import type { BucketAttrs, BucketProps } from '../../../src/providers/aws/kinds/bucket/index.ts';
import {
  type ComputeEnvironmentAttrs,
  type ComputeEnvironmentProps,
  createEnvironmentInput,
  environmentTags,
  updateEnvironmentInput,
} from '../../../src/providers/aws/kinds/compute-environment/properties.ts';
import type {
  DeploymentBucketAttrs,
  DeploymentBucketProps,
} from '../../../src/providers/aws/kinds/deployment-bucket/index.ts';
import {
  asyncInput,
  codeInput,
  configurationInput,
  type FunctionAttrs,
  type FunctionProps,
} from '../../../src/providers/aws/kinds/function/properties.ts';
import type {
  FunctionUrlAttrs,
  FunctionUrlProps,
} from '../../../src/providers/aws/kinds/function-url/index.ts';
import {
  type HttpApiAttrs,
  type HttpApiProps,
  integrationInput,
  routeInput,
} from '../../../src/providers/aws/kinds/http-api/properties.ts';
import type { ImageAttrs, ImageProps } from '../../../src/providers/aws/kinds/image/index.ts';
import type {
  InstanceProfileAttrs,
  InstanceProfileProps,
} from '../../../src/providers/aws/kinds/instance-profile/index.ts';
import {
  definitionTags,
  type JobDefinitionAttrs,
  type JobDefinitionProps,
  registerInput,
} from '../../../src/providers/aws/kinds/job-definition/properties.ts';
import {
  type JobQueueAttrs,
  type JobQueueProps,
  updateQueueInput,
} from '../../../src/providers/aws/kinds/job-queue/index.ts';
import {
  type LaunchTemplateAttrs,
  type LaunchTemplateProps,
  templateData,
} from '../../../src/providers/aws/kinds/launch-template/index.ts';
import type { LogGroupAttrs, LogGroupProps } from '../../../src/providers/aws/kinds/log-group/index.ts';
import type {
  NotificationAttrs,
  NotificationProps,
} from '../../../src/providers/aws/kinds/notification/index.ts';
import type { ParameterAttrs, ParameterProps } from '../../../src/providers/aws/kinds/parameter/index.ts';
import {
  type PermissionAttrs,
  type PermissionProps,
  permissionRequest,
} from '../../../src/providers/aws/kinds/permission/index.ts';
import type { RepositoryAttrs, RepositoryProps } from '../../../src/providers/aws/kinds/repository/index.ts';
import type { RoleAttrs, RoleProps } from '../../../src/providers/aws/kinds/role/properties.ts';
import type {
  ServiceLinkedRoleAttrs,
  ServiceLinkedRoleProps,
} from '../../../src/providers/aws/kinds/service-linked-role/index.ts';
import type {
  UnusedEnvironmentsAttrs,
  UnusedEnvironmentsProps,
} from '../../../src/providers/aws/kinds/unused-environments/index.ts';
import type {
  UnusedImagesAttrs,
  UnusedImagesProps,
} from '../../../src/providers/aws/kinds/unused-images/index.ts';
import { Secret } from '../../../src/secret.ts';
import { type AnySample, sample } from '../sample.ts';

const SITE = { region: 'eu-west-1' };
const SITES = [{ region: 'eu-west-1', profile: 'lab' }];
const NAME = { site: SITE, name: 'shop-resize' };
const OTHER_NAME = { site: SITES, name: ['shop-other'] };
const TAGS = { 'fdl:workflow': 'shop', 'fdl:step': 'resize' };
const OTHER_TAGS = [{ 'fdl:workflow': 'shop' }, { ...TAGS, 'fdl:step': 'other' }, { ...TAGS, more: 'x' }];
const ARN = 'arn:aws:iam::123456789012:role/one';
const OTHER_ARNS = ['arn:aws:iam::123456789012:role/other', ref('aws/eu-west-1/role/x', 'arn')];

const zipped = { zip: 'aa', handler: 'gateway.handler', runtime: 'nodejs22.x' };
const bundles = new Map(['aa', 'bb'].map((hash) => [hash, Buffer.from(hash)]));

const fn: FunctionProps = {
  ...NAME,
  code: { image: '1.dkr.ecr.eu-west-1.amazonaws.com/fdl/shop@sha256:aa' },
  role: ARN,
  architecture: 'x86_64',
  memory: 512,
  timeout: 300,
  ephemeralStorage: 512,
  environment: { LEVEL: 'high' },
  description: 'one',
  vpc: { subnets: ['subnet-1'], securityGroups: ['sg-1'] },
  fileSystems: [{ arn: 'arn:aws:elasticfilesystem:::access-point/one', path: '/mnt/one' }],
  logGroup: '/aws/lambda/shop-resize',
  logFormat: 'JSON',
  logLevel: 'INFO',
  reservedConcurrency: 3,
  asyncConfig: { retries: 1, onFailure: ARN },
  preheat: false,
  tags: TAGS,
};

const functions = (code: FunctionProps['code'], codes: readonly FunctionProps['code'][]) =>
  sample<FunctionProps, FunctionAttrs>({
    props: { ...fn, code },
    attrs: { ...fn, code, arn: ARN, state: 'Active' },
    others: {
      ...OTHER_NAME,
      code: codes,
      role: [OTHER_ARNS[0] ?? ''],
      architecture: ['arm64'],
      memory: [1024],
      timeout: [30],
      ephemeralStorage: [1024],
      environment: [{}, { LEVEL: 'low' }, { LEVEL: 'high', MORE: 'x' }],
      description: ['other', undefined],
      vpc: [undefined, { subnets: ['subnet-1', 'subnet-2'], securityGroups: ['sg-1'] }],
      fileSystems: [[], [{ arn: 'arn:aws:elasticfilesystem:::access-point/one', path: '/mnt/other' }]],
      logGroup: ['/other'],
      logFormat: ['Text'],
      logLevel: ['DEBUG'],
      reservedConcurrency: [0, undefined],
      asyncConfig: [undefined, { retries: 0, onFailure: ARN }, { retries: 1 }],
      preheat: [true],
      tags: OTHER_TAGS,
    },
    writes: {
      code: (props) => codeInput(props, bundles as never),
      configuration: configurationInput,
      async: ({ asyncConfig }) => asyncConfig && asyncInput('resize', asyncConfig),
      concurrency: ({ reservedConcurrency }) => reservedConcurrency,
      tags: ({ tags }) => tags,
    },
  });

const environment: ComputeEnvironmentProps = {
  ...NAME,
  queue: 'shop-resize',
  spot: false,
  instanceTypes: ['m7i'],
  minVcpus: 0,
  maxVcpus: 8,
  desiredVcpus: 0,
  subnets: ['subnet-1'],
  securityGroups: ['sg-1'],
  instanceProfile: 'arn:aws:iam::1:instance-profile/one',
  launchTemplate: 'lt-1',
  launchTemplateVersion: 1,
  imageType: 'ECS_AL2023',
  serviceRole: 'arn:aws:iam::1:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch',
  state: 'ENABLED',
  tags: TAGS,
};

/** What an update says of how many machines there are, and of what they are like. */
function resourcesOf(props: ComputeEnvironmentProps, paths: readonly string[]) {
  const { minvCpus, maxvCpus, ...machines } = updateEnvironmentInput(props, paths).computeResources ?? {};
  return { scaling: { minvCpus, maxvCpus }, machines };
}

const definition: JobDefinitionProps = {
  ...NAME,
  queue: 'shop-resize',
  image: 'one@sha256:aa',
  role: ARN,
  vcpus: 1,
  memory: 2048,
  gpus: 0,
  sharedMemory: 64,
  ulimits: { nofile: 1024 },
  timeout: 600,
  retries: 0,
  spot: false,
  logGroup: '/aws/batch/job',
  environment: { LEVEL: 'high' },
  tags: TAGS,
};

const api: HttpApiProps = {
  ...NAME,
  step: 'resize',
  stage: '$default',
  method: 'ANY',
  path: '/{proxy+}',
  function: 'arn:aws:lambda:eu-west-1:123456789012:function:resize',
  auth: 'iam',
  tags: TAGS,
};

const permission: PermissionProps = {
  site: SITE,
  function: 'resize',
  statementId: 'fdl-1',
  action: 'lambda:InvokeFunction',
  principal: 's3.amazonaws.com',
  sourceArn: 'arn:aws:s3:::photos',
  sourceAccount: '123456789012',
};

const role: RoleProps = {
  ...NAME,
  path: '/fdl/shop/eu-west-1/',
  trust: ['lambda.amazonaws.com'],
  source: { account: '1', arn: 'arn:aws:ecs:eu-west-1:1:*' },
  statements: [
    { Sid: 'Read', Effect: 'Allow', Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::photos/*'] },
  ],
  managedPolicies: ['arn:aws:iam::aws:policy/one'],
  boundary: 'arn:aws:iam::1:policy/boundary',
  tags: TAGS,
};

const template: LaunchTemplateProps = { ...NAME, rootVolumeGb: 30, userData: 'MIME', tags: TAGS };

/** Samples by the kinds' names; several where one cannot show all. */
export const AWS_SAMPLES: Readonly<Record<string, readonly AnySample[]>> = {
  'aws/function': [
    functions(fn.code, [{ image: 'other@sha256:bb' }, zipped]),
    functions(zipped, [
      { ...zipped, zip: 'bb' },
      { ...zipped, handler: 'other.handler' },
      { ...zipped, runtime: 'nodejs24.x' },
      fn.code,
    ]),
  ],
  'aws/function-url': [
    sample<FunctionUrlProps, FunctionUrlAttrs>({
      props: { site: SITE, function: 'resize', auth: 'AWS_IAM' },
      attrs: { site: SITE, function: 'resize', auth: 'AWS_IAM', url: 'https://x/' },
      others: { site: SITES, function: ['other'], auth: ['NONE'] },
    }),
  ],
  'aws/permission': [
    sample<PermissionProps, PermissionAttrs>({
      props: permission,
      attrs: permission as PermissionAttrs,
      others: {
        site: SITES,
        function: ['other'],
        statementId: ['fdl-2'],
        action: ['lambda:InvokeFunctionUrl'],
        principal: ['*'],
        sourceArn: ['arn:aws:s3:::other', undefined],
        sourceAccount: ['1', undefined],
        urlAuth: ['NONE'],
        viaFunctionUrl: [true],
      },
      writes: { statement: permissionRequest },
    }),
  ],
  'aws/http-api': [
    sample<HttpApiProps, HttpApiAttrs>({
      props: api,
      attrs: { ...api, function: String(api.function), apiId: 'a1', url: 'https://x/', extra: [] },
      others: {
        ...OTHER_NAME,
        step: ['other'],
        stage: ['v1'],
        method: ['GET'],
        path: ['/launch'],
        function: [`${api.function}-other`],
        auth: ['none'],
        tags: OTHER_TAGS,
      },
      writes: {
        integration: (props) => integrationInput('a1', props),
        route: (props) => routeInput(props, 'i1'),
      },
    }),
  ],
  'aws/image': [
    sample<ImageProps, ImageAttrs>({
      props: {
        site: SITE,
        step: 'resize',
        repository: 'fdl/shop',
        registry: 'r',
        tag: 't',
        base: 'b',
        runtime: 'n',
      },
      attrs: {
        ...{
          site: SITE,
          step: 'resize',
          repository: 'fdl/shop',
          registry: 'r',
          tag: 't',
          base: 'b',
          runtime: 'n',
        },
        ...{ uri: 'r/fdl/shop@sha256:aa', digest: 'sha256:aa' },
      },
      others: {
        site: SITES,
        step: ['other'],
        repository: ['fdl/other'],
        registry: ['other'],
        tag: ['other'],
        base: ['other'],
        runtime: ['other'],
        previous: [{ uri: 'r/fdl/shop@sha256:bb', tag: 'p', base: 'b', runtime: 'n' }],
      },
    }),
  ],
  'aws/log-group': [
    sample<LogGroupProps, LogGroupAttrs>({
      props: { ...NAME, retentionDays: 30, tags: TAGS },
      attrs: { ...NAME, retentionDays: 30, tags: TAGS, arn: 'arn' },
      others: { ...OTHER_NAME, retentionDays: [7, undefined], tags: OTHER_TAGS },
    }),
  ],
  'aws/parameter': [
    sample<ParameterProps, ParameterAttrs>({
      props: { ...NAME, value: new Secret('one'), tags: TAGS },
      attrs: { ...NAME, value: new Secret('one'), tags: TAGS, arn: 'arn', type: 'SecureString' },
      others: { ...OTHER_NAME, value: [new Secret('other')], tags: OTHER_TAGS },
    }),
  ],
  'aws/instance-profile': [
    sample<InstanceProfileProps, InstanceProfileAttrs>({
      props: { ...NAME, path: '/fdl/shop/eu-west-1/', role: 'one', tags: TAGS },
      attrs: { ...NAME, path: '/fdl/shop/eu-west-1/', role: 'one', tags: TAGS, arn: 'arn' },
      others: { ...OTHER_NAME, path: ['/other/'], role: ['other'], tags: OTHER_TAGS },
    }),
  ],
  'aws/role': [
    sample<RoleProps, RoleAttrs>({
      props: role,
      attrs: { ...role, managedPolicies: role.managedPolicies ?? [], arn: ARN },
      others: {
        ...OTHER_NAME,
        path: ['/other/'],
        trust: [['batch.amazonaws.com'], ['lambda.amazonaws.com', 'ec2.amazonaws.com']],
        source: [undefined, { account: '2', arn: 'arn:aws:ecs:eu-west-1:2:*' }],
        statements: [[], [{ Sid: 'Read', Effect: 'Allow', Action: ['s3:PutObject'], Resource: ['*'] }]],
        keys: [[['arn:aws:kms:eu-west-1:1:key/one']]],
        managedPolicies: [[], undefined, ['arn:aws:iam::aws:policy/other']],
        boundary: [undefined, 'arn:aws:iam::1:policy/other'],
        tags: OTHER_TAGS,
      },
    }),
  ],
  'aws/repository': [
    sample<RepositoryProps, RepositoryAttrs>({
      props: { ...NAME, keepImages: false, tags: TAGS },
      attrs: {
        ...NAME,
        keepImages: false,
        tags: TAGS,
        arn: 'a',
        uri: 'u',
        registry: 'r',
        lambdaMayPull: true,
      },
      others: { ...OTHER_NAME, keepImages: [true], tags: OTHER_TAGS },
    }),
  ],
  'aws/bucket': [
    sample<BucketProps, BucketAttrs>({
      props: { site: SITE, bucket: 'photos', tags: { 'fdl:workflow': 'shop' }, needsRegion: false },
      attrs: {
        site: SITE,
        bucket: 'photos',
        region: 'eu-west-1',
        keys: [],
        tags: { 'fdl:workflow': 'shop' },
      },
      others: {
        site: SITES,
        bucket: ['other'],
        tags: [{}, { 'fdl:workflow': 'other' }, { 'fdl:workflow': 'shop', more: 'x' }],
        needsRegion: [true],
      },
    }),
  ],
  'aws/deployment-bucket': [
    sample<DeploymentBucketProps, DeploymentBucketAttrs>({
      props: { site: SITE, bucket: 'fdl-1', account: '1' },
      attrs: {
        ...{ site: SITE, bucket: 'fdl-1', account: '1', finished: true },
        expiry: { 'events/': 14, 'markers/': 14 },
      },
      others: { site: SITES, bucket: ['other'], account: ['2'] },
    }),
  ],
  'aws/notification': [
    sample<NotificationProps, NotificationAttrs>({
      props: {
        ...{ site: SITE, bucket: 'photos', account: '1' },
        entries: [{ id: 'fdl:shop:resize:1', step: 'resize', function: 'arn', prefix: 'in/' }],
      },
      attrs: {
        ...{ site: SITE, bucket: 'photos', account: '1' },
        entries: [{ id: 'fdl:shop:resize:1', step: 'resize', function: 'arn', prefix: 'in/' }],
      },
      others: {
        site: SITES,
        bucket: ['other'],
        account: ['2'],
        entries: [
          [],
          [{ id: 'fdl:shop:resize:2', step: 'resize', function: 'arn', prefix: 'in/' }],
          [{ id: 'fdl:shop:resize:1', step: 'resize', function: 'other', prefix: 'in/' }],
          [{ id: 'fdl:shop:resize:1', step: 'resize', function: 'arn', prefix: '' }],
          [{ id: 'fdl:shop:resize:1', step: 'resize', function: 'arn', prefix: 'in/', suffix: '.csv' }],
        ],
      },
    }),
  ],
  'aws/launch-template': [
    sample<LaunchTemplateProps, LaunchTemplateAttrs>({
      props: template,
      attrs: {
        ...template,
        ...{
          id: 'lt-1',
          version: 1,
          volumeType: 'gp3',
          httpTokens: 'required',
          hopLimit: 1,
          machineTags: TAGS,
        },
      },
      others: { ...OTHER_NAME, rootVolumeGb: [100], userData: ['other'], tags: OTHER_TAGS },
      writes: { version: templateData, tags: ({ tags }) => tags },
    }),
  ],
  'aws/compute-environment': [
    sample<ComputeEnvironmentProps, ComputeEnvironmentAttrs>({
      props: environment,
      attrs: {
        ...environment,
        ...{ instanceProfile: String(environment.instanceProfile), launchTemplate: 'lt-1' },
        ...{ launchTemplateVersion: 1, serviceRole: String(environment.serviceRole) },
        ...{ arn: 'arn', status: 'VALID', cluster: 'c', allocationStrategy: 'BEST_FIT_PROGRESSIVE' },
        tags: environmentTags(environment),
      },
      others: {
        ...OTHER_NAME,
        queue: ['other'],
        fargate: [true],
        spot: [true],
        instanceTypes: [['c7i'], ['m7i', 'c7i']],
        minVcpus: [4],
        maxVcpus: [16],
        desiredVcpus: [4, undefined],
        subnets: [['subnet-2'], ['subnet-1', 'subnet-2']],
        securityGroups: [['sg-2'], []],
        instanceProfile: ['arn:aws:iam::1:instance-profile/other'],
        launchTemplate: ['lt-2'],
        launchTemplateVersion: [2],
        imageType: ['ECS_AL2023_NVIDIA'],
        serviceRole: ['arn:aws:iam::1:role/other'],
        state: ['DISABLED'],
        tags: OTHER_TAGS,
      },
      writes: {
        scaling: (props, paths) => resourcesOf(props, paths).scaling,
        infrastructure: (props, paths) => resourcesOf(props, paths).machines,
        state: (props, paths) => updateEnvironmentInput(props, paths).state,
        tags: (props) => createEnvironmentInput(props).tags,
      },
    }),
  ],
  'aws/job-queue': [
    sample<JobQueueProps, JobQueueAttrs>({
      props: { ...NAME, environment: 'arn:one', priority: 1, state: 'ENABLED', tags: TAGS },
      attrs: {
        ...NAME,
        environment: 'arn:one',
        priority: 1,
        state: 'ENABLED',
        fargate: false,
        tags: TAGS,
        arn: 'a',
        status: 'VALID',
      },
      others: {
        ...OTHER_NAME,
        environment: ['arn:other'],
        priority: [2],
        state: ['DISABLED'],
        fargate: [true],
        tags: OTHER_TAGS,
      },
      writes: { update: updateQueueInput, tags: ({ tags }) => tags },
    }),
  ],
  'aws/job-definition': [
    sample<JobDefinitionProps, JobDefinitionAttrs>({
      props: definition,
      attrs: {
        ...definition,
        ...{ image: String(definition.image), role: ARN, arn: 'a', revision: 1 },
        ...{
          retry: { attempts: 1, rules: [] },
          init: true,
          propagateTags: true,
          unused: {},
          formerImages: [],
        },
        tags: definitionTags(definition),
      },
      others: {
        ...OTHER_NAME,
        queue: ['other'],
        image: ['other@sha256:bb'],
        role: [String(OTHER_ARNS[0])],
        vcpus: [2],
        memory: [4096],
        gpus: [1],
        sharedMemory: [128, undefined],
        ulimits: [undefined, { nofile: 2048 }, { nofile: 1024, nproc: 10 }],
        timeout: [60, undefined],
        retries: [2],
        spot: [true],
        nodes: [{ count: 3, main: 0 }],
        fargate: [{ executionRole: ARN, publicIp: true, architecture: 'x86_64' }],
        logGroup: ['/other'],
        environment: [{}, { LEVEL: 'low' }],
        tags: OTHER_TAGS,
      },
      writes: { revision: registerInput, tags: definitionTags },
    }),
  ],
  'aws/service-linked-role': [
    sample<ServiceLinkedRoleProps, ServiceLinkedRoleAttrs>({
      props: { site: SITE, service: 'batch.amazonaws.com', role: 'AWSServiceRoleForBatch' },
      attrs: { site: SITE, service: 'batch.amazonaws.com', role: 'AWSServiceRoleForBatch', arn: 'arn' },
      others: { site: SITES, service: ['other'], role: ['other'] },
    }),
  ],
  'aws/unused-environments': [
    sample<UnusedEnvironmentsProps, UnusedEnvironmentsAttrs>({
      props: { site: SITE, queue: 'q', environment: 'one' },
      attrs: { site: SITE, queue: 'q', environments: [{ name: 'one', state: 'ENABLED', busy: false }] },
      others: { site: SITES, queue: ['other'], environment: ['other'] },
    }),
  ],
  'aws/unused-images': [
    sample<UnusedImagesProps, UnusedImagesAttrs>({
      props: {
        site: SITE,
        repository: 'fdl/shop',
        keep: ['resize-aaaaaaaaaaaa', ['node-1']],
        keepSteps: ['plot'],
      },
      attrs: {
        ...{ site: SITE, repository: 'fdl/shop' },
        tags: ['resize-aaaaaaaaaaaa', 'plot-bbbbbbbbbbbb', 'node-1'],
      },
      others: {
        site: SITES,
        repository: ['other'],
        keep: [['resize-cccccccccccc'], ['resize-aaaaaaaaaaaa']],
        keepSteps: [[]],
      },
    }),
  ],
};
