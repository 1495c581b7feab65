/** What goes wrong while services are set up or removed: the next time all is as it should be. */
import { expect, it, onTestFinished } from 'vitest';
import type { Workflow } from '../../src/workflow/model.ts';
import { workflowOf } from '../providers/local/samples.ts';
import { applyOn, planned, planOn, unhappy } from '../providers/oscar/deploying.ts';
import { isTried } from '../sample.ts';
import { openOscar } from '../standins/oscar/lab.ts';
import type { Oscar, Trouble } from '../standins/oscar/oscar.ts';
import { startBefore } from './front.ts';

const SHARED: Workflow = workflowOf(`name: shop
functions:
  oscar:
  - lab:
      name: upper
      image: busybox
      script: "#!/bin/sh\\n:\\n"
      environment: {variables: {MODE: fast}, secrets: {KEY: abc}}
      input: [{storage_provider: minio, path: flow/in}]
      output: [{storage_provider: minio, path: flow/med}]
      mount: {storage_provider: minio, path: models}
  - lab:
      name: count
      image: busybox
      script: "#!/bin/sh\\n:\\n"
      input: [{storage_provider: minio, path: flow/med}]
      output: [{storage_provider: minio, path: flow/res}]
`);

const KINDS: Readonly<Record<string, Trouble>> = {
  refused: { status: 500, body: 'the API server is away' },
  'done, but not answered': { forget: true },
};

/** A cluster whose call number `at` (of those that change something) goes wrong. */
async function openShaky(release: string, trouble: Trouble) {
  const state = { at: -1, seen: 0 };
  const oscar: Oscar = await openOscar({
    release,
    settings: { runs: true },
    trouble: ({ method }) => {
      if (method === 'GET') return undefined;
      state.seen += 1;
      return state.seen === state.at ? trouble : undefined;
    },
  });
  return {
    oscar,
    failAt: (at: number) => Object.assign(state, { at, seen: 0 }),
    seen: () => state.seen,
  };
}

const CASES = ['3.6.1', '4.0.0', '4.1.2'].flatMap((release) =>
  Object.entries(KINDS).map(([name, trouble]) => ({ release, name, trouble })),
);

it.each(CASES)(
  'on OSCAR $release, any call that is $name',
  { timeout: 120_000 },
  async ({ release, trouble }) => {
    const { oscar, failAt, seen } = await openShaky(release, trouble);
    const urls = { lab: oscar.url };
    for (let at = 1; ; at += 1) {
      if (!isTried(at)) continue;
      failAt(at);
      await applyOn(SHARED, urls);
      const isOver = seen() < at;
      failAt(-1);
      expect(unhappy(await applyOn(SHARED, urls)), `apply, call ${at}`).toEqual([]);
      expect(planned((await planOn(SHARED, urls)).plan), `apply, call ${at}`).toEqual([]);
      expect(oscar.minio.listeners('flow')).toHaveLength(2);
      failAt(at);
      await applyOn(SHARED, urls, { remove: true });
      const isRemoved = seen() < at;
      failAt(-1);
      expect(unhappy(await applyOn(SHARED, urls, { remove: true })), `rm, call ${at}`).toEqual([]);
      expect([...(await oscar.minio.buckets()), ...oscar.cluster.services.keys()], `rm, call ${at}`).toEqual(
        [],
      );
      if (isOver && isRemoved) break;
    }
  },
);

it('a MinIO that restarts with every new service is waited for', async () => {
  const oscar = await openOscar({ minioRestartMs: 150 });
  const slow = { lab: oscar.url };
  expect(unhappy(await applyOn(SHARED, slow))).toEqual([]);
  expect(oscar.minio.listeners('flow')).toHaveLength(2);
});

/** Removes the workflow while MinIO denies what GET requests of these paths ask for. */
async function removedWithout(oscar: Oscar, denied: RegExp) {
  const closed = await startBefore(oscar.minio.url, ({ method, url }, response, forward) => {
    if (method !== 'GET' || !denied.test(url ?? '')) return void forward();
    response.writeHead(403).end('<Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>');
  });
  onTestFinished(closed.close);
  const { url } = oscar.minio;
  // As the cluster tells it.
  Object.assign(oscar.minio, { url: closed.url });
  // Jobs that still run would keep their service.
  await oscar.settled();
  const report = await applyOn(SHARED, { lab: oscar.url }, { remove: true });
  Object.assign(oscar.minio, { url });
  return unhappy(report);
}

it('buckets of the file go although MinIO keeps their list to itself; one that it says nothing of is named', async () => {
  const oscar = await openOscar({ settings: { runs: true } });
  expect(unhappy(await applyOn(SHARED, { lab: oscar.url }))).toEqual([]);
  expect(await oscar.minio.buckets()).toEqual(['flow', 'models']);
  const failed = await removedWithout(oscar, /^\/models\/?\?tagging/);
  expect(failed).toEqual([expect.stringContaining('oscar/lab/bucket/models')]);
  expect(await removedWithout(oscar, /^\/(\?|$)/)).toEqual([]);
  expect(await oscar.minio.buckets()).toEqual([]);
});

it('what listens in the name of a service that is gone keeps nobody out', async () => {
  const oscar = await openOscar();
  const { minio } = oscar;
  await minio.create('flow');
  const dead = {
    id: 'old',
    arn: minio.arnOf('gone'),
    events: ['s3:ObjectCreated:*'],
    prefix: 'x/',
    suffix: '',
  };
  await minio.setWebhook('other', 'token');
  const living = { ...dead, id: 'other', arn: minio.arnOf('other'), prefix: 'y/' };
  oscar.cluster.services.set('other', {
    name: 'other',
    image: 'i',
    script: 's',
    labels: {},
    annotations: {},
  });
  await minio.listen('flow', [dead, living]);
  expect(unhappy(await applyOn(SHARED, { lab: oscar.url }))).toEqual([]);
  expect(minio.listeners('flow').map(({ prefix }) => prefix)).toEqual(['y/', 'in/', 'med/']);
  const removed = await applyOn(SHARED, { lab: oscar.url }, { remove: true });
  expect(unhappy(removed)).toEqual([]);
  expect(minio.listeners('flow').map(({ prefix }) => prefix)).toEqual(['y/']);
});

it('a bucket that somebody else makes meanwhile keeps nobody out, and stays theirs', async () => {
  let posts = 0;
  const oscar: Oscar = await openOscar({
    trouble: ({ method, path }) => {
      if (method !== 'POST' || path !== '/system/services') return undefined;
      posts += 1;
      return posts === 1 ? { after: oscar.minio.create('flow') } : undefined;
    },
  });
  const urls = { lab: oscar.url };
  expect(unhappy(await applyOn(SHARED, urls))).toEqual([]);
  expect([...oscar.cluster.services.keys()].sort()).toEqual(['count', 'upper']);
  expect(planned((await planOn(SHARED, urls)).plan)).toEqual([]);
  expect(oscar.minio.listeners('flow')).toHaveLength(2);
  await applyOn(SHARED, urls, { remove: true, deleteData: true });
  expect(await oscar.minio.buckets()).toEqual(['flow']);
});
