/** `fdl cluster health|status|logs`, `fdl metrics` and `fdl service logs`, with a fake cluster. */
import { describe, expect, it } from 'vitest';
import { call, openOscar, sample } from '../standins/oscar/lab.ts';
import { fdl, fdlJson } from './fdl.ts';
import { clusterEnv } from './oscar-lab.ts';
import { project } from './project.ts';

describe('a cluster as a whole', () => {
  it('says how it is, who called services, and what they used', async () => {
    const oscar = await openOscar();
    const options = { cwd: '/', env: clusterEnv('lab', oscar.url) };
    const expose = { api_port: [80], min_scale: 1, max_scale: 1, cpu_threshold: 80 };
    await call(oscar, 'POST /system/services', sample('web', { expose, input: [], output: [] }));
    await call(oscar, 'POST /system/services', sample('upper'));
    oscar.addJob({ service: 'upper', status: 'Succeeded', started: new Date() });
    const health = await fdlJson(['cluster', 'health', 'lab'], options);
    expect(health.json, health.stderr).toMatchObject({ cluster: 'lab' });
    const status = await fdlJson(['cluster', 'status'], options);
    const node = { name: 'node1', state: 'Ready', millicpus: 4000, memoryUsed: 2e9 };
    expect(status.json).toMatchObject({ nodes: [node], freeMillicpus: 3500, ready: true, jobs: 1 });
    const time = expect.stringMatching(/^[\d-]+T[\d:.]+Z$/);
    const logs = await fdlJson(['cluster', 'logs'], options);
    expect(logs.json).toMatchObject({ calls: [{ time, path: '/job/upper', status: 201, user: 'oscar' }] });
    const all = await fdl(['metrics'], options);
    expect(all.stdout).toMatch(/requests +1\n/);
    expect(all.stdout).not.toContain('cpu-hours');
    expect(all.stderr).toContain('not all is counted: cluster lab gets nothing, or not all, from prometheus');
    const one = await fdlJson(['metrics', 'upper', '--since', '2026-01-31'], options);
    const metrics = [{ name: 'requests-async', value: 1 }];
    expect(one.json).toMatchObject({
      start: '2026-01-31T00:00:00.000Z',
      metrics,
      incomplete: ['prometheus'],
    });
    const groups = await fdlJson(['metrics', '--by', 'service'], options);
    expect(groups.json).toMatchObject({ by: 'service', groups: [{ name: 'upper', requests: 1, users: 1 }] });
    const ahead = await fdlJson(['metrics', '--since', '2999-01-01'], options);
    expect([ahead.code, ahead.json]).toMatchObject([2, { error: { code: 'since-invalid' } }]);
    const none = await fdlJson(['metrics', 'uper'], options);
    expect(none.json).toMatchObject({ error: { code: 'service-unknown' } });
    const pods = await fdlJson(['service', 'logs', 'web'], options);
    expect(pods.json).toMatchObject({ state: 'ready', lines: [{ message: 'web is listening' }] });
    const step = {
      lab: { name: 'web', image: 'nginx', script: '#!/bin/sh\nnginx\n', expose: { api_port: 80 } },
    };
    const cwd = project({ 'workflow.yaml': JSON.stringify({ functions: { oscar: [step] } }) });
    const ofFile = await fdlJson(['logs', '--deployment', 'web', '--tail', '5'], { ...options, cwd });
    expect(ofFile.json).toMatchObject({ cluster: 'lab', lines: [{ message: 'web is listening' }] });
    const jobs = await fdl(['logs', '--deployment', 'upper', '--cluster', 'lab'], options);
    expect([jobs.code, jobs.stdout, jobs.stderr]).toEqual([
      0,
      '',
      expect.stringContaining('no log of its own'),
    ]);
  });

  it('is not well where another server answers', async () => {
    const oscar = await openOscar({
      trouble: () => ({ status: 200, body: '<html><title>Login</title></html>' }),
    });
    const health = await fdl(['cluster', 'health'], { cwd: '/', env: clusterEnv('lab', oscar.url) });
    expect([health.code, health.stderr]).toEqual([
      1,
      expect.stringContaining('does not answer /health as OSCAR does: it is a page of HTML "Login"'),
    ]);
  });

  it('of an old release: the nodes in its own form, and since when there is the rest', async () => {
    const oscar = await openOscar({ release: '3.6.1' });
    const options = { cwd: '/', env: clusterEnv('lab', oscar.url) };
    const status = await fdl(['cluster', 'status'], options);
    expect(status.stdout).toContain('node1    0.5 of 4 processors  2.0 GB of 8.0 GB memory');
    const metrics = await fdl(['metrics'], options);
    expect([metrics.code, metrics.stderr]).toEqual([
      1,
      expect.stringContaining('cluster lab has no metrics, which OSCAR has since 4.0.0'),
    ]);
    const logs = await fdl(['cluster', 'logs'], options);
    expect([logs.code, logs.stderr]).toEqual([
      1,
      expect.stringContaining('has no log of calls, which OSCAR has since 3.6.5'),
    ]);
  });
});
