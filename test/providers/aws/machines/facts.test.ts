import { describe, expect, test } from 'vitest';
import type { AwsFacts } from '../../../../src/providers/aws/facts.ts';
import { batchFacts } from '../../../../src/providers/aws/machines/facts.ts';
import { awsSteps } from '../../../../src/providers/aws/step.ts';
import { onAws } from '../../../fdl/read-text.ts';
import { type Answers, awsFailure, fakeClients } from '../fake-clients.ts';
import { ACCOUNT, workflowOf } from '../workflows.ts';

/** An account with its default VPC: two subnets, a route to the internet, and the security group that each VPC has. */
const NETWORK = {
  DescribeVpcs: { Vpcs: [{ VpcId: 'vpc-1' }] },
  DescribeSubnets: {
    Subnets: [
      { SubnetId: 'subnet-b', VpcId: 'vpc-1', MapPublicIpOnLaunch: true },
      { SubnetId: 'subnet-a', VpcId: 'vpc-1', MapPublicIpOnLaunch: true },
    ],
  },
  DescribeSecurityGroups: { SecurityGroups: [{ GroupId: 'sg-1', VpcId: 'vpc-1' }] },
  DescribeRouteTables: {
    RouteTables: [
      {
        Associations: [{ Main: true }],
        Routes: [{ DestinationCidrBlock: '0.0.0.0/0', GatewayId: 'igw-1', State: 'active' }],
      },
    ],
  },
  DescribeVpcEndpoints: { VpcEndpoints: [] },
} as const;

const SMALL = {
  InstanceType: 'm5.large',
  VCpuInfo: { DefaultVCpus: 2 },
  MemoryInfo: { SizeInMiB: 8192 },
  ProcessorInfo: { SupportedArchitectures: ['x86_64'] },
};
const GPU = {
  InstanceType: 'g4dn.xlarge',
  VCpuInfo: { DefaultVCpus: 4 },
  MemoryInfo: { SizeInMiB: 16384 },
  GpuInfo: { Gpus: [{ Count: 1, Manufacturer: 'NVIDIA' }] },
  ProcessorInfo: { SupportedArchitectures: ['x86_64'] },
};
const ARM = {
  InstanceType: 'm7g.large',
  VCpuInfo: { DefaultVCpus: 2 },
  MemoryInfo: { SizeInMiB: 8192 },
  ProcessorInfo: { SupportedArchitectures: ['arm64'] },
};

const LARGE = {
  ...SMALL,
  InstanceType: 'm5.24xlarge',
  VCpuInfo: { DefaultVCpus: 96 },
  MemoryInfo: { SizeInMiB: 393216 },
};

const TYPES = [SMALL, GPU, ARM, LARGE];

async function read(batch: string, ec2: Answers['ec2'] = {}, lambda = '') {
  const workflow = await workflowOf(onAws(`execution_mode: batch\n${lambda}`, `batch: ${batch}`));
  const places: AwsFacts = new Map(
    awsSteps(workflow).map(({ id }) => [
      id,
      { site: { region: 'eu-west-1' }, account: ACCOUNT, partition: 'aws' },
    ]),
  );
  const fake = fakeClients({
    ec2: { ...NETWORK, DescribeInstanceTypes: { InstanceTypes: TYPES }, ...ec2 },
  });
  const { signal } = new AbortController();
  const gateway = async () => Buffer.from('export const handler = 1;');
  const facts = await batchFacts(workflow, places, { clients: fake.clients, signal, gateway });
  const found = facts.get('step');
  if (!found) throw new Error('no facts');
  return { ...found, fake };
}

const resources = (text: string) => `{compute_resources: {${text}}}`;

describe('the network of machines', () => {
  test('is the default VPC where the file names none', async () => {
    const { subnets, securityGroups, warnings, fake } = await read('{}');
    expect({ subnets, securityGroups, warnings }).toEqual({
      subnets: ['subnet-a', 'subnet-b'],
      securityGroups: ['sg-1'],
      warnings: [],
    });
    expect(fake.inputs('DescribeVpcs')[0].Filters).toEqual([{ Name: 'is-default', Values: ['true'] }]);
    expect(fake.inputs('DescribeSubnets')[0].Filters).toContainEqual({ Name: 'vpc-id', Values: ['vpc-1'] });
    expect(fake.calls()).not.toContain('ec2 DescribeInstanceTypes');
  });

  test('is what the file names, with the security group of its VPC', async () => {
    const { subnets, fake } = await read(resources('subnets: [subnet-b, subnet-a]'));
    expect(subnets).toEqual(['subnet-a', 'subnet-b']);
    expect(fake.calls()).not.toContain('ec2 DescribeVpcs');
    expect(fake.inputs('DescribeSubnets')).toEqual([{ SubnetIds: ['subnet-a', 'subnet-b'] }]);
    expect(fake.inputs('DescribeSecurityGroups')[0].Filters).toContainEqual({
      Name: 'group-name',
      Values: ['default'],
    });
  });

  const gone = (code: string) => () => {
    throw awsFailure(code);
  };
  test.each([
    ['network-missing', '{}', { DescribeVpcs: { Vpcs: [] } }, 'no default VPC in eu-west-1'],
    ['network-missing', '{}', { DescribeSubnets: { Subnets: [] } }, 'has no default subnets'],
    [
      'network-missing',
      '{}',
      { DescribeSecurityGroups: { SecurityGroups: [] } },
      'no security group "default"',
    ],
    [
      'network-unknown',
      resources('subnets: [subnet-x]'),
      { DescribeSubnets: gone('InvalidSubnetID.NotFound') },
      'subnet-x',
    ],
    [
      'network-unknown',
      resources('security_group_ids: [sg-x]'),
      { DescribeSecurityGroups: gone('InvalidGroup.NotFound') },
      'sg-x',
    ],
    [
      'network-mixed',
      resources('subnets: [s-1, s-2]'),
      {
        DescribeSubnets: {
          Subnets: [
            { SubnetId: 's-1', VpcId: 'vpc-1' },
            { SubnetId: 's-2', VpcId: 'vpc-2' },
          ],
        },
      },
      'vpc-1, vpc-2',
    ],
    [
      'network-mixed',
      resources('security_group_ids: [sg-2]'),
      { DescribeSecurityGroups: { SecurityGroups: [{ GroupId: 'sg-2', VpcId: 'vpc-2' }] } },
      'sg-2 is in vpc-2',
    ],
  ])('%s for %s', async (code, batch, ec2, says) => {
    const failure = await read(batch, ec2).catch((thrown) => thrown);
    expect(failure).toMatchObject({ code, hint: expect.stringMatching(/\.$/), place: expect.anything() });
    expect(failure.message).toContain(says);
  });

  test('whoever may not look at networks is told so', async () => {
    await expect(read('{}', { DescribeVpcs: gone('UnauthorizedOperation') })).rejects.toMatchObject({
      code: 'aws-denied',
    });
  });
});

describe('ways out of the network', () => {
  const table = (route: object, more: object = { Main: true }) => ({
    DescribeRouteTables: { RouteTables: [{ Associations: [more], Routes: [{ State: 'active', ...route }] }] },
  });
  const out = { DestinationCidrBlock: '0.0.0.0/0' };
  const subnets = (isPublic: boolean) => ({
    DescribeSubnets: { Subnets: [{ SubnetId: 'subnet-a', VpcId: 'vpc-1', MapPublicIpOnLaunch: isPublic }] },
  });

  test.each([
    ['a NAT gateway', { ...subnets(false), ...table({ ...out, NatGatewayId: 'nat-1' }) }],
    ['a transit gateway', { ...subnets(false), ...table({ ...out, TransitGatewayId: 'tgw-1' }) }],
    ['what cannot be seen', { ...subnets(false), DescribeRouteTables: { RouteTables: [] } }],
    [
      'what nobody may look at',
      {
        ...subnets(false),
        DescribeRouteTables: () => {
          throw awsFailure('UnauthorizedOperation');
        },
      },
    ],
    [
      'endpoints of all services',
      {
        ...subnets(false),
        ...table({ DestinationCidrBlock: '10.0.0.0/8', GatewayId: 'local' }),
        DescribeVpcEndpoints: {
          VpcEndpoints: ['ecr.api', 'ecr.dkr', 's3', 'ecs', 'ecs-agent', 'ecs-telemetry', 'logs'].map(
            (name) => {
              return { ServiceName: `com.amazonaws.eu-west-1.${name}` };
            },
          ),
        },
      },
    ],
  ])('nothing is said with %s', async (_, ec2) => {
    expect((await read('{}', ec2)).warnings).toEqual([]);
  });

  test.each([
    ['no route', { ...subnets(true), ...table({ DestinationCidrBlock: '10.0.0.0/8', GatewayId: 'local' }) }],
    [
      'a route to something that is gone',
      { ...subnets(false), ...table({ ...out, NatGatewayId: 'nat-1', State: 'blackhole' }) },
    ],
    ['no public address', { ...subnets(false), ...table({ ...out, GatewayId: 'igw-1' }) }],
    [
      'a table of its own without a route',
      {
        ...subnets(true),
        DescribeRouteTables: {
          RouteTables: [
            ...NETWORK.DescribeRouteTables.RouteTables,
            { Associations: [{ SubnetId: 'subnet-a' }], Routes: [] },
          ],
        },
      },
    ],
  ])('it is said with %s', async (_, ec2) => {
    const { warnings } = await read('{}', ec2);
    expect(warnings).toEqual([
      expect.stringMatching(/^machines in subnet-a would not reach the registry or S3: .*ecr\.dkr/),
    ]);
  });
});

describe('jobs on AWS Fargate', () => {
  const subnets = { DescribeSubnets: { Subnets: [{ SubnetId: 'subnet-a', VpcId: 'vpc-1' }] } };
  const table = (...Routes: object[]) => ({
    ...subnets,
    DescribeRouteTables: { RouteTables: [{ Associations: [{ Main: true }], Routes }] },
  });
  const out = { DestinationCidrBlock: '0.0.0.0/0', State: 'active' };
  const denied = () => {
    throw awsFailure('UnauthorizedOperation');
  };

  test.each([
    ['with an internet gateway', table({ ...out, GatewayId: 'igw-1' }), true],
    ['without, where nobody may look', { ...subnets, DescribeRouteTables: denied }, true],
    ['not with a NAT gateway', table({ ...out, NatGatewayId: 'nat-1' }), false],
  ])('have a public address %s', async (_, ec2, publicIp) => {
    const found = await read('{compute_resources: {type: FARGATE}}', ec2);
    expect(found).toMatchObject({ publicIp, warnings: [] });
  });

  test('need a way out, but nothing that machines have', async () => {
    const { warnings } = await read('{compute_resources: {type: FARGATE}}', table());
    expect(warnings).toEqual([
      expect.stringMatching(/^jobs in subnet-a would not reach .* for ecr.api, ecr.dkr, s3, logs$/),
    ]);
  });
});

describe('jobs on several machines', () => {
  const NODES = '{multi_node_parallel: {enabled: true, number_nodes: 2}}';

  test('do not get out by public addresses', async () => {
    expect((await read(NODES)).warnings).toEqual([
      expect.stringMatching(
        /^nodes of "step" in subnet-b, subnet-a would not reach S3: nodes have no public addresses/,
      ),
    ]);
  });

  test('get out by an endpoint, or a NAT gateway', async () => {
    const VpcEndpoints = [{ ServiceName: 'com.amazonaws.eu-west-1.s3' }];
    expect((await read(NODES, { DescribeVpcEndpoints: { VpcEndpoints } })).warnings).toEqual([]);
    const Routes = [{ DestinationCidrBlock: '0.0.0.0/0', State: 'active', NatGatewayId: 'nat-1' }];
    const RouteTables = [{ Associations: [{ Main: true }], Routes }];
    expect((await read(NODES, { DescribeRouteTables: { RouteTables } })).warnings).toEqual([]);
  });

  test('wait for ever where there is no room for all of them', async () => {
    const small = NODES.replace('}}', '}, vcpus: 2, compute_resources: {max_v_cpus: 3}}');
    expect((await read(small)).warnings[0]).toContain('they ask for 4 vCPUs, and "max_v_cpus" is 3');
  });
});

describe('jobs that would wait for ever', () => {
  const on = (types: string, job = '') =>
    `{${job}compute_resources: {max_v_cpus: 128, instance_types: [${types}]}}`;

  test.each([
    ['{vcpus: 4, compute_resources: {max_v_cpus: 2}}', 'they ask for 4 vCPUs, and "max_v_cpus" is 2'],
    [on('m5.large', 'vcpus: 3, '), 'they ask for 3 vCPUs, and machines of m5.large have at most 2'],
    [on('m5.large', 'memory: 8000, '), 'they ask for 8000 MiB, and machines of m5.large leave at most 7946'],
    [on('m5', 'vcpus: 97, '), 'they ask for 97 vCPUs, and machines of m5 have at most 96'],
    [on('g4dn.xlarge', 'gpus: 2, '), 'they ask for 2 GPUs, and machines of g4dn.xlarge have at most 1'],
    [on('m7g.large'), 'machines of m7g.large have no processor of the kind x86_64'],
    [
      on('g4dn.xlarge, m5.24xlarge', 'vcpus: 90, gpus: 1, '),
      'they ask for 90 vCPUs, 1024 MiB, 1 GPU, which no one of the machines of g4dn.xlarge, m5.24xlarge has at once',
    ],
    [
      on('g4dn.xlarge, m7g.large, m5.large', 'vcpus: 4, memory: 16000, enable_gpu: true, '),
      'they ask for 16000 MiB, and machines of g4dn.xlarge, m5.large, m7g.large leave at most 15892',
    ],
  ])('%s', async (batch, says) => {
    expect((await read(batch)).warnings).toEqual([`jobs of "step" would wait for ever: ${says}`]);
  });

  test.each([
    on('m5.large', 'vcpus: 2, memory: 7900, '),
    on('g4dn', 'vcpus: 4, gpus: 1, '),
    on('optimal, m5.large', 'vcpus: 40, '),
    '{vcpus: 4}',
  ])('not %s', async (batch) => {
    expect((await read(batch)).warnings).toEqual([]);
  });

  test('of no use are types that do not exist', async () => {
    const failure = await read(on('m5.large, m5.mini, z99')).catch((thrown) => thrown);
    expect(failure).toMatchObject({
      code: 'instance-type-unknown',
      hint: expect.stringContaining('instance_types'),
    });
    expect(failure.message).toContain('m5.mini, z99');
  });

  test('types are asked for by name, families as a whole, page by page', async () => {
    const pages = [{ InstanceTypes: [GPU], NextToken: 'more' }, { InstanceTypes: [SMALL] }];
    const { fake } = await read(on('g4dn, m5.large, optimal'), {
      DescribeInstanceTypes: (_: object, before: number) => pages[before],
    });
    const [first, second] = fake.inputs('DescribeInstanceTypes');
    expect(first.Filters).toEqual([{ Name: 'instance-type', Values: ['g4dn.*', 'm5.large'] }]);
    expect(second.NextToken).toBe('more');
  });

  test('whoever may not ask for types is not bothered', async () => {
    const denied = () => {
      throw awsFailure('UnauthorizedOperation');
    };
    expect((await read(on('m5.large', 'vcpus: 9, '), { DescribeInstanceTypes: denied })).warnings).toEqual(
      [],
    );
  });
});

test('the program that passes events on is packed the same every time', async () => {
  const [one, other] = [await read('{}'), await read('{}')];
  expect(one.gateway.digest).toMatch(/^[0-9a-f]{64}$/);
  expect(one.gateway.digest).toBe(other.gateway.digest);
});
