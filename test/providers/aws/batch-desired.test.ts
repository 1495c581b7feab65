import { describe, expect, test } from 'vitest';
import { resourceGraph } from '../../../src/deploy/graph.ts';
import { Ref, type Resource } from '../../../src/deploy/resource.ts';
import { awsDesired } from '../../../src/providers/aws/desired/index.ts';
import { onAws } from '../../fdl/read-text.ts';
import { expectGolden } from '../../golden-resources.ts';
import { factsOf, type Read, workflowOf } from './workflows.ts';

/** As the example of audio and video: a function, one with jobs behind it, and jobs with a GPU. */
const MEDIA = `
functions:
  aws:
  - lambda:
      name: split
      container: {image: "jrottenberg/ffmpeg:7.1"}
      init_script: split.sh
      input: [{storage_provider: s3, path: media/in}]
      output: [{storage_provider: s3, path: media/audio}]
  - lambda:
      name: subtitles
      execution_mode: lambda-batch
      container: {image: "whisper", environment: {Variables: {MODEL: base}, Secrets: {TOKEN: hidden}}}
      init_script: subtitles.sh
      input: [{storage_provider: s3, path: media/audio}]
      output: [{storage_provider: s3, path: media/subtitles}]
    batch: {vcpus: 4, memory: 8192, compute_resources: {max_v_cpus: 8}}
  - lambda:
      name: objects
      execution_mode: batch
      container: {image: "ultralytics"}
      init_script: objects.sh
      input: [{storage_provider: s3, path: media/audio/video}]
      output: [{storage_provider: s3, path: media/objects}]
    batch: {vcpus: 4, memory: 12288, enable_gpu: true, compute_resources: {max_v_cpus: 8, instance_types: [g4dn.xlarge]}}
`;

/** Everything that a file can say of jobs and their machines. */
const ALL = onAws(
  'execution_mode: batch\nlog_level: debug\ntags: {project: lab}\nfunction_url: true\nover_http: allow',
  `iam: {permissions_boundary: "arn:aws:iam::{account_id}:policy/edge"}
cloudwatch: {log_retention_policy_in_days: 7}
batch:
  vcpus: 2
  memory: 2000
  gpus: 2
  shared_memory: 512
  ulimits: {nofile: 65536}
  timeout: 3600
  retries: 3
  environment: {Variables: {LEVEL: high, AWS_PROFILE: none}}
  state: DISABLED
  service_role: "arn:aws:iam::{account_id}:role/mine"
  compute_resources:
    type: SPOT
    instance_types: [g5, g4dn.xlarge]
    min_v_cpus: 1
    max_v_cpus: 16
    desired_v_cpus: 2
    subnets: [subnet-2, subnet-1]
    security_group_ids: [sg-1]
    instance_role: "arn:aws:iam::{account_id}:instance-profile/ecs"
    root_volume_gb: 100`,
);

/** Jobs without machines, beside others with some. */
const FARGATE = `
functions:
  aws:
  - lambda:
      name: count
      execution_mode: batch
      container: {image: busybox}
      init_script: count.sh
      input: [{storage_provider: s3, path: words/in}]
      output: [{storage_provider: s3, path: words/out}]
    batch: {vcpus: 0.5, retries: 0, compute_resources: {type: FARGATE_SPOT, root_volume_gb: 100}}
  - lambda:
      name: sum
      execution_mode: lambda-batch
      architectures: [arm64]
      container: {image: busybox}
      init_script: sum.sh
      input: [{storage_provider: s3, path: words/out}]
      output: [{storage_provider: s3, path: words/sum}]
    batch: {memory: 16384, compute_resources: {type: fargate, instance_types: [m5], min_v_cpus: 2, instance_role: "arn:aws:iam::{account_id}:instance-profile/ecs"}}
`;

async function desired(text: string, read: Read = {}) {
  const workflow = await workflowOf(text);
  return awsDesired(workflow, factsOf(workflow, read));
}

function json(resources: readonly Resource[]): string {
  return `${JSON.stringify(resources, null, 2)}\n`;
}

function only(resources: readonly Resource[], kind: string, name = ''): Resource {
  const found = resources.filter((each) => each.kind === kind && each.id.endsWith(name));
  if (found.length !== 1) throw new Error(`${found.length} resources of the kind ${kind}`);
  return found[0] as Resource;
}

function namesOf(resources: readonly Resource[], kind: string): readonly string[] {
  return resources.filter((each) => each.kind === kind).map(({ id }) => id.split('/').slice(3).join('/'));
}

/** A step on AWS Batch below others, with the settings of its jobs. */
function step(name: string, batch: string, mode = 'batch'): string {
  return `  - lambda: {name: ${name}, execution_mode: ${mode}, container: {image: busybox}, init_script: run.sh}\n    batch: {${batch}}\n`;
}

const several = (...steps: readonly string[]) => `functions:\n  aws:\n${steps.join('')}`;

describe('steps with jobs', () => {
  test.each([
    ['batch-media', MEDIA],
    ['batch-all', ALL],
    ['batch-fargate', FARGATE],
  ])('%s', async (name, text) => {
    await expectGolden(`aws/${name}`, await desired(text));
  });

  test.each([
    ['media', MEDIA],
    ['all', ALL],
    ['fargate', FARGATE],
  ])('to remove %s, without facts, the resources and their order are the same', async (_, text) => {
    const order = (resources: readonly Resource[]) =>
      resourceGraph(resources).map(({ id, after }) => ({ id, after }));
    expect(order(await desired(text, { remove: true }))).toEqual(order(await desired(text)));
  });

  test('events come in once everything for jobs is there', async () => {
    const nodes = new Map(resourceGraph(await desired(MEDIA)).map((node) => [node.id, node.after]));
    const reached = new Set(['aws/eu-west-1/notification/media']);
    for (const id of reached) for (const before of nodes.get(id) ?? []) reached.add(before);
    for (const name of ['demo-subtitles', 'demo-objects'])
      expect(reached).toContain(`aws/eu-west-1/job-queue/${name}`);
    for (const name of ['subtitles', 'objects'])
      expect(reached).toContain(`aws/eu-west-1/job-definition/${name}`);
    expect(reached).toContain('aws/eu-west-1/function/subtitles-gateway');
    expect(reached).toContain('aws/eu-west-1/deployment-bucket/fdl-123456789012-eu-west-1');
  });

  test('no secret is anywhere but in the parameter', async () => {
    const resources = await desired(MEDIA);
    const others = resources.filter(({ kind }) => kind !== 'aws/parameter');
    expect(json(others)).not.toContain('hidden');
    expect(namesOf(resources, 'aws/parameter')).toEqual(['/fdl/demo/subtitles']);
  });

  test('only what AWS Batch cannot limit is permitted for everything', async () => {
    for (const text of [MEDIA, ALL]) {
      const roles = (await desired(text)).filter(({ kind }) => kind === 'aws/role');
      const wide = roles
        .flatMap(({ props }) => props['statements'] as unknown as { Action: string[]; Resource: string[] }[])
        .filter(({ Resource }) => Resource.includes('*'));
      // Rule: the Service Authorization Reference, where these name no resource.
      const free = ['batch:ListJobs', 'ecs:DiscoverPollEndpoint', 'ecr:GetAuthorizationToken'];
      for (const action of wide.flatMap(({ Action }) => Action)) expect(free).toContain(action);
      expect(wide).not.toEqual([]);
    }
  });

  test('names of other partitions of AWS', async () => {
    const resources = await desired(MEDIA, { region: 'cn-north-1', partition: 'aws-cn' });
    expect(json(resources)).not.toContain('arn:aws:');
    expect(only(resources, 'aws/role', 'demo-cn-north-1-instances').props['trust']).toEqual([
      'ec2.amazonaws.com.cn',
    ]);
  });
});

describe('roles of steps with jobs', () => {
  const role = 'arn:aws:iam::{account_id}:role/mine';
  const given = 'arn:aws:iam::123456789012:role/mine';

  test('a given role takes the place of all but that of the machines', async () => {
    const resources = await desired(onAws('execution_mode: lambda-batch', `iam: {role: "${role}"}`));
    expect(namesOf(resources, 'aws/role')).toEqual(['demo-eu-west-1-instances']);
    expect(only(resources, 'aws/function', 'step-gateway').props['role']).toBe(given);
    expect(only(resources, 'aws/function', '/step').props['role']).toBe(given);
    expect(only(resources, 'aws/job-definition').props['role']).toBe(given);
  });

  test('that of the machines is for their agent alone: scripts can take it', async () => {
    const resources = await desired(onAws('execution_mode: batch'));
    const { statements, managedPolicies = [] } = only(resources, 'aws/role', 'instances')
      .props as unknown as {
      statements: { Sid: string; Action: string[]; Resource: string[] }[];
      managedPolicies?: string[];
    };
    expect(managedPolicies).toEqual([]);
    const on = (sid: string) => statements.find(({ Sid }) => Sid === sid)?.Resource;
    expect(on('Images')).toEqual(['arn:aws:ecr:eu-west-1:123456789012:repository/fdl/demo']);
    expect(on('Logs')).toEqual(['arn:aws:logs:eu-west-1:123456789012:log-group:/aws/batch/fdl/demo/step:*']);
    expect(on('Cluster')).toEqual(['arn:aws:ecs:eu-west-1:123456789012:cluster/*']);
  });

  test('that of the machines reads the repository of an image that is run as it is', async () => {
    const image = '210987654321.dkr.ecr.us-east-1.amazonaws.com/team/mine:1';
    const given = onAws('execution_mode: batch').replace(
      'image: busybox',
      `image: ${image}\n        create_image: false`,
    );
    expect(json(await desired(given))).toContain('arn:aws:ecr:us-east-1:210987654321:repository/team/mine');
  });

  test('a boundary is on every role', async () => {
    const boundary = 'iam: {permissions_boundary: "arn:aws:iam::123456789012:policy/edge"}';
    const resources = await desired(onAws('execution_mode: lambda-batch', boundary));
    const roles = resources.filter(({ kind }) => kind === 'aws/role');
    expect(roles.map(({ props }) => props['name'])).toEqual([
      'demo-eu-west-1-instances',
      'demo-step-eu-west-1-job',
      'demo-step-eu-west-1-gateway',
      'demo-step-eu-west-1',
    ]);
    for (const { props } of roles) expect(props['boundary']).toBe('arn:aws:iam::123456789012:policy/edge');
  });
});

describe('machines', () => {
  const queues = async (...steps: readonly string[]) =>
    namesOf(await desired(several(...steps)), 'aws/job-queue');

  test('steps with equal settings share them, whatever their jobs need', async () => {
    const resources = await desired(several(step('a', 'memory: 100'), step('b', 'vcpus: 4, memory: 9000')));
    expect(namesOf(resources, 'aws/job-queue')).toEqual(['demo-a']);
    expect(namesOf(resources, 'aws/launch-template')).toEqual(['demo-a']);
    expect(only(resources, 'aws/compute-environment').props['maxVcpus']).toBe(4);
    expect(only(resources, 'aws/job-definition', '/b').props['queue']).toBe('demo-a');
  });

  test('the order of types and subnets is no difference, other settings are', async () => {
    const sorted = (list: string) => `compute_resources: {instance_types: [${list}]}`;
    expect(await queues(step('a', sorted('m5, c5')), step('b', sorted('c5, m5')))).toEqual(['demo-a']);
    expect(await queues(step('a', sorted('m5')), step('b', sorted('c5')))).toEqual(['demo-a', 'demo-b']);
    expect(await queues(step('a', 'state: ENABLED'), step('b', 'state: disabled'))).toEqual([
      'demo-a',
      'demo-b',
    ]);
    const gpu = 'compute_resources: {instance_types: [g5]}';
    expect(await queues(step('a', gpu), step('b', `${gpu}, enable_gpu: true`))).toEqual(['demo-a', 'demo-b']);
  });

  test('those of two regions are not shared, but each region has its own', async () => {
    const far = step('b', 'memory: 100').replace('name: b', 'name: b, region: us-east-2');
    const resources = await desired(several(step('a', 'memory: 100'), far));
    expect(resources.filter(({ kind }) => kind === 'aws/job-queue').map(({ id }) => id)).toEqual([
      'aws/eu-west-1/job-queue/demo-a',
      'aws/us-east-2/job-queue/demo-b',
    ]);
    expect(namesOf(resources, 'aws/instance-profile')).toEqual([
      'demo-eu-west-1-instances',
      'demo-us-east-2-instances',
    ]);
  });

  test('for ARM, AWS chooses among those with such processors', async () => {
    const text = onAws('execution_mode: batch\narchitectures: [arm64]');
    expect(only(await desired(text), 'aws/compute-environment').props['instanceTypes']).toEqual([
      'default_arm64',
    ]);
  });

  test('an environment of AWS Fargate has no machines, and another name', async () => {
    const resources = await desired(FARGATE);
    for (const kind of ['aws/launch-template', 'aws/instance-profile', 'aws/role'])
      expect(namesOf(resources, kind).filter((name) => /instances|demo-count$/.test(name))).toEqual([]);
    const name = async (type: string) =>
      namesOf(
        await desired(several(step('a', `compute_resources: {type: ${type}}`))),
        'aws/compute-environment',
      )[0];
    expect(new Set(await Promise.all(['EC2', 'SPOT', 'FARGATE', 'FARGATE_SPOT'].map(name))).size).toBe(3);
  });

  test('an environment keeps its name while it can be changed in place', async () => {
    const name = async (batch: string) =>
      namesOf(await desired(several(step('a', batch))), 'aws/compute-environment')[0];
    const usual = await name('memory: 100');
    expect(
      await name('compute_resources: {type: SPOT, max_v_cpus: 9, root_volume_gb: 50, subnets: [subnet-9]}'),
    ).toBe(usual);
    const role = 'service_role: "arn:aws:iam::123456789012:role/r"';
    const own = await name(role);
    expect(own).not.toBe(usual);
    expect(await name(`${role}, compute_resources: {max_v_cpus: 9, min_v_cpus: 1}, state: DISABLED`)).toBe(
      own,
    );
    expect(await name(`${role}, compute_resources: {type: SPOT}`)).not.toBe(own);
  });

  test('long names are cut, and still tell apart', async () => {
    const text = several(step('a'.repeat(64), 'memory: 100'), step('b'.repeat(64), 'state: DISABLED'));
    const workflow = await workflowOf(text);
    const resources = awsDesired({ ...workflow, name: 'w'.repeat(128) }, factsOf(workflow));
    const names = ['aws/job-queue', 'aws/compute-environment', 'aws/launch-template'].map((kind) =>
      namesOf(resources, kind),
    );
    for (const each of names) expect(new Set(each).size).toBe(2);
    for (const name of names.flat()) expect(name).toMatch(/^[\w-]{1,128}$/);
  });
});

test('a job on several machines is given to all of them, and the machines are enough for it', async () => {
  const nodes = 'multi_node_parallel: {enabled: true, number_nodes: 3, main_node_index: 1}';
  const resources = await desired(several(step('a', `vcpus: 2, ${nodes}`)));
  expect(only(resources, 'aws/job-definition').props['nodes']).toEqual({ count: 3, main: 1 });
  expect(only(resources, 'aws/compute-environment').props['maxVcpus']).toBe(6);
  const { environment } = only(resources, 'aws/function').props as { environment: { FDL_GATEWAY: string } };
  expect(JSON.parse(environment.FDL_GATEWAY).batch).toMatchObject({ nodes: true });
});

describe('what passes events on', () => {
  test('of a step with jobs alone has its name, addresses and tags', async () => {
    const resources = await desired(MEDIA);
    const gateway = only(resources, 'aws/function', '/objects');
    expect(gateway.props).toMatchObject({ memory: 128, code: { handler: 'gateway.handler' } });
    expect(gateway.props['tags']).toMatchObject({ 'fdl:inputs': 'media', 'fdl:mode': 'batch' });
    expect(JSON.parse((gateway.props['environment'] as { FDL_GATEWAY: string }).FDL_GATEWAY)).toEqual({
      workflow: 'demo',
      step: 'objects',
      batch: {
        jobQueue: 'demo-objects',
        jobDefinition: 'objects',
        bucket: 'fdl-123456789012-eu-west-1',
      },
    });
  });

  test('of a step with a function catches what that fails on', async () => {
    const resources = await desired(MEDIA);
    const { asyncConfig } = only(resources, 'aws/function', '/subtitles').props as {
      asyncConfig: { retries: number; onFailure: Ref };
    };
    expect(asyncConfig.retries).toBe(0);
    expect(asyncConfig.onFailure).toEqual(new Ref('aws/eu-west-1/function/subtitles-gateway', 'arn'));
    expect(only(resources, 'aws/function', '/split').props).not.toHaveProperty('asyncConfig');
  });

  test.each([
    ['batch', 'step', '/demo-step-eu-west-1'],
    ['lambda-batch', 'step-gateway', '-gateway'],
  ])('hands on what cannot be handed to jobs where the file says (%s)', async (mode, name, roleEnd) => {
    const settings = `execution_mode: ${mode}\non_failure: arn:aws:s3:::failed`;
    const resources = await desired(onAws(settings, 'batch: {vcpus: 1}'));
    expect(only(resources, 'aws/function', `/${name}`).props['asyncConfig']).toEqual({
      retries: 2,
      onFailure: 'arn:aws:s3:::failed',
    });
    const role = only(resources, 'aws/role', roleEnd);
    expect(JSON.stringify(role.props['statements'])).toContain(`failed/aws/lambda/async/${name}/*`);
  });
});
