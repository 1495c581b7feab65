/** Workflows on OSCAR clusters where something goes wrong: a cluster is down, a job fails, a run is interrupted. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { needs } from '../standins/need.ts';
import { get, put } from '../standins/oscar/lab.ts';
import { fdl, fdlJson, start } from './fdl.ts';
import { clusterEnv, openLab } from './oscar-lab.ts';
import { FILE, FILES, type Ran, UPPER } from './oscar-shop.ts';
import { project } from './project.ts';
import { ENTER, fdlInPty } from './pty.ts';
import { until } from './until.ts';

describe('removing while a job runs', () => {
  const TWO = `name: two
functions:
  oscar:
    - lab: {name: upper, image: busybox, script: upper.sh, input: [{storage_provider: minio, path: shop/in}]}
    - lab: {name: other, image: busybox, script: upper.sh, input: [{storage_provider: minio, path: far/in}]}
`;

  async function running() {
    const lab = await openLab();
    onTestFinished(lab.close);
    const cwd = project({ 'workflow.yaml': TWO, 'upper.sh': UPPER });
    const at = { cwd, env: lab.env };
    expect((await fdl(['apply', FILE, '--yes'], at)).code).toBe(0);
    const { name } = lab.oscar.addJob({ service: 'upper', status: 'Running', started: new Date(), log: '' });
    const listeners = () => ['shop', 'far'].map((bucket) => lab.oscar.minio.listeners(bucket).length);
    return { at, name, services: () => [...lab.oscar.cluster.services.keys()], listeners };
  }

  it('changes nothing where nobody is asked, and names the job', async () => {
    const { at, name, services, listeners } = await running();
    for (const how of [[], ['--yes']]) {
      const { code, stderr } = await fdl(['rm', FILE, ...how], at);
      expect([code, stderr]).toEqual([1, expect.stringContaining(`upper: ${name}`)]);
      expect(stderr).toContain('fdl rm --force');
      expect([services(), listeners()]).toEqual([
        ['upper', 'other'],
        [1, 1],
      ]);
    }
    expect((await fdl(['rm', FILE, '--yes', '--force'], at)).code).toBe(0);
    expect(services()).toEqual([]);
  });

  it.skipIf(!needs('python3'))('asks in a terminal, and goes on when it may', async () => {
    const { at, name, services } = await running();
    const no = await fdlInPty(['rm', FILE], at);
    await no.says(new RegExp(`upper: ${name}[\\s\\S]*\\[y/N\\] $`));
    no.type(`n${ENTER}`);
    expect(await no.ended).toEqual({ code: 1 });
    expect(services()).toEqual(['upper', 'other']);
    const yes = await fdlInPty(['rm', FILE], at);
    await yes.says(/\[y\/N\] $/);
    yes.type(`y${ENTER}`);
    expect(await yes.ended).toEqual({ code: 0 });
    expect(services()).toEqual([]);
  });
});

describe('a cluster that is down', () => {
  const BOTH = `name: both
functions:
  oscar:
    - lab: {name: upper, image: busybox, script: upper.sh, input: [{storage_provider: minio, path: shop/in}]}
    - away: {name: far, image: busybox, script: upper.sh, input: [{storage_provider: minio, path: far/in}]}
`;

  it('fails its own steps only', async () => {
    const lab = await openLab();
    try {
      const cwd = project({ 'workflow.yaml': BOTH, 'upper.sh': UPPER });
      const env = { ...clusterEnv('away', 'http://127.0.0.1:1'), ...lab.env };
      const { code, json, stderr } = await fdlJson<{ outcomes: readonly { id: string; status: string }[] }>(
        ['apply', FILE, '--yes'],
        { cwd, env },
      );
      expect(code).toBe(1);
      expect(stderr).toContain('cluster away');
      const failed = json.outcomes.filter(({ status }) => status === 'failed');
      expect(failed.length).toBeGreaterThan(0);
      expect(failed.every(({ id }) => id.includes('away'))).toBe(true);
      expect([...lab.oscar.cluster.services.keys()]).toEqual(['upper']);
      const listed = await fdlJson(['ls', FILE], { cwd, env });
      expect(listed.json).toMatchObject({
        workflows: [
          {
            steps: [
              { step: 'upper', state: 'ready' },
              { step: 'far', state: expect.stringContaining('cannot be reached') },
            ],
          },
        ],
      });
      await put(lab.oscar.minio, 'shop', 'in/a.txt', 'x');
      await lab.oscar.settled();
      const status = await fdlJson(['status', FILE], { cwd, env });
      expect(status.json).toMatchObject({
        invocations: [{ step: 'upper', status: 'succeeded' }],
        unreached: [
          { error: { code: 'oscar-unreachable', message: expect.stringContaining('cluster away') } },
        ],
      });
      const logs = await fdl(['logs', FILE, '--filter', 'takes'], { cwd, env });
      expect([logs.stdout, logs.stderr]).toEqual([
        expect.stringContaining('upper takes a.txt'),
        expect.stringMatching(/^! cluster away .*\n$/),
      ]);
      const all = await fdlJson(['ls'], { cwd, env });
      expect(all.json).toMatchObject({
        workflows: [{ workflow: 'both' }],
        unreached: [{ provider: 'oscar', error: { code: 'oscar-unreachable' } }],
      });
    } finally {
      await lab.close();
    }
  });
});

describe('a job that fails', () => {
  const FAR = `name: far
functions:
  oscar:
    - lab:
        name: upper
        image: busybox
        script: upper.sh
        input: [{storage_provider: minio, path: far/in}]
        output: [{storage_provider: s3.my_s3, path: far-5f2c/out}]
storage_providers:
  s3:
    my_s3: {access_key: AKIAEXAMPLE, secret_key: '\${env:FAR_KEY}', region: us-east-1}
`;

  it('ends the run with what its log says, over TLS with a certificate that nobody vouches for', async () => {
    const lab = await openLab({ tls: true, settings: { s3Endpoint: 'http://127.0.0.1:1' } });
    try {
      const cwd = project({ 'workflow.yaml': FAR, 'upper.sh': UPPER, 'a.txt': 'x' });
      const env = { ...lab.env, FAR_KEY: 'key-of-far' };
      const refused = await fdlJson(['apply', FILE, '--yes'], { cwd, env });
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('ssl_verify')]);
      const open = { ...env, FDL_CLUSTER_LAB_SSL_VERIFY: 'false' };
      expect((await fdl(['apply', FILE, '--yes'], { cwd, env: open })).code).toBe(0);
      const ran = await fdlJson<Ran>(['run', FILE, 'a.txt', '-o', 'out'], { cwd, env: open });
      expect([ran.code, ran.json]).toMatchObject([
        1,
        {
          status: 'failed',
          invocations: [
            { step: 'upper', status: 'failed', outputs: [], reason: expect.stringContaining('127.0.0.1:1') },
          ],
          outputs: [],
        },
      ]);
      expect(ran.stdout + ran.stderr).not.toContain('key-of-far');
    } finally {
      await lab.close();
    }
  });
});

describe('a run that is interrupted', () => {
  it('leaves the steps at work', async () => {
    const lab = await openLab();
    try {
      const slow = UPPER.replace('echo', 'sleep 3; echo');
      const cwd = project({ ...FILES, 'upper.sh': slow, 'a.txt': 'x' });
      expect((await fdl(['apply', FILE, '--yes'], { cwd, env: lab.env })).code).toBe(0);
      const running = start(['run', FILE, 'a.txt'], { cwd, env: lab.env });
      await until('the job runs', async () =>
        lab.oscar.cluster.jobs.some(({ status }) => status === 'Running'),
      );
      running.kill('SIGINT');
      const { code, stderr } = await running.ended;
      expect([code, stderr]).toEqual([130, expect.stringContaining('fdl status')]);
      await lab.oscar.settled();
      expect(await get(lab.oscar.minio, 'shop', 'upper/a.txt')).toBe('X');
    } finally {
      await lab.close();
    }
  });
});
