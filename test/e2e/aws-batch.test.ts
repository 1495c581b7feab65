/** Steps with jobs on AWS Batch: deployed, run, looked at, and removed. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cost } from '../../src/session/index.ts';
import type { LogLine } from '../../src/workflow/invocation.ts';
import { type Aws, REFUSED } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';
import { takePort } from '../standins/server.ts';
import { type AccountLab, openAccount } from './aws-account.ts';
import { openInternet } from './aws-network.ts';
import { fdl, fdlJson, ROOT } from './fdl.ts';
import { addBusybox, addPrograms } from './image-lab.ts';
import { filesBelow, project, withoutProgress, write } from './project.ts';
import { until } from './until.ts';

const UPPER = `#!/bin/sh
tr a-z A-Z < "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/$(basename "$INPUT_FILE_PATH")"
`;

/** Takes longer than a function may, but as a job it does not. */
const LONG = `#!/bin/sh
name=$(basename "$INPUT_FILE_PATH")
echo "long takes $name"
if [ -z "$AWS_BATCH_JOB_ID" ]; then sleep 60; fi
cp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/$name"
`;

const COUNT = `#!/bin/sh
name=$(basename "$INPUT_FILE_PATH")
echo "count takes $name with $LEVEL and $TOKEN in $AWS_REGION"
if [ "$name" = bad.txt ]; then exit 3; fi
wc -c < "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/$name.count"
`;

const SAY = `#!/bin/sh
if [ "$(cat "$INPUT_FILE_PATH")" = nobody ]; then exit 4; fi
echo "hello $(cat "$INPUT_FILE_PATH")"
`;

/**
 * Each machine tells the one that leads; the input is the port where that listens. What is told is there before busybox's nc
 * starts, since that ends as soon as the other side has nothing to say.
 */
const NODES = `#!/bin/sh
port=$(cat "$INPUT_FILE_PATH")
if [ "$AWS_BATCH_JOB_NODE_INDEX" = "$AWS_BATCH_JOB_MAIN_NODE_INDEX" ]; then
  echo "node $AWS_BATCH_JOB_NODE_INDEX hears $(nc -l -p "$port")"
  exit
fi
until nc "$AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS" "$port" << END
node $AWS_BATCH_JOB_NODE_INDEX of $AWS_BATCH_JOB_NUM_NODES
END
do sleep 1; done
exec sleep 600
`;

const FILES = {
  'nodes.sh': NODES,
  'upper.sh': UPPER,
  'long.sh': LONG,
  'count.sh': COUNT,
  'say.sh': SAY,
  'workflow.yaml': `name: shop
functions:
  aws:
    - lambda:
        name: upper
        container: {image: "me/busybox:1"}
        init_script: upper.sh
        input: [{storage_provider: s3, path: shop/in}]
        output: [{storage_provider: s3, path: shop/upper}]
    - lambda:
        name: long
        execution_mode: lambda-batch
        timeout: 4
        container: {image: "me/debian:1", timeout_threshold: 2}
        init_script: long.sh
        input: [{storage_provider: s3, path: shop/upper}]
        output: [{storage_provider: s3, path: shop/long}]
      batch: {memory: 256}
    - lambda:
        name: count
        execution_mode: batch
        container:
          image: me/entry:1
          environment: {Secrets: {TOKEN: "t0ken"}}
        init_script: count.sh
        input: [{storage_provider: s3, path: shop/long}]
        output: [{storage_provider: s3, path: shop/out}]
      batch:
        memory: 256
        environment: {Variables: {LEVEL: high}}
`,
} as const;

/** A step that is called directly. */
const CALLED = `name: shop
functions:
  aws:
    - lambda:
        name: say
        execution_mode: batch
        function_url: true
        container: {image: "me/busybox:1"}
        init_script: say.sh
      batch:
        memory: 256
`;

const FILE = 'workflow.yaml';

/** Rights that nothing here is in need of, and why. */
const RARE: readonly (readonly [right: RegExp, because: string])[] = [
  [/^instances, /, 'there are no machines with an agent of Amazon ECS here'],
  [/^(function|job), Outputs: s3:AbortMultipartUpload$/, 'only where an upload of several parts fails'],
  [/^execution, Images: ecr:BatchCheckLayerAvailability$/, 'AWS has it in its own policy of execution roles'],
];

interface Invocation {
  readonly id: string;
  readonly step: string;
  readonly status: string;
  readonly job?: string;
  readonly billed?: object;
  readonly input?: { readonly uri: string };
  readonly reason?: string;
}

interface Ran {
  readonly status: string;
  readonly invocations: readonly Invocation[];
}

interface Called {
  readonly status: string;
  readonly result: string;
  readonly requestId: string;
}

interface Report {
  readonly summary: Readonly<Record<string, number>>;
  readonly actions: readonly { readonly action: string; readonly kind: string }[];
  readonly outcomes: Report['actions'];
  readonly notes: readonly string[];
  readonly orphans: readonly object[];
}

describe.skipIf(!needs('podman', 'registry', 'busybox', 'moto'))('a workflow with jobs on AWS Batch', () => {
  let account: AccountLab;
  let aws: Aws;
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    const programs = ['sh', 'cat', 'cp', 'tr', 'wc', 'kill', 'sleep', 'basename', 'nc'];
    const busybox = (root: string) => addBusybox(root, programs);
    // The example's images are too large for a test; what is set up around them is not.
    const EXAMPLE = [
      'jrottenberg/ffmpeg:7.1-ubuntu2404',
      'ggml-org/whisper.cpp:main',
      'ultralytics/ultralytics:8.3.40',
    ];
    const images = Object.fromEntries(['me/busybox:1', ...EXAMPLE].map((image) => [image, busybox]));
    account = await openAccount({ run: true, images });
    ({ aws, env } = account);
    // AWS Batch cannot start anything else than what the image says.
    await account.publish('me/entry:1', busybox, ['ENTRYPOINT ["/bin/false"]', 'WORKDIR /nowhere']);
    await account.publish('me/debian:1', (root) => addPrograms(root, ['sh', 'basename', 'sleep', 'cp']));
    await openInternet(aws);
  });

  afterAll(() => account?.close());

  const files = (more: Readonly<Record<string, string>> = {}) => project({ ...FILES, ...more });
  const call = (cwd: string, ...args: readonly string[]) => fdl(args, { cwd, env });
  const json = <T>(cwd: string, ...args: readonly string[]) => fdlJson<T>(args, { cwd, env });
  const brief = ({ step, status, input }: Invocation) => `${step} ${status} ${input?.uri}`;
  const statusOf = async (cwd: string, step: string) =>
    (await json<{ invocations: Invocation[] }>(cwd, 'status', FILE, '--step', step)).json.invocations;
  const linesOf = async (cwd: string, ...args: readonly string[]) => {
    const { stdout } = await call(cwd, 'logs', FILE, '--json', ...args);
    return stdout.split('\n').flatMap((text) => (text ? [JSON.parse(text) as LogLine] : []));
  };

  it('is set up once, and then nothing is left to do', async () => {
    const cwd = files();
    const planned = await json<Report>(cwd, 'plan', FILE);
    expect(planned.json.notes).toEqual([]);
    const applied = await json<Report>(cwd, 'apply', FILE);
    expect(applied.stderr).not.toContain('✗');
    expect(applied.json.summary).toMatchObject({ failed: 0, skipped: 0 });
    aws.reset();
    const again = await json<Report>(cwd, 'plan', FILE, '--detailed-exitcode');
    expect([again.code, again.stderr, aws.mutations()]).toEqual([0, '', []]);
    const { json: listed } = await json<{ workflows: { steps: object[] }[] }>(cwd, 'ls');
    expect(listed.workflows[0]?.steps).toEqual([
      { step: 'count', provider: 'aws', mode: 'batch', state: 'ready' },
      { step: 'long', provider: 'aws', mode: 'lambda-batch', state: 'ready' },
      { step: 'upper', provider: 'aws', mode: 'lambda', state: 'ready' },
    ]);
  });

  it('runs on Lambda, overflows from Lambda, and runs as a job', async () => {
    const cwd = files({ 'data/a.txt': 'hello', 'data/b c.txt': 'more words' });
    const ran = await json<Ran>(cwd, 'run', FILE, 'data', '-o', 'out');
    expect([ran.code, withoutProgress(ran.stderr), ran.json.status]).toEqual([0, '', 'succeeded']);
    expect(ran.json.invocations.map(brief).sort()).toEqual([
      'count succeeded s3://shop/long/a.txt',
      'count succeeded s3://shop/long/b c.txt',
      'long succeeded s3://shop/upper/a.txt',
      'long succeeded s3://shop/upper/b c.txt',
      'upper succeeded s3://shop/in/a.txt',
      'upper succeeded s3://shop/in/b c.txt',
    ]);
    expect(filesBelow(path.join(cwd, 'out'))).toEqual(['count/a.txt.count', 'count/b c.txt.count']);
    expect(readFileSync(path.join(cwd, 'out/count/a.txt.count'), 'utf8').trim()).toBe('5');
  });

  it('tells of the function and of its job, and each names the other', async () => {
    const cwd = files();
    const all = (await statusOf(cwd, 'long')).filter(({ input }) => input?.uri === 's3://shop/upper/a.txt');
    const [delegated, job] = all;
    expect(all.map(({ status }) => status)).toEqual(['delegated', 'succeeded']);
    expect(delegated).toMatchObject({ job: job?.id, reason: expect.stringContaining(`the job ${job?.id}`) });
    expect(job).toMatchObject({ id: job?.job, job: delegated?.job });
    const lines = await linesOf(cwd, '--invocation', job?.id ?? '');
    expect(lines.map(({ stream }) => stream)).toEqual(['supervisor', 'stdout', 'supervisor']);
    expect(lines[1]?.message).toBe('long takes a.txt');
    expect(JSON.parse(lines[0]?.message ?? '')).toMatchObject({
      delegatedBy: expect.stringMatching(/^long\//),
    });
    const [counted] = await statusOf(cwd, 'count');
    const passed = await linesOf(cwd, 'count', '--invocation', counted?.id ?? '');
    expect(JSON.parse(passed[0]?.message ?? '')).toMatchObject({ fdl: 'delegated', job: counted?.id });
    expect(passed[2]?.message).toBe(
      `count takes ${counted?.input?.uri.split('/').at(-1)} with high and (secret) in us-east-1`,
    );
  });

  it('costs what passed its inputs on, and the part of a machine that its jobs took', async () => {
    await aws.idle();
    const args = ['status', FILE, '--step', 'count', '--cost'];
    const { invocations, cost } = (await json<{ invocations: Invocation[]; cost: Cost }>(files(), ...args))
      .json;
    for (const { billed } of invocations) expect(billed).toMatchObject({ memoryMib: 128, requests: 1 });
    const amountOf = (name: string) => cost.items.find(({ item }) => item.startsWith(name))?.amount;
    expect(amountOf('lambda.request')).toBe(invocations.length);
    expect(amountOf('ec2.')).toBeGreaterThan(0);
    expect(cost.unknown).toEqual([]);
  });

  it('is followed past a function that could not pass its input on itself', async () => {
    const cwd = files({ 'caught.txt': 'x' });
    aws.failNext('batch:SubmitJob', REFUSED);
    const ran = await json<Ran>(cwd, 'run', FILE, 'caught.txt');
    expect([ran.code, ran.json.status]).toEqual([0, 'succeeded']);
    const all = (await statusOf(cwd, 'long')).filter(
      ({ input }) => input?.uri === 's3://shop/upper/caught.txt',
    );
    expect(all.map(({ status }) => status)).toEqual(['timed-out', 'succeeded']);
    const [caught] = await linesOf(cwd, '--invocation', all[1]?.id ?? '');
    expect(JSON.parse(caught?.message ?? '')).toMatchObject({
      delegatedBy: expect.stringMatching(/^long\//),
    });
  });

  it('has one job for an input, however often its event comes', async () => {
    const cwd = files({ 'twice.txt': 'x' });
    aws.setDeliveries(2);
    await call(cwd, 'put', 'twice.txt', '--step', 'count', '--wait');
    await aws.idle();
    aws.setDeliveries(1);
    const all = (await statusOf(cwd, 'count')).filter(
      ({ input }) => input?.uri === 's3://shop/long/twice.txt',
    );
    expect(all.map(({ status }) => status)).toEqual(['succeeded']);
  });

  it('says why a job waits; rm stops while one does, and --force ends it', async () => {
    const cwd = files({ 'wait.txt': 'x' });
    aws.holdJobs('CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - no machine');
    await call(cwd, 'put', 'wait.txt', '--step', 'count');
    const waiting = async () => (await statusOf(cwd, 'count')).find(({ status }) => status === 'queued');
    await until('the job waits', async () => (await waiting())?.reason !== undefined);
    expect(await waiting()).toMatchObject({
      input: { uri: 's3://shop/long/wait.txt' },
      reason: 'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - no machine',
    });
    const refused = await json<Report>(cwd, 'rm', FILE, '--yes');
    expect([refused.code, refused.json.summary]).toEqual([
      1,
      expect.objectContaining({ skipped: expect.any(Number) }),
    ]);
    expect(refused.stderr).toMatch(/1 job.*\n?.*--force/);
    const forced = await json<Report>(cwd, 'rm', FILE, '--yes', '--force', '--delete-data');
    expect(forced.stderr).not.toContain('✗');
    expect([forced.code, forced.json.summary['failed']]).toEqual([0, 0]);
    aws.holdJobs();
    expect((await call(cwd, 'rm', FILE, '--yes')).stdout).toBe('shop: nothing to do.\n');
  });

  it('is called directly: the call waits for the job, or does not', async () => {
    const cwd = files({ 'workflow.yaml': CALLED });
    await call(cwd, 'apply', FILE);
    const waited = await json<Called>(cwd, 'invoke', FILE, 'say', '--data', 'Ada');
    expect(waited.json).toMatchObject({ status: 'succeeded', result: 'hello Ada\n' });
    const failed = await call(cwd, 'invoke', FILE, 'say', '--data', 'nobody');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/say failed: the job \S+ failed with exit code 4/);
    const sent = await json<Called>(cwd, 'invoke', FILE, 'say', '--data', 'Bob', '--async');
    expect(sent.json).toMatchObject({
      status: 'accepted',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    // Too long for a job: it waits in the deployment bucket.
    write(cwd, { 'long.txt': 'many words. '.repeat(2000) });
    const long = await json<Called>(cwd, 'invoke', FILE, 'say', '--data', '@long.txt');
    expect(long.json).toMatchObject({
      status: 'succeeded',
      result: `hello ${'many words. '.repeat(2000)}\n`,
    });
    await aws.idle();
    const lines = await linesOf(cwd, '--invocation', sent.json.requestId);
    expect(lines.map(({ message }) => message)).toContain('hello Bob');
    const over = await json<Called>(cwd, 'invoke', FILE, 'say', '--http', '--data', 'Eve');
    expect(JSON.parse(over.json.result)).toMatchObject({
      status: 'delegated',
      jobs: [{ id: expect.any(String) }],
    });
    await aws.idle();
  });

  it('changes in place, also from one mode to the other', async () => {
    const cwd = files({ 'workflow.yaml': CALLED });
    write(cwd, {
      'workflow.yaml': CALLED.replace(
        'memory: 256',
        'memory: 300\n        compute_resources: {type: SPOT, max_v_cpus: 4, root_volume_gb: 40}',
      ),
    });
    const planned = await json<Report>(cwd, 'plan', FILE);
    const changed = planned.json.actions.filter(({ action }) => action !== 'keep');
    expect(changed.map(({ action, kind }) => `${action} ${kind}`).sort()).toEqual([
      'create aws/service-linked-role',
      'update aws/compute-environment',
      'update aws/job-definition',
      'update aws/launch-template',
      // Which images former jobs need shows once there is a new definition.
      'update aws/unused-images',
    ]);
    expect((await call(cwd, 'apply', FILE)).code).toBe(0);
    expect((await json(cwd, 'plan', FILE, '--detailed-exitcode')).code).toBe(0);
    write(cwd, {
      'workflow.yaml': CALLED.replace(
        'memory: 256',
        'memory: 512\n        compute_resources: {type: FARGATE}',
      ),
    });
    const fargate = await json<Report>(cwd, 'apply', FILE, '--yes', '--prune');
    expect([fargate.code, fargate.stderr]).toEqual([0, expect.not.stringContaining('✗')]);
    const done = fargate.json.outcomes.filter(({ action }) => action !== 'keep');
    expect(done.map(({ action, kind }) => `${action} ${kind.replace('aws/', '')}`).sort()).toEqual([
      'create compute-environment',
      'create role',
      'delete compute-environment',
      'delete instance-profile',
      'delete launch-template',
      'delete role',
      'replace job-queue',
      'update job-definition',
      'update unused-environments',
      'update unused-images',
    ]);
    expect((await json(cwd, 'plan', FILE, '--detailed-exitcode')).code).toBe(0);
    const ran = await json<Called>(cwd, 'invoke', FILE, 'say', '--data', 'Eve');
    expect(ran.json).toMatchObject({ status: 'succeeded', result: 'hello Eve\n' });
    const several =
      'memory: 256\n        multi_node_parallel: {enabled: true, number_nodes: 2, main_node_index: 1}';
    write(cwd, { 'workflow.yaml': CALLED.replace('memory: 256', several).replace('say.sh', 'nodes.sh') });
    expect((await json(cwd, 'apply', FILE, '--yes', '--prune')).code).toBe(0);
    const heard = await json<Called>(cwd, 'invoke', FILE, 'say', '--data', String(await takePort()));
    expect(heard.json).toMatchObject({ status: 'succeeded', result: 'node 1 hears node 0 of 2\n' });
    const ofJob = (await statusOf(cwd, 'say')).filter(({ job, status }) => job && status !== 'delegated');
    expect(new Set(ofJob.map(({ id }) => id)).size).toBe(ofJob.length);
    expect((await json(cwd, 'plan', FILE, '--detailed-exitcode')).code).toBe(0);
    write(cwd, { 'workflow.yaml': CALLED.replace('execution_mode: batch', 'execution_mode: lambda') });
    const replaced = await json<Report>(cwd, 'apply', FILE, '--yes', '--prune');
    expect(replaced.stderr).not.toContain('✗');
    const called = await json<Called>(cwd, 'invoke', FILE, 'say', '--data', 'Ada');
    expect(called.json).toMatchObject({ status: 'succeeded', result: 'hello Ada\n' });
    const { json: clean } = await json<Report>(cwd, 'plan', FILE, '--detailed-exitcode');
    expect(clean.orphans).toEqual([]);
    expect((await json(cwd, 'rm', FILE, '--yes')).code).toBe(0);
  });

  it('has roles that permit nothing but what their part of a step was in need of until now', () => {
    const used = new Map<string, boolean>();
    for (const { role, sid, action, isUsed } of aws.rightsOfRoles()) {
      // What catches events is the same program as what passes them on.
      const part = /^shop-(?:.*-)?us-east-1-?(?:gateway)?(.*)$/.exec(role)?.[1] || 'function';
      const right = `${part}, ${sid}: ${action}`;
      used.set(right, isUsed || used.get(right) === true);
    }
    expect(used.size).toBeGreaterThan(30);
    const idle = [...used].flatMap(([right, isUsed]) => (isUsed ? [] : [right]));
    expect(idle.filter((each) => !RARE.some(([rare]) => rare.test(each)))).toEqual([]);
  });

  it('warns of what would wait for ever, and refuses what cannot be', async () => {
    const cwd = files({
      'workflow.yaml': CALLED.replace(
        'memory: 256',
        'memory: 90000\n        vcpus: 8\n        compute_resources: {instance_types: [m5.large], max_v_cpus: 4}',
      ),
    });
    aws.reset();
    const planned = await json<Report>(cwd, 'plan', FILE);
    expect(planned.json.notes).toEqual([
      'jobs of "say" would wait for ever: they ask for 8 vCPUs, and "max_v_cpus" is 4',
      'jobs of "say" would wait for ever: they ask for 8 vCPUs, and machines of m5.large have at most 2',
    ]);
    write(cwd, {
      'workflow.yaml': CALLED.replace('memory: 256', 'compute_resources: {instance_types: [m5.mini]}'),
    });
    expect((await json(cwd, 'plan', FILE)).json).toMatchObject({ error: { code: 'instance-type-unknown' } });
    write(cwd, {
      'workflow.yaml': CALLED.replace('memory: 256', 'compute_resources: {subnets: [subnet-0123]}'),
    });
    expect((await json(cwd, 'plan', FILE)).json).toMatchObject({ error: { code: 'network-unknown' } });
    expect(aws.mutations()).toEqual([]);
  });

  it('sets the example of audio and video up, and takes it away', async () => {
    const cwd = path.join(ROOT, 'examples/audio-video');
    const example = { cwd, env: { ...env, FDL_REGISTRY_MIRRORS: `*=${account.registry}` } };
    const run = <T>(...args: readonly string[]) => fdlJson<T>([...args, 'workflow.yaml'], example);
    const planned = await run<Report>('plan');
    expect([planned.code, planned.stderr, planned.json.notes]).toEqual([0, '', []]);
    const kinds = planned.json.actions.map(({ kind }) => kind.replace('aws/', ''));
    const count = (kind: string) => kinds.filter((each) => each === kind).length;
    expect(
      Object.fromEntries(
        ['function', 'job-definition', 'job-queue', 'instance-profile'].map((kind) => [kind, count(kind)]),
      ),
    ).toEqual({
      function: 4,
      'job-definition': 2,
      'job-queue': 2,
      'instance-profile': 1,
    });
    aws.reset();
    const applied = await run<Report>('apply');
    expect([applied.code, applied.json.summary]).toEqual([
      0,
      expect.objectContaining({ failed: 0, skipped: 0 }),
    ]);
    const made = aws.mutations();
    aws.reset();
    expect((await run<Report>('apply')).json.summary).toMatchObject({ create: 0, update: 0, delete: 0 });
    expect(aws.mutations()).toEqual([]);
    const order = made.filter((each) =>
      /Create(ComputeEnvironment|JobQueue|Function)$|PutBucketNotification/.test(each),
    );
    expect(order.indexOf('batch:CreateComputeEnvironment')).toBeLessThan(
      order.indexOf('batch:CreateJobQueue'),
    );
    expect(order.at(-1)).toBe('s3:PutBucketNotificationConfiguration');
    const removed = await fdlJson<Report>(['rm', 'workflow.yaml', '--yes', '--delete-data'], example);
    expect([removed.code, removed.json.summary['failed']]).toEqual([0, 0]);
    expect((await fdl(['rm', 'workflow.yaml'], example)).stdout).toBe('audio-video: nothing to do.\n');
  });
});
