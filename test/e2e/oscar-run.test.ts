/** Workflows on OSCAR clusters: `fdl apply`, `run`, `put`, `get`, `status`, `logs`, `invoke`, `ls` and `rm`. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wayOfToday } from '../sample.ts';
import { get, put } from '../standins/oscar/lab.ts';
import { fdl, fdlJson, start } from './fdl.ts';
import { type Lab, openLab } from './oscar-lab.ts';
import { FILE, FILES, type Invocation, type Ran, UPPER } from './oscar-shop.ts';
import { filesBelow, project } from './project.ts';

const brief = ({ step, status, input }: Invocation) => `${step} ${status} ${input?.uri}`;

/** The newest, and one of the others. */
const RELEASES = [...wayOfToday(['3.6.5', '4.0.0']), '4.1.2'];

describe.each(RELEASES)('a workflow on a cluster of release %s', (release) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab({ release });
  });
  afterAll(() => lab?.close());

  const call = (cwd: string, ...args: readonly string[]) => fdl(args, { cwd, env: lab.env });
  const json = <T>(cwd: string, ...args: readonly string[]) => fdlJson<T>(args, { cwd, env: lab.env });

  it('is missed by run before it is there', async () => {
    const cwd = project({ ...FILES, 'a.txt': 'hello' });
    const { code, json: answer } = await json(cwd, 'run', FILE, 'a.txt');
    expect(answer).toMatchObject({ error: { code: 'step-not-deployed' } });
    expect(code).toBe(1);
  });

  it('runs from the inputs to the final outputs', async () => {
    const cwd = project({ ...FILES, 'data/a.txt': 'hello', 'data/ä+b c.txt': 'more words' });
    const applied = await call(cwd, 'apply', FILE);
    expect([applied.code, applied.stderr]).toEqual([0, expect.not.stringContaining('✗')]);
    const again = await json<{ summary: object }>(cwd, 'apply', FILE);
    expect(again.json.summary).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    const { code, json: ran, stderr } = await json<Ran>(cwd, 'run', FILE, 'data', '-o', 'results');
    expect([code, stderr]).toEqual([0, '']);
    expect(ran).toMatchObject({ workflow: 'shop', status: 'succeeded', left: 0 });
    expect(ran.invocations.map(brief).sort()).toEqual([
      'count succeeded minio.lab://shop/upper/a.txt',
      'count succeeded minio.lab://shop/upper/ä+b c.txt',
      'upper succeeded minio.lab://shop/in/a.txt',
      'upper succeeded minio.lab://shop/in/ä+b c.txt',
    ]);
    expect(filesBelow(path.join(cwd, 'results'))).toEqual(['count/a.txt.count', 'count/ä+b c.txt.count']);
    expect(readFileSync(path.join(cwd, 'results/count/a.txt.count'), 'utf8')).toBe('5\n');
  });

  it('shows what ran, and what it wrote', async () => {
    const cwd = project({ ...FILES, 'late.txt': 'once more' });
    const waited = await json(cwd, 'put', 'late.txt', '--wait');
    expect([waited.code, waited.json]).toMatchObject([
      0,
      { transfers: [{ target: 'minio.lab://shop/in/late.txt' }] },
    ]);
    const { json: status } = await json<{ invocations: readonly Invocation[] }>(cwd, 'status', FILE);
    const late = status.invocations.find(({ input }) => input?.uri === 'minio.lab://shop/in/late.txt');
    expect(late).toMatchObject({
      status: 'succeeded',
      outputs: [{ uri: 'minio.lab://shop/upper/late.txt', size: 9 }],
    });
    const { stdout } = await call(cwd, 'logs', FILE, '--invocation', late?.id ?? '', '--filter', 'takes');
    expect(stdout).toMatch(/^\S+ upper upper takes late\.txt\n$/);
    const counted = await call(cwd, 'logs', FILE, 'count', '--since', '1h');
    expect(counted.stdout).toContain('Uploading file');
    expect(counted.stdout).not.toContain('upper takes');
    lab.oscar.forget();
    const { json: listed } = await json(cwd, 'ls', FILE);
    expect(lab.oscar.calls.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['upper', 'count', 'hello'].map((name) => `/system/services/${name}`)),
    );
    expect(lab.oscar.calls).toHaveLength(3);
    expect(listed).toMatchObject({
      workflows: [
        { workflow: 'shop', steps: ['upper', 'count', 'hello'].map((step) => ({ step, state: 'ready' })) },
      ],
    });
    const everything = await json(cwd, 'ls');
    expect(everything.json).toMatchObject({ workflows: [{ workflow: 'shop' }] });
  });

  it('fetches outputs, whenever they were made', async () => {
    const cwd = project(FILES);
    const { code, stdout, stderr } = await call(cwd, 'get', '*.count', '-o', 'got');
    expect([code, stderr, stdout]).toEqual([0, '', expect.stringContaining('late.txt.count')]);
    expect(filesBelow(path.join(cwd, 'got'))).toContain('count/late.txt.count');
  });

  it('answers direct calls, and starts jobs', async () => {
    const cwd = project(FILES);
    const called = await json(cwd, 'invoke', FILE, 'hello', '--data', 'world');
    expect([called.code, called.json]).toMatchObject([0, { status: 'succeeded', result: 'hello world\n' }]);
    const { json: event } = await json(cwd, 'invoke', FILE, 'hello', '--data', '{"a":1}');
    expect(event).toMatchObject({ result: 'hello {"a":1}\n' });
    const { json: accepted } = await json(cwd, 'invoke', FILE, 'hello', '--data', 'later', '--async');
    expect(accepted).toMatchObject({ status: 'accepted' });
    await lab.oscar.settled();
    const { stdout } = await call(cwd, 'logs', FILE, 'hello');
    expect(stdout).toContain('hello later');
  });

  it('follows the log until it is interrupted', async () => {
    const cwd = project({ ...FILES, 'live.txt': 'x' });
    const logs = start(['logs', FILE, 'upper', '--follow', '--filter', 'takes'], { cwd, env: lab.env });
    await logs.says(/late\.txt/);
    await put(lab.oscar.minio, 'shop', 'in/live.txt', 'live');
    await logs.says(/live\.txt/);
    logs.kill('SIGINT');
    expect((await logs.ended).stdout.match(/takes live\.txt/g)).toHaveLength(1);
  });

  it.runIf(release === '4.1.2')('runs inputs again that failed, with what is set up now', async () => {
    const cwd = project({ ...FILES, 'upper.sh': UPPER.replace('takes', 'takes again') });
    const failed = lab.oscar.cluster.jobs.find(({ log }) => log?.includes('upper takes late.txt'));
    if (failed) failed.status = 'Failed';
    const before = await json<{ invocations: readonly Invocation[] }>(cwd, 'status', FILE, '--failed');
    expect([before.code, before.json.invocations.map(brief)]).toEqual([
      1,
      ['upper failed minio.lab://shop/in/late.txt'],
    ]);
    expect((await call(cwd, 'apply', FILE)).code).toBe(0);
    const again = await json<Ran>(cwd, 'rerun', FILE, '-o', 'again');
    expect([again.code, again.json.invocations.map(brief).sort()], again.stderr).toEqual([
      0,
      ['count succeeded minio.lab://shop/upper/late.txt', 'upper succeeded minio.lab://shop/in/late.txt'],
    ]);
    expect(readFileSync(path.join(cwd, 'again/count/late.txt.count'), 'utf8')).toBe('9\n');
    const after = await json<{ invocations: readonly Invocation[] }>(cwd, 'status', FILE, '--failed');
    expect([after.code, after.json.invocations]).toEqual([0, []]);
    const { stdout } = await call(cwd, 'logs', FILE, 'upper', '--filter', 'takes again');
    expect(stdout).toContain('takes again late.txt');
  });

  it('goes without its data', async () => {
    const cwd = project(FILES);
    const removed = await call(cwd, 'rm', FILE, '--yes');
    expect([removed.code, removed.stderr]).toEqual([0, expect.not.stringContaining('✗')]);
    expect([...lab.oscar.cluster.services.keys()]).toEqual([]);
    expect(await get(lab.oscar.minio, 'shop', 'out/late.txt.count')).toBe('9\n');
    const everything = await json(cwd, 'ls');
    expect(everything.json).toEqual({ workflows: [], unreached: [] });
  });
});
