/** The supervisor and the events' gateway with what they use of AWS: parameters, AWS Batch, the deployment bucket. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { quietly } from '../../src/storage/s3/client.ts';
import { s3Storage } from '../../src/storage/s3/index.ts';
import type { StepConfig } from '../../src/supervisor/config.ts';
import { type LambdaHost, startLambdaHost } from '../standins/lambda-host.ts';
import { MOTO_KEYS, startMoto } from '../standins/moto.ts';
import { needs } from '../standins/need.ts';
import { processSandbox } from '../standins/sandbox.ts';
import type { Server } from '../standins/server.ts';
import {
  type AwsOptions,
  makeQueue,
  makeUser,
  startCredentials,
  submittedJobs,
  writeStep,
} from './aws-parts.ts';
import { eventFor } from './lambda-steps.ts';
import { until } from './until.ts';

const SUPERVISOR = fileURLToPath(new URL('../../dist/supervisor.mjs', import.meta.url));
const GATEWAY = fileURLToPath(new URL('../../dist/gateway.mjs', import.meta.url));
const REGION = 'eu-west-1';
/** Milliseconds that a function has; much more than any of them needs. */
const DEADLINE = 30_000;

describe.skipIf(!needs('moto'))('the supervisor on AWS', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-supervisor-aws-'));
  let moto: Server;
  let options: AwsOptions;
  let target: NonNullable<StepConfig['batch']>;

  beforeAll(async () => {
    moto = await startMoto();
    options = { endpoint: moto.url, region: REGION, credentials: MOTO_KEYS };
    await call('/moto-api/config', 'POST', '{"batch": {"use_docker": false}}');
    for (const bucket of ['incoming', 'outgoing', 'deployment']) await call(`/${bucket}`, 'PUT', '');
    const value = { environment: { TOKEN: 'very-secret-token' }, stores: {} };
    const ssm = quietly(() => new SSMClient(options));
    await ssm.send(
      new PutParameterCommand({ Name: '/fdl/w/s', Type: 'SecureString', Value: JSON.stringify(value) }),
    );
    target = await makeQueue(options);
  });

  afterAll(async () => {
    await moto?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function call(at: string, method: string, body: string): Promise<void> {
    const response = await fetch(moto.url + at, { method, body });
    if (!response.ok) throw new Error(`${at}: ${response.status}`);
  }

  async function stored(bucket: string, key: string): Promise<string | undefined> {
    const storage = s3Storage({ endpoint: moto.url, credentials: MOTO_KEYS });
    return (await storage.stat(bucket, key)) && text(await storage.read(bucket, key));
  }

  /** The environment of a step with this script. */
  function stepEnv(script: string, changes: Partial<StepConfig> = {}): Readonly<Record<string, string>> {
    const at = mkdtempSync(path.join(folder, 'step-'));
    writeStep(at, script, changes);
    return {
      FDL_CONFIG: path.join(at, 'config.json'),
      FDL_TMP: path.join(at, 'tmp'),
      AWS_REGION: REGION,
      AWS_ENDPOINT_URL: moto.url,
      AWS_ACCESS_KEY_ID: MOTO_KEYS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: MOTO_KEYS.secretAccessKey,
      AWS_LAMBDA_FUNCTION_NAME: 'the-function',
    };
  }

  async function functionOf(env: Readonly<Record<string, string>>): Promise<LambdaHost> {
    const launch = (address: string) =>
      processSandbox(process.execPath, [SUPERVISOR], { ...env, AWS_LAMBDA_RUNTIME_API: address });
    const host = await startLambdaHost({ launch });
    onTestFinished(() => host.close());
    return host;
  }

  /** Runs a job with these variables, as AWS Batch would. */
  async function runJob(env: Readonly<Record<string, string>>, variables: Readonly<Record<string, string>>) {
    const sandbox = processSandbox(process.execPath, [SUPERVISOR], {
      ...env,
      AWS_BATCH_JOB_ATTEMPT: '1',
      ...variables,
    });
    onTestFinished(sandbox.kill);
    return { code: await sandbox.exited, log: sandbox.output() };
  }

  const jobsOf = (part: string) => submittedJobs(options, target.jobQueue, part);

  /** What the gateway answers, in a process of its own. */
  async function gateway(event: unknown, requestId: string, more: Readonly<Record<string, string>> = {}) {
    const program = `
      import { handler } from ${JSON.stringify(GATEWAY)};
      const context = { awsRequestId: ${JSON.stringify(requestId)}, functionName: 'the-gateway' };
      const answer = await handler(JSON.parse(process.env.EVENT), context);
      console.log('answer ' + JSON.stringify(answer));`;
    const FDL_GATEWAY = JSON.stringify({ workflow: 'w', step: 'g', batch: target });
    const env = { ...stepEnv(''), EVENT: JSON.stringify(event), FDL_GATEWAY, ...more };
    const sandbox = processSandbox(process.execPath, ['--input-type=module', '-e', program], env);
    const [code, log] = [await sandbox.exited, sandbox.output()];
    return { code, log, answer: JSON.parse(/^answer (.*)$/m.exec(log)?.[1] ?? 'null') };
  }

  describe('secrets', () => {
    const secrets = { from: 'parameter', name: '/fdl/w/s' } as const;
    const SHOW = 'echo "token: $TOKEN"; printf %s "$TOKEN" > "$TMP_OUTPUT_DIR/token"';

    it('reach the script of a function, and no log', async () => {
      await call('/incoming/a', 'PUT', 'x');
      const host = await functionOf(stepEnv(SHOW, { secrets }));
      const answer = await host.invoke(eventFor('a'), { deadlineMs: DEADLINE });
      expect(answer).toMatchObject({ status: 'succeeded' });
      expect(answer.logs).toContain('token: (secret)');
      expect(answer.logs).not.toContain('very-secret-token');
      expect(await stored('outgoing', 'done/token')).toBe('very-secret-token');
    });

    it('reach that of a job, by the credentials of its container', async () => {
      const env = {
        ...stepEnv(SHOW, { secrets, outputs: [] }),
        AWS_ACCESS_KEY_ID: '',
        AWS_SECRET_ACCESS_KEY: '',
        AWS_CONTAINER_CREDENTIALS_FULL_URI: await startCredentials(MOTO_KEYS),
        // No profile of whoever runs the tests.
        HOME: folder,
      };
      const { code, log } = await runJob(env, { AWS_BATCH_JOB_ID: 'j', FDL_EVENT: 'x' });
      expect([code, log]).toEqual([0, expect.stringContaining('token: (secret)')]);
    });

    it.each([
      ['is not there', { ...secrets, name: '/fdl/none' }, {}, 'SecretsMissing'],
      ['cannot be reached', secrets, { AWS_ENDPOINT_URL_SSM: 'http://127.0.0.1:1' }, 'SecretsUnreachable'],
    ])('keep a function from starting where the parameter %s', async (_what, ref, env, errorType) => {
      const host = await functionOf({ ...stepEnv('true', { secrets: ref }), ...env });
      expect(await host.invoke('x', { deadlineMs: DEADLINE })).toMatchObject({
        status: 'failed',
        error: { errorType },
      });
    });
  });

  describe('a function that passes on to AWS Batch', () => {
    it('does so once, and the job does what the function could not', async () => {
      await call('/incoming/big%20file.txt', 'PUT', 'hello');
      const script = `
        if test -z "$AWS_BATCH_JOB_ID"; then echo begun; sleep 60; fi
        echo "request: $AWS_LAMBDA_REQUEST_ID"; tr a-z A-Z < "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/\${INPUT_FILE_PATH##*/}"`;
      const env = stepEnv(script, { batch: target });
      const host = await functionOf(env);
      for (const requestId of ['r-1', 'r-1']) {
        const answer = await host.invoke(eventFor('big file.txt'), { deadlineMs: 2500, requestId });
        expect(answer).toMatchObject({
          status: 'succeeded',
          payload: expect.stringContaining('"delegated"'),
        });
        expect(answer.logs).toMatch(/"fdl":"end".*"status":"delegated".*"job":"/);
      }
      const jobs = await jobsOf('big-file-txt');
      expect(jobs).toHaveLength(1);
      const [{ jobId, variables } = { jobId: '', variables: {} }] = jobs;
      const { code, log } = await runJob(env, { ...variables, AWS_BATCH_JOB_ID: jobId });
      expect([code, log]).toEqual([0, expect.stringContaining('request: r-1')]);
      expect(log).toContain(`"job":"${jobId}","attempt":1,"delegatedBy":"the-function/r-1"`);
      expect(await stored('outgoing', 'done/big file.txt')).toBe('HELLO');
    });
  });

  it('ends with its script where a job is told to end', async () => {
    const env = { ...stepEnv('echo begun; sleep 60'), AWS_BATCH_JOB_ID: 'j', FDL_EVENT: 'x' };
    const sandbox = processSandbox(process.execPath, [SUPERVISOR], env);
    onTestFinished(sandbox.kill);
    await until('the script has begun', () => sandbox.output().includes('begun'));
    sandbox.stop();
    expect(await sandbox.exited).toBe(143);
    expect(sandbox.output()).toMatch(/"fdl":"end".*"status":"cancelled".*"job":"j"/);
  });

  describe('the gateway', () => {
    it('submits a job for each object, once, and the jobs run', async () => {
      for (const key of ['one', 'two']) await call(`/incoming/${key}`, 'PUT', key);
      const event = {
        Records: ['one', 'two'].flatMap((key) => (eventFor(key) as { Records: object[] }).Records),
      };
      const first = await gateway(event, 'g-1');
      expect(first).toMatchObject({ code: 0, answer: { status: 'delegated', jobs: [{}, {}] } });
      expect((await gateway(event, 'g-1')).answer).toEqual(first.answer);
      const jobs = [...(await jobsOf('g-one-')), ...(await jobsOf('g-two-'))];
      expect(jobs.map(({ jobId }) => jobId).toSorted()).toEqual(
        first.answer.jobs.map(({ id }: { id: string }) => id).toSorted(),
      );
      for (const { jobId, variables } of jobs) {
        const env = stepEnv('cp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR"');
        expect((await runJob(env, { ...variables, AWS_BATCH_JOB_ID: jobId })).code).toBe(0);
      }
      expect(await Promise.all(['one', 'two'].map((key) => stored('outgoing', `done/${key}`)))).toEqual([
        'one',
        'two',
      ]);
    });

    it('gives a job a long event by the deployment bucket, from which it goes with success', async () => {
      const { answer } = await gateway({ text: 'x'.repeat(50_000) }, 'g-2');
      const [job] = await jobsOf(answer.jobs[0].name);
      const uri = job?.variables['FDL_EVENT_URI'] ?? '';
      const key = uri.replace('s3://deployment/', '');
      expect(await stored('deployment', key)).toHaveLength(50_011);
      const variables = { FDL_EVENT_URI: uri, AWS_BATCH_JOB_ID: 'j' };
      const failed = await runJob(stepEnv('exit 9', { outputs: [] }), variables);
      expect([failed.code, (await stored('deployment', key))?.length]).toEqual([9, 50_011]);
      const { code, log } = await runJob(stepEnv('wc -c < "$INPUT_FILE_PATH"', { outputs: [] }), variables);
      expect([code, log]).toEqual([0, expect.stringMatching(/^\s*50011$/m)]);
      expect(await stored('deployment', key)).toBeUndefined();
    });

    it('fails where a job cannot be submitted', async () => {
      const batch = { ...target, jobQueue: 'no-such-queue' };
      const FDL_GATEWAY = JSON.stringify({ workflow: 'w', step: 'g', batch });
      const { code, log } = await gateway(eventFor('y'), 'g-3', { FDL_GATEWAY });
      expect([code, log]).toEqual([1, expect.stringContaining('"fdl":"undelegated"')]);
    });

    it('signs its calls right, as far as somebody else’s implementation says', async () => {
      const user = await makeUser(options);
      await call('/moto-api/reset-auth', 'POST', '0');
      onTestFinished(() => call('/moto-api/reset-auth', 'POST', 'inf'));
      const keys = { AWS_ACCESS_KEY_ID: user.accessKeyId, AWS_SECRET_ACCESS_KEY: user.secretAccessKey };
      expect(await gateway(eventFor('signed'), 'g-4', keys)).toMatchObject({ code: 0 });
      const wrong = { ...keys, AWS_SECRET_ACCESS_KEY: 'a-wrong-secret-access-key' };
      expect(await gateway(eventFor('signed'), 'g-5', wrong)).toMatchObject({
        code: 1,
        log: expect.stringContaining('SignatureDoesNotMatch'),
      });
    });
  });
});
