/** Everything else that services have, on fake clusters: mounts, volumes, buckets of single users, other owners. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { oscarProvider } from '../../src/providers/oscar/index.ts';
import type { Workflow } from '../../src/workflow/model.ts';
import { workflowOf } from '../providers/local/samples.ts';
import { applyOn, contextFor, planned, planOn, unhappy } from '../providers/oscar/deploying.ts';
import { wayOfToday } from '../sample.ts';
import { needs } from '../standins/need.ts';
import { call, openIssuer, openRealOscar as openOscar } from '../standins/oscar/lab.ts';
import type { Oscar } from '../standins/oscar/oscar.ts';

const IS_REAL = needs('minio');

function service(more: string): Workflow {
  return workflowOf(`name: shop
functions:
  oscar:
  - lab:
      name: a
      image: busybox
      script: "#!/bin/sh\\n:\\n"
${more.replace(/^/gm, '      ')}
`);
}

/** The least that a cluster takes for a service. */
const BARE = { name: 'a', image: 'busybox', script: '#!/bin/sh\n:\n' };

/** Puts an object, and lets what it starts come to its end. */
async function put({ minio, settled, cluster }: Oscar, Bucket: string, Key: string): Promise<void> {
  await minio.client.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ContentLength: 1 }));
  await settled();
  await new Promise((resolve) => setTimeout(resolve, 100));
  cluster.jobs.splice(0);
}

/** The newest, and one of the others. */
const RELEASES = [...wayOfToday(['3.6.1', '4.0.0']), '4.1.2'];

describe.skipIf(!IS_REAL).each(RELEASES)('on OSCAR %s', (release) => {
  it('a folder is mounted, in a bucket that may be there already, and stays', async () => {
    const oscar = await openOscar({ release });
    const urls = { lab: oscar.url };
    await oscar.minio.create('models');
    const workflow = service('mount: {storage_provider: minio, path: models/big}\nexpose: {api_port: 80}');
    expect(unhappy(await applyOn(workflow, urls))).toEqual([]);
    expect(planned((await planOn(workflow, urls)).plan)).toEqual([]);
    const changed = service(
      'memory: 1Gi\nmount: {storage_provider: minio, path: models/big}\nexpose: {api_port: 80}',
    );
    expect(unhappy(await applyOn(changed, urls))).toEqual([]);
    expect(oscar.cluster.services.get('a')).toMatchObject({ memory: '1Gi', mount: { path: 'models/big' } });
    expect(unhappy(await applyOn(changed, urls, { remove: true, deleteData: true }))).toEqual([]);
    expect(await oscar.minio.buckets()).toEqual(['models']);
  });

  it('another input takes the place of the first, of which nothing is heard any more', async () => {
    const oscar = await openOscar({ release });
    const urls = { lab: oscar.url };
    await applyOn(service('input: [{storage_provider: minio, path: one/in}]'), urls);
    await put(oscar, 'one', 'in/file');
    const other = service('input: [{storage_provider: minio, path: two/in}]');
    expect(unhappy(await applyOn(other, urls))).toEqual([]);
    expect(oscar.minio.listeners('one')).toEqual([]);
    expect(oscar.minio.listeners('two')).toHaveLength(1);
    expect([...(await oscar.minio.buckets())].sort()).toEqual(['one', 'two']);
    const pruned = await applyOn(other, urls, { orphans: 'delete' });
    expect(unhappy(pruned)).toEqual([expect.stringContaining('has 1 file; --delete-data removes it')]);
  });

  it('a service of somebody else is refused, and taken over with its bucket when that is asked for', async () => {
    const oscar = await openOscar({ release });
    const urls = { lab: oscar.url };
    const theirs = { name: 'a', image: 'busybox', script: '#!/bin/sh\n:\n' };
    const input = [{ storage_provider: 'minio.default', path: 'flow/in' }];
    // Up to 3.6.3 it complains about the administrator's policy, and goes on.
    const made = await call(oscar, 'POST /system/services', { ...theirs, input });
    expect(made.status).toBe(release === '3.6.1' ? 500 : 201);
    await put(oscar, 'flow', 'in/file');
    const workflow = service('input: [{storage_provider: minio, path: flow/in}]');
    await expect(planOn(workflow, urls)).rejects.toMatchObject({ code: 'not-owned' });
    expect(unhappy(await applyOn(workflow, urls, { adopt: true }))).toEqual([]);
    expect(planned((await planOn(workflow, urls)).plan)).toEqual([]);
    expect(oscar.minio.listeners('flow')).toHaveLength(1);
    expect(unhappy(await applyOn(workflow, urls, { remove: true }))).toEqual([]);
    expect(await oscar.minio.buckets()).toEqual(['flow']);
  });

  it('what somebody changes by hand is seen and mended', async () => {
    const oscar = await openOscar({ release });
    const urls = { lab: oscar.url };
    const workflow = service('input: [{storage_provider: minio, path: flow/in}]');
    await applyOn(workflow, urls);
    Object.assign(oscar.cluster.services.get('a') ?? {}, { image: 'other', memory: '9Gi' });
    await oscar.minio.listen('flow', []);
    const { plan } = await applyOn(workflow, urls);
    expect(planned(plan)).toEqual([
      'update oscar/lab/service/a image,memory',
      'create oscar/lab/trigger/flow',
    ]);
    expect(planned((await planOn(workflow, urls)).plan)).toEqual([]);
  });

  it('the secrets that it was made with are known by name; they are nowhere in a plan', async () => {
    const oscar = await openOscar({ release });
    const urls = { lab: oscar.url };
    const workflow = service('environment: {secrets: {API_KEY: verysecret}}');
    const { plan, notes, apply } = await planOn(workflow, urls);
    expect(JSON.stringify(plan)).not.toContain('verysecret');
    expect(notes).toEqual([expect.stringContaining('do not show the values of secrets')]);
    expect(unhappy(await apply())).toEqual([]);
    expect(oscar.cluster.secrets.get('a')).toEqual({ API_KEY: 'verysecret' });
    expect(planned((await planOn(workflow, urls)).plan)).toEqual([]);
    const more = service('environment: {secrets: {API_KEY: verysecret, OTHER: too}}');
    expect(planned((await planOn(more, urls)).plan)).toEqual([
      'update oscar/lab/service/a environment.secrets.OTHER',
    ]);
  });
});

describe.skipIf(!IS_REAL)('a volume', () => {
  const withVolume = (size: string) => service(`volume: {mount_path: /data, size: ${size}}`);

  it.each(['4.0.0', '4.1.2'])(
    'on OSCAR %s stays when its service goes, unless its data may go',
    async (release) => {
      const oscar = await openOscar({ release });
      const urls = { lab: oscar.url };
      expect(unhappy(await applyOn(withVolume('1Gi'), urls))).toEqual([]);
      const volume = oscar.cluster.volumes.get('a');
      expect(planned((await planOn(withVolume('1024Mi'), urls)).plan)).toEqual([]);
      expect(unhappy(await applyOn(withVolume('2Gi'), urls))).toContainEqual(
        expect.stringContaining('the volume a has a size of 1Gi'),
      );
      expect(unhappy(await applyOn(withVolume('1Gi'), urls, { remove: true }))).toEqual([
        expect.stringContaining('with all files on it; --delete-data removes it'),
      ]);
      expect(oscar.cluster.services.size).toBe(0);
      expect(oscar.cluster.volumes.get('a')).toBe(volume);
      expect(unhappy(await applyOn(withVolume('1Gi'), urls))).toEqual([]);
      expect(oscar.cluster.volumes.get('a')).toBe(volume);
      expect(unhappy(await applyOn(withVolume('1Gi'), urls, { remove: true, deleteData: true }))).toEqual([]);
      expect(oscar.cluster.services.size + oscar.cluster.volumes.size).toBe(0);
    },
  );

  it('that a service made itself stays with it, and what others attach is left to them', async () => {
    const oscar = await openOscar();
    const urls = { lab: oscar.url };
    const workflow = withVolume('1Gi');
    const made = { name: 'a', mount_path: '/data', size: '1Gi' };
    const annotations = { 'fdl/workflow': workflow.name, 'fdl/step': 'a' };
    await call(oscar, 'POST /system/services', { ...BARE, annotations, volume: made });
    const volume = oscar.cluster.volumes.get('a');
    expect(unhappy(await applyOn(workflow, urls))).toEqual([]);
    expect(unhappy(await applyOn(workflow, urls, { remove: true, deleteData: false }))).toContainEqual(
      expect.stringContaining('its volume a would go'),
    );
    expect(oscar.cluster.volumes.get('a')).toBe(volume);
    await applyOn(workflow, urls, { remove: true, deleteData: true });
    expect(oscar.cluster.volumes.size).toBe(0);

    await applyOn(workflow, urls);
    const theirs = { name: 'a', mount_path: '/data' };
    await call(oscar, 'POST /system/services', { ...BARE, name: 'theirs', volume: theirs });
    expect(unhappy(await applyOn(workflow, urls, { remove: true, deleteData: true }))).toEqual([
      expect.stringContaining('services of others use it'),
    ]);
    expect([...oscar.cluster.services.keys()]).toEqual(['theirs']);
  });
});

describe.skipIf(!IS_REAL)('a user with a token', () => {
  it.each(RELEASES)(
    'of OSCAR %s owns services, and buckets of single users keep what is in them',
    async (release) => {
      const issuer = await openIssuer();
      const oscar = await openOscar({ release, issuer });
      const token = issuer.accessToken('user-1234567890');
      const { environment, signal } = contextFor({ lab: oscar.url });
      const variables = { ...environment, FDL_CLUSTER_LAB_TOKEN: token, FDL_CLUSTER_LAB_PASSWORD: '' };
      const provider = () => oscarProvider({ environment: variables, signal }, async () => {});
      const workflow = service(
        'input: [{storage_provider: minio, path: flow/in}]\nisolation_level: user\nvisibility: restricted\nallowed_users: [user-1234567890, friend-0987654321]',
      );
      const applied = await (await planOn(workflow, {}, {}, provider())).apply();
      expect(unhappy(applied)).toEqual([]);
      expect(oscar.cluster.services.get('a')).toMatchObject({ owner: 'user-1234567890' });
      expect(planned((await planOn(workflow, {}, {}, provider())).plan)).toEqual([]);
      const buckets = await oscar.minio.buckets();
      expect(buckets.length).toBeGreaterThan(1);
      for (const bucket of buckets) await put(oscar, bucket, 'in/file');
      const removed = await (await planOn(workflow, {}, { remove: true }, provider())).apply();
      expect(unhappy(removed)).toEqual([expect.stringContaining('has 1 file; --delete-data removes it')]);
      expect([...oscar.cluster.services.keys()]).toEqual([]);
      expect(await oscar.minio.buckets()).toEqual(buckets);
    },
  );
});

describe.skipIf(!IS_REAL)('a MinIO that only its cluster reaches', () => {
  /** `/system/config` names a server that nobody answers at. */
  async function openClosed(release: string): Promise<Oscar> {
    const minio_provider = {
      endpoint: 'http://127.0.0.1:9',
      access_key: 'k',
      secret_key: 's',
      region: 'us-east-1',
    };
    const body = JSON.stringify({ config: {}, minio_provider });
    return openOscar({
      release,
      trouble: ({ path }) => (path === '/system/config' ? { status: 200, body } : undefined),
    });
  }

  it.each(RELEASES)('of OSCAR %s leaves buckets to it', async (release) => {
    const oscar = await openClosed(release);
    const urls = { lab: oscar.url };
    const workflow = service(
      'input: [{storage_provider: minio, path: flow/in}]\nenvironment: {secrets: {KEY: abc}}',
    );
    const { notes, apply } = await planOn(workflow, urls);
    expect(notes).toContainEqual(expect.stringContaining('cannot be reached from here'));
    expect(unhappy(await apply())).toEqual([]);
    expect(oscar.minio.listeners('flow')).toHaveLength(1);
    expect(oscar.cluster.secrets.get('a')).toEqual({ KEY: 'abc' });
    expect(planned((await planOn(workflow, urls)).plan)).toEqual([]);
    await put(oscar, 'flow', 'in/file');
    expect(unhappy(await applyOn(workflow, urls, { remove: true }))).toEqual([]);
    expect(await oscar.minio.buckets()).toEqual(['flow']);
    expect(unhappy(await applyOn(workflow, urls))).toEqual([
      expect.stringContaining('watches only new ones'),
    ]);
    expect([...oscar.cluster.services.keys()]).toEqual([]);
  });
});

describe.skipIf(!IS_REAL)('over TLS', () => {
  const over = (url: string, rest = '') => {
    const workflow = service('input: [{storage_provider: minio, path: flow/in}]');
    return { ...workflow, clusters: [{ id: 'lab', endpoint: url, verifyTls: rest !== 'trusting' }] };
  };

  it('a certificate that nobody vouches for is refused, unless the file trusts it, which is said', async () => {
    const oscar = await openOscar({ tls: true });
    const login = { lab: oscar.url };
    await expect(planOn(over(oscar.url), login)).rejects.toMatchObject({ code: 'oscar-unreachable' });
    const { notes, apply } = await planOn(over(oscar.url, 'trusting'), login);
    expect(notes).toContainEqual(expect.stringContaining('certificate of cluster lab is not checked'));
    expect(unhappy(await apply())).toEqual([]);
    expect(planned((await planOn(over(oscar.url, 'trusting'), login)).plan)).toEqual([]);
  });
});
