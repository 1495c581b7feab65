import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { AwsFacts } from '../../../src/providers/aws/facts.ts';
import { awsFacts, type FactsDeps } from '../../../src/providers/aws/read-facts.ts';
import type { Purpose } from '../../../src/providers/provider.ts';
import { onAws } from '../../fdl/read-text.ts';
import { SAVED, tarOf } from '../../image/archives.ts';
import { quickClient } from '../../image/clients.ts';
import { type FakeRegistry, startFakeRegistry } from '../../image/fake-registry.ts';
import { addImage, OCI_MANIFEST } from '../../image/images.ts';
import { type Answers, awsFailure, fakeClients } from './fake-clients.ts';
import { ACCOUNT, workflowOf } from './workflows.ts';

const ARN = `arn:aws:iam::${ACCOUNT}:user/me`;

/** One registry stands for all: for Docker Hub, for that of the runtime image, and for the account's. */
let registry: FakeRegistry;
let nodeDigest: string;
let baseDigest: string;

beforeAll(async () => {
  registry = await startFakeRegistry();
  baseDigest = await addImage(registry, 'library/busybox', 'latest');
  nodeDigest = await addImage(registry, 'docker/library/node', '22-bookworm-slim');
  return () => registry.close();
});

interface World {
  readonly environment?: Readonly<Record<string, string>>;
  readonly deps?: Partial<FactsDeps>;
  readonly purpose?: Purpose;
  /** What is deployed: tags and image of functions by their names. */
  readonly deployed?: Readonly<Record<string, { readonly Tags: object; readonly ImageUri?: string }>>;
  readonly folder?: Readonly<Record<string, string>>;
  readonly answers?: Answers;
}

/** Reads the facts of a text, and tells what was called. */
async function read(text: string, world: World = {}) {
  const { environment = {}, deployed = {}, purpose = 'apply' } = world;
  const workflow = await workflowOf(text, { files: { 'flow/run.sh': 'exit 0\n', ...world.folder } });
  const answers: Answers = {
    sts: { GetCallerIdentity: { Account: ACCOUNT, Arn: ARN } },
    lambda: {
      GetFunction: ({ FunctionName }: { FunctionName: string }) => {
        const found = deployed[FunctionName];
        if (!found) throw awsFailure('ResourceNotFoundException');
        return { Tags: found.Tags, Code: { ImageUri: found.ImageUri } };
      },
    },
    ...world.answers,
  };
  const fake = fakeClients(answers);
  const mirrors = `*=http://${registry.host}`;
  const client = quickClient({ mirrors });
  onTestFinished(() => client.close());
  registry.forget();
  const facts = await awsFacts(workflow, purpose, {
    clients: fake.clients,
    environment,
    signal: new AbortController().signal,
    updateRuntime: false,
    registry: async () => client,
    supervisor: async () => Buffer.from('the program'),
    gateway: async () => Buffer.from('the gateway'),
    profileRegion: async () => undefined,
    ...world.deps,
  });
  return { facts, calls: fake.calls(), sent: fake.sent };
}

function imageOf(facts: AwsFacts, step = 'step') {
  const image = facts.get(step)?.image;
  if (image?.kind !== 'composed') throw new Error('no composed image');
  return image;
}

describe('the region of a step', () => {
  const profiles: FactsDeps['profileRegion'] = async (profile) =>
    profile === 'lab' ? 'eu-north-1' : undefined;
  test.each([
    ['the step’s own', 'region: eu-west-1', { AWS_REGION: 'us-west-2' }, { region: 'eu-west-1' }],
    [
      'that of the environment',
      '',
      { AWS_REGION: 'us-west-2', AWS_DEFAULT_REGION: 'x' },
      { region: 'us-west-2' },
    ],
    ['that of boto’s environment', '', { AWS_DEFAULT_REGION: 'us-west-1' }, { region: 'us-west-1' }],
    ['that of the profile', 'boto_profile: lab', {}, { region: 'eu-north-1', profile: 'lab' }],
    [
      'the environment before the profile',
      'boto_profile: lab',
      { AWS_REGION: 'a' },
      { region: 'a', profile: 'lab' },
    ],
    ['the one of SCAR', '', {}, { region: 'us-east-1' }],
    ['SCAR’s default profile is none', 'boto_profile: default', {}, { region: 'us-east-1' }],
  ])('is %s', async (_, lambda, environment, site) => {
    const { facts } = await read(onAws(lambda), {
      environment,
      purpose: 'remove',
      deps: { profileRegion: profiles },
    });
    expect(facts.get('step')).toEqual({ site, account: ACCOUNT, partition: 'aws' });
  });
});

test('an image in a file is read from there, and from no registry', async () => {
  const text = onAws().replace('image: busybox', 'image_file: images/cow.tar');
  const { facts } = await read(text, { folder: { 'flow/images/cow.tar': String(await tarOf(SAVED)) } });
  const { image } = imageOf(facts);
  expect(image).toMatchObject({
    base: 'localhost/cow',
    archive: expect.stringMatching(/flow\/images\/cow\.tar$/),
  });
  expect(image.baseDigest).toMatch(/^sha256:/);
  const asked = registry.requests.map((each) => each.path).filter((each) => /cow|busybox/.test(each));
  expect(asked).toEqual([]);
});

describe('what is asked', () => {
  const two = onAws().replace(
    /^ {2}- lambda.*$/ms,
    (step) => `${step}${step.replace('name: step', 'name: other')}`,
  );

  test('of AWS: each account once, and what is deployed of each step', async () => {
    expect((await read(two)).calls).toEqual([
      'sts GetCallerIdentity',
      'lambda GetFunction',
      'lambda GetFunction',
    ]);
  });

  test('to remove: whose account it is, and nothing of images or of what cannot be deployed', async () => {
    const { calls } = await read(onAws('execution_mode: batch'), { purpose: 'remove' });
    expect(calls).toEqual(['sts GetCallerIdentity']);
    expect(registry.requests).toEqual([]);
  });

  test('of registries: one HEAD where the image is deployed already', async () => {
    const first = imageOf((await read(onAws())).facts).image;
    expect(registry.count('GET', /busybox/)).toBeGreaterThan(0);
    const Tags = deployedTags({ 'fdl:image': first.tag, 'fdl:runtime': nodeDigest });
    const { facts } = await read(onAws(), { deployed: { step: { Tags, ImageUri: 'host/repo@sha256:1' } } });
    expect(imageOf(facts).image.tag).toBe(first.tag);
    const asked = registry.requests.filter(({ path }) => path !== '/v2/');
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'HEAD /v2/library/busybox/manifests/latest',
    ]);
  });

  test('nothing is written anywhere', async () => {
    await read(two);
    expect(registry.requests.every(({ method }) => method === 'HEAD' || method === 'GET')).toBe(true);
  });
});

function deployedTags(more: Readonly<Record<string, string>> = {}) {
  return {
    'fdl:workflow': 'demo',
    'fdl:base': 'docker.io/library/busybox:latest@sha256:0',
    'fdl:runtime': `sha256:${'7'.repeat(64)}`,
    'fdl:image': 'step-000000000000',
    ...more,
  };
}

describe('the image of a step', () => {
  const kept = `sha256:${'7'.repeat(64)}`;
  const deployed = { step: { Tags: deployedTags(), ImageUri: 'host/repo@sha256:1' } };

  test('goes to the registry of the account, with the digests of what it is made of', async () => {
    const { image } = imageOf((await read(onAws())).facts);
    expect(image).toMatchObject({
      baseDigest,
      runtimeDigest: nodeDigest,
      target: { registry: `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com`, repository: 'fdl/demo' },
      maxBytes: 10 * 1024 ** 3,
      configuration: { workflow: 'demo', step: 'step' },
    });
    expect(image.script?.toString()).toBe('exit 0\n');
  });

  test('keeps the runtime that is deployed, though its tag has moved', async () => {
    const { image, previous } = imageOf((await read(onAws(), { deployed })).facts);
    expect(image.runtimeDigest).toBe(kept);
    expect(previous).toEqual({
      uri: 'host/repo@sha256:1',
      tag: 'step-000000000000',
      base: 'docker.io/library/busybox:latest@sha256:0',
      runtime: kept,
    });
  });

  test('takes the latest runtime when it is asked for', async () => {
    const { image, previous } = imageOf(
      (await read(onAws(), { deployed, deps: { updateRuntime: true } })).facts,
    );
    expect(image.runtimeDigest).toBe(nodeDigest);
    expect(previous?.runtime).toBe(kept);
  });

  test('of a new step takes the runtime of the others, which is in the repository', async () => {
    const text = onAws().replace(
      /^ {2}- lambda.*$/ms,
      (step) => `${step}${step.replace('name: step', 'name: new')}`,
    );
    expect(imageOf((await read(text, { deployed })).facts, 'new').image.runtimeDigest).toBe(kept);
  });

  test('does not keep a runtime that the chosen registry has not', async () => {
    const environment = { FDL_RUNTIME_IMAGE: 'example.org/docker/library/node:22-bookworm-slim' };
    const { image } = imageOf((await read(onAws(), { deployed, environment })).facts);
    expect(image.runtimeDigest).toBe(nodeDigest);
  });

  test('stays with a runtime that is named by its digest', async () => {
    const environment = { FDL_RUNTIME_IMAGE: `example.org/node@sha256:${'1'.repeat(64)}` };
    const { image } = imageOf((await read(onAws(), { deployed, environment })).facts);
    expect(image.runtimeDigest).toBe(`sha256:${'1'.repeat(64)}`);
  });

  test('a function of that name that is not ours says nothing', async () => {
    const Tags = deployedTags({ 'fdl:workflow': 'another' });
    const { facts } = await read(onAws(), { deployed: { step: { Tags, ImageUri: 'host/repo@sha256:1' } } });
    expect(imageOf(facts)).toMatchObject({ image: { runtimeDigest: nodeDigest }, previous: undefined });
  });

  test('has the extra payload of the working directory, or else from beside the file', async () => {
    const source = async (folder: Readonly<Record<string, string>>) =>
      imageOf((await read(onAws('extra_payload: model.bin'), { folder })).facts).image.payload?.source;
    const beside = { 'flow/model.bin': 'beside' };
    expect(await source(beside)).toMatch(/flow\/model\.bin$/);
    expect(await source({ ...beside, 'work/model.bin': 'here' })).toMatch(/work\/model\.bin$/);
  });
});

beforeAll(async () => {
  await addImage(registry, 'mine', '1');
  const layerType = 'application/vnd.docker.image.rootfs.diff.tar';
  await addImage(registry, 'mine', 'plain', { docker: true, layerType });
  await addImage(registry, 'arm', '1', { architecture: 'arm64' });
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: { Cmd: ['x'] },
      rootfs: { diff_ids: ['sha256:1'] },
    }),
  );
  const digest = registry.addBlob('large', config);
  registry.addManifest('large', '1', OCI_MANIFEST, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: config.length },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size: 11 * 1024 ** 3 }],
  });
});

describe('steps with jobs', () => {
  const ec2 = {
    DescribeVpcs: { Vpcs: [{ VpcId: 'vpc-1' }] },
    DescribeSubnets: { Subnets: [{ SubnetId: 'subnet-1', VpcId: 'vpc-1' }] },
    DescribeSecurityGroups: { SecurityGroups: [{ GroupId: 'sg-1', VpcId: 'vpc-1' }] },
    DescribeRouteTables: { RouteTables: [] },
    DescribeVpcEndpoints: { VpcEndpoints: [] },
  };
  const revision = (number: number, tags: object) => ({
    revision: number,
    tags: { 'fdl:workflow': 'demo', ...tags },
    containerProperties: { image: `host/repo@sha256:${number}` },
  });

  test('know the network of their machines, and what passes events on', async () => {
    const { facts } = await read(onAws('execution_mode: lambda-batch'), { answers: { ec2 } });
    expect(facts.get('step')?.batch).toMatchObject({
      subnets: ['subnet-1'],
      securityGroups: ['sg-1'],
      gateway: { digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });

  test('have it in their image where their functions pass events on, so that it says so itself', async () => {
    const of = async (mode: string) => {
      const batch = { DescribeJobDefinitions: { jobDefinitions: [] } };
      const { facts } = await read(onAws(`execution_mode: ${mode}`), { answers: { ec2, batch } });
      return imageOf(facts).image;
    };
    const target = { jobQueue: 'demo-step', jobDefinition: 'step', bucket: `fdl-${ACCOUNT}-us-east-1` };
    expect((await of('lambda-batch')).configuration).toMatchObject({ batch: target });
    expect((await of('batch')).configuration).not.toHaveProperty('batch');
  });

  test('alone may have images that are too large for functions', async () => {
    const batch = { DescribeJobDefinitions: { jobDefinitions: [] } };
    const large = onAws('execution_mode: batch').replace('busybox', 'example.org/large:1');
    const { image, packedBytes } = imageOf((await read(large, { answers: { ec2, batch } })).facts);
    expect(image.maxBytes).toBeUndefined();
    expect(packedBytes).toBeGreaterThan(10 * 1024 ** 3);
    const function_ = large.replace('mode: batch', 'mode: lambda-batch');
    await expect(read(function_, { answers: { ec2 } })).rejects.toMatchObject({ code: 'image-too-large' });
  });

  test('alone tell what is deployed by the last revision of their definition', async () => {
    const tags = { 'fdl:image': 'step-000000000000', 'fdl:base': 'b', 'fdl:runtime': nodeDigest };
    const jobDefinitions = [revision(9, { 'fdl:image': 'old' }), revision(10, tags), revision(2, {})];
    const answers = { ec2, batch: { DescribeJobDefinitions: { jobDefinitions } } };
    const { facts, sent } = await read(onAws('execution_mode: batch'), { answers });
    expect(imageOf(facts).previous).toEqual({
      uri: 'host/repo@sha256:10',
      tag: 'step-000000000000',
      base: 'b',
      runtime: nodeDigest,
    });
    expect(sent.find(({ service }) => service === 'batch')?.input).toEqual({
      jobDefinitionName: 'step',
      status: 'ACTIVE',
    });
  });

  test('are removed without a look at networks and images', async () => {
    const { facts, calls } = await read(onAws('execution_mode: batch'), { purpose: 'remove' });
    expect(calls).toEqual(['sts GetCallerIdentity']);
    expect(facts.get('step')).toEqual({ site: { region: 'us-east-1' }, account: ACCOUNT, partition: 'aws' });
  });
});

describe('what cannot be deployed is said before anything is made', () => {
  const ecr = (region: string) => `${ACCOUNT}.dkr.ecr.${region}.amazonaws.com/mine:1`;
  const given = (region: string, more = '') =>
    onAws(more).replace('busybox', `${ecr(region)}\n        create_image: false`);
  const two = (first: string, second: string) => `
functions:
  aws:
  - lambda: {name: a, region: ${first}, container: {image: busybox}, init_script: run.sh, input: [{path: bkt/a, storage_provider: s3}]}
  - lambda: {name: b, region: ${second}, container: {image: busybox}, init_script: run.sh, input: [{path: bkt/b, storage_provider: s3}]}
`;

  test.each([
    ['image-region', given('eu-west-1'), 'is in eu-west-1, but "step" runs in us-east-1'],
    ['image-unsupported', given('us-east-1').replace('mine:1', 'mine:plain'), 'diff.tar"'],
    ['image-not-found', onAws().replace('busybox', 'busybox:none'), 'docker.io/library/busybox:none'],
    ['image-platform', onAws().replace('busybox', 'example.org/arm:1'), 'linux/arm64'],
    ['image-too-large', onAws().replace('busybox', 'example.org/large:1'), '11.0 GiB'],
    ['payload-invalid', onAws('extra_payload: nowhere'), 'nowhere'],
    ['script-unreadable', onAws().replace('run.sh', 'gone.sh'), 'gone.sh'],
    ['bucket-regions', two('eu-west-1', 'us-east-2'), '"a" in eu-west-1 and "b" in us-east-2'],
  ])('%s', async (code, text, says) => {
    const failure = await read(text).catch((thrown) => thrown);
    expect(failure).toMatchObject({ code, hint: expect.stringMatching(/\.$/) });
    expect(failure.message).toContain(says);
    expect(registry.requests.filter(({ method }) => !['GET', 'HEAD'].includes(method))).toEqual([]);
  });

  test('what could not be deployed can be removed', async () => {
    const { facts } = await read(two('eu-west-1', 'us-east-2'), { purpose: 'remove' });
    expect([...facts.keys()]).toEqual(['a', 'b']);
  });

  test('an image of the account that is run as it is, is pinned to its digest', async () => {
    const { facts } = await read(given('us-east-1'));
    expect(facts.get('step')?.image).toEqual({
      kind: 'given',
      uri: expect.stringMatching(
        /^123456789012\.dkr\.ecr\.us-east-1\.amazonaws\.com\/mine@sha256:[0-9a-f]{64}$/,
      ),
    });
  });
});
