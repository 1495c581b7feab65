/** Workflows over several clusters: stores of one in another, one that is away, members of federations. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makePlan } from '../../src/deploy/plan.ts';
import { ref } from '../../src/deploy/resource.ts';
import { withoutBlocked } from '../../src/providers/blocked.ts';
import { oscarProvider } from '../../src/providers/oscar/index.ts';
import { reveal } from '../../src/secret.ts';
import type { Invocation } from '../../src/workflow/invocation.ts';
import type { Workflow } from '../../src/workflow/model.ts';
import { workflowOf } from '../providers/local/samples.ts';
import { applyOn, contextFor, planned, planOn, unhappy } from '../providers/oscar/deploying.ts';
import { call, get, openIssuer, openOscar, put, sample } from '../standins/oscar/lab.ts';

/** A step on one cluster that writes to the MinIO of another, where a step waits for it. */
const ACROSS: Workflow = workflowOf(`name: shop
functions:
  oscar:
  - one:
      name: first
      image: busybox
      script: |
        cp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/"
      input: [{storage_provider: minio, path: start/in}]
      output: [{storage_provider: minio.two, path: middle/in}, {storage_provider: minio.two, path: aside/out}]
  - two:
      name: second
      image: busybox
      script: |
        cp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/copy"
      input: [{storage_provider: minio, path: middle/in}]
      output: [{storage_provider: minio, path: middle/out}]
`);

/** A refresh token as managers want it. */
const TOKEN = `e30.${btoa('{"iss":"http://127.0.0.1:9","azp":"a","scope":"b"}')}.`;

const NOWHERE = 'http://127.0.0.1:9';

describe.each(['3.6.1', '4.0.0', '4.1.2'])('over clusters of OSCAR %s', (release) => {
  it('keys of one MinIO reach those who write to it, and nobody else', async () => {
    const [one, two] = [
      await openOscar({ release, settings: { runs: true } }),
      await openOscar({ release, settings: { runs: true } }),
    ];
    const urls = { one: one.url, two: two.url };
    expect(unhappy(await applyOn(ACROSS, urls))).toEqual([]);
    const providers = (oscar: typeof one, name: string) =>
      Object.keys(oscar.cluster.services.get(name)?.['storage_providers'].minio).sort();
    expect(providers(one, 'first')).toEqual(['default', 'two']);
    expect(providers(two, 'second')).toEqual(['default']);
    expect([...(await two.minio.buckets())].sort()).toEqual(['aside', 'middle']);
    expect(planned((await planOn(ACROSS, urls)).plan)).toEqual([]);
    const { PutObjectCommand } = await import('@aws-sdk/client-s3');
    await one.minio.client.send(new PutObjectCommand({ Bucket: 'start', Key: 'quiet', Body: 'x' }));
    const removed = await applyOn(ACROSS, urls, { remove: true, deleteData: true });
    expect(unhappy(removed)).toEqual([]);
    expect([...(await two.minio.buckets()), ...one.cluster.services.keys()]).toEqual([]);
  });
});

describe('a cluster that is away', () => {
  it('fails its own steps and those that write to it; the others are set up', async () => {
    const two = await openOscar();
    const urls = { one: NOWHERE, two: two.url };
    const planning = await planOn(ACROSS, urls, { tolerant: true });
    expect([...planned(planning.plan)].sort()).toEqual([
      'create oscar/two/bucket/aside',
      'create oscar/two/bucket/middle',
      'create oscar/two/service/second',
      'create oscar/two/trigger/middle',
      'unknown oscar/one/bucket/start',
      'unknown oscar/one/service/first',
      'unknown oscar/one/trigger/start',
    ]);
    const applied = await planning.apply();
    expect([...two.cluster.services.keys()]).toEqual(['second']);
    const failed = applied.report.outcomes.filter(({ status }) => status === 'failed');
    expect(failed.map(({ id, error }) => [id, error?.code])).toEqual([
      ['oscar/one/bucket/start', 'oscar-unreachable'],
    ]);
  });

  it('is missed where its MinIO is written to', async () => {
    const one = await openOscar();
    const { plan } = await planOn(ACROSS, { one: one.url, two: NOWHERE }, { tolerant: true });
    expect(planned(plan)).toContain('create oscar/one/bucket/start');
    expect(planned(plan)).toContain('unknown oscar/one/service/first');
    const service = plan.actions.find(({ id }) => id === 'oscar/one/service/first');
    expect(JSON.stringify(service?.unknown)).toContain('oscar/two/bucket/');
  });

  it('does not keep a removal from what is elsewhere', async () => {
    const [one, two] = [await openOscar(), await openOscar()];
    await applyOn(ACROSS, { one: one.url, two: two.url });
    const removed = await applyOn(ACROSS, { one: NOWHERE, two: two.url }, { remove: true, tolerant: true });
    expect([...two.cluster.services.keys()]).toEqual([]);
    expect(removed.report.ok).toBe(false);
    expect([...one.cluster.services.keys()]).toEqual(['first']);
  });

  it('where all are away, the plan says why', async () => {
    await expect(planOn(ACROSS, { one: NOWHERE, two: NOWHERE }, { tolerant: true })).rejects.toMatchObject({
      code: 'oscar-unreachable',
    });
  });

  it('stops steps on other clouds that write to its MinIO, and only these', async () => {
    const workflow = workflowOf(`name: shop
functions:
  aws:
  - lambda: {name: a, container: {image: busybox}, output: [{storage_provider: minio.one, path: b/out}]}
  - lambda: {name: b, container: {image: busybox}, output: [{storage_provider: s3, path: c/out}]}
  oscar:
  - one: {name: first, image: busybox, script: "#!/bin/sh\\n:\\n", input: [{storage_provider: minio, path: b/out}]}
`);
    const completed = await oscarProvider(contextFor({ one: NOWHERE }), async () => {}).complete?.(workflow);
    const inner = {
      resolve: async (seen: Workflow) => seen.steps.map(({ id }) => id),
      desired: (seen: Workflow) =>
        seen.steps
          .filter(({ provider }) => provider === 'aws')
          .map(({ id }) => ({ id: `aws/x/f/${id}`, kind: 'aws/f', step: id, props: {}, dependsOn: [] })),
      kinds: () => ({
        'aws/f': {
          title: 'f',
          rank: 0,
          read: async () => undefined,
          rules: {},
          changes: () => [],
          reconcile: async () => ({}),
          delete: async () => undefined,
          list: async () => [],
        },
      }),
    };
    const deployer = withoutBlocked('aws', inner);
    const facts = await deployer.resolve(completed as Workflow, 'apply');
    const plan = await makePlan({
      workflow: 'shop',
      desired: deployer.desired(completed as Workflow, facts, { endpoint: () => undefined }),
      kinds: deployer.kinds(completed as Workflow, facts, { deleteData: false }),
      signal: new AbortController().signal,
      tolerant: true,
    });
    expect([...planned(plan)].sort()).toEqual(['create aws/x/f/b', 'unknown aws/blocked/step/a']);
    expect(deployer.endpoint?.(completed as Workflow, 'a', facts)).toEqual(ref('aws/blocked/step/a', 'url'));
  });
});

describe('the MinIO of a cluster', () => {
  it('is completed where the file leaves it open, also in a declared store', async () => {
    const oscar = await openOscar();
    const workflow = workflowOf(`functions:
  aws:
  - lambda: {name: a, container: {image: busybox}, output: [{storage_provider: minio.one, path: b/out}]}
clusters: {one: {endpoint: "${oscar.url}"}}
storage_providers: {minio: {one: {endpoint: "", access_key: "", secret_key: ""}}}
`);
    const provider = oscarProvider(contextFor({ one: oscar.url }), async () => {});
    const [store] = (await provider.complete?.(workflow))?.stores ?? [];
    expect(store).toMatchObject({ id: 'minio.one', endpoint: oscar.minio.url, region: 'us-east-1' });
    expect(reveal(store?.credentials['secret_key'] ?? '')).toBe(oscar.minio.root.secretKey);
    expect(JSON.stringify(store)).not.toContain(oscar.minio.root.secretKey);
    // The bucket is made by the cluster, though no step of the file runs there.
    expect(unhappy(await applyOn(workflow, { one: oscar.url }))).toEqual([]);
    expect(await oscar.minio.buckets()).toEqual(['b']);
  });
});

/** An address that takes every job. */
async function openListener() {
  const requests: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  const server = createServer(async (request, response) => {
    requests.push({ headers: request.headers, body: await text(request) });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

describe('members', () => {
  const member = (url: string) =>
    workflowOf(`name: shop
functions:
  oscar:
  - one:
      name: first
      image: busybox
      script: "#!/bin/sh\\n:\\n"
      replicas: [{type: endpoint, url: "${url}", headers: {X-Key: abc}}]
  - one:
      name: web
      image: nginx
      script: "#!/bin/sh\\n:\\n"
      expose: {api_port: 80}
  - one: {name: silent, image: busybox, script: "#!/bin/sh\\n:\\n"}
`);

  it.each(['3.6.1', '4.1.2'])('on OSCAR %s get the address of a step of this very apply', async (release) => {
    const oscar = await openOscar({ release });
    const workflow = member('$' + '{url:web}');
    const { plan, apply } = await planOn(workflow, { one: oscar.url });
    const service = plan.actions.find(({ id }) => id.endsWith('/first'));
    expect(JSON.stringify(service?.props)).toContain('oscar/one/service/web#url');
    expect(unhappy(await apply())).toEqual([]);
    const made = oscar.cluster.services.get('first') ?? {};
    const [sent] = made['replicas'] ?? made['federation'].members;
    expect(sent).toMatchObject({
      type: 'endpoint',
      url: `${oscar.url}/system/services/web/exposed/`,
      ssl_verify: true,
    });
    expect(planned((await planOn(workflow, { one: oscar.url })).plan)).toEqual([]);
  });

  it('that are addresses get the event of a job that finds no room', async () => {
    const [oscar, asked] = [await openOscar({ settings: { full: true } }), await openListener()];
    const workflow = (secrets: string) =>
      workflowOf(`name: shop
functions:
  oscar:
  - one:
      name: first
      image: busybox
      script: "#!/bin/sh\\n:\\n"
      environment: {secrets: {${secrets}}}
      input: [{storage_provider: minio, path: start/in}]
      output: [{storage_provider: minio, path: start/out}]
      federation: {members: [{type: endpoint, url: "${asked.url}", headers: {X-Key: abc}}]}
`);
    expect(unhappy(await applyOn(workflow(''), { one: oscar.url }))).toEqual([]);
    await put(oscar.minio, 'start', 'in/a.txt', 'x');
    await oscar.settled();
    expect(asked.requests).toMatchObject([{ headers: { 'x-key': 'abc' } }]);
    const body = JSON.parse(asked.requests[0]?.body ?? '');
    expect(body).toEqual({ storage_provider: 'minio.default', event: expect.any(String) });
    expect(oscar.cluster.jobs).toEqual([]);
    const spoilt = planOn(workflow('refresh_token: abc'), { one: oscar.url });
    await expect(spoilt).rejects.toMatchObject({ code: 'federation-token' });
  });

  it('that are services of other clusters get the refresh token of the login, if there is one', async () => {
    const issuer = await openIssuer();
    const [one, two] = [await openOscar({ issuer }), await openOscar({ issuer })];
    const workflow = workflowOf(`name: shop
functions:
  oscar:
  - one:
      name: first
      image: busybox
      script: "#!/bin/sh\\n:\\n"
      replicas: [{type: oscar, cluster_id: two, service_name: helper}]
`);
    const { environment, signal } = contextFor({ one: one.url, two: two.url });
    const planWith = (login: 'TOKEN' | 'REFRESH_TOKEN', token: string) => {
      const none = { FDL_CLUSTER_ONE_PASSWORD: '', FDL_CLUSTER_TWO_PASSWORD: '' };
      const logins = { [`FDL_CLUSTER_ONE_${login}`]: token, [`FDL_CLUSTER_TWO_${login}`]: token };
      const provider = oscarProvider({ environment: { ...environment, ...none, ...logins }, signal });
      return planOn(workflow, {}, {}, provider);
    };
    const ada = 'ada-1234567890';
    await expect(planWith('TOKEN', issuer.accessToken(ada))).rejects.toMatchObject({
      code: 'federation-token',
    });
    const token = issuer.refreshToken(ada);
    const first = await planWith('REFRESH_TOKEN', token);
    expect(first.notes.join()).toContain('the refresh token of the login to one is stored there');
    expect(unhappy(await first.apply())).toEqual([]);
    expect(one.cluster.secrets.get('first')).toEqual({ refresh_token: token });
    expect(planned((await planWith('REFRESH_TOKEN', token)).plan)).toEqual([]);
  });

  it('that are services of the file find the input of a job that a full cluster hands on', async () => {
    const issuer = await openIssuer();
    const [one, two] = [
      await openOscar({ issuer, settings: { full: true } }),
      await openOscar({ issuer, settings: { runs: true } }),
    ];
    const workflow = workflowOf(`name: shop
functions:
  oscar:
  - one:
      name: first
      image: busybox
      script: "#!/bin/sh\\n:\\n"
      input: [{storage_provider: minio.one, path: start/in}]
      output: [{storage_provider: minio.one, path: start/out}]
      federation: {members: [{type: oscar, cluster_id: two, service_name: helper}]}
  - two:
      name: helper
      image: busybox
      script: |
        cat "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/$(basename "$INPUT_FILE_PATH")"
      output: [{storage_provider: minio.one, path: start/out}]
`);
    const { environment, signal } = contextFor({ one: one.url, two: two.url });
    const [ada, none] = [issuer.refreshToken('ada-1234567890'), ''];
    const logins = { FDL_CLUSTER_ONE_REFRESH_TOKEN: ada, FDL_CLUSTER_TWO_REFRESH_TOKEN: ada };
    const admins = { FDL_CLUSTER_ONE_PASSWORD: none, FDL_CLUSTER_TWO_PASSWORD: none };
    const open = () => oscarProvider({ environment: { ...environment, ...admins, ...logins }, signal });
    expect(unhappy(await (await planOn(workflow, {}, {}, open())).apply())).toEqual([]);
    await put(one.minio, 'start', 'in/a.txt', 'x');
    await one.settled();
    await two.settled();
    expect(await get(one.minio, 'start', 'out/a.txt')).toBe('x');
    const provider = open();
    const whole = (await provider.complete?.(workflow)) ?? workflow;
    const seen: Invocation[] = [];
    for await (const each of provider.runtime.invocations(whole, {})) seen.push(each);
    const uri = 'minio.one://start/in/a.txt';
    const [job] = two.cluster.jobs.map(({ name }) => name);
    expect(seen).toMatchObject([
      {
        id: job,
        step: 'helper',
        status: 'succeeded',
        input: { uri },
        outputs: [{ uri: 'minio.one://start/out/a.txt' }],
      },
      {
        id: `${job}@one`,
        step: 'first',
        status: 'delegated',
        input: { uri },
        job,
        reason: 'helper on cluster two goes on with it',
      },
    ]);
  });

  it('stay as they are, those of the file and others, also members of each other', async () => {
    const [one, two] = [await openOscar(), await openOscar()];
    const shop = (memory: string) =>
      workflowOf(`name: shop
functions:
  oscar:
  - two:
      name: helper
      image: busybox
      script: "#!/bin/sh\\n:\\n"
      memory: 2Gi
      environment: {secrets: {refresh_token: ${TOKEN}}}
      federation: {members: [{type: oscar, cluster_id: one, service_name: first}]}
  - one:
      name: first
      image: busybox
      memory: ${memory}
      script: "#!/bin/sh\\n:\\n"
      input: [{storage_provider: minio, path: start/in}]
      environment: {secrets: {refresh_token: ${TOKEN}}}
      federation:
        members: [{type: oscar, cluster_id: two, service_name: helper}, {type: oscar, cluster_id: two, service_name: other}]
`);
    const [workflow, urls] = [shop('1Gi'), { one: one.url, two: two.url }];
    await call(two, 'POST /system/services', sample('other'));
    expect(unhappy(await applyOn(workflow, urls))).toEqual([]);
    expect(planned((await planOn(workflow, urls)).plan)).toEqual([]);
    const { plan: changed, apply } = await planOn(shop('3Gi'), urls);
    expect(planned(changed)).toEqual(['update oscar/one/service/first memory']);
    expect(unhappy(await apply())).toEqual([]);
    expect(planned((await planOn(shop('3Gi'), urls)).plan)).toEqual([]);
    expect(two.cluster.services.get('helper')).toMatchObject({ memory: '2Gi', cluster_id: 'two' });
    expect(two.cluster.services.get('other')).toMatchObject({ input: [{ path: 'other/in' }] });
    expect(await two.minio.buckets()).toEqual(['other']);
    // What a cluster makes of a service for its federation goes with it, and not before.
    const annotations = {
      ...one.cluster.services.get('first')?.['annotations'],
      'oscar.grycap/origin-service': 'first',
    };
    two.cluster.services.set('copy', { name: 'copy', image: 'i', script: 's', labels: {}, annotations });
    expect(planned((await planOn(shop('3Gi'), urls, { orphans: 'delete' })).plan)).toEqual([]);
    const { plan } = await planOn(workflow, urls, { remove: true });
    expect(planned(plan)).toContain('delete oscar/two/service/copy');
    expect(JSON.stringify((await call(one, 'GET /system/services/first')).json.clusters)).toContain(two.url);
  });
});
