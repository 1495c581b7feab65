import { describe, expect, it } from 'vitest';
import type { AwsStep } from '../../../../src/providers/aws/dialect/step.ts';
import { awsRuntime } from '../../../../src/providers/aws/runtime/index.ts';
import type { Workflow } from '../../../../src/workflow/model.ts';
import { type Answers, awsFailure, fakeClients, SITE } from '../fake-clients.ts';
import { workflowOf } from '../workflows.ts';
import { at, ended, START_OF_DAY, started } from './log-lines.ts';

const TEXT = `
name: shop
functions:
  aws:
  - lambda: {name: split, execution_mode: lambda-batch, container: {image: busybox}, init_script: a.sh, input: [{storage_provider: s3, path: shop/in}]}
  - lambda: {name: join, execution_mode: batch, container: {image: busybox}, init_script: b.sh, input: [{storage_provider: s3, path: shop/mid}]}
`;

const J1 = '11111111-1111-4111-8111-111111111111';
const J2 = '22222222-2222-4222-8222-222222222222';
const MINUTE = 60_000;

interface Line {
  readonly ms: number;
  readonly message: string;
  readonly stream?: string;
}

/** FilterLogEvents for groups in memory. */
function logs(groups: Readonly<Record<string, readonly Line[]>>) {
  return {
    FilterLogEvents: ({ logGroupName, logStreamNames, startTime = 0 }: FilterInput) => ({
      events: (groups[logGroupName] ?? []).flatMap(({ ms, message, stream = 's' }, index) => {
        const timestamp = START_OF_DAY + ms;
        const wanted = timestamp >= startTime && (!logStreamNames || logStreamNames.includes(stream));
        return wanted
          ? [{ eventId: `${logGroupName} ${index}`, logStreamName: stream, timestamp, message }]
          : [];
      }),
    }),
  };
}

interface FilterInput {
  readonly logGroupName: string;
  readonly logStreamNames?: readonly string[];
  readonly startTime?: number;
}

const definition = (name: string) => `arn:aws:batch:eu-west-1:123456789012:job-definition/${name}:3`;

function summary(jobId: string, step: string, fields: object = {}) {
  return { jobId, jobDefinition: definition(step), status: 'RUNNABLE', createdAt: START_OF_DAY, ...fields };
}

const QUEUE = {
  DescribeJobQueues: {
    jobQueues: [
      { status: 'VALID', state: 'ENABLED', computeEnvironmentOrder: [{ computeEnvironment: 'arn:ce' }] },
    ],
  },
  DescribeComputeEnvironments: {
    computeEnvironments: [
      { status: 'VALID', state: 'ENABLED', computeResources: { desiredvCpus: 2, maxvCpus: 8 } },
    ],
  },
};

async function open(answers: Answers, now = START_OF_DAY + MINUTE) {
  const workflow: Workflow = { ...(await workflowOf(TEXT)), name: 'shop' };
  const fake = fakeClients({ logs: logs({}), ...answers });
  const signal = new AbortController().signal;
  const runtime = awsRuntime({
    clients: fake.clients,
    siteOf: async () => SITE,
    signal,
    clock: () => now,
    delay: async () => {},
  });
  const step = (id: string) => workflow.steps.find((each) => each.id === id) as AwsStep;
  return { fake, runtime, workflow, step };
}

async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const PASSED = JSON.stringify({
  ...{ fdl: 'delegated', workflow: 'shop', step: 'join', input: 's3://shop/mid/a', requestId: 'r1' },
  ...{ job: J1, jobName: 'join-a', delegatedBy: 'join/r1' },
});

describe('invocations', () => {
  it('are those of functions and of the jobs behind them, from all queues and logs', async () => {
    const input = { uri: 's3://shop/in/a', size: 3 };
    const { runtime, workflow, fake } = await open({
      logs: logs({
        '/aws/lambda/split': [
          { ms: 1000, message: started('f1', 1000, { input }) },
          {
            ms: 2000,
            message: ended('f1', [1000, 2000], { input, status: 'delegated', job: J1, reason: 'late' }),
          },
        ],
        '/aws/batch/fdl/shop/split': [
          { ms: 3000, message: started(J1, 3000, { input, job: J1, attempt: 1 }) },
        ],
        '/aws/lambda/join': [{ ms: 4000, message: PASSED.replace(J1, J2) }],
      }),
      batch: {
        ...QUEUE,
        ListJobs: {
          jobSummaryList: [
            summary(J1, 'split', { status: 'RUNNING', startedAt: START_OF_DAY + 2500 }),
            summary(J2, 'join', { createdAt: START_OF_DAY + 4000 }),
            summary('x', 'other'),
          ],
        },
      },
    });
    const found = await all(runtime.invocations(workflow, {}));
    expect(found).toMatchObject([
      { id: 'f1', step: 'split', status: 'delegated', job: J1 },
      { id: J1, step: 'split', status: 'running', job: J1, input },
      {
        id: J2,
        step: 'join',
        status: 'queued',
        job: J2,
        input: { uri: 's3://shop/mid/a' },
        reason: expect.stringContaining('2 of at most 8 vCPUs'),
      },
    ]);
    expect(found).toHaveLength(3);
    // Both steps have the same machines.
    expect(fake.inputs('ListJobs')).toEqual([
      { jobQueue: 'shop-split', filters: [{ name: 'AFTER_CREATED_AT', values: ['0'] }] },
    ]);
    expect(fake.calls()).not.toContain('batch DescribeJobs');
  });

  it('of one step are looked for in its own queue and logs, from the time that is asked for', async () => {
    const { runtime, workflow, fake } = await open({
      batch: {
        ...QUEUE,
        ListJobs: { jobSummaryList: [summary(J1, 'split'), summary(J2, 'join', { status: 'STARTING' })] },
        DescribeJobs: { jobs: [] },
      },
    });
    const found = await all(runtime.invocations(workflow, { step: 'join', since: at(-MINUTE) }));
    expect(found).toMatchObject([{ id: J2, status: 'queued' }]);
    expect(fake.inputs('ListJobs')[0].filters[0].values).toEqual([String(START_OF_DAY - MINUTE - 1)]);
    expect(new Set(fake.inputs('FilterLogEvents').map(({ logGroupName }) => logGroupName))).toEqual(
      new Set(['/aws/lambda/join', '/aws/batch/fdl/shop/join']),
    );
    expect(fake.calls()).not.toContain('batch DescribeJobQueues');
  });

  it('learn their input from the event of the job, once', async () => {
    const Records = [
      { eventSource: 'aws:s3', s3: { bucket: { name: 'shop' }, object: { key: 'mid/x+y.txt' } } },
    ];
    const environment = [{ name: 'FDL_EVENT', value: JSON.stringify({ Records }) }];
    const { runtime, workflow, fake } = await open({
      batch: {
        ...QUEUE,
        ListJobs: { jobSummaryList: [summary(J2, 'join')] },
        DescribeJobs: { jobs: [{ jobId: J2, status: 'RUNNABLE', container: { environment } }] },
      },
    });
    for (const _ of [1, 2]) {
      const [found] = await all(runtime.invocations(workflow, {}));
      expect(found?.input).toEqual({ uri: 's3://shop/mid/x y.txt', size: 0 });
    }
    expect(fake.inputs('DescribeJobs').flatMap(({ jobs }) => jobs)).toEqual([J2]);
  });

  it('could not be passed on: each input, until a later delivery is', async () => {
    const failure = (input: string, requestId = 'r1') =>
      JSON.stringify({
        fdl: 'undelegated',
        workflow: 'shop',
        step: 'join',
        input,
        requestId,
        reason: 'batch refused it',
      });
    const { runtime, workflow } = await open({
      logs: logs({
        '/aws/lambda/join': [
          { ms: 1000, message: 'START RequestId: r1 Version: $LATEST' },
          { ms: 1100, message: failure('s3://shop/mid/a') },
          { ms: 1200, message: failure('s3://shop/mid/b') },
          {
            ms: 1300,
            message:
              'REPORT RequestId: r1\tDuration: 30.00 ms\tMemory Size: 128 MB\tMax Memory Used: 60 MB\tStatus: error\tError Type: Error\t',
          },
          { ms: 5000, message: PASSED, stream: 'other' },
        ],
      }),
      batch: {
        ...QUEUE,
        ListJobs: { jobSummaryList: [summary(J1, 'join', { createdAt: START_OF_DAY + 5000 })] },
      },
    });
    const found = await all(runtime.invocations(workflow, {}));
    expect(found.map(({ id, status, input }) => [id, status, input?.uri])).toEqual([
      ['r1', 'failed', 's3://shop/mid/b'],
      [J1, 'queued', 's3://shop/mid/a'],
    ]);
    expect(found[0]?.reason).toBe('it could not be passed on to AWS Batch: batch refused it');
  });

  it('are those of logs alone where there is no queue', async () => {
    const missing = () => {
      throw awsFailure('ClientException', 400);
    };
    const { runtime, workflow } = await open({ batch: { ListJobs: missing } });
    expect(await all(runtime.invocations(workflow, {}))).toEqual([]);
  });

  const waiting: readonly (readonly [string, object, string])[] = [
    ['its queue is not there', { DescribeJobQueues: { jobQueues: [] } }, 'its queue is not there'],
    [
      'invalid queue',
      { DescribeJobQueues: { jobQueues: [{ status: 'INVALID', statusReason: 'why' }] } },
      'its queue is invalid: why',
    ],
    [
      'no environment',
      { DescribeComputeEnvironments: { computeEnvironments: [] } },
      'its compute environment is not there',
    ],
    [
      'invalid environment',
      environment({ status: 'INVALID', statusReason: 'why' }),
      'its compute environment is invalid: why',
    ],
    ['disabled environment', environment({ state: 'DISABLED' }), 'its compute environment is disabled'],
    [
      'full',
      environment({ computeResources: { desiredvCpus: 8, maxvCpus: 8 } }),
      'all 8 vCPUs of its machines are taken',
    ],
    [
      'nothing yet',
      environment({ computeResources: { desiredvCpus: 0, maxvCpus: 8 } }),
      'it waits for a machine, none of which runs yet',
    ],
  ];

  function environment(fields: object): object {
    const [usual] = QUEUE.DescribeComputeEnvironments.computeEnvironments;
    return { DescribeComputeEnvironments: { computeEnvironments: [{ ...usual, ...fields }] } };
  }

  it.each(waiting)('say why they wait: %s', async (_, answers, reason) => {
    const { runtime, workflow } = await open({
      batch: {
        ...QUEUE,
        ...answers,
        ListJobs: { jobSummaryList: [summary(J2, 'join')] },
        DescribeJobs: { jobs: [] },
      },
    });
    expect(await all(runtime.invocations(workflow, {}))).toMatchObject([{ status: 'queued', reason }]);
  });
});

describe('the log of one job', () => {
  const group = '/aws/batch/fdl/shop/join';

  it('has its lines, and how it came about', async () => {
    const { runtime, workflow } = await open({
      logs: logs({
        '/aws/lambda/join': [{ ms: 1000, message: PASSED }],
        [group]: [
          { ms: 2000, message: started(J1, 2000, { job: J1 }) },
          { ms: 2100, message: 'working' },
          { ms: 2200, message: ended(J1, [2000, 2200], { job: J1 }) },
          { ms: 2300, message: 'of another one', stream: 'other' },
        ],
      }),
    });
    const lines = await all(runtime.logs(workflow, { step: 'join', invocation: J1 }));
    expect(lines.map(({ stream, message }) => [stream, message.slice(0, 16)])).toEqual([
      ['supervisor', '{"fdl":"delegate'],
      ['supervisor', '{"fdl":"start","'],
      ['stdout', 'working'],
      ['supervisor', '{"fdl":"end","wo'],
    ]);
  });

  it('that could not even start is in the streams that Batch names', async () => {
    const { runtime, workflow } = await open({
      logs: logs({
        [group]: [
          { ms: 2000, message: 'fdl supervisor: no secrets', stream: 'join/default/1' },
          { ms: 2300, message: 'of another one', stream: 'join/default/2' },
        ],
      }),
      batch: {
        DescribeJobs: {
          jobs: [{ jobId: J1, attempts: [{ container: { logStreamName: 'join/default/1' } }] }],
        },
      },
    });
    const lines = await all(runtime.logs(workflow, { step: 'join', invocation: J1 }));
    expect(lines).toEqual([
      {
        time: at(2000),
        step: 'join',
        invocation: J1,
        stream: 'supervisor',
        message: 'fdl supervisor: no secrets',
      },
    ]);
  });
});

describe('a job on several machines', () => {
  it('has the log of the machine that leads it', async () => {
    const nodeProperties = { mainNode: 1, numNodes: 2, nodeRangeProperties: [{ container: {} }] };
    const ofMain = {
      jobId: `${J1}#1`,
      nodeDetails: { nodeIndex: 1 },
      container: { logStreamName: 'join/main' },
    };
    const DescribeJobs = ({ jobs }: { jobs: string[] }) => ({
      jobs: jobs.map((id) => (id === J1 ? { jobId: J1, nodeProperties } : { ...ofMain, jobId: id })),
    });
    const lines = {
      '/aws/batch/fdl/shop/join': [{ ms: 2000, message: 'fdl supervisor: no', stream: 'join/main' }],
    };
    const { runtime, workflow, fake } = await open({ logs: logs(lines), batch: { DescribeJobs } });
    expect(await all(runtime.logs(workflow, { step: 'join', invocation: J1 }))).toHaveLength(1);
    expect(fake.inputs('DescribeJobs')).toEqual([{ jobs: [J1] }, { jobs: [`${J1}#1`] }]);
  });
});

describe('steps with jobs', () => {
  const lambda = { GetFunction: { Configuration: { State: 'Active' }, Tags: { 'fdl:workflow': 'shop' } } };
  const there = { DescribeJobDefinitions: { jobDefinitions: [{ revision: 1 }] } };

  it.each([
    ['ready', { ...QUEUE, ...there }],
    ['not ready: its queue is not there', { ...QUEUE, ...there, DescribeJobQueues: { jobQueues: [] } }],
    [
      'not ready: the definition of its jobs is not there',
      { ...QUEUE, DescribeJobDefinitions: { jobDefinitions: [] } },
    ],
  ])('are %s', async (state, batch) => {
    const { runtime, workflow } = await open({ lambda, batch });
    expect(await runtime.steps(workflow)).toEqual([
      { step: 'split', provider: 'aws', mode: 'lambda-batch', state },
      { step: 'join', provider: 'aws', mode: 'batch', state },
    ]);
  });
});

describe('a call that becomes a job', () => {
  const answer = (body: object) => ({
    GetFunction: { Configuration: { State: 'Active' }, Tags: { 'fdl:workflow': 'shop' } },
    Invoke: { Payload: Buffer.from(JSON.stringify(body)), $metadata: { requestId: 'r1' } },
  });
  const passed = { status: 'delegated', jobs: [{ id: J1, name: 'join-call' }] };
  const described = (status: string, fields: object = {}) => ({
    DescribeJobs: { jobs: [{ jobId: J1, status, container: { logStreamName: 's', ...fields } }] },
  });
  const written = logs({
    '/aws/batch/fdl/shop/join': [
      { ms: 1, message: started(J1, 0) },
      { ms: 2, message: 'hello' },
      { ms: 3, message: ended(J1, [0, 3]) },
    ],
    '/aws/batch/fdl/shop/split': [{ ms: 2, message: 'from split' }],
  });
  const called = { payload: 'x', async: false };

  it('waits for it, and answers what its script wrote', async () => {
    const looks = ['RUNNABLE', 'RUNNING', 'SUCCEEDED'];
    const batch = {
      DescribeJobs: (_: object, before: number) => described(looks[before] ?? '').DescribeJobs,
    };
    const { runtime, workflow, step, fake } = await open({ lambda: answer(passed), batch, logs: written });
    const result = await runtime.invoke?.(workflow, step('join'), called);
    expect(result).toMatchObject({ status: 'succeeded', requestId: J1, log: 'hello' });
    expect(Buffer.from(result?.body ?? []).toString()).toBe('hello\n');
    expect(fake.inputs('DescribeJobs')).toHaveLength(3);
  });

  it('fails as it does', async () => {
    const batch = described('FAILED', { exitCode: 4, reason: 'killed' });
    const { runtime, workflow, step } = await open({ lambda: answer(passed), batch, logs: written });
    expect(await runtime.invoke?.(workflow, step('join'), called)).toMatchObject({
      status: 'failed',
      reason: `the job ${J1} failed with exit code 4: killed`,
      log: 'hello',
    });
  });

  it('or does not wait, and answers its id', async () => {
    const { runtime, workflow, step, fake } = await open({ lambda: answer(passed) });
    const result = await runtime.invoke?.(workflow, step('join'), { ...called, async: true });
    expect(result).toMatchObject({ status: 'accepted', requestId: J1 });
    expect(fake.inputs('Invoke')[0].InvocationType).toBe('RequestResponse');
  });

  it('also where a function passed it on', async () => {
    const { runtime, workflow, step } = await open({
      lambda: answer({ step: 'split', status: 'delegated', jobs: [J1] }),
      batch: described('SUCCEEDED'),
      logs: written,
    });
    const result = await runtime.invoke?.(workflow, step('split'), called);
    expect(Buffer.from(result?.body ?? []).toString()).toBe('from split\n');
  });

  it('a function that does it itself answers itself, and alone when nobody waits', async () => {
    const { runtime, workflow, step, fake } = await open({
      lambda: answer({ statusCode: 200, body: 'done' }),
    });
    const result = await runtime.invoke?.(workflow, step('split'), called);
    expect(Buffer.from(result?.body ?? []).toString()).toBe('done');
    await runtime.invoke?.(workflow, step('split'), { ...called, async: true });
    expect(fake.inputs('Invoke').map(({ InvocationType }) => InvocationType)).toEqual([
      'RequestResponse',
      'Event',
    ]);
  });
});

it('what is set up leaves out what only catches failures', async () => {
  const tags = (step: string, mode?: string) => [
    { Key: 'fdl:workflow', Value: 'shop' },
    { Key: 'fdl:step', Value: step },
    ...(mode ? [{ Key: 'fdl:mode', Value: mode }] : []),
  ];
  const arn = (name: string) => `arn:aws:lambda:eu-west-1:123456789012:function:${name}`;
  const { runtime } = await open({
    tagging: {
      GetResources: {
        ResourceTagMappingList: [
          { ResourceARN: arn('split'), Tags: tags('split', 'lambda-batch') },
          { ResourceARN: arn('split-gateway'), Tags: tags('split', 'catcher') },
          { ResourceARN: arn('join'), Tags: tags('join', 'batch') },
          { ResourceARN: arn('plain'), Tags: tags('plain') },
        ],
      },
    },
    lambda: {
      GetFunction: { Configuration: { State: 'Active' }, Tags: { 'fdl:workflow': 'shop' } },
      GetFunctionUrlConfig: () => {
        throw awsFailure('ResourceNotFoundException', 404);
      },
    },
  });
  const [{ steps } = { steps: [] }] = await runtime.deployed();
  expect(steps.map(({ step, mode }) => [step, mode])).toEqual([
    ['join', 'batch'],
    ['plain', 'lambda'],
    ['split', 'lambda-batch'],
  ]);
});
