import { describe, expect, it } from 'vitest';
import { ref } from '../../../../../src/deploy/resource.ts';
import type { Tags } from '../../../../../src/providers/aws/api/tags.ts';
import {
  type JobDefinitionProps,
  jobDefinitionKind,
} from '../../../../../src/providers/aws/kinds/job-definition/index.ts';
import { registerInput } from '../../../../../src/providers/aws/kinds/job-definition/properties.ts';
import { awsFailure, fakeCall, SITE } from '../../fake-clients.ts';
import { fakeBatch, queueDetail } from '../fake-batch.ts';

const CALL = fakeCall();
const PROPS: JobDefinitionProps = {
  ...{ site: SITE, name: 'resize', queue: 'shop-resize', image: 'host/fdl/shop@sha256:1', role: 'arn:role' },
  ...{ vcpus: 2, memory: 4096, gpus: 1, sharedMemory: 512, ulimits: { nofile: 65536 }, timeout: 600 },
  ...{ retries: 0, spot: false, logGroup: '/aws/batch/fdl/shop/resize', environment: { B: '2', A: '1' } },
  tags: { 'fdl:workflow': 'shop', 'fdl:step': 'resize' },
};
const arnOf = (revision: number) => `arn:aws:batch:eu-west-1:1:job-definition/resize:${revision}`;

interface Options {
  readonly revisions?: readonly (Partial<JobDefinitionProps> & { readonly tags?: Tags })[];
  readonly jobs?: readonly object[];
  readonly force?: boolean;
}

/** These revisions are there, all active, numbered from 1. */
function batch({ revisions = [], jobs = [], force = false }: Options = {}) {
  const active = new Map<string, object>();
  let number = 0;
  const register = (input: object) => {
    number += 1;
    const made = { jobDefinitionName: 'resize', jobDefinitionArn: arnOf(number), revision: number };
    active.set(arnOf(number), { ...input, ...made, status: 'ACTIVE' });
    return made;
  };
  for (const props of revisions) register(registerInput({ ...PROPS, ...props }));
  const fake = fakeBatch({
    queues: [queueDetail()],
    jobs,
    deps: { force },
    answers: {
      RegisterJobDefinition: register,
      DescribeJobDefinitions: () => ({ jobDefinitions: [...active.values()] }),
      DeregisterJobDefinition: ({ jobDefinition }) => {
        if (active.delete(jobDefinition)) return {};
        throw awsFailure('ClientException', 400, `JobDefinition ${jobDefinition} does not exist`);
      },
    },
  });
  return { ...fake, kind: jobDefinitionKind(fake.deps), active: () => [...active.keys()] };
}

async function read(options: Options) {
  const { kind } = batch(options);
  const observed = await kind.read(PROPS, CALL);
  if (!observed) throw new Error('There is no definition.');
  return { ...observed, changes: (props: object) => kind.changes({ ...PROPS, ...props }, observed.attrs) };
}

describe('what a job definition says', () => {
  it('is everything that a job needs', () => {
    expect(registerInput(PROPS)).toEqual({
      ...{ jobDefinitionName: 'resize', type: 'container', platformCapabilities: ['EC2'] },
      containerProperties: {
        ...{ image: 'host/fdl/shop@sha256:1', jobRoleArn: 'arn:role' },
        resourceRequirements: [
          { type: 'VCPU', value: '2' },
          { type: 'MEMORY', value: '4096' },
          { type: 'GPU', value: '1' },
        ],
        linuxParameters: { initProcessEnabled: true, sharedMemorySize: 512 },
        ulimits: [{ name: 'nofile', softLimit: 65536, hardLimit: 65536 }],
        environment: [
          { name: 'B', value: '2' },
          { name: 'A', value: '1' },
        ],
        logConfiguration: {
          logDriver: 'awslogs',
          options: { 'awslogs-group': '/aws/batch/fdl/shop/resize' },
        },
      },
      retryStrategy: { attempts: 1 },
      timeout: { attemptDurationSeconds: 600 },
      propagateTags: true,
      tags: { ...PROPS.tags, 'fdl:queue': 'shop-resize' },
    });
    const plain = registerInput({ ...PROPS, gpus: 0, sharedMemory: undefined, timeout: undefined });
    expect(plain.containerProperties?.resourceRequirements).toHaveLength(2);
    expect(plain.containerProperties?.linuxParameters).toEqual({ initProcessEnabled: true });
    expect(plain).not.toHaveProperty('timeout');
  });

  it('is when to start again: after failures as often as the file says, without machines on spot', () => {
    const strategy = (props: object) => registerInput({ ...PROPS, ...props }).retryStrategy;
    expect(strategy({ retries: 9 })).toEqual({ attempts: 10 });
    expect(strategy({ retries: 3, spot: true })).toEqual({ attempts: 4 });
    expect(strategy({ spot: true })).toEqual({
      attempts: 5,
      evaluateOnExit: [
        { onStatusReason: 'Host EC2*', action: 'RETRY' },
        { onReason: '*', action: 'EXIT' },
      ],
    });
  });
});

describe('a job definition', () => {
  it('is its last active revision', async () => {
    const { attrs, owned, changes } = await read({ revisions: [{ memory: 1 }, {}] });
    expect([owned, attrs.revision, attrs.arn]).toEqual([true, 2, arnOf(2)]);
    expect(changes({}).map(({ path }) => path)).toEqual(['revisions.1']);
    expect(await batch().kind.read(PROPS, CALL)).toBeUndefined();
    const foreign = await read({ revisions: [{ tags: {} }] });
    expect(foreign.owned).toBe(false);
  });

  it('differs by every part of it, and not by the order of variables', async () => {
    const { changes } = await read({ revisions: [{}] });
    expect(changes({ environment: { A: '1', B: '2' } })).toEqual([]);
    const other = {
      ...{ image: ref('aws/eu-west-1/image/resize', 'uri'), role: 'arn:other', vcpus: 1, memory: 1, gpus: 0 },
      ...{ sharedMemory: undefined, ulimits: { nofile: 1, memlock: 2 }, timeout: undefined, logGroup: 'x' },
      ...{ environment: { A: '1' }, spot: true, queue: 'shop-other', tags: {} },
    };
    expect(changes(other).map(({ path }) => path)).toEqual([
      ...['image', 'role', 'vcpus', 'memory', 'gpus', 'sharedMemory', 'ulimits.memlock', 'ulimits.nofile'],
      ...['timeout', 'logGroup', 'environment.B', 'retry.attempts', 'retry.rules'],
      ...['tags.fdl:queue', 'tags.fdl:step', 'tags.fdl:workflow'],
    ]);
  });

  it('is registered once', async () => {
    const { kind, calls } = batch();
    const attrs = await kind.reconcile(PROPS, CALL);
    expect(attrs).toMatchObject({ arn: arnOf(1), revision: 1 });
    expect(kind.changes(PROPS, attrs)).toEqual([]);
    await kind.reconcile(PROPS, CALL);
    expect(calls({ all: false })).toEqual(['batch RegisterJobDefinition']);
  });

  it('gets tags without a new revision', async () => {
    const { kind, calls } = batch({ revisions: [{}] });
    await kind.reconcile({ ...PROPS, tags: { ...PROPS.tags, team: 'vision' } }, CALL);
    expect(calls({ all: false })).toEqual(['batch TagResource']);
  });
});

const job = (revision: number, status: string) => ({
  ...{ jobId: `job ${revision} ${status}`, status, jobDefinition: arnOf(revision) },
});

describe('revisions before the last one', () => {
  it('go along with a change', async () => {
    const { kind, active } = batch({ revisions: [{}] });
    const attrs = await kind.reconcile({ ...PROPS, memory: 1 }, CALL);
    expect(attrs).toMatchObject({ revision: 2, memory: 1, unused: {} });
    expect(active()).toEqual([arnOf(2)]);
  });

  it('stay as long as jobs use them', async () => {
    const jobs = [job(1, 'RUNNABLE'), job(2, 'SUCCEEDED')];
    const { kind, active, calls } = batch({ revisions: [{ memory: 1 }, { memory: 2 }, {}], jobs });
    const observed = await kind.read(PROPS, CALL);
    if (!observed) throw new Error('There is no definition.');
    expect(kind.changes(PROPS, observed.attrs)).toEqual([
      { path: 'revisions.2', before: arnOf(2), after: undefined },
    ]);
    await kind.reconcile(PROPS, CALL);
    expect(calls({ all: false })).toEqual(['batch DeregisterJobDefinition']);
    expect(active()).toEqual([arnOf(1), arnOf(3)]);
  });

  it('name the images that jobs still need', async () => {
    const tagged = (image: string) => ({ tags: { ...PROPS.tags, 'fdl:image': image } });
    const jobs = [job(1, 'RUNNABLE'), job(2, 'FAILED')];
    const { kind } = batch({ revisions: [tagged('resize-1'), tagged('resize-2'), tagged('resize-3')], jobs });
    expect((await kind.read(PROPS, CALL))?.attrs.formerImages).toEqual(['resize-1']);
    expect((await kind.reconcile({ ...PROPS, memory: 1 }, CALL)).formerImages).toEqual(['resize-1']);
  });

  it('stay where they are of others', async () => {
    const { kind, active } = batch({ revisions: [{ tags: { 'fdl:workflow': 'other' } }, {}] });
    await kind.reconcile({ ...PROPS, memory: 1 }, CALL);
    expect(active()).toEqual([arnOf(1), arnOf(3)]);
  });
});

describe('deleting a job definition', () => {
  it('deregisters all revisions, and may do so again', async () => {
    const { attrs } = await read({ revisions: [{ memory: 1 }, {}] });
    const { kind, active, calls } = batch({ revisions: [{ memory: 1 }, {}] });
    await kind.delete(attrs, CALL);
    expect(active()).toEqual([]);
    await kind.delete(attrs, CALL);
    expect(calls({ all: false })).toEqual(Array(2).fill('batch DeregisterJobDefinition'));
  });

  it('stops where jobs use one, unless they may be ended: their role would go next', async () => {
    const { attrs } = await read({ revisions: [{}] });
    const options = { revisions: [{ memory: 1 }, {}], jobs: [job(1, 'RUNNING'), job(9, 'RUNNING')] };
    const kept = batch(options);
    await expect(kept.kind.delete(attrs, CALL)).rejects.toMatchObject({
      code: 'jobs-running',
      message: 'the job definition resize still has 1 job (1 running)',
    });
    expect(kept.active()).toHaveLength(2);
    const forced = batch({ ...options, force: true });
    await forced.kind.delete(attrs, CALL);
    expect(forced.ended).toEqual(['job 1 RUNNING']);
    expect(forced.active()).toEqual([]);
  });

  it('is done also when the queue is gone', async () => {
    const { attrs } = await read({ revisions: [{}] });
    const { kind, active, deps } = batch({ revisions: [{}] });
    const batchClient = await deps.clients('batch', SITE);
    await batchClient.client.send(
      new batchClient.sdk.UpdateJobQueueCommand({ jobQueue: 'shop-resize', state: 'DISABLED' }),
    );
    await batchClient.client.send(new batchClient.sdk.DeleteJobQueueCommand({ jobQueue: 'shop-resize' }));
    await kind.delete(attrs, CALL);
    expect(active()).toEqual([]);
  });
});

it('lists each definition once, whatever revisions the tags name', async () => {
  const { deps } = batch({ revisions: [{}, {}] });
  const tags = PROPS.tags;
  const tagged = async () => [
    ...[1, 2].map((revision) => ({ arn: arnOf(revision), tags })),
    { arn: 'arn:aws:batch:eu-west-1:1:job-queue/resize', tags },
  ];
  const kind = jobDefinitionKind({ ...deps, tagged });
  expect(await kind.list('shop', CALL)).toMatchObject([
    { id: 'aws/eu-west-1/job-definition/resize', step: 'resize' },
  ]);
});
