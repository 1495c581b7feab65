import { describe, expect, it } from 'vitest';
import {
  type KnownJobs,
  unclearJobs,
  withJobs,
} from '../../../../src/providers/aws/runtime/job-invocations.ts';
import type { Job, JobDetails } from '../../../../src/providers/aws/runtime/jobs.ts';
import type { Invocation } from '../../../../src/workflow/invocation.ts';
import { at, START_OF_DAY } from './log-lines.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

function job(fields: Partial<Job> = {}): Job {
  return { id: 'j1', step: 'count', status: 'RUNNABLE', createdAt: START_OF_DAY, ...fields };
}

/** What the log of a job says of one attempt. */
function attempt(fields: Partial<Invocation> = {}): Invocation {
  const input = { uri: 's3://shop/in/a', size: 5 };
  return {
    id: 'j1',
    step: 'count',
    status: 'running',
    input,
    outputs: [],
    startedAt: at(2000),
    job: 'j1',
    ...fields,
  };
}

function failed(fields: Partial<Invocation> = {}): Invocation {
  return attempt({ status: 'failed', endedAt: at(3000), durationMs: 1000, exitCode: 1, ...fields });
}

function known(jobs: readonly Job[], more: Partial<KnownJobs> = {}): KnownJobs {
  return {
    jobs,
    details: new Map(),
    waiting: () => 'it waits',
    catching: new Set(),
    now: START_OF_DAY + 10 * SECOND,
    ...more,
  };
}

const details = (fields: Partial<JobDetails> = {}): JobDetails => ({
  status: 'RUNNABLE',
  streams: [],
  ...fields,
});

describe('a job of which the log says nothing yet', () => {
  it.each([
    [
      'waits, for the reason that Batch gives',
      job({ reason: 'CAPACITY' }),
      { status: 'queued', reason: 'CAPACITY' },
    ],
    ['waits, for another reason', job(), { status: 'queued', reason: 'it waits' }],
    [
      'is about to start',
      job({ status: 'STARTING' }),
      { status: 'queued', reason: 'its machine fetches the image' },
    ],
    [
      'runs',
      job({ status: 'RUNNING', startedAt: START_OF_DAY + 1000 }),
      { status: 'running', startedAt: at(1000) },
    ],
    [
      'has ended just now: its last lines are to come',
      job({ status: 'SUCCEEDED', startedAt: START_OF_DAY + 1000, stoppedAt: START_OF_DAY + 9000 }),
      { status: 'running' },
    ],
    [
      'failed before it could start',
      job({ status: 'FAILED', stoppedAt: START_OF_DAY + 9000, reason: 'CannotPullContainerError' }),
      {
        status: 'failed',
        endedAt: at(9000),
        reason: 'its job ended without an exit code: CannotPullContainerError',
      },
    ],
  ])('%s', (_, one, expected) => {
    const [found, ...others] = withJobs([], known([one]));
    expect(found).toMatchObject({ id: 'j1', job: 'j1', step: 'count', outputs: [], ...expected });
    expect(others).toEqual([]);
    if (expected.status === 'queued') expect(found).not.toHaveProperty('startedAt');
  });

  it('is charged for what passed its input on, once, whoever tells of it', () => {
    const billed = { milliseconds: 300, memoryMib: 128, requests: 1 };
    const noted = attempt({ status: 'queued', billed });
    const bills = (logged: readonly Invocation[], jobs: readonly Job[]) =>
      withJobs(logged, known(jobs)).map((each) => each.billed);
    expect(bills([noted], [job()])).toEqual([billed]);
    expect(bills([noted], [])).toEqual([billed]);
    const tried = [noted, failed(), attempt({ id: 'j1-2', startedAt: at(4000) })];
    expect(bills(tried, [job({ status: 'RUNNING', startedAt: START_OF_DAY + 4000 })])).toEqual([
      billed,
      undefined,
    ]);
    expect(bills(tried, [])).toEqual([billed, undefined]);
    // The function that failed on it is charged for by itself.
    const own = { ...billed, milliseconds: 900 };
    const delegated = attempt({ id: 'f', status: 'delegated', startedAt: at(0), billed: own });
    expect(bills([delegated, noted], [job({ createdAt: START_OF_DAY + 1000 })])).toEqual([own, billed]);
  });

  it('and never will has ended as Batch says', () => {
    const now = START_OF_DAY + MINUTE;
    const times = { startedAt: START_OF_DAY + 1000, stoppedAt: START_OF_DAY + 9000 };
    const ended = (fields: Partial<Job>) => withJobs([], known([job({ ...times, ...fields })], { now }))[0];
    expect(ended({ status: 'SUCCEEDED', exitCode: 0 })).toMatchObject({
      status: 'succeeded',
      durationMs: 8000,
      exitCode: 0,
    });
    expect(ended({ status: 'FAILED', exitCode: 137, reason: 'OutOfMemoryError' })).toMatchObject({
      status: 'failed',
      exitCode: 137,
      reason: 'its job ended with exit code 137: OutOfMemoryError',
    });
    expect(ended({ status: 'FAILED', reason: 'Job attempt duration exceeded timeout' })).toMatchObject({
      status: 'timed-out',
    });
  });

  it('has the input that whoever passed it on noted, else that of its event', () => {
    const input = { uri: 's3://shop/in/a', size: 7 };
    const placeholder: Invocation = {
      id: 'j1',
      step: 'count',
      status: 'queued',
      input,
      outputs: [],
      job: 'j1',
      startedAt: at(0),
    };
    expect(withJobs([placeholder], known([job()]))).toEqual([
      { id: 'j1', step: 'count', status: 'queued', input, outputs: [], job: 'j1', reason: 'it waits' },
    ]);
    const described = new Map([['j1', details({ input: 's3://shop/in/b' })]]);
    expect(withJobs([], known([job()], { details: described }))[0]?.input).toEqual({
      uri: 's3://shop/in/b',
      size: 0,
    });
  });
});

describe('a job that the log tells of', () => {
  const end = { status: 'FAILED', startedAt: START_OF_DAY + 1500, stoppedAt: START_OF_DAY + 9000 } as const;

  it('is what the log says while it runs, and once it has ended', () => {
    const running = job({ status: 'RUNNING', startedAt: START_OF_DAY + 1500 });
    expect(withJobs([attempt()], known([running]))).toEqual([attempt()]);
    const done = attempt({ status: 'succeeded', endedAt: at(3000) });
    expect(withJobs([done], known([running]))).toEqual([done]);
    expect(withJobs([failed()], known([job(end)]))).toEqual([failed()]);
  });

  it('and that ended without a word ended as Batch says, once its last lines cannot come any more', () => {
    const reason = 'Host EC2 (instance i-1) terminated.';
    expect(withJobs([attempt()], known([job({ ...end, reason })]))).toEqual([attempt()]);
    const [later] = withJobs([attempt()], known([job({ ...end, reason })], { now: START_OF_DAY + MINUTE }));
    expect(later).toMatchObject({
      status: 'failed',
      endedAt: at(9000),
      durationMs: 7000,
      reason: `its job ended without an exit code: ${reason}`,
    });
  });

  it('and that failed waits for its next attempt', () => {
    const found = withJobs([failed()], known([job()]));
    expect(found.map(({ id, status }) => [id, status])).toEqual([
      ['j1', 'failed'],
      ['j1-2', 'queued'],
    ]);
    const again = job({ status: 'RUNNING', startedAt: START_OF_DAY + 5000 });
    expect(withJobs([failed()], known([again])).map(({ id, status }) => [id, status])).toEqual([
      ['j1', 'failed'],
      ['j1-2', 'running'],
    ]);
  });

  it('and lost its machine is tried again', () => {
    const [, first] = withJobs([attempt()], known([job()]));
    expect(first).toMatchObject({
      id: 'j1',
      status: 'failed',
      reason: expect.stringContaining('machine was lost'),
    });
    const second = attempt({ id: 'j1-2', startedAt: at(5000) });
    const running = job({ status: 'RUNNING', startedAt: START_OF_DAY + 4500 });
    expect(withJobs([attempt(), second], known([running])).map(({ status }) => status)).toEqual([
      'failed',
      'running',
    ]);
  });
});

describe('a job from before the time that is asked for', () => {
  it('is not queued any more, but may have failed without a word', () => {
    const now = START_OF_DAY + MINUTE;
    const look = (found?: JobDetails) =>
      withJobs([attempt()], known([], { now, details: new Map(found ? [['j1', found]] : []) }))[0];
    expect(look(details({ status: 'RUNNING' }))).toEqual(attempt());
    expect(
      look(details({ status: 'FAILED', exitCode: 137, stoppedAt: START_OF_DAY + 9000, reason: 'killed' })),
    ).toMatchObject({
      status: 'failed',
      reason: 'its job ended with exit code 137: killed',
    });
    expect(look()).toMatchObject({ status: 'failed', reason: 'AWS Batch knows nothing of its job any more' });
    expect(withJobs([failed()], known([], { now }))).toEqual([failed()]);
    const placeholder = attempt({ status: 'queued', startedAt: at(0) });
    expect(withJobs([placeholder, failed()], known([], { now }))).toEqual([failed()]);
  });
});

describe('what a function passed on', () => {
  const passed = attempt({ id: 'f1', status: 'delegated', endedAt: at(1000), startedAt: at(500) });

  it('stays beside the job that does it, which has its input', () => {
    expect(withJobs([passed], known([job()]))).toEqual([
      {
        id: 'j1',
        step: 'count',
        status: 'queued',
        input: passed.input,
        outputs: [],
        job: 'j1',
        reason: 'it waits',
      },
      passed,
    ]);
  });

  it('by failing is not over until a job has it, or none does for too long', () => {
    const { job: _, ...lone } = failed({ id: 'f1' });
    const catching = new Set(['count']);
    const [now] = withJobs([lone], known([], { catching }));
    expect(now).toMatchObject({
      id: 'f1',
      status: 'running',
      reason: expect.stringContaining('passes it on'),
    });
    expect(now).not.toHaveProperty('endedAt');
    expect(withJobs([lone], known([], { catching, now: START_OF_DAY + 5 * MINUTE }))).toEqual([lone]);
    expect(withJobs([lone], known([]))).toEqual([lone]);
    const described = new Map([['j1', details({ input: 's3://shop/in/a' })]]);
    const [taken] = withJobs(
      [lone, attempt({ startedAt: at(5000) })],
      known([job({ status: 'RUNNING' })], { catching, details: described }),
    );
    expect(taken).toEqual(lone);
    // A job of an earlier event for the same input says nothing.
    const earlier = job({
      status: 'SUCCEEDED',
      createdAt: START_OF_DAY - MINUTE,
      startedAt: 1,
      stoppedAt: 2,
    });
    const [, open] = withJobs([lone], known([earlier], { catching, details: described }));
    expect(open).toMatchObject({ id: 'f1', status: 'running' });
  });
});

describe('a closer look', () => {
  it('is needed where the input is not known, and where a job that is not listed seems to run', () => {
    const placeholder = attempt({ id: 'j2', job: 'j2', status: 'queued' });
    const lost = attempt({ id: 'j4', job: 'j4' });
    const over = failed({ id: 'j5', job: 'j5' });
    const jobs = ['j1', 'j2', 'j3'].map((id) => job({ id }));
    expect(unclearJobs([attempt(), placeholder, lost, over], jobs)).toEqual(['j3', 'j4']);
  });
});
