/** The stand-in of AWS Lambda: limits, roles, images, and the states on the way. */
import * as ec2 from '@aws-sdk/client-ec2';
import * as iam from '@aws-sdk/client-iam';
import * as lambda from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { inTurn } from '../sample.ts';
import { ACCOUNT, type Aws, startAws } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';
import { type Clients, clientsOf, held, makeFunction, makeRole, refused, zipFunction } from './aws-lab.ts';
import { until } from './until.ts';

const it = inTurn();

const DELAYS = { pending: 150, update: 100, role: 100, interfaces: 200 };

describe.skipIf(!needs('moto'))('functions of the stand-in of AWS', () => {
  let aws: Aws;
  let clients: Clients;
  let role: string;

  beforeAll(async () => {
    aws = await startAws({ delays: DELAYS });
    clients = clientsOf(aws);
    role = await makeRole(clients, { name: 'common', permits: [['ec2:CreateNetworkInterface', '*']] });
    aws.passTime(DELAYS.role);
    await makeFunction(clients, zipFunction('common', role));
  });

  afterAll(() => aws?.stop());
  beforeEach(() => aws.reset());

  const configuration = (FunctionName: string) =>
    clients.lambda.send(new lambda.GetFunctionConfigurationCommand({ FunctionName }));

  async function active(name: string): Promise<void> {
    await until(`${name} is active`, async () => {
      const { State, LastUpdateStatus } = await configuration(name);
      return State === 'Active' && LastUpdateStatus === 'Successful';
    });
  }
  const create = (changes: Partial<lambda.CreateFunctionCommandInput>) =>
    clients.lambda.send(new lambda.CreateFunctionCommand({ ...zipFunction('refused', role), ...changes }));
  const image = (uri: string) =>
    ({ PackageType: 'Image', Code: { ImageUri: uri }, Runtime: undefined, Handler: undefined }) as const;
  const HERE = `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com`;

  it.each<[string, Partial<lambda.CreateFunctionCommandInput>, string]>([
    ['a name', { FunctionName: 'with space' }, 'ValidationException'],
    ['a long name', { FunctionName: 'x'.repeat(65) }, 'ValidationException'],
    ['too little memory', { MemorySize: 64 }, 'ValidationException'],
    ['too much memory', { MemorySize: 20_000 }, 'ValidationException'],
    ['a long timeout', { Timeout: 901 }, 'ValidationException'],
    ['a small disk', { EphemeralStorage: { Size: 511 } }, 'ValidationException'],
    [
      'a large environment',
      { Environment: { Variables: { BIG: 'x'.repeat(4096) } } },
      'InvalidParameterValueException',
    ],
    [
      'reserved variables',
      { Environment: { Variables: { AWS_REGION: 'x' } } },
      'InvalidParameterValueException',
    ],
    ['a retired runtime', { Runtime: 'python3.7' as lambda.Runtime }, 'InvalidParameterValueException'],
    [
      'a level of text logs',
      { LoggingConfig: { ApplicationLogLevel: 'DEBUG' } },
      'InvalidParameterValueException',
    ],
    [
      'a disk without network',
      {
        FileSystemConfigs: [
          {
            Arn: `arn:aws:elasticfilesystem:us-east-1:${ACCOUNT}:access-point/fsap-0123456789abcdef0`,
            LocalMountPath: '/mnt/x',
          },
        ],
      },
      'InvalidParameterValueException',
    ],
    [
      'subnets that are none',
      { VpcConfig: { SubnetIds: ['subnet-00000000'], SecurityGroupIds: ['sg-00000000'] } },
      'InvalidParameterValueException',
    ],
    ['a role that is none', { Role: `arn:aws:iam::${ACCOUNT}:role/none` }, 'InvalidParameterValueException'],
    ['an image of elsewhere', image('docker.io/library/alpine'), 'InvalidParameterValueException'],
    [
      'an image of another region',
      image(`${HERE.replace('us-east-1', 'eu-west-1')}/a:b`),
      'InvalidParameterValueException',
    ],
    ['an image without tag', image(`${HERE}/a`), 'InvalidParameterValueException'],
    ['a handler of an image', { ...image(`${HERE}/a:b`), Handler: 'x' }, 'InvalidParameterValueException'],
  ])('refuses %s', async (_what, changes, code) => {
    await refused(create(changes), code);
    await refused(configuration('refused'), 'ResourceNotFoundException');
  });

  it('takes on a role only after a while, and only if it trusts Lambda', async () => {
    const message = 'The role defined for the function cannot be assumed by Lambda.';
    const Role = await held(aws, async () => {
      const made = await makeRole(clients, { name: 'young' });
      await refused(create({ Role: made }), 'InvalidParameterValueException', message);
      return made;
    });
    await until('the role is taken', async () => {
      await create({ Role, FunctionName: 'of-young' });
      return true;
    });
    const other = await makeRole(clients, { name: 'batch-only', service: 'ecs-tasks.amazonaws.com' });
    aws.passTime(DELAYS.role);
    await refused(create({ Role: other }), 'InvalidParameterValueException', message);
  });

  it('makes functions pending, then active', async () => {
    const update = new lambda.UpdateFunctionConfigurationCommand({
      FunctionName: 'states',
      MemorySize: 256,
    });
    const invoke = new lambda.InvokeCommand({ FunctionName: 'states' });
    await held(aws, async () => {
      const made = await create({ FunctionName: 'states' });
      expect([made.State, made.StateReasonCode]).toEqual(['Pending', 'Creating']);
      await refused(clients.lambda.send(update), 'ResourceConflictException', /state: Pending/);
      await refused(clients.lambda.send(invoke), 'ResourceConflictException', /state: Pending/);
    });
    await active('states');
    await held(aws, async () => {
      expect((await clients.lambda.send(update)).LastUpdateStatus).toBe('InProgress');
      await refused(clients.lambda.send(update), 'ResourceConflictException', /update is in progress/);
      const code = { FunctionName: 'states', ZipFile: zipFunction('', '').Code?.ZipFile };
      await refused(
        clients.lambda.send(new lambda.UpdateFunctionCodeCommand(code)),
        'ResourceConflictException',
      );
    });
    await active('states');
    expect((await configuration('states')).MemorySize).toBe(256);
  });

  it('can fail to make a function, and to change it', async () => {
    aws.failNextFunction('The image is broken');
    await create({ FunctionName: 'broken' });
    await until('it failed', async () => (await configuration('broken')).State === 'Failed');
    expect((await configuration('broken')).StateReason).toBe('The image is broken');
  });

  it('gives back what moto forgets, and no empty fields', async () => {
    const [vpc] = (await clients.ec2.send(new ec2.DescribeSubnetsCommand({}))).Subnets ?? [];
    const groups = await clients.ec2.send(new ec2.DescribeSecurityGroupsCommand({}));
    const given = {
      LoggingConfig: { LogFormat: 'JSON', LogGroup: '/mine', ApplicationLogLevel: 'DEBUG' },
      EphemeralStorage: { Size: 1024 },
      Architectures: ['arm64'],
      VpcConfig: {
        SubnetIds: [vpc?.SubnetId ?? ''],
        SecurityGroupIds: [groups.SecurityGroups?.[0]?.GroupId ?? ''],
      },
      FileSystemConfigs: [
        {
          Arn: `arn:aws:elasticfilesystem:us-east-1:${ACCOUNT}:access-point/fsap-0123456789abcdef0`,
          LocalMountPath: '/mnt/x',
        },
      ],
    } as const;
    await create({ FunctionName: 'remembered', ...given } as never);
    expect(await configuration('remembered')).toMatchObject(given);
    await active('remembered');
    const change = {
      FunctionName: 'remembered',
      LoggingConfig: { LogFormat: 'Text' },
      EphemeralStorage: { Size: 600 },
    } as const;
    await clients.lambda.send(new lambda.UpdateFunctionConfigurationCommand(change));
    expect(await configuration('remembered')).toMatchObject({
      ...given,
      EphemeralStorage: { Size: 600 },
      LoggingConfig: { LogFormat: 'Text', LogGroup: '/aws/lambda/remembered' },
    });
    const plain = await configuration('common');
    expect(Object.values(plain)).not.toContain(null);
    expect(plain.VpcConfig).toBeUndefined();
  });

  it.each([
    ['removes the network of a function later, with its role', true, 0],
    ['leaves the network of a function whose role was gone by then', false, 1],
  ])('%s', async (_what, kept, stay) => {
    const name = `inside-${stay}`;
    const permits = ['Create', 'Delete'].map((verb) => [`ec2:${verb}NetworkInterface`, '*'] as const);
    const Role = await makeRole(clients, { name, permits });
    const [subnet] = (await clients.ec2.send(new ec2.DescribeSubnetsCommand({}))).Subnets ?? [];
    const groups = await clients.ec2.send(new ec2.DescribeSecurityGroupsCommand({}));
    const VpcConfig = {
      SubnetIds: [subnet?.SubnetId ?? ''],
      SecurityGroupIds: [groups.SecurityGroups?.[0]?.GroupId ?? ''],
    };
    await makeFunction(clients, { ...zipFunction(name, Role), VpcConfig });
    const Filters = [{ Name: 'description', Values: [`AWS Lambda VPC ENI-${name}-*`] }];
    const interfaces = async () =>
      (await clients.ec2.send(new ec2.DescribeNetworkInterfacesCommand({ Filters }))).NetworkInterfaces ?? [];
    expect(await interfaces()).toHaveLength(1);
    await held(aws, async () => {
      await clients.lambda.send(new lambda.DeleteFunctionCommand({ FunctionName: name }));
      expect(await interfaces()).toHaveLength(1);
      if (!kept) {
        await clients.iam.send(new iam.DeleteRolePolicyCommand({ RoleName: name, PolicyName: 'own' }));
      }
      aws.passTime(DELAYS.interfaces);
      expect(await interfaces()).toHaveLength(stay);
    });
  });
});
