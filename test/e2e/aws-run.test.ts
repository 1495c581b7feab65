/** `fdl run`, `put`, `get`, `status`, `logs` and `invoke` on AWS. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../src/commands/report.ts';
import type { Cost } from '../../src/session/index.ts';
import type { Aws } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';
import { type AccountLab, openAccount } from './aws-account.ts';
import type { Clients } from './aws-lab.ts';
import { fdl, fdlJson, start } from './fdl.ts';
import { addBusybox } from './image-lab.ts';
import { filesBelow, project, write } from './project.ts';
import { CTRL_C, fdlInPty } from './pty.ts';
import { until } from './until.ts';

const UPPER = `#!/bin/sh
name=$(basename "$INPUT_FILE_PATH")
if [ "$name" = bad.txt ]; then echo "cannot read this"; exit 3; fi
if [ "$name" = slow.txt ]; then sleep 60; fi
echo "upper takes $name"
tr a-z A-Z < "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/$name"
`;

const COUNT = `#!/bin/sh
name=$(basename "$INPUT_FILE_PATH")
echo "$(wc -c < "$INPUT_FILE_PATH") $(cat "$EXTRA_PAYLOAD/unit.txt")" > "$TMP_OUTPUT_DIR/$name.count"
`;

const HELLO = `#!/bin/sh
echo "hello $(cat "$INPUT_FILE_PATH") $SIZE"
if grep -q fail "$INPUT_FILE_PATH"; then exit 4; fi
`;

const CONTAINER = 'container: {image: me/busybox:1, timeout_threshold: 1}';

const FILES = {
  'upper.sh': UPPER,
  'count.sh': COUNT,
  'hello.sh': HELLO,
  'extra/unit.txt': 'bytes',
  'workflow.yaml': `name: shop
functions:
  aws:
    - lambda:
        name: upper
        timeout: 5
        ${CONTAINER}
        init_script: upper.sh
        input: [{storage_provider: s3, path: shop/in}]
        output: [{storage_provider: s3, path: shop/upper}]
    - lambda:
        name: count
        ${CONTAINER}
        init_script: count.sh
        extra_payload: extra
        input: [{storage_provider: s3, path: shop/upper}]
        output: [{storage_provider: s3, path: shop/out}]
    - lambda:
        name: hello
        function_url: true
        on_failure: arn:aws:s3:::shop-failures
        ${CONTAINER}
        init_script: hello.sh
        payload: {name: nobody}
      api_gateway: {parameters: {SIZE: 10}}
`,
} as const;

interface Invocation {
  readonly id: string;
  readonly step: string;
  readonly status: string;
  readonly input?: { readonly uri: string };
  readonly outputs: readonly { readonly uri: string }[];
  readonly reason?: string;
  readonly billed?: { readonly milliseconds: number };
  readonly span?: { readonly traceId: string; readonly spanId: string; readonly parentSpanId?: string };
}

interface Ran {
  readonly status: string;
  readonly left: number;
  readonly invocations: readonly Invocation[];
  readonly outputs: readonly { readonly uri: string; readonly path?: string; readonly size: number }[];
  readonly cost: Cost;
}

const FILE = 'workflow.yaml';

async function objectsIn({ s3 }: Clients, Bucket: string): Promise<readonly string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key = '' }) => Key);
}

describe.skipIf(!needs('podman', 'registry', 'busybox', 'moto', 'python3'))('a workflow on AWS', () => {
  let account: AccountLab;
  let aws: Aws;
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    const programs = ['sh', 'cat', 'tr', 'wc', 'grep', 'sleep', 'basename'];
    const images = { 'me/busybox:1': (root: string) => addBusybox(root, programs) };
    account = await openAccount({ run: true, images });
    ({ aws, env } = account);
  });

  afterAll(() => account?.close());

  const files = (more: Readonly<Record<string, string>> = {}) => project({ ...FILES, ...more });
  const call = (cwd: string, ...args: readonly string[]) => fdl(args, { cwd, env });
  const json = <T>(cwd: string, ...args: readonly string[]) => fdlJson<T>(args, { cwd, env });
  const brief = ({ step, status, input }: Invocation) => `${step} ${status} ${input?.uri}`;

  it('is missed by run, put and invoke before it is deployed', async () => {
    const cwd = files({ 'a.txt': 'hello' });
    for (const args of [
      ['run', FILE, 'a.txt'],
      ['put', 'a.txt'],
      ['invoke', FILE, 'hello'],
    ]) {
      const { code, json: answer } = await json(cwd, ...args);
      expect(answer, args[0]).toMatchObject({
        error: { code: 'step-not-deployed', hint: expect.stringContaining('fdl apply') },
      });
      expect(code).toBe(1);
    }
    for (const command of ['run', 'rerun']) {
      const unpriced = await json(cwd, command, FILE, 'a.txt', '--prices', 'none.yaml');
      expect(unpriced.stderr, command).toContain('there is no file none.yaml');
    }
    expect(aws.mutations()).toEqual([]);
  });

  it('runs from the inputs to the final outputs', async () => {
    const cwd = files({ 'data/a.txt': 'hello', 'data/sub dir/ä+b.txt': 'more words' });
    await account.clients.s3.send(new CreateBucketCommand({ Bucket: 'shop-failures' }));
    const applied = await call(cwd, 'apply', FILE);
    expect([applied.code, applied.stderr]).toEqual([0, expect.not.stringContaining('✗')]);
    const { code, json: ran, stderr } = await json<Ran>(cwd, 'run', FILE, 'data', '-o', 'results');
    // A busy machine takes half a minute now and then, after which progress is told.
    expect([code, stderr.replace(/^.*\d+ done, \d+ running, .*\n/gm, '')]).toEqual([0, '']);
    expect(ran).toMatchObject({ workflow: 'shop', status: 'succeeded', left: 0 });
    expect(ran.cost.steps.map(({ step }) => step).sort()).toEqual(['count', 'upper']);
    expect([...ran.invocations].map(brief).sort()).toEqual([
      'count succeeded s3://shop/upper/a.txt',
      'count succeeded s3://shop/upper/ä+b.txt',
      'upper succeeded s3://shop/in/a.txt',
      'upper succeeded s3://shop/in/sub dir/ä+b.txt',
    ]);
    expect(filesBelow(path.join(cwd, 'results'))).toEqual(['count/a.txt.count', 'count/ä+b.txt.count']);
    expect(readFileSync(path.join(cwd, 'results/count/ä+b.txt.count'), 'utf8').trim()).toBe('10 bytes');
    expect(ran.outputs.map(({ uri }) => uri).sort()).toEqual([
      's3://shop/out/a.txt.count',
      's3://shop/out/ä+b.txt.count',
    ]);
  });

  it('is one trace from step to step, which its objects carry', async () => {
    const cwd = files();
    const { json: status } = await json<{ invocations: Invocation[] }>(cwd, 'status', FILE);
    const spanOf = (step: string) =>
      status.invocations.find((each) => each.step === step && each.input?.uri.endsWith('/a.txt'))?.span;
    const [upper, count] = [spanOf('upper'), spanOf('count')];
    expect(upper).toMatchObject({ traceId: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(count).toMatchObject({ traceId: upper?.traceId, parentSpanId: upper?.spanId });
    const object = { Bucket: 'shop', Key: 'out/a.txt.count' };
    const { Metadata } = await account.clients.s3.send(new HeadObjectCommand(object));
    expect(Metadata).toEqual({ traceparent: `00-${count?.traceId}-${count?.spanId}-01` });
    const otlp = await call(cwd, 'trace', FILE, 's3://shop/out/a.txt.count', '--format', 'otlp');
    const [{ scopeSpans }] = JSON.parse(otlp.stdout).resourceSpans;
    expect(scopeSpans[0].spans).toMatchObject([upper, count]);
  });

  it('has a status and a log', async () => {
    const cwd = files();
    // What a request is charged for is said when all is over.
    await aws.idle();
    const { json: status } = await json<{ invocations: Invocation[]; cost: Cost }>(
      cwd,
      ...['status', FILE, '--step', 'upper', '--cost'],
    );
    // What AWS Lambda says that it charges for, not what it took.
    expect(status.invocations[0]?.billed).toMatchObject({ memoryMib: 512, requests: 1 });
    const billed = status.invocations.map((each) => each.billed?.milliseconds ?? 0);
    const gbSeconds = billed.reduce((sum, each) => sum + each, 0) / 1000 / 2;
    const compute = status.cost.items.find(({ item }) => item.startsWith('lambda.gb-second'));
    expect(compute?.amount).toBeCloseTo(gbSeconds, 9);
    expect(status.cost).toMatchObject({ currency: 'USD', assumed: [], unknown: [] });
    expect(status.cost.inputs.map(({ uri }) => uri)).toContain('s3://shop/in/a.txt');
    expect(status.invocations.map(brief)).toContain('upper succeeded s3://shop/in/a.txt');
    const one = status.invocations.find(({ input }) => input?.uri === 's3://shop/in/a.txt');
    const logs = await call(cwd, 'logs', FILE, '--json', '--invocation', one?.id ?? '');
    const lines = logs.stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(lines.map(({ stream }) => stream)).toEqual(['supervisor', 'stdout', 'supervisor']);
    expect(lines[1]).toMatchObject({ step: 'upper', invocation: one?.id, message: 'upper takes a.txt' });
    const all = await call(cwd, 'logs', FILE, '--since', '10m');
    expect(all.stdout).toMatch(/upper upper takes a\.txt/);
    expect(all.stdout).toMatch(/count ✓ succeeded in .* → s3:\/\/shop\/out\/a\.txt\.count/);
    expect(all.stdout).not.toMatch(/RequestId/);
    const filtered = await call(cwd, 'logs', FILE, '--filter', 'upper takes');
    expect(filtered.stdout.trim().split('\n')).toHaveLength(2);
  });

  it('has a report, with what its scripts took and what they cost', async () => {
    const cwd = files();
    const { json: report } = await json<ReportDocument>(cwd, 'report', FILE, '-o', 'report.html');
    expect(report.cost?.total).toBeGreaterThan(0);
    // How much memory and processors they took is not known of scripts that are over before anybody looks.
    expect(report.steps.slice(0, 2)).toMatchObject([
      { step: 'upper', where: 'aws lambda', succeeded: 2, failed: 0 },
      { step: 'count', where: 'aws lambda', succeeded: 2, failed: 0, bytesIn: 15 },
    ]);
    const page = readFileSync(path.join(cwd, 'report.html'), 'utf8');
    expect(page.match(/<h2[^>]*>[^<]*/g)?.map((head) => head.replace(/.*>/, ''))).toContain('Cost');
    expect(page).toContain('s3://shop/in/sub dir/ä+b.txt');
  });

  it('is run again for the same file, and not taken for what ran before', async () => {
    const cwd = files({ 'a.txt': 'hello again' });
    const { json: ran } = await json<Ran>(cwd, 'run', FILE, 'a.txt', '-o', 'results');
    expect(ran.invocations.map(brief)).toEqual([
      'upper succeeded s3://shop/in/a.txt',
      'count succeeded s3://shop/upper/a.txt',
    ]);
    expect(readFileSync(path.join(cwd, 'results/count/a.txt.count'), 'utf8').trim()).toBe('11 bytes');
  });

  it('uses what it has with run --cached, and runs what was deleted', async () => {
    const cwd = files({ 'a.txt': 'hello again', 'c.txt': 'new' });
    const again = async () => {
      const { json: ran } = await json<Ran & { why: readonly { reason: string }[] }>(
        cwd,
        'run',
        FILE,
        'a.txt',
        'c.txt',
        '--cached',
      );
      expect([ran.status, ran.outputs.map(({ uri }) => uri).sort()]).toEqual([
        'succeeded',
        ['s3://shop/out/a.txt.count', 's3://shop/out/c.txt.count'],
      ]);
      const done = ran.invocations.filter((each) => !('cached' in each));
      return { done: done.map(brief).sort(), why: ran.why.map(({ reason }) => reason) };
    };
    expect(await again()).toEqual({
      done: ['count succeeded s3://shop/upper/c.txt', 'upper succeeded s3://shop/in/c.txt'],
      why: ['its input is new', 'its input was made again'],
    });
    expect(await again()).toEqual({ done: [], why: [] });
    await account.clients.s3.send(new DeleteObjectCommand({ Bucket: 'shop', Key: 'out/a.txt.count' }));
    expect(await again()).toEqual({
      done: ['count succeeded s3://shop/upper/a.txt'],
      why: ['its output s3://shop/out/a.txt.count is gone'],
    });
  });

  it('says what failed, with its last lines, and does the rest', async () => {
    aws.setDeliveries(2);
    const cwd = files({ 'bad.txt': 'x', 'good.txt': 'x' });
    const { code, stdout, stderr } = await call(cwd, 'run', FILE, 'bad.txt', 'good.txt');
    await aws.idle();
    aws.setDeliveries(1);
    expect(code).toBe(1);
    expect(stderr).toMatch(/upper failed for s3:\/\/shop\/in\/bad\.txt: the script ended with exit code 3/);
    expect(stderr).toMatch(/\| cannot read this/);
    expect(stdout).toMatch(/shop: 3 invocations \(upper 2, count 1\), 1 failed/);
    expect(stdout).toMatch(/s3:\/\/shop\/out\/good\.txt\.count/);
    const failed = await json<{ invocations: Invocation[] }>(cwd, 'status', FILE, '--failed');
    expect([failed.code, failed.json.invocations.map(brief)]).toEqual([
      1,
      ['upper failed s3://shop/in/bad.txt'],
    ]);
    expect(failed.json.invocations[0]?.reason).toMatch(/exit code 3/);
    const all = await json<{ invocations: Invocation[] }>(cwd, 'status', FILE);
    // Both deliveries are there, each once: AWS Lambda does not repeat what a script failed on.
    const ofBad = (each: Invocation) => each.input?.uri === 's3://shop/in/bad.txt';
    expect(all.json.invocations.filter(ofBad)).toHaveLength(2);
    const { json: report } = await json<ReportDocument>(cwd, 'report', FILE);
    expect(report.failures.map(({ id, lastLines }) => [id, lastLines])).toEqual([
      [failed.json.invocations[0]?.id, expect.arrayContaining(['cannot read this'])],
    ]);
    expect(report.unreached).toEqual([]);
  });

  it('runs again what failed, or what is named, and nothing else', async () => {
    const cwd = files();
    const failed = await json<Ran>(cwd, 'rerun', FILE);
    expect([failed.code, failed.json.invocations.map(brief)]).toEqual([
      1,
      ['upper failed s3://shop/in/bad.txt'],
    ]);
    const { json: status } = await json<{ invocations: Invocation[] }>(cwd, 'status', FILE);
    const good = status.invocations.find(({ input }) => input?.uri === 's3://shop/in/good.txt');
    const named = await json<Ran>(cwd, 'rerun', FILE, String(good?.id));
    expect([named.code, named.json.invocations.map(brief)]).toEqual([
      0,
      ['upper succeeded s3://shop/in/good.txt', 'count succeeded s3://shop/upper/good.txt'],
    ]);
    await aws.idle();
  });

  it('tries again what failed as often as --retries says, and counts what each attempt costs', async () => {
    const cwd = files({ 'bad.txt': 'x', 'count.sh': `${COUNT}# changed\n` });
    const args = ['run', FILE, 'bad.txt', '--retries', '2'] as const;
    const { code, json: ran, stderr } = await json<Ran & { attempts: Invocation[] }>(cwd, ...args);
    expect([code, ran.invocations.map(brief)]).toEqual([1, ['upper failed s3://shop/in/bad.txt']]);
    expect(new Set([...ran.attempts, ...ran.invocations].map(({ id }) => id)).size).toBe(3);
    expect(ran.cost.steps).toMatchObject([{ step: 'upper', invocations: 3 }]);
    expect(stderr).toMatch(/1 input that failed is tried again \(2 of 2\)/);
    expect(stderr.match(/.* is deployed with another script .*/g)).toEqual([
      'count is deployed with another script than the file has: fdl apply workflow.yaml',
    ]);
  });

  it('tells what ran out of time', async () => {
    const cwd = files({ 'slow.txt': 'x' });
    const { code, json: ran } = await json<Ran>(cwd, 'run', FILE, 'slow.txt');
    expect(code).toBe(1);
    expect(ran).toMatchObject({ status: 'failed', invocations: [{ step: 'upper', status: 'timed-out' }] });
  });

  it('put uploads; put --wait waits; get fetches by listing', async () => {
    const cwd = files({ 'one.txt': '1', 'two.txt': '22', 'other.bin': 'raw' });
    const put = await json(cwd, 'put', 'one.txt');
    expect(put.json).toMatchObject({
      transfers: [{ target: 's3://shop/in/one.txt', size: 1, status: 'done' }],
      summary: { files: 1, bytes: 1 },
    });
    await aws.idle();
    expect((await call(cwd, 'put', 'two.txt', '--wait')).code).toBe(0);
    const to = await call(cwd, 'put', 'other.bin', '--to', 's3://shop/raw');
    expect(to.stdout).toContain('s3://shop/raw/other.bin');
    const got = await call(cwd, 'get', '*.count', '-o', 'all');
    expect(got.code).toBe(0);
    expect(filesBelow(path.join(cwd, 'all'))).toEqual(
      expect.arrayContaining(['count/one.txt.count', 'count/two.txt.count']),
    );
    await call(cwd, 'get', '--from', 's3://shop/raw', '-o', 'raw');
    expect(readFileSync(path.join(cwd, 'raw/other.bin'), 'utf8')).toBe('raw');
  });

  it('waits no longer than it is told, and ends with 130 when interrupted; the steps go on', async () => {
    const cwd = files({ 'slow.txt': 'x' });
    const late = await json<Ran>(cwd, 'run', FILE, 'slow.txt', '--timeout', '1');
    expect([late.code, late.json.status, late.json.left]).toEqual([1, 'timed-out', 1]);
    expect(late.stderr).toContain('1 input not through yet');
    await aws.idle();
    const pty = await fdlInPty(['run', FILE, 'slow.txt'], { cwd, env, columns: 120 });
    await until('the step runs', async () =>
      /^[⠁-⣿] +0 done, 1 running, .* \d+ s$/m.test(await pty.screen()),
    );
    pty.type(CTRL_C);
    expect(await pty.ended).toEqual({ code: 130 });
    const screen = await pty.screen();
    expect(screen).toMatch(
      /^1 input not through yet, which the steps go on with: fdl status workflow\.yaml$/m,
    );
    expect(screen).not.toMatch(/[⠁-⣿]/);
    await aws.idle();
  });

  it('follows the log', async () => {
    const cwd = files({ 'tail.txt': 'x' });
    const following = start(['logs', FILE, '--follow', '--filter', 'tail.txt'], { cwd, env });
    await call(cwd, 'run', FILE, 'tail.txt');
    await following.says(/upper takes tail\.txt/);
    await following.says(/count .*succeeded.*tail\.txt\.count/);
    following.kill('SIGINT');
    const { code, stdout } = await following.ended;
    expect(code).toBe(0);
    expect(stdout.match(/upper takes tail\.txt/g)).toHaveLength(1);
  });

  it('is called directly', async () => {
    const cwd = files();
    const text = await call(cwd, 'invoke', FILE, 'hello', '--data', 'Ada');
    expect([text.code, text.stdout]).toEqual([0, 'hello Ada \n']);
    const usual = await json(cwd, 'invoke', FILE, 'hello');
    expect(usual.json).toMatchObject({
      step: 'hello',
      status: 'succeeded',
      result: 'hello {"name":"nobody"} \n',
      requestId: expect.any(String),
      log: expect.stringContaining('hello'),
    });
    const failed = await call(cwd, 'invoke', FILE, 'hello', '--data', 'please fail');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/hello failed: .*exit code 4/);
    const sent = await json(cwd, 'invoke', FILE, 'hello', '--data', 'Bob', '--async');
    expect(sent.json).toMatchObject({ status: 'accepted', result: '', requestId: expect.any(String) });
    await aws.idle();
    const logs = await call(cwd, 'logs', FILE, 'hello', '--filter', 'hello Bob');
    expect(logs.stdout).toContain('hello Bob');
  });

  it('keeps what failed for good where the file says', async () => {
    await json(files(), 'invoke', FILE, 'hello', '--data', 'please fail', '--async');
    await aws.idle();
    const [key, ...more] = await objectsIn(account.clients, 'shop-failures');
    expect([key, more]).toEqual([expect.stringMatching(/^aws\/lambda\/async\/hello\//), []]);
    const { Body } = await account.clients.s3.send(
      new GetObjectCommand({ Bucket: 'shop-failures', Key: key ?? '' }),
    );
    expect(JSON.parse((await Body?.transformToString()) ?? '')).toMatchObject({
      requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 1 },
      requestPayload: 'please fail',
      responsePayload: { errorType: 'ScriptFailed', errorMessage: expect.stringContaining('exit code 4') },
    });
  });

  it('is called over HTTP, with a signature', async () => {
    const cwd = files();
    write(cwd, { 'photo.bin': Buffer.from('Eve') });
    const called = await json(cwd, 'invoke', FILE, 'hello', '--http', '--data', '@photo.bin');
    expect(called.json).toMatchObject({ status: 'succeeded', result: 'hello Eve 10\n' });
    const refused = await call(
      cwd,
      'invoke',
      FILE,
      'hello',
      '--http',
      '--data',
      '{"cmd_args": "[\\"df\\"]"}',
    );
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/status 403/);
    const none = await json(cwd, 'invoke', FILE, 'upper', '--http');
    expect(none.json).toMatchObject({ error: { code: 'no-address' } });
  });
});
