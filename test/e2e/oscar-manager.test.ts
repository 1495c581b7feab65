/** What clusters do that surprises, with MinIO itself: users, exposed services, buckets of nobody, jobs, restarts. */
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { oscarProvider } from '../../src/providers/oscar/index.ts';
import type { ProviderOptions } from '../../src/providers/provider.ts';
import { follow } from '../../src/workflow/follow.ts';
import type { Invocation } from '../../src/workflow/invocation.ts';
import type { Workflow } from '../../src/workflow/model.ts';
import { workflowOf } from '../providers/local/samples.ts';
import { applyOn, contextFor, planned, planOn, unhappy } from '../providers/oscar/deploying.ts';
import { needs } from '../standins/need.ts';
import { call, openIssuer, openRealOscar } from '../standins/oscar/lab.ts';
import type { Oscar } from '../standins/oscar/oscar.ts';
import { until } from './until.ts';

const RELEASES = ['3.6.4', '4.0.0', '4.1.2'];
const ADA = 'ada-1234567890';
const BOB = 'bob-0987654321';

/** Two services: what the first writes starts the second. */
const SHOP = workflowOf(`name: shop
functions:
  oscar:
  - lab:
      name: upper
      image: busybox
      script: |
        tr a-z A-Z < "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/$(basename "$INPUT_FILE_PATH")"
      input: [{storage_provider: minio, path: flow/in}]
      output: [{storage_provider: minio, path: flow/med}]
  - lab:
      name: count
      image: busybox
      script: |
        wc -c < "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/$(basename "$INPUT_FILE_PATH").size"
      input: [{storage_provider: minio, path: flow/med}]
      output: [{storage_provider: minio, path: flow/res}]
`);

/** A service without buckets. */
const BARE = `name: shop
functions:
  oscar:
  - lab:
      name: mine
      image: busybox
      script: "#!/bin/sh\\ntrue\\n"
`;

function service(more: string): Workflow {
  return workflowOf(`name: shop
functions:
  oscar:
  - lab:
      name: a
      image: busybox
      script: "#!/bin/sh\\necho mine\\n"
${more.replace(/^/gm, '      ')}
`);
}

/** The provider as somebody's command line has it: a user's with a token, else the administrator's. */
function providerOf({ url }: Oscar, token?: string, options: ProviderOptions = {}) {
  const { environment, signal } = contextFor({ lab: url });
  const login = token ? { FDL_CLUSTER_LAB_TOKEN: token, FDL_CLUSTER_LAB_PASSWORD: '' } : {};
  return oscarProvider({ environment: { ...environment, ...login }, signal, options }, async () => {});
}

async function put({ minio }: Oscar, Bucket: string, Key: string, user: string): Promise<void> {
  const { accessKey: accessKeyId = '', secretKey: secretAccessKey = '' } =
    minio.users.get(user) ?? minio.root;
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({
    endpoint: minio.url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials,
  });
  await client.send(new PutObjectCommand({ Bucket, Key, Body: 'data' }));
  client.destroy();
}

async function all(items: AsyncIterable<Invocation>): Promise<readonly Invocation[]> {
  const found: Invocation[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe.skipIf(!needs('minio'))('clusters with MinIO itself', () => {
  it.each(RELEASES)(
    'of OSCAR %s: a user sets up, runs, follows and removes what is hers',
    async (release) => {
      const issuer = await openIssuer();
      const oscar = await openRealOscar({ release, issuer, settings: { runs: true } });
      const ada = () => providerOf(oscar, issuer.accessToken(ADA));
      const first = await planOn(SHOP, {}, {}, ada());
      expect(planned(first.plan)).toContain('create oscar/lab/bucket/flow');
      expect(unhappy(await first.apply())).toEqual([]);
      // One POST where the buckets are new, one POST and one PUT where they are there.
      expect(oscar.count('POST', /services/)).toBe(2);
      expect(oscar.count('PUT', /services/)).toBe(1);
      expect(planned((await planOn(SHOP, {}, {}, ada())).plan)).toEqual([]);

      const since = new Date(Date.now() - 1000).toISOString();
      await put(oscar, 'flow', 'in/x.txt', ADA);
      await oscar.settled();
      const { complete, runtime } = ada();
      const whole = (await complete?.(SHOP)) ?? SHOP;
      const seen = await all(runtime.invocations(whole, { since }));
      const object = { store: 'minio.lab', bucket: 'flow', key: 'in/x.txt' };
      const { pending, invocations } = follow(whole, [object], seen);
      expect(pending).toEqual([]);
      expect(invocations.map(({ step, status }) => `${step} ${status}`)).toEqual([
        'upper succeeded',
        'count succeeded',
      ]);

      const removed = await (await planOn(SHOP, {}, { remove: true }, ada())).apply();
      expect(unhappy(removed)).toEqual([expect.stringMatching(/has \d files; --delete-data removes it/)]);
      expect(oscar.cluster.services.size).toBe(0);
      await (await planOn(SHOP, {}, { remove: true, deleteData: true }, ada())).apply();
      expect(await oscar.minio.buckets()).toEqual([]);
    },
  );

  it('a workflow of the same name of another user is another workflow', async () => {
    const issuer = await openIssuer();
    const oscar = await openRealOscar({ issuer, settings: { runs: true } });
    await (await planOn(SHOP, {}, {}, providerOf(oscar, issuer.accessToken(ADA)))).apply();
    const before = oscar.minio.listeners('flow').length;
    const bob = () => providerOf(oscar, issuer.accessToken(BOB));
    for (const other of [providerOf(oscar), bob()]) {
      const removal = await planOn(SHOP, {}, { remove: true, tolerant: true }, other);
      expect(planned(removal.plan)).toEqual([]);
      expect(unhappy(await removal.apply())).toEqual([]);
    }
    const theirs = `(of the user ${ADA}, workflow shop)`;
    await expect(planOn(SHOP, {}, {}, providerOf(oscar))).rejects.toThrow(
      `oscar/lab/service/upper ${theirs}, oscar/lab/service/count ${theirs} exist`,
    );
    await expect(planOn(SHOP, {}, {}, bob())).rejects.toThrow(
      'the bucket flow belongs to another user of the cluster',
    );
    const alone = planOn(workflowOf(BARE.replace('mine', 'upper')), {}, {}, bob());
    await expect(alone).rejects.toThrow('oscar/lab/service/upper (of another user of the cluster) exists');
    expect(oscar.minio.listeners('flow')).toHaveLength(before);
    expect(oscar.cluster.services.size).toBe(2);
  });

  it('a bucket that nobody has is to be made, and one that was made for us but not marked is ours', async () => {
    const oscar = await openRealOscar();
    const urls = { lab: oscar.url };
    const workflow = service('input: [{storage_provider: minio, path: flow/in}]');
    expect(planned((await planOn(workflow, urls)).plan)).toContain('create oscar/lab/bucket/flow');
    const folder = '.fdl/shop/cluster_admin';
    await call(oscar, 'POST /system/buckets', {
      bucket_name: `flow/${folder}`,
      bucket_path: `flow/${folder}`,
    });
    expect(planned((await planOn(workflow, urls)).plan)).toContain(
      'update oscar/lab/bucket/flow tags.fdl:workflow',
    );
    expect(unhappy(await applyOn(workflow, urls, { remove: true }))).toEqual([]);
    expect(await oscar.minio.buckets()).toEqual([]);
  });

  it('a bucket that is made before its services is one that its user may use', async () => {
    const issuer = await openIssuer();
    const oscar = await openRealOscar({ issuer });
    const workflow = workflowOf(`name: shop
functions:
  aws:
  - lambda: {name: a, container: {image: busybox}, output: [{storage_provider: minio.lab, path: flow/out}]}
clusters: {lab: {endpoint: "${oscar.url}"}}
`);
    const ada = () => providerOf(oscar, issuer.accessToken(ADA));
    expect(unhappy(await (await planOn(workflow, {}, {}, ada())).apply())).toEqual([]);
    expect(planned((await planOn(workflow, {}, {}, ada())).plan)).toEqual([]);
    expect(unhappy(await (await planOn(workflow, {}, { remove: true }, ada())).apply())).toEqual([]);
    expect(await oscar.minio.buckets()).toEqual([]);
  });

  it.each(['4.0.0', '4.1.2'])('of OSCAR %s: an exposed service keeps its script', async (release) => {
    const oscar = await openRealOscar({ release, settings: { serverlessBackend: '' } });
    const urls = { lab: oscar.url };
    const mount = 'mount: {storage_provider: minio, path: models}\nexpose: {api_port: 80}';
    await oscar.minio.create('models');
    expect(unhappy(await applyOn(service(mount), urls))).toEqual([]);
    expect(unhappy(await applyOn(service(`${mount}\nmemory: 1Gi`), urls))).toEqual([]);
    expect(oscar.cluster.services.get('a')).toMatchObject({
      memory: '1Gi',
      script: '#!/bin/sh\necho mine\n',
    });
    expect(planned((await planOn(service(`${mount}\nmemory: 1Gi`), urls)).plan)).toEqual([]);
    expect(unhappy(await applyOn(service(mount), urls, { remove: true }))).toEqual([]);
    expect(oscar.cluster.services.size).toBe(0);
    expect(await oscar.minio.buckets()).toEqual(['models']);
  });

  it('an exposed service with buckets of its own is made, is not broken by an update, and goes', async () => {
    const oscar = await openRealOscar({ settings: { serverlessBackend: '' } });
    const urls = { lab: oscar.url };
    const more = 'input: [{storage_provider: minio, path: flow/in}]\nexpose: {api_port: 80}';
    expect(unhappy(await applyOn(service(more), urls))).toEqual([]);
    expect(unhappy(await applyOn(service(`${more}\nmemory: 1Gi`), urls))).toEqual([
      expect.stringContaining('it would lose its script'),
    ]);
    expect(oscar.cluster.services.get('a')).toMatchObject({ script: '#!/bin/sh\necho mine\n' });
    expect(unhappy(await applyOn(service(more), urls, { remove: true }))).toEqual([]);
    expect(await oscar.minio.buckets()).toEqual([]);
  });

  it.each(['delete', 'retain'])(
    'an exposed service with a volume (%s) is there after an update',
    async (policy) => {
      const oscar = await openRealOscar({ settings: { serverlessBackend: '' } });
      const urls = { lab: oscar.url };
      const more = `volume: {size: 1Gi, mount_path: /data, lifecycle_policy: ${policy}}\nexpose: {api_port: 80}`;
      expect(unhappy(await applyOn(service(more), urls))).toEqual([]);
      const volume = oscar.cluster.volumes.get('a');
      const changed = service(`${more}\nmemory: 1Gi`);
      expect(unhappy(await applyOn(changed, urls))).toEqual([]);
      expect(oscar.cluster.services.get('a')).toMatchObject({
        memory: '1Gi',
        script: '#!/bin/sh\necho mine\n',
        volume: { name: 'a', mount_path: '/data' },
      });
      expect(planned((await planOn(changed, urls)).plan)).toEqual([]);
      await applyOn(changed, urls, { remove: true });
      expect(oscar.cluster.services.size).toBe(0);
      expect(unhappy(await applyOn(changed, urls))).toEqual([]);
      expect(oscar.cluster.volumes.get('a')).toBe(volume);
      await applyOn(changed, urls, { remove: true, deleteData: true });
      expect(oscar.cluster.services.size).toBe(0);
      expect(oscar.cluster.volumes.has('a')).toBe(policy === 'retain');
    },
  );

  it('buckets of single users are set up by the administrator, changed, and go', async () => {
    const oscar = await openRealOscar();
    const urls = { lab: oscar.url };
    const more = `input: [{storage_provider: minio, path: flow/in}]\nisolation_level: USER\nallowed_users: [${ADA}]`;
    expect(unhappy(await applyOn(service(more), urls))).toEqual([]);
    expect(unhappy(await applyOn(service(`${more}\nmemory: 1Gi`), urls))).toEqual([]);
    expect(planned((await planOn(service(`${more}\nmemory: 1Gi`), urls)).plan)).toEqual([]);
    expect(unhappy(await applyOn(service(more), urls, { remove: true }))).toEqual([]);
    expect(oscar.cluster.services.size).toBe(0);
  });

  it('the folders that an update writes are no invocations', async () => {
    const oscar = await openRealOscar({ settings: { runs: true } });
    const urls = { lab: oscar.url };
    await applyOn(SHOP, urls);
    const steps = SHOP.steps.map((step) =>
      step.id === 'upper'
        ? { ...step, settings: { ...('settings' in step ? step.settings : {}), memory: '1Gi' } }
        : step,
    );
    const changed = { ...SHOP, steps } as Workflow;
    const forgotten = oscar.cluster.jobs.length;
    expect(unhappy(await applyOn(changed, urls))).toEqual([]);
    await until('the folders have come as events', () => oscar.cluster.jobs.length > forgotten);
    await oscar.settled();
    expect(oscar.cluster.jobs.length).toBeGreaterThan(forgotten);
    const { complete, runtime } = providerOf(oscar);
    const whole = (await complete?.(changed)) ?? changed;
    expect(await all(runtime.invocations(whole, {}))).toEqual([]);
  });

  it('jobs that run are named and keep their service, unless they may end', async () => {
    const oscar = await openRealOscar();
    await applyOn(SHOP, { lab: oscar.url });
    const job = oscar.addJob({ service: 'upper', status: 'Running', started: new Date(), log: '' });
    const refused = await (await planOn(SHOP, {}, { remove: true }, providerOf(oscar))).apply();
    expect(unhappy(refused)).toContainEqual(expect.stringContaining(`1 job that wait or run: ${job.name}`));
    expect([...oscar.cluster.services.keys()]).toEqual(['upper']);
    const forced = providerOf(oscar, undefined, { force: true });
    expect(unhappy(await (await planOn(SHOP, {}, { remove: true }, forced)).apply())).toEqual([]);
    expect(oscar.cluster.services.size).toBe(0);
  });

  it('a service of others that cannot be read keeps nothing from being removed', async () => {
    const state = { isBroken: false };
    const oscar = await openRealOscar({
      trouble: ({ method, path }) =>
        state.isBroken && method === 'GET' && path === '/system/services'
          ? { status: 500, body: 'json: cannot unmarshal' }
          : undefined,
    });
    const urls = { lab: oscar.url };
    await applyOn(SHOP, urls);
    state.isBroken = true;
    expect(unhappy(await applyOn(SHOP, urls, { remove: true, tolerant: true }))).toEqual([]);
    expect(oscar.cluster.services.size).toBe(0);
  });

  it.each(RELEASES)('of OSCAR %s: what a restart of MinIO cuts is sent again', async (release) => {
    const state = { failures: 2 };
    const body =
      'error registering the service\'s webhook: Put "http://minio:9000/minio/admin/v3/set-config-kv": dial tcp: connect: connection refused';
    const oscar = await openRealOscar({
      release,
      minioRestartMs: 200,
      trouble: ({ method, path }) => {
        if (method !== 'POST' || path !== '/system/services' || state.failures === 0) return undefined;
        state.failures -= 1;
        return { status: 500, body };
      },
    });
    const urls = { lab: oscar.url };
    expect(unhappy(await applyOn(SHOP, urls))).toEqual([]);
    expect(oscar.minio.listeners('flow')).toHaveLength(2);
    expect(unhappy(await applyOn(SHOP, urls, { remove: true }))).toEqual([]);
    expect(await oscar.minio.buckets()).toEqual([]);
  });
});
