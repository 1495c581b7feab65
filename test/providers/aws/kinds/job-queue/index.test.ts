import { describe, expect, it } from 'vitest';
import { ref } from '../../../../../src/deploy/resource.ts';
import { type JobQueueProps, jobQueueKind } from '../../../../../src/providers/aws/kinds/job-queue/index.ts';
import { awsFailure, fakeCall, SITE } from '../../fake-clients.ts';
import { type BatchOptions, fakeBatch, queueDetail } from '../fake-batch.ts';

const CALL = fakeCall();
const ENVIRONMENT = 'arn:aws:batch:eu-west-1:1:compute-environment/shop-';
const PROPS: JobQueueProps = {
  ...{ site: SITE, name: 'shop-resize', environment: `${ENVIRONMENT}a`, priority: 1, state: 'ENABLED' },
  tags: { 'fdl:workflow': 'shop' },
};

function batch(options: BatchOptions = {}) {
  const fake = fakeBatch(options);
  return { ...fake, kind: jobQueueKind(fake.deps) };
}

const there = (changes: object = {}) => ({ queues: [queueDetail(changes)] });

async function attrs(changes: object = {}) {
  const observed = await batch(there(changes)).kind.read(PROPS, CALL);
  if (!observed) throw new Error('There is no queue.');
  return observed.attrs;
}

describe('a job queue', () => {
  it('differs by its environment, priority, state, tags and what Batch says of it', async () => {
    const paths = async (props: object, detail: object = {}) =>
      batch()
        .kind.changes({ ...PROPS, ...props }, await attrs(detail))
        .map(({ path }) => path);
    expect(await paths({})).toEqual([]);
    expect(await paths({}, { status: 'UPDATING' })).toEqual([]);
    expect(await paths({ priority: 2, state: 'DISABLED', tags: {} })).toEqual([
      'priority',
      'state',
      'tags.fdl:workflow',
    ]);
    expect(await paths({ environment: ref('aws/eu-west-1/compute-environment/new', 'arn') })).toEqual([
      'environment',
    ]);
    expect(await paths({}, { status: 'INVALID', statusReason: 'no environment' })).toEqual(['status']);
    const both = ['a', 'b'].map((name, order) => ({ order, computeEnvironment: `${ENVIRONMENT}${name}` }));
    expect(await paths({}, { computeEnvironmentOrder: both })).toEqual(['environment']);
  });

  it('is made, and waited for', async () => {
    const { kind, calls, inputs } = batch();
    expect(kind.changes(PROPS, await kind.reconcile(PROPS, CALL))).toEqual([]);
    expect(calls({ all: false })).toEqual(['batch CreateJobQueue']);
    expect(inputs('CreateJobQueue')[0]).toEqual({
      ...{ jobQueueName: 'shop-resize', priority: 1, state: 'ENABLED', tags: PROPS.tags },
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: `${ENVIRONMENT}a` }],
    });
  });

  it('gets another environment in place, so that jobs that wait stay', async () => {
    const { kind, calls } = batch(there());
    const changed = { ...PROPS, environment: `${ENVIRONMENT}b` };
    expect(kind.changes(changed, await attrs())[0]?.replace).toBeUndefined();
    expect(kind.changes(changed, await kind.reconcile(changed, CALL))).toEqual([]);
    expect(calls({ all: false })).toEqual(['batch UpdateJobQueue']);
  });

  it('is left alone where nothing differs', async () => {
    const { kind, calls } = batch(there());
    await kind.reconcile(PROPS, CALL);
    expect(calls({ all: false })).toEqual([]);
  });

  it('is set anew where it is invalid, and reported where that does not help', async () => {
    const invalid = { status: 'INVALID', statusReason: 'no environment' };
    const mended = batch(there(invalid));
    expect(await mended.kind.reconcile(PROPS, CALL)).toMatchObject({ status: 'VALID' });
    const failing = batch({ ...there(invalid), updated: [['UPDATING', invalid]] });
    await expect(failing.kind.reconcile(PROPS, CALL)).rejects.toMatchObject({
      code: 'queue-invalid',
      message: 'the job queue shop-resize is invalid: no environment',
    });
  });

  it('is made anew once its deletion is done', async () => {
    const { kind, calls } = batch(there({ status: 'DELETING', next: ['DELETING', undefined] }));
    await kind.reconcile(PROPS, CALL);
    expect(calls({ all: false })).toEqual(['batch CreateJobQueue']);
  });
});

const JOBS = [
  { jobId: 'a', status: 'RUNNING' },
  { jobId: 'b', status: 'RUNNABLE' },
  { jobId: 'c', status: 'SUBMITTED' },
];

describe('deleting a job queue', () => {
  it('disables it first, and waits until it is gone', async () => {
    const ended = [{ jobId: 'd', status: 'SUCCEEDED' }];
    const { kind, calls } = batch({ ...there(), jobs: ended, deleted: ['DELETING', 'DELETING', undefined] });
    await kind.delete(await attrs(), CALL);
    expect(calls({ all: false })).toEqual(['batch UpdateJobQueue', 'batch DeleteJobQueue']);
    expect(calls().slice(-3)).toEqual(Array(3).fill('batch DescribeJobQueues'));
  });

  it('stops before it changes anything where jobs have not ended, and says how many', async () => {
    const { kind, calls } = batch({ ...there(), jobs: JOBS });
    await expect(kind.delete(await attrs(), CALL)).rejects.toMatchObject({
      code: 'jobs-running',
      message: 'the job queue shop-resize still has 3 jobs (1 running, 2 waiting)',
      hint: expect.stringContaining('--force'),
      details: { jobs: 3, running: 1 },
    });
    expect(calls({ all: false })).toEqual([]);
  });

  it('stops also for a job that came while it was disabled', async () => {
    const ListJobs = ({ jobStatus = '' }, before: number) =>
      before >= 5 && jobStatus === 'RUNNABLE' ? { jobSummaryList: [JOBS[1]] } : {};
    const { kind, calls } = batch({ ...there(), answers: { ListJobs } });
    await expect(kind.delete(await attrs(), CALL)).rejects.toThrow('still has 1 job (1 waiting)');
    expect(calls({ all: false })).toEqual(['batch UpdateJobQueue']);
  });

  it('ends all jobs where they may be ended', async () => {
    const { kind, calls, ended } = batch({ ...there(), jobs: JOBS, deps: { force: true } });
    await kind.delete(await attrs(), CALL);
    expect([...ended].sort()).toEqual(['a', 'b', 'c']);
    expect(calls({ all: false })).toEqual([
      'batch UpdateJobQueue',
      ...Array(3).fill('batch TerminateJob'),
      'batch DeleteJobQueue',
    ]);
  });

  it('goes on where a former removal stopped', async () => {
    const deleting = batch({ ...there({ status: 'DELETING', next: ['DELETING', undefined] }), jobs: JOBS });
    await deleting.kind.delete(await attrs(), CALL);
    expect(deleting.calls({ all: false })).toEqual([]);
    const disabled = batch(there({ state: 'DISABLED', status: 'UPDATING', next: ['UPDATING', 'VALID'] }));
    await disabled.kind.delete(await attrs(), CALL);
    expect(disabled.calls({ all: false })).toEqual(['batch DeleteJobQueue']);
    const gone = batch();
    await gone.kind.delete(await attrs(), CALL);
    expect(gone.calls({ all: false })).toEqual([]);
  });

  it('asks for all pages of jobs, and passes on what is refused', async () => {
    const ListJobs = ({ nextToken, jobStatus }: { nextToken?: string; jobStatus: string }) => {
      if (jobStatus !== 'RUNNING') return {};
      return nextToken ? { jobSummaryList: [JOBS[1]] } : { jobSummaryList: [JOBS[0]], nextToken: 'more' };
    };
    const paged = batch({ ...there(), answers: { ListJobs } });
    await expect(paged.kind.delete(await attrs(), CALL)).rejects.toThrow('2 jobs');
    const denied = () => {
      throw awsFailure('AccessDeniedException', 403);
    };
    const { kind } = batch({ ...there(), answers: { ListJobs: denied } });
    await expect(kind.delete(await attrs(), CALL)).rejects.toMatchObject({ code: 'aws-denied' });
  });
});

it('lists the queues that the tags name', async () => {
  const tags = { 'fdl:workflow': 'shop', 'fdl:step': 'resize' };
  const arn = 'arn:aws:batch:eu-west-1:1:job-queue/shop-resize';
  const tagged = async () => [{ arn, tags }];
  const { kind } = batch({ ...there({ tags }), deps: { tagged } });
  expect(await kind.list('shop', CALL)).toMatchObject([
    { id: 'aws/eu-west-1/job-queue/shop-resize', step: 'resize' },
  ]);
});
