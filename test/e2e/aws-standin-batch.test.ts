/** The stand-in of AWS Batch keeps its order of creation and deletion. */
import * as batch from '@aws-sdk/client-batch';
import * as ec2 from '@aws-sdk/client-ec2';
import * as iam from '@aws-sdk/client-iam';
import * as tagging from '@aws-sdk/client-resource-groups-tagging-api';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { inTurn } from '../sample.ts';
import { ACCOUNT } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';
import { BATCH_DELAYS, type BatchLab, openBatchLab } from './aws-batch-lab.ts';
import { type Clients, held, makeRole, refused } from './aws-lab.ts';
import { until } from './until.ts';

const it = inTurn();

const NOTHING = undefined as never;
const OF_FARGATE = {
  type: 'FARGATE',
  minvCpus: NOTHING,
  instanceTypes: NOTHING,
  instanceRole: NOTHING,
  allocationStrategy: NOTHING,
} as const;

describe.skipIf(!needs('moto'))('environments, queues and definitions of the stand-in of AWS Batch', () => {
  let lab: BatchLab;
  let client: Clients['batch'];

  beforeAll(async () => {
    lab = await openBatchLab();
    client = lab.clients.batch;
  });
  afterAll(() => lab?.aws.stop());
  beforeEach(() => lab.aws.reset());

  const makeProfile = async (name: string) => {
    await makeRole(lab.clients, { name, service: 'ec2.amazonaws.com' });
    const profile = { InstanceProfileName: name };
    await lab.clients.iam.send(new iam.CreateInstanceProfileCommand(profile));
    await lab.clients.iam.send(new iam.AddRoleToInstanceProfileCommand({ ...profile, RoleName: name }));
    return profile;
  };

  it('makes an environment of a fresh instance role invalid, until it is updated', async () => {
    await held(lab.aws, async () => {
      await makeProfile('young');
      await lab.create('fresh', { instanceRole: 'young' });
      expect((await lab.environment('fresh'))?.status).toBe('CREATING');
    });
    const fresh = await lab.settled('fresh');
    expect([fresh?.status, fresh?.statusReason]).toEqual([
      'INVALID',
      expect.stringContaining('Invalid IamInstanceProfile'),
    ]);
    lab.aws.passTime(BATCH_DELAYS.role);
    await client.send(new batch.UpdateComputeEnvironmentCommand({ computeEnvironment: 'fresh' }));
    expect((await lab.settled('fresh'))?.status).toBe('VALID');
  });

  it.each<[string, Partial<batch.ComputeResource>]>([
    ['a type', { type: 'BIG' as never }],
    ['no vCPUs', { maxvCpus: 0 }],
    ['no subnets', { subnets: [] }],
    ['no instance types', { instanceTypes: [] }],
    ['no instance role', { instanceRole: undefined } as never],
    ['images of Amazon Linux 2', { ec2Configuration: [{ imageType: 'ECS_AL2' }] }],
    ['instances that are gone', { instanceTypes: ['g3s.xlarge'] }],
    ['A1 instances, which images of today do not support', { instanceTypes: ['a1.large'] }],
    [
      'old GPUs with images of today',
      { instanceTypes: ['p3.2xlarge'], ec2Configuration: [{ imageType: 'ECS_AL2023_NVIDIA' }] },
    ],
    ['the latest version of a template', { launchTemplate: { launchTemplateName: 'x', version: '$Latest' } }],
    ['instances of Fargate', { type: 'FARGATE' }],
    ['Fargate without security groups', { ...OF_FARGATE, securityGroupIds: [] } as never],
  ])('refuses %s', async (_what, changes) => {
    await refused(lab.create('refused', changes), 'ClientException');
  });

  it.each<[string, Partial<batch.ComputeResource>, RegExp]>([
    ['instance profile', { instanceRole: 'none' }, /instance profile none does not exist/],
    [
      'launch template',
      { launchTemplate: { launchTemplateName: 'none', version: '1' } },
      /launch template none/,
    ],
    ['subnet', { subnets: ['subnet-00000000'] }, /subnet-00000000/],
  ])('makes an environment invalid whose %s does not exist', async (what, changes, reason) => {
    const name = what.replace(' ', '-');
    await lab.create(name, changes);
    expect(await lab.settled(name)).toMatchObject({
      status: 'INVALID',
      statusReason: expect.stringMatching(reason),
    });
  });

  it('takes launch templates by number, and the account’s own service role', async () => {
    await lab.clients.ec2.send(
      new ec2.CreateLaunchTemplateCommand({
        LaunchTemplateName: 'mine',
        LaunchTemplateData: { EbsOptimized: true },
      }),
    );
    await lab.create('templated', { launchTemplate: { launchTemplateName: 'mine', version: '1' } });
    expect(await lab.settled('templated')).toMatchObject({
      status: 'VALID',
      serviceRole: expect.stringContaining('AWSServiceRoleForBatch'),
      computeResources: {
        launchTemplate: { launchTemplateName: 'mine', version: '1' },
        ec2Configuration: [{ imageType: 'ECS_AL2023' }],
      },
    });
  });

  it('has environments and queues of Fargate, which never become ones of machines', async () => {
    const { subnets, securityGroupIds } = lab.resources;
    const fargate = { type: 'FARGATE' as const, maxvCpus: 4, subnets, securityGroupIds };
    const computeResources = { ...fargate };
    await client.send(
      new batch.CreateComputeEnvironmentCommand({
        computeEnvironmentName: 'serverless',
        type: 'MANAGED',
        computeResources,
      }),
    );
    expect((await lab.settled('serverless'))?.computeResources).toEqual(fargate);
    await lab.create('machines');
    await lab.settled('machines');
    await lab.createQueue('serverless', 'serverless');
    await until('the queue is there', async () => (await lab.queue('serverless'))?.status === 'VALID');
    expect((await lab.queue('serverless'))?.jobQueueType).toBe('ECS_FARGATE');
    const computeEnvironmentOrder = [{ order: 1, computeEnvironment: 'machines' }];
    await refused(
      client.send(new batch.UpdateJobQueueCommand({ jobQueue: 'serverless', computeEnvironmentOrder })),
      'ClientException',
      /either EC2 or FARGATE/,
    );
    const change = { computeEnvironment: 'serverless', computeResources: { type: 'EC2' as const } };
    await refused(client.send(new batch.UpdateComputeEnvironmentCommand(change)), 'ClientException');
  });

  it('can make an environment invalid', async () => {
    lab.aws.failNextEnvironment('CLIENT_ERROR - because');
    await lab.create('broken');
    expect(await lab.settled('broken')).toMatchObject({
      status: 'INVALID',
      statusReason: 'CLIENT_ERROR - because',
    });
    await refused(
      lab.createQueue('of-broken', 'broken'),
      'ClientException',
      /not a valid compute environment/,
    );
  });

  it('keeps the order of creation and deletion', async () => {
    const disable = new batch.UpdateJobQueueCommand({ jobQueue: 'ordered', state: 'DISABLED' });
    const remove = new batch.DeleteJobQueueCommand({ jobQueue: 'ordered' });
    const removeAll = new batch.DeleteComputeEnvironmentCommand({ computeEnvironment: 'ordered' });
    const queueIsValid = async () => (await lab.queue('ordered'))?.status === 'VALID';
    await held(lab.aws, async () => {
      await lab.create('ordered');
      await refused(lab.create('ordered'), 'ClientException', 'Object already exists');
      await refused(lab.createQueue('ordered', 'ordered'), 'ClientException', /its status is CREATING/);
    });
    await lab.settled('ordered');
    await held(lab.aws, async () => {
      await lab.createQueue('ordered', 'ordered');
      await refused(client.send(remove), 'ClientException', /being modified/);
    });
    await until('the queue is valid', queueIsValid);
    await refused(client.send(remove), 'ClientException', /must be DISABLED/);
    await client.send(disable);
    await until('the queue is changed', queueIsValid);
    await refused(client.send(removeAll), 'ClientException', /must be DISABLED/);
    await held(lab.aws, async () => {
      await client.send(
        new batch.UpdateComputeEnvironmentCommand({ computeEnvironment: 'ordered', state: 'DISABLED' }),
      );
      await refused(client.send(removeAll), 'ClientException', /being modified/);
    });
    await lab.settled('ordered');
    await refused(client.send(removeAll), 'ClientException', /JobQueue relationship/);
    await held(lab.aws, async () => {
      await client.send(remove);
      expect((await lab.queue('ordered'))?.status).toBe('DELETING');
      await refused(client.send(removeAll), 'ClientException', /JobQueue relationship/);
    });
    await until('the queue is gone', async () => (await lab.queue('ordered')) === undefined);
    await held(lab.aws, async () => {
      await client.send(removeAll);
      expect((await lab.environment('ordered'))?.status).toBe('DELETING');
    });
    await until('the environment is gone', async () => (await lab.environment('ordered')) === undefined);
    await refused(client.send(removeAll), 'ClientException', /does not exist/);
  });

  it('changes no infrastructure of BEST_FIT in place', async () => {
    const { allocationStrategy: _, ...bestFit } = lab.resources;
    await client.send(
      new batch.CreateComputeEnvironmentCommand({
        computeEnvironmentName: 'best',
        type: 'MANAGED',
        computeResources: bestFit,
      }),
    );
    await lab.settled('best');
    const update = (computeResources: batch.ComputeResourceUpdate) =>
      client.send(
        new batch.UpdateComputeEnvironmentCommand({ computeEnvironment: 'best', computeResources }),
      );
    await refused(update({ instanceTypes: ['m5'] }), 'ClientException', /BEST_FIT/);
    await update({ maxvCpus: 8 });
    expect((await lab.settled('best'))?.computeResources).toMatchObject({
      maxvCpus: 8,
      instanceTypes: ['optimal'],
    });
  });

  it('fails to delete an environment whose instance profile is gone', async () => {
    const profile = await makeProfile('short');
    lab.aws.passTime(BATCH_DELAYS.role);
    await refused(
      lab.create('orphan', { instanceRole: 'short' }, { state: 'DISABLED' }),
      'ClientException',
      /ENABLED/,
    );
    await lab.create('orphan', { instanceRole: 'short' });
    await lab.settled('orphan');
    await client.send(
      new batch.UpdateComputeEnvironmentCommand({ computeEnvironment: 'orphan', state: 'DISABLED' }),
    );
    await lab.settled('orphan');
    await lab.clients.iam.send(
      new iam.RemoveRoleFromInstanceProfileCommand({ ...profile, RoleName: 'short' }),
    );
    await lab.clients.iam.send(new iam.DeleteInstanceProfileCommand(profile));
    await client.send(new batch.DeleteComputeEnvironmentCommand({ computeEnvironment: 'orphan' }));
    expect((await lab.settled('orphan'))?.status).toBe('INVALID');
  });

  const container = {
    image: 'busybox',
    resourceRequirements: [
      { type: 'VCPU' as const, value: '1' },
      { type: 'MEMORY' as const, value: '128' },
    ],
  };
  /** A definition for Fargate that is right, but for these. */
  const onFargate = (
    requirements: readonly (readonly [batch.ResourceType, string])[],
    changes: Partial<batch.ContainerProperties> = {},
  ) => {
    const all = new Map<batch.ResourceType, string>([['VCPU', '0.25'], ['MEMORY', '512'], ...requirements]);
    const resourceRequirements = [...all].map(([type, value]) => ({ type, value }));
    const executionRoleArn = `arn:aws:iam::${ACCOUNT}:role/execution`;
    const containerProperties = { image: 'busybox', resourceRequirements, executionRoleArn, ...changes };
    return { platformCapabilities: ['FARGATE' as const], containerProperties };
  };
  const halved = {
    ...container,
    resourceRequirements: [
      { type: 'VCPU' as const, value: '0.5' },
      ...container.resourceRequirements.slice(1),
    ],
  };
  const register = (changes: Partial<batch.RegisterJobDefinitionCommandInput> = {}) =>
    client.send(
      new batch.RegisterJobDefinitionCommand({
        jobDefinitionName: 'work',
        type: 'container',
        containerProperties: container,
        ...changes,
      }),
    );

  it.each<[string, Partial<batch.RegisterJobDefinitionCommandInput>]>([
    ['a name', { jobDefinitionName: 'a b' }],
    [
      'no memory',
      { containerProperties: { ...container, resourceRequirements: [{ type: 'VCPU', value: '1' }] } },
    ],
    ['deprecated fields', { containerProperties: { ...container, vcpus: 1 } }],
    [
      'variables of Batch',
      { containerProperties: { ...container, environment: [{ name: 'AWS_BATCH_X', value: '' }] } },
    ],
    [
      'secrets without an execution role',
      { containerProperties: { ...container, secrets: [{ name: 'a', valueFrom: 'b' }] } },
    ],
    ['GPUs of Fargate', onFargate([['GPU', '1']])],
    [
      'a size that Fargate has not',
      onFargate([
        ['MEMORY', '1024'],
        ['VCPU', '1'],
      ]),
    ],
    ['limits on Fargate', onFargate([], { ulimits: [{ name: 'nofile', softLimit: 1, hardLimit: 1 }] })],
    ['shared memory on Fargate', onFargate([], { linuxParameters: { sharedMemorySize: 64 } })],
    ['no execution role on Fargate', onFargate([], { executionRoleArn: undefined })],
    ['a public address on machines', { containerProperties: { ...container, networkConfiguration: {} } }],
    ['half a vCPU on machines', { containerProperties: halved }],
    ['eleven attempts', { retryStrategy: { attempts: 11 } }],
    ['a timeout of 59 seconds', { timeout: { attemptDurationSeconds: 59 } }],
  ])('refuses a definition with %s', async (_what, changes) => {
    await refused(register(changes), 'ClientException');
  });

  it('takes a definition for Fargate', async () => {
    const diskGib = { ephemeralStorage: { sizeInGiB: 21 } };
    const networkConfiguration = { assignPublicIp: 'ENABLED' as const };
    const given = onFargate(
      [
        ['VCPU', '32'],
        ['MEMORY', '249856'],
      ],
      { ...diskGib, networkConfiguration },
    );
    await register({ jobDefinitionName: 'on-fargate', ...given });
    const { jobDefinitions } = await client.send(
      new batch.DescribeJobDefinitionsCommand({ jobDefinitionName: 'on-fargate' }),
    );
    expect(jobDefinitions).toMatchObject([given]);
  });

  it('counts revisions and keeps all that was given', async () => {
    const given = {
      retryStrategy: {
        attempts: 3,
        evaluateOnExit: [{ action: 'RETRY' as const, onStatusReason: 'Host EC2*' }],
      },
      timeout: { attemptDurationSeconds: 60 },
      tags: { 'fdl:workflow': 'w' },
      propagateTags: true,
    };
    const one = await register(given);
    const two = await register(given);
    expect([one.revision, two.revision]).toEqual([1, 2]);
    await client.send(new batch.DeregisterJobDefinitionCommand({ jobDefinition: 'work:1' }));
    const active = await client.send(
      new batch.DescribeJobDefinitionsCommand({ jobDefinitionName: 'work', status: 'ACTIVE' }),
    );
    expect(active.jobDefinitions).toMatchObject([
      { revision: 2, status: 'ACTIVE', containerProperties: container, ...given },
    ]);
    const { ResourceTagMappingList } = await lab.clients.tagging.send(
      new tagging.GetResourcesCommand({
        TagFilters: [{ Key: 'fdl:workflow' }],
        ResourceTypeFilters: ['batch:job-definition'],
      }),
    );
    expect(ResourceTagMappingList?.map(({ ResourceARN }) => ResourceARN)).toEqual([
      one.jobDefinitionArn,
      two.jobDefinitionArn,
    ]);
  });
});
