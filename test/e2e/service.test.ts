/** `fdl service`, `fdl volume` and `fdl quota`: the built program with a fake cluster. */
import { describe, expect, it } from 'vitest';
import { call, openIssuer, openOscar, sample } from '../standins/oscar/lab.ts';
import { fdl, fdlJson } from './fdl.ts';
import { clusterEnv } from './oscar-lab.ts';

interface Failed {
  readonly error: { readonly code: string };
}

describe('a cluster without a file', () => {
  it('service: ls, stop, start, clear', async () => {
    const oscar = await openOscar();
    const options = { cwd: '/', env: clusterEnv('lab', oscar.url) };
    const annotations = { 'fdl/workflow': 'shop', 'fdl/step': 'upper' };
    await call(oscar, 'POST /system/services', sample('upper', { annotations }));
    const expose = { api_port: [80], min_scale: 1, max_scale: 1, cpu_threshold: 80 };
    await call(oscar, 'POST /system/services', sample('web', { expose, input: [], output: [] }));
    const ls = await fdlJson(['service', 'ls'], options);
    expect(ls.json).toMatchObject({
      services: [
        { name: 'upper', workflow: 'shop' },
        { name: 'web', url: expect.stringContaining('/exposed/') },
      ],
    });
    expect((await fdlJson(['service', 'stop', 'web'], options)).json).toMatchObject({ state: 'stopped' });
    expect((await fdl(['service', 'restart', 'web'], options)).stdout).toContain(
      'until fdl service start web.',
    );
    expect((await fdl(['service', 'start', 'web'], options)).stdout).toContain('is ready');
    const job = await fdl(['service', 'stop', 'upper'], options);
    expect([job.code, job.stderr]).toEqual([1, expect.stringContaining('is not exposed')]);
    for (const status of ['Succeeded', 'Failed'] as const)
      oscar.addJob({ service: 'upper', status, started: new Date() });
    const done = oscar.cluster.jobs.find(({ status }) => status === 'Succeeded')?.name;
    const cleared = await fdlJson(['service', 'clear', 'upper'], options);
    expect(cleared.json).toMatchObject({ jobs: [done] });
    const asked = await fdlJson<Failed>(['service', 'clear', 'upper', '--all'], options);
    expect([asked.code, asked.json.error.code]).toEqual([2, 'not-confirmed']);
    const alike = await fdlJson<Failed>(['logs', 'rm', 'upper', '--all'], options);
    expect([alike.code, alike.json.error.code]).toEqual([2, 'not-confirmed']);
    expect(oscar.cluster.jobs.map(({ status }) => status)).toEqual(['Failed']);
    expect((await fdlJson(['logs', 'rm', 'upper', '--all', '--yes'], options)).json).toMatchObject({
      service: 'upper',
      jobs: [expect.any(String)],
    });
    expect(oscar.cluster.jobs).toEqual([]);
    const none = await fdlJson<Failed>(['service', 'clear', 'uper'], options);
    expect([none.code, none.json.error.code]).toEqual([1, 'service-unknown']);
    const old = await openOscar({ release: '4.0.0' });
    await call(old, 'POST /system/services', sample('upper'));
    const stopped = await fdl(['service', 'stop', 'upper'], { cwd: '/', env: clusterEnv('lab', old.url) });
    expect([stopped.code, stopped.stderr]).toEqual([
      1,
      expect.stringContaining('which OSCAR has since 4.1.0'),
    ]);
  });

  it('rm: a service whoever made it, and a workflow, without a file; data stays', async () => {
    const oscar = await openOscar();
    const options = { cwd: '/', env: clusterEnv('lab', oscar.url) };
    const made = (workflow: string, owner?: string) => {
      const annotations = { 'fdl/workflow': workflow, 'fdl/step': 'x', ...(owner && { 'fdl/owner': owner }) };
      return { annotations };
    };
    await call(oscar, 'POST /system/services', sample('one', made('shop')));
    await call(oscar, 'POST /system/services', sample('two', made('shop')));
    await call(oscar, 'POST /system/services', sample('theirs', made('lent', 'ada')));
    await call(oscar, 'POST /system/services', sample('other'));
    const asked = await fdlJson<Failed>(['rm', '--service', 'other'], options);
    expect([asked.code, asked.json.error.code]).toEqual([2, 'not-confirmed']);
    const removed = await fdlJson(['rm', '--service', 'one', '--yes'], options);
    expect(removed.json, removed.stderr).toMatchObject({ summary: { delete: 1 } });
    expect([...oscar.cluster.services.keys()].sort()).toEqual(['other', 'theirs', 'two']);
    expect(oscar.minio.listeners('one')).toEqual([]);
    expect((await fdl(['rm', '--service', 'other', '--cluster', 'lab', '--yes'], options)).code).toBe(0);
    expect((await fdl(['rm', '--workflow', 'shop', '--yes'], options)).code).toBe(0);
    expect([...oscar.cluster.services.keys()]).toEqual(['theirs']);
    expect(await oscar.minio.buckets()).toEqual(expect.arrayContaining(['one', 'other', 'two']));
    const theirs = await fdlJson<Failed>(['rm', '--workflow', 'lent', '--yes'], options);
    expect([theirs.code, theirs.json.error.code]).toEqual([1, 'not-owned']);
    const file = await fdlJson<Failed>(['rm', 'a.yaml', '--service', 'two'], options);
    expect([file.code, file.json.error.code]).toEqual([2, 'usage']);
  });

  it('quota: of who is logged in, and set by the administrator', async () => {
    const issuer = await openIssuer();
    const oscar = await openOscar({ issuer });
    const options = { cwd: '/', env: clusterEnv('lab', oscar.url) };
    const nobody = await fdlJson<Failed>(['quota'], options);
    expect([nobody.code, nobody.json.error.code]).toEqual([2, 'quota-user']);
    const wrong = await fdl(['quota', 'ada', '--set', 'volume=5'], options);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('Did you mean volumes?')]);
    const set = await fdlJson(['quota', 'ada', '--set', 'volumes=5', '--set', 'buckets=7'], options);
    const buckets = { name: 'buckets', used: '0', max: '7' };
    expect(set.json).toMatchObject({ user: 'ada', limits: expect.arrayContaining([buckets]) });
    const login = { FDL_CLUSTER_LAB_USER: '', FDL_CLUSTER_LAB_TOKEN: issuer.accessToken('ada') };
    const own = await fdl(['quota'], { cwd: '/', env: { ...options.env, ...login } });
    expect(own.stdout).toMatch(/^volumes +0 used +5 at most\nvolume-storage +0 used +6Gi at most\n/);
  });

  it('volume: create, ls, rm', async () => {
    const oscar = await openOscar();
    const options = { cwd: '/', env: clusterEnv('lab', oscar.url) };
    await fdl(['volume', 'create', 'models', '1Gi'], options);
    const again = await fdlJson<Failed>(['volume', 'create', 'models', '1Gi'], options);
    expect([again.code, again.json.error.code]).toEqual([1, 'volume-exists']);
    const volume = { name: 'models', mount_path: '/models' };
    await call(oscar, 'POST /system/services', sample('upper', { volume }));
    expect((await fdl(['volume', 'ls'], options)).stdout).toBe('models  1Gi  attached by upper\n');
    const kept = await fdl(['volume', 'rm', 'models', '--delete-data', '--yes'], options);
    expect([kept.code, kept.stderr]).toEqual([1, expect.stringContaining('still attached')]);
    await call(oscar, 'DELETE /system/services/upper');
    const safe = await fdlJson<Failed>(['volume', 'rm', 'models', '--yes'], options);
    expect([safe.code, safe.json.error.code]).toEqual([1, 'volume-data']);
    expect((await fdl(['volume', 'info', 'models'], options)).code).toBe(0);
    expect((await fdl(['volume', 'rm', 'models', '--delete-data', '--yes'], options)).code).toBe(0);
    const gone = await fdlJson<Failed>(['volume', 'info', 'models'], options);
    expect([gone.code, gone.json.error.code]).toEqual([1, 'volume-unknown']);
  });
});
