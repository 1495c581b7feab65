import { describe, expect, it } from 'vitest';
import { delegate, type Job } from '../../../src/supervisor/delegate/delegate.ts';
import { jobNames, submission } from '../../../src/supervisor/delegate/job.ts';
import { type FakeAws, fakeAws, lostAnswer, refusal } from './fake-aws.ts';
import { orderOf, s3Event, TARGET } from './orders.ts';

/** Milliseconds after which whoever claimed a job is taken for dead. */
const CLAIM_MS = 60_000;

const ORDER = orderOf(s3Event('videos/a+b.mp4'));
const NAMES = jobNames(ORDER);
const MARKER = `deployment/${NAMES.marker}`;

/** A machine whose time passes only while somebody waits. */
function machine(aws: FakeAws, start = 1_000_000) {
  let now = start;
  const delay = async (ms: number) => {
    now += ms;
    await new Promise((resolve) => setImmediate(resolve));
  };
  const run = (order = ORDER): Promise<Job> => delegate(order, { send: aws.send, clock: () => now, delay });
  return { run, later: (ms: number) => machine(aws, now + ms) };
}

const markerOf = (aws: FakeAws) => JSON.parse(aws.objects.get(MARKER) ?? '{}');

describe('an input that is passed on', () => {
  it('becomes a job, and a marker that names it', async () => {
    const aws = fakeAws();
    expect(await machine(aws).run()).toEqual({ id: 'job-1', name: NAMES.jobName });
    expect(aws.jobs).toEqual([
      {
        jobId: 'job-1',
        jobName: NAMES.jobName,
        jobQueue: ORDER.target.jobQueue,
        jobDefinition: 'd:7',
        variables: { FDL_EVENT: ORDER.event, FDL_REQUEST_ID: 'r-1', FDL_DELEGATED_BY: 'f/r-1' },
      },
    ]);
    expect(markerOf(aws)).toEqual({
      state: 'submitted',
      jobName: NAMES.jobName,
      at: 1_000_000,
      jobId: 'job-1',
    });
    expect(aws.calls).toEqual(['PutObject', 'SubmitJob', 'PutObject']);
  });

  it('becomes one job, however often and by however many its event is delivered', async () => {
    const aws = fakeAws();
    const own = machine(aws);
    const jobs = await Promise.all([own.run(), machine(aws).run(), machine(aws).run()]);
    jobs.push(await own.later(10 * CLAIM_MS).run({ ...ORDER, requestId: 'r-2' }));
    expect(jobs.map(({ id }) => id)).toEqual(['job-1', 'job-1', 'job-1', 'job-1']);
    expect(aws.jobs).toHaveLength(1);
  });

  it('becomes another job in another state', async () => {
    const aws = fakeAws();
    await machine(aws).run();
    const text = JSON.stringify(s3Event('videos/a+b.mp4')).replace('"01"', '"02"');
    expect(await machine(aws).run(orderOf(text))).toMatchObject({ id: 'job-2' });
  });

  it('is given to the job by S3 where its event is long', async () => {
    const aws = fakeAws();
    const order = orderOf({ ...s3Event('a'), more: '"'.repeat(3000) });
    await machine(aws).run(order);
    const key = jobNames(order).event;
    expect(aws.jobs[0]?.variables).toEqual({
      FDL_EVENT_URI: `s3://deployment/${key}`,
      FDL_REQUEST_ID: 'r-1',
      FDL_DELEGATED_BY: 'f/r-1',
    });
    expect(aws.objects.get(`deployment/${key}`)).toBe(order.event);
  });
});

describe('a crash between marker and job', () => {
  /** Whoever submits the first job is killed before or after the submission. */
  async function crash(when: 'before' | 'after') {
    const aws = fakeAws();
    await new Promise<void>((killed) => {
      const send: typeof aws.send = async (call) => {
        if (call.operation !== 'SubmitJob') return aws.send(call);
        if (when === 'after') await aws.send(call);
        killed();
        return new Promise(() => {});
      };
      void machine({ ...aws, send }).run();
    });
    return { aws, own: machine(aws) };
  }

  it('is repaired by the next delivery, once nobody can be about to submit', async () => {
    const { aws, own } = await crash('before');
    await expect(own.run()).rejects.toMatchObject({ code: 'delegation-busy' });
    expect(aws.jobs).toHaveLength(0);
    expect(await own.later(CLAIM_MS).run()).toMatchObject({ id: 'job-1' });
    expect(markerOf(aws)).toMatchObject({ state: 'submitted', jobId: 'job-1' });
  });

  it('leads to the job that is there', async () => {
    const { aws, own } = await crash('after');
    expect(aws.jobs).toHaveLength(1);
    expect(await own.later(CLAIM_MS).run()).toMatchObject({ id: 'job-1' });
    expect(aws.jobs).toHaveLength(1);
    expect(markerOf(aws)).toMatchObject({ jobId: 'job-1' });
  });

  it('is repaired by one only', async () => {
    const { aws, own } = await crash('before');
    const jobs = await Promise.all([own.later(CLAIM_MS).run(), own.later(CLAIM_MS).run()]);
    expect(jobs.map(({ id }) => id)).toEqual(['job-1', 'job-1']);
    expect(aws.jobs).toHaveLength(1);
  });

  it('does not matter where it kept the marker from naming the job', async () => {
    const aws = fakeAws();
    const own = machine(aws);
    const { send } = aws;
    let puts = 0;
    const failing = (call: Parameters<typeof send>[0]) => {
      if (call.operation === 'PutObject' && ++puts === 2) throw refusal(403, 'AccessDenied');
      return send(call);
    };
    expect(await machine({ ...aws, send: failing }).run()).toMatchObject({ id: 'job-1' });
    expect(markerOf(aws)).toMatchObject({ state: 'claimed' });
    expect(await own.later(CLAIM_MS).run()).toMatchObject({ id: 'job-1' });
    expect(aws.jobs).toHaveLength(1);
  });

  it('may leave a marker that says nothing', async () => {
    const aws = fakeAws();
    aws.objects.set(MARKER, '');
    expect(await machine(aws).run()).toMatchObject({ id: 'job-1' });
  });
});

describe('a submission', () => {
  it.each([
    ['PutObject', 403, 'AccessDenied'],
    ['PutObject', 404, 'NoSuchBucket'],
    ['GetObject', 403, 'AccessDenied'],
    ['GetObject', 404, 'NoSuchBucket'],
  ])('is not made where its marker cannot be kept: %s answers %i %s', async (operation, status, code) => {
    const aws = fakeAws();
    // Somebody else's, which is looked at.
    if (operation === 'GetObject') aws.objects.set(MARKER, '');
    aws.failNext(operation, refusal(status, code));
    await expect(machine(aws).run()).rejects.toMatchObject({ awsCode: code });
    expect(aws.jobs).toEqual([]);
  });

  it('whose answer is lost is looked for before it is sent again', async () => {
    const aws = fakeAws();
    aws.failNext('SubmitJob', lostAnswer(), 'after');
    expect(await machine(aws).run()).toMatchObject({ id: 'job-1' });
    expect(aws.jobs).toHaveLength(1);
    const other = fakeAws();
    other.failNext('SubmitJob', lostAnswer(), 'before');
    expect(await machine(other).run()).toMatchObject({ id: 'job-1' });
    expect(other.calls.filter((call) => call === 'SubmitJob')).toHaveLength(2);
  });

  it('that is refused can be made by the next delivery at once', async () => {
    const aws = fakeAws();
    const own = machine(aws);
    aws.failNext('SubmitJob', refusal(403, 'AccessDeniedException'));
    await expect(own.run()).rejects.toMatchObject({ awsCode: 'AccessDeniedException' });
    expect(await own.run()).toMatchObject({ id: 'job-1' });
  });

  it('gives the event to every node of a job on several machines', () => {
    const target = { ...TARGET, nodes: true as const };
    const order = orderOf(s3Event('a'), { target });
    const sent = JSON.parse(submission(order, jobNames(order), 'inline'));
    expect(sent).not.toHaveProperty('containerOverrides');
    const [{ targetNodes, containerOverrides }] = sent.nodeOverrides.nodePropertyOverrides;
    expect([targetNodes, containerOverrides.environment[0]]).toEqual([
      '0:',
      { name: 'FDL_EVENT', value: order.event },
    ]);
  });

  it('needs the deployment bucket', async () => {
    const aws = fakeAws();
    aws.failNext('PutObject', refusal(404, 'NoSuchBucket'));
    await expect(machine(aws).run()).rejects.toMatchObject({ awsCode: 'NoSuchBucket' });
    expect(aws.jobs).toHaveLength(0);
  });
});
