/** The supervisor as the runtime of a function, in an image that has nothing but a shell. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { s3Storage } from '../../src/storage/s3/index.ts';
import { isTried } from '../sample.ts';
import { type LambdaHost, startLambdaHost } from '../standins/lambda-host.ts';
import { MOTO_KEYS, startMoto } from '../standins/moto.ts';
import { needs } from '../standins/need.ts';
import { openPodman, type Podman } from '../standins/podman.ts';
import { fillRootfs, SUPERVISOR_COMMAND } from '../standins/rootfs.ts';
import { containerLaunch } from '../standins/sandbox.ts';
import type { Server } from '../standins/server.ts';
import { addSteps, bodyOf, eventFor, payloadOf } from './lambda-steps.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/supervisor.mjs', import.meta.url));
const IMAGE = `localhost/fdl-test-lambda:${process.pid}`;
/** The runtime is not the first process of its container, as on AWS Lambda: the first one is a shell here. */
const COMMAND = ['/bin/sh', '-c', '"$@" & wait $!', 'sh', ...SUPERVISOR_COMMAND];
/** Milliseconds that a function has; much more than any of them needs. */
const DEADLINE = 60_000;

describe.skipIf(!isTried(1) || !needs('podman', 'busybox', 'moto'))(
  'a function on a host like AWS Lambda',
  () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'fdl-lambda-'));
    let podman: Podman;
    let moto: Server;

    beforeAll(async () => {
      podman = openPodman();
      const root = path.join(folder, 'root');
      fillRootfs(root, PROGRAM);
      addSteps(root);
      podman.importFolder(root, IMAGE);
      moto = await startMoto();
      for (const bucket of ['incoming', 'outgoing']) await put(`/${bucket}`, '');
    });

    afterAll(async () => {
      await moto?.stop();
      await podman?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    async function put(at: string, body: string): Promise<void> {
      const response = await fetch(moto.url + at, { method: 'PUT', body });
      if (!response.ok) throw new Error(`${at}: ${response.status}`);
    }

    async function stored(key: string): Promise<string | undefined> {
      const storage = s3Storage({ endpoint: moto.url, credentials: MOTO_KEYS });
      return (await storage.stat('outgoing', key)) && text(await storage.read('outgoing', key));
    }

    /** A host for one of the functions. */
    async function hostOf(name: string, container: string = ''): Promise<LambdaHost> {
      const env = {
        FDL_CONFIG: `/opt/fdl/steps/${name}/config.json`,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test-secret-key',
        AWS_ENDPOINT_URL: moto.url,
      };
      const named = container === '' ? {} : { name: () => container };
      const launch = containerLaunch({ podman, image: IMAGE, command: COMMAND, env, ...named });
      const host = await startLambdaHost({ launch });
      onTestFinished(() => host.close());
      return host;
    }

    const invoke = (host: LambdaHost, event: unknown) => host.invoke(event, { deadlineMs: DEADLINE });

    it('fetches the object of an event, runs the script, stores the output', async () => {
      await put('/incoming/a%20b.txt', 'hello');
      const host = await hostOf('upper');
      const answer = await invoke(host, eventFor('a b.txt'));
      expect(payloadOf(answer)).toMatchObject({
        step: 'upper',
        status: 'succeeded',
        outputs: [{ uri: 's3://outgoing/upper/993-a b.txt', size: 5 }],
      });
      expect(await stored('upper/993-a b.txt')).toBe('HELLO');
      expect(answer.logs).toContain('"fdl":"start"');
      expect(answer.logs).toMatch(/"fdl":"end".*"status":"succeeded"/);
      expect(answer.logs).not.toMatch(/test-secret-key|Warning/);
    });

    it('uses one process for several events, and leaves nothing of one to the next', async () => {
      const container = `fdl-test-lambda-${process.pid}`;
      const host = await hostOf('messy', container);
      for (const event of ['first', 'second']) {
        const said = bodyOf(await invoke(host, event));
        expect(said).toMatch(/^files: 2$/m);
        expect(said).toMatch(/^processes: .*\bsh\b/m);
        expect(said).not.toContain('sleep');
      }
      expect((await podman.run(['exec', container, 'ls', '-A', '/tmp'])).stdout).toBe('');
      expect(host.starts()).toBe(1);
    });

    it('gives scripts a HOME that can be written, and is empty each time', async () => {
      const host = await hostOf('homely');
      for (const event of ['first', 'second']) expect(bodyOf(await invoke(host, event))).toBe('/tmp\n');
    });

    it('reports a script that fails, and goes on', async () => {
      await put('/incoming/bad', 'bad');
      await put('/incoming/good', 'good');
      const host = await hostOf('picky');
      // No failure to AWS Lambda, which would repeat it.
      expect(payloadOf(await invoke(host, eventFor('bad')))).toMatchObject({
        status: 'failed',
        reason: `step "picky" failed on s3://incoming/bad: the script ended with exit code 7
Last lines of the script:
looking at bad`,
      });
      expect(await invoke(host, eventFor('nowhere'))).toMatchObject({
        error: { errorType: 'StepFailed', errorMessage: expect.stringContaining('there is no "nowhere"') },
      });
      expect(payloadOf(await invoke(host, eventFor('good')))).toMatchObject({ status: 'succeeded' });
      expect(host.starts()).toBe(1);
    });

    it('ends a script before its time is up, and goes on', async () => {
      const host = await hostOf('slow');
      const timedOut = { errorType: 'ScriptTimedOut', errorMessage: expect.stringContaining('begun') };
      expect(await host.invoke('x', { deadlineMs: 2000 })).toMatchObject({
        status: 'failed',
        error: timedOut,
      });
      expect(await host.invoke('x', { deadlineMs: 1000 })).toMatchObject({
        status: 'failed',
        error: timedOut,
      });
      expect(host.starts()).toBe(1);
    });

    it('is ended with all that it started when it does not answer, and starts anew', async () => {
      const host = await hostOf('frozen');
      expect(await host.invoke('freeze', { deadlineMs: 1000 })).toMatchObject({
        error: { errorType: 'Sandbox.Timedout' },
      });
      expect(payloadOf(await invoke(host, 'go'))).toMatchObject({ statusCode: 200 });
      expect(host.starts()).toBe(2);
    });

    it('survives a script that takes all the memory', async () => {
      const host = await hostOf('greedy');
      expect(await invoke(host, 'x')).toMatchObject({
        error: { errorType: 'ScriptFailed', errorMessage: expect.stringContaining('dd: 137') },
      });
      expect(host.starts()).toBe(1);
    });

    it('answers a direct call with what the script writes', async () => {
      const host = await hostOf('shout');
      const answer = await invoke(host, { question: 'why' });
      expect(payloadOf(answer)).toMatchObject({
        statusCode: 200,
        isBase64Encoded: true,
        headers: { 'amz-log-group-name': '/aws/lambda/standin' },
      });
      expect(bodyOf(answer)).toBe('{"QUESTION":"WHY"}');
      expect(bodyOf(await invoke(host, { cmd_args: '["id", "-u"]' }))).toBe('993\n');
    });

    it('answers requests over HTTP of both kinds, and runs no script that comes with one', async () => {
      const host = await hostOf('shout');
      const kinds = [
        { httpMethod: 'POST', path: '/', headers: {} },
        { version: '2.0', requestContext: { http: { method: 'POST', path: '/' } }, headers: {} },
      ];
      for (const request of kinds) {
        const answer = await invoke(host, { ...request, body: 'hello, all', isBase64Encoded: false });
        expect(payloadOf(answer)).toMatchObject({ statusCode: 200, isBase64Encoded: true });
        expect(bodyOf(answer)).toBe('HELLO, ALL');
        const script = Buffer.from('echo pwned').toString('base64');
        const refused = await invoke(host, { ...request, body: JSON.stringify({ script }) });
        expect(payloadOf(refused)).toMatchObject({ statusCode: 403 });
        expect(refused.logs + bodyOf(refused)).not.toContain('pwned');
      }
    });

    it('says that an answer is too large', async () => {
      const host = await hostOf('chatty');
      expect(await invoke(host, 'x')).toMatchObject({ error: { errorType: 'AnswerTooLarge' } });
    });

    it('reports that it cannot start', async () => {
      const host = await hostOf('missing');
      const answer = await invoke(host, 'x');
      expect(answer).toMatchObject({
        status: 'failed',
        error: {
          errorType: 'ConfigInvalid',
          errorMessage: expect.stringContaining('/opt/fdl/steps/missing/config.json'),
        },
      });
      expect(answer.logs).toContain('fdl supervisor: the configuration of the step cannot be read');
    });

    it('works side by side with others of its kind', async () => {
      const names = ['one', 'two', 'three'];
      await Promise.all(names.map((name) => put(`/incoming/${name}`, name)));
      const answers = await Promise.all(
        names.map(async (name) => invoke(await hostOf('upper'), eventFor(name))),
      );
      expect(answers.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
      const contents = await Promise.all(names.map((name) => stored(`upper/993-${name}`)));
      expect(contents).toEqual(['ONE', 'TWO', 'THREE']);
    });
  },
);
