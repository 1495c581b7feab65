import { describe, expect, test } from 'vitest';
import type { Step, Workflow } from '../../src/workflow/model.ts';
import { onAws, onOscar, readText } from '../fdl/read-text.ts';

async function workflowOf(text: string): Promise<Workflow> {
  const { workflow, diagnostics } = await readText(text);
  if (!workflow) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return workflow;
}

async function stepOf(text: string): Promise<Step> {
  const [step] = (await workflowOf(text)).steps;
  if (!step) throw new Error('no step');
  return step;
}

describe('a function on AWS', () => {
  test('has the defaults of SCAR', async () => {
    expect(await stepOf(onAws())).toMatchObject({
      id: 'step',
      provider: 'aws',
      mode: 'lambda',
      image: 'busybox',
      inputs: [],
      outputs: [],
      environment: {},
      limits: { memoryMib: 512, gpus: 0, timeoutSeconds: 300 },
      serves: false,
    });
  });

  test.each([
    ['batch', { memoryMib: 1024, cpus: 1, gpus: 0 }],
    ['lambda-batch', { memoryMib: 1024, cpus: 1, gpus: 0 }],
    ['lambda', { memoryMib: 512, gpus: 0, timeoutSeconds: 300 }],
  ])('in mode %s has limits of its own', async (mode, limits) => {
    const step = await stepOf(onAws(`execution_mode: ${mode}`));
    expect(step).toMatchObject({ mode, limits });
  });

  test('in mode lambda-batch has the larger memory of the two', async () => {
    const text = (memory: number) =>
      onAws(`execution_mode: lambda-batch\nmemory: ${memory}`, 'batch: {memory: 2000}');
    expect((await stepOf(text(3000))).limits.memoryMib).toBe(3000);
    expect((await stepOf(text(1000))).limits.memoryMib).toBe(2000);
  });

  test('has what its job asks for', async () => {
    const step = await stepOf(
      onAws('execution_mode: batch\nmemory: 9000', 'batch: {vcpus: 4, memory: 2000, timeout: 90, gpus: 2}'),
    );
    expect(step.limits).toEqual({ memoryMib: 2000, cpus: 4, gpus: 2, timeoutSeconds: 90 });
  });

  test('has one GPU where it only says that it wants some', async () => {
    expect((await stepOf(onAws('execution_mode: batch', 'batch: {enable_gpu: true}'))).limits.gpus).toBe(1);
    expect((await stepOf(onAws('execution_mode: batch', 'batch: {enable_gpu: false}'))).limits.gpus).toBe(0);
  });

  test('sees the variables of the function, the container and, in a job, of the batch', async () => {
    const text = (mode: string) =>
      onAws(
        `execution_mode: ${mode}\nenvironment: {Variables: {A: function, B: function}}`,
        'batch: {environment: {Variables: {C: batch}}}',
      ).replace(
        'image: busybox',
        'image: busybox\n        environment: {Variables: {B: container, C: container}}',
      );
    expect((await stepOf(text('lambda'))).environment).toEqual({
      A: 'function',
      B: 'container',
      C: 'container',
    });
    expect((await stepOf(text('batch'))).environment).toEqual({ A: 'function', B: 'container', C: 'batch' });
  });
});

describe('a service of OSCAR', () => {
  test('has the defaults of OSCAR', async () => {
    expect(await stepOf(onOscar())).toMatchObject({
      id: 'step',
      provider: 'oscar',
      cluster: 'cluster',
      mode: 'service',
      limits: { memoryMib: 256, cpus: 0.2, gpus: 0 },
      replicas: [],
      serves: false,
    });
  });

  test('has what it asks for', async () => {
    const step = await stepOf(onOscar('memory: 1.5Gi\ncpu: 500m\nenable_gpu: true'));
    expect(step.limits).toEqual({ memoryMib: 1536, cpus: 0.5, gpus: 1 });
  });

  test.each<[boolean, string, string]>([
    [true, 'without a script', onOscar('expose: {api_port: 80}').replace('      script: run.sh\n', '')],
    [true, 'exposed, without an input', onOscar('expose: {api_port: 80}')],
    [
      false,
      'exposed, with an input',
      onOscar('expose: {api_port: 80}\ninput: [{storage_provider: minio, path: b/in}]'),
    ],
    [false, 'with a script alone', onOscar()],
  ])('answers requests only (%s) where it is %s', async (serves, _, text) => {
    expect((await stepOf(text)).serves).toBe(serves);
  });
});

describe('what everybody needs to know of a step', () => {
  test('of a function on AWS', async () => {
    expect(await stepOf(onAws('execution_mode: batch\nreserved_concurrency: 3'))).toMatchObject({
      where: 'aws batch',
      listensTo: ['s3'],
      concurrency: 3,
    });
    expect(await stepOf(onAws('reserved_concurrency: 0'))).not.toHaveProperty('concurrency');
  });

  test('of a service of OSCAR', async () => {
    const step = await stepOf(onOscar('file_stage_in: true'));
    const listensTo = ['minio', 'onedata', 'webdav', 'rucio'];
    const told = { where: 'oscar cluster', listensTo, hidesInput: true, fetchesInput: true };
    expect(step).toMatchObject(told);
    expect(await stepOf(onOscar())).not.toHaveProperty('fetchesInput');
  });

  test('are the steps of the same file that a cluster may hand its jobs to', async () => {
    const service = (name: string, more = '') => `{name: ${name}, image: busybox, script: run.sh${more}}`;
    const replicas = `, replicas: [{type: oscar, cluster_id: far, service_name: split},
      {type: endpoint, url: '\${url:overflow}'}, {type: oscar, cluster_id: far, service_name: none}]`;
    const { steps } = await workflowOf(`functions:
  oscar:
  - lab: ${service('split', replicas)}
  - far: ${service('split')}
  aws:
  - lambda: {name: overflow, init_script: run.sh, container: {image: busybox}}
`);
    expect(steps.map(({ standIns }) => standIns)).toEqual([['far/split', 'overflow'], undefined, undefined]);
  });
});

describe('the ids of steps', () => {
  const service = (name: string) => `{name: ${name}, image: busybox, script: run.sh}`;

  test('are their names', async () => {
    const { steps } = await workflowOf(
      `functions:\n  oscar:\n  - one: ${service('a')}\n  - two: ${service('b')}\n`,
    );
    expect(steps.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  test('have the cluster in front where two use one name, and for that name only', async () => {
    const { steps } = await workflowOf(
      `functions:\n  oscar:\n  - one: ${service('a')}\n  - two: ${service('a')}\n  - two: ${service('b')}\n`,
    );
    expect(steps.map(({ id, name }) => [id, name])).toEqual([
      ['one/a', 'a'],
      ['two/a', 'a'],
      ['b', 'b'],
    ]);
  });

  test('have aws in front where a cluster uses the name of a function', async () => {
    const { steps } = await workflowOf(`${onAws()}  oscar:\n  - one: ${service('step')}\n`);
    expect(steps.map(({ id }) => id)).toEqual(['aws/step', 'one/step']);
  });

  test('are without the spaces around a name', async () => {
    const { steps } = await workflowOf(onOscar().replace('name: step', 'name: " step "'));
    expect(steps.map(({ id }) => id)).toEqual(['step']);
  });
});

describe('clusters', () => {
  test('are those of the services and those that are declared', async () => {
    const text = onOscar(
      '',
      'clusters:\n  cluster: {endpoint: "https://c", auth_user: me, auth_password: pw, ssl_verify: false}\n  other:\n',
    );
    const { clusters } = await workflowOf(text);
    expect(clusters).toMatchObject([
      { id: 'cluster', endpoint: 'https://c', user: 'me', verifyTls: false },
      { id: 'other', verifyTls: true },
    ]);
    expect(String(clusters[0]?.password)).toBe('(secret)');
  });
});

describe('stores', () => {
  test('are those that steps use', async () => {
    const text = onOscar(
      'input: [{storage_provider: minio, path: b/in}]\noutput: [{storage_provider: minio.used, path: bkt/out}]',
      'storage_providers:\n  minio:\n    used: {endpoint: "https://m:9000", region: eu, verify: false, access_key: a, secret_key: b}\n    unused: {endpoint: "https://u"}',
    );
    const { stores } = await workflowOf(text);
    expect(stores.map(({ id }) => id)).toEqual(['minio.cluster', 'minio.used']);
    expect(stores[1]).toMatchObject({
      kind: 'minio',
      name: 'used',
      namespace: 'minio.used',
      endpoint: 'https://m:9000',
      region: 'eu',
      verifyTls: false,
      place: { line: 11, column: 5 },
    });
    expect(Object.keys(stores[1]?.credentials ?? {})).toEqual(['access_key', 'secret_key']);
  });

  test.each([
    ['onedata', 'oneprovider_host: h\n      token: t\n      space: s', 'h', ['token', 'space']],
    ['webdav', 'hostname: h\n      login: l\n      password: p', 'h', ['login', 'password']],
    ['rucio', 'host: h\n      auth_host: a\n      account: c', 'h', ['auth_host', 'account']],
  ])('of kind %s know their host and how to open them', async (kind, lines, endpoint, credentials) => {
    const text = onOscar(
      `output: [{storage_provider: ${kind}.mine, path: a/b}]`,
      `storage_providers:\n  ${kind}:\n    mine:\n      ${lines}`,
    );
    const [store] = (await workflowOf(text)).stores;
    expect(store).toMatchObject({ id: `${kind}.mine`, kind, endpoint });
    expect(Object.keys(store?.credentials ?? {})).toEqual(credentials);
  });
});
