import { describe, expect, it } from 'vitest';
import { resourceGraph } from '../../../src/deploy/graph.ts';
import { type Resource, ref } from '../../../src/deploy/resource.ts';
import { specHash } from '../../../src/providers/oscar/annotations.ts';
import { oscarDesired, oscarEndpoint } from '../../../src/providers/oscar/desired.ts';
import type { ClusterOutcome, OscarFacts } from '../../../src/providers/oscar/facts.ts';
import { Secret } from '../../../src/secret.ts';
import type { Workflow } from '../../../src/workflow/model.ts';
import { workflowOf } from '../local/samples.ts';

/** Two services that share a bucket, one that is exposed, outputs to other clouds, and a function that writes to a cluster. */
const WORKFLOW = workflowOf(
  `name: shop
functions:
  oscar:
  - edge:
      name: faces
      image: grycap/faces
      script: "#!/bin/sh\\nfind-faces\\n"
      cpu: "1.0"
      memory: 2Gi
      ephemeral_storage_request: 1Gi
      environment: {Variables: {LEVEL: "3"}, secrets: {TOKEN: abc}}
      input: [{storage_provider: minio, path: photos/in}]
      output:
      - {storage_provider: minio.default, path: photos/faces, suffix: [.png]}
      - {storage_provider: minio.main, path: archive/faces}
      - {storage_provider: s3.partner, path: theirs/faces}
      replicas:
      - {type: oscar, cluster_id: main, service_name: helper, priority: 1}
      - {type: endpoint, url: "$\{url:count}", headers: {X-Key: secret-key}, priority: 2}
      rescheduler_threshold: 30
  - edge:
      name: blur
      image: grycap/blur
      script: "#!/bin/sh\\nblur\\n"
      isolation_level: user
      input: [{storage_provider: minio, path: photos/faces}]
      mount: {storage_provider: minio, path: models/blur}
  - main:
      name: web
      image: nginx
      script: "#!/bin/sh\\nserve\\n"
      expose: {api_port: 8080, min_scale: 1, max_scale: 2, health_path: /up}
      labels: {team: a}
  aws:
  - lambda:
      name: count
      function_url: true
      container: {image: busybox}
      output: [{storage_provider: minio.main, path: counts/out}]
storage_providers:
  s3: {partner: {access_key: AKIA, secret_key: hidden, region: eu-west-1}}
`.replaceAll('$\\{', '${'),
);

const MINIO = { verify: true, access_key: 'minio', secret_key: 'minio-secret', region: 'us-east-1' };

function clusterOf(id: string, release: string): ClusterOutcome {
  const minio = { ...MINIO, endpoint: `https://minio.${id}` };
  return { endpoint: `https://${id}`, release, minio, owner: 'cluster_admin', isServerless: true };
}

/** As if the clusters had answered. */
function completed(workflow: Workflow): Workflow {
  const credentials = { access_key: new Secret('minio'), secret_key: new Secret('minio-secret') };
  return {
    ...workflow,
    stores: workflow.stores.map((store) =>
      store.kind === 'minio' ? { ...store, endpoint: `https://minio.${store.name}`, credentials } : store,
    ),
  };
}

function factsOf(release: string, more: Partial<OscarFacts> = {}): OscarFacts {
  const scripts = WORKFLOW.steps.flatMap(({ id, script }) =>
    script?.kind === 'inline' ? [[id, script.text] as const] : [],
  );
  return {
    purpose: 'apply',
    clusters: new Map(['edge', 'main'].map((id) => [id, clusterOf(id, release)])),
    scripts: new Map(scripts),
    members: new Map([
      ['main', { endpoint: 'https://main', user: 'u', password: new Secret('p'), verifyTls: true }],
    ]),
    closed: new Set(),
    warnings: [],
    ...more,
  };
}

const NEIGHBOURS = { endpoint: (step: string) => ref(`aws/eu/function-url/${step}`, 'url') };

function desired(release: string, more: Partial<OscarFacts> = {}): readonly Resource[] {
  return oscarDesired(completed(WORKFLOW), factsOf(release, more), NEIGHBOURS);
}

describe('what is desired', () => {
  it.each(['3.6.1', '4.0.0', '4.1.2'])('of OSCAR %s', async (release) => {
    const text = JSON.stringify(desired(release), undefined, 2);
    for (const secret of ['hidden', 'minio-secret', 'secret-key', 'abc"']) expect(text).not.toContain(secret);
    await expect(`${text}\n`).toMatchFileSnapshot(`../../golden/oscar/desired-${release}.json`);
  });

  it('has the same ids and dependencies without what is read, when it is to be removed', () => {
    const rows = (resources: readonly Resource[]) =>
      resources.map(({ id, dependsOn }) => `${id} after ${[...dependsOn].sort()}`);
    expect(rows(desired('4.1.2', { purpose: 'remove', scripts: new Map() }))).toEqual(rows(desired('4.1.2')));
    const away = new Map([...factsOf('4.1.2').clusters, ['edge', { failure: new Error('away') }] as const]);
    expect(rows(desired('4.1.2', { clusters: away }))).toEqual(rows(desired('4.1.2')));
  });

  it('comes in an order: buckets, services, then what tells them of files', () => {
    const own = desired('4.1.2', { purpose: 'remove' });
    const order = resourceGraph(own).map(({ id }) => id);
    const at = (id: string) => order.indexOf(id);
    expect(at('oscar/edge/bucket/photos')).toBeLessThan(at('oscar/edge/service/faces'));
    expect(at('oscar/edge/service/blur')).toBeLessThan(at('oscar/edge/trigger/photos'));
  });

  it('names the address of what is exposed by a path of the cluster', () => {
    expect(oscarEndpoint(WORKFLOW, 'web')).toEqual(ref('oscar/main/service/web', 'url'));
    expect(oscarEndpoint(WORKFLOW, 'faces')).toBeUndefined();
    expect(oscarEndpoint(WORKFLOW, 'count')).toBeUndefined();
  });
});

describe('the hash of a service', () => {
  it('counts secrets by their place, and no order of fields', () => {
    const one = specHash({ a: 1, b: { c: new Secret('x'), d: [1, 2] } });
    expect(specHash({ b: { d: [1, 2], c: new Secret('y') }, a: 1, e: undefined })).toBe(one);
    expect(specHash({ a: 1, b: { d: [1, 2] } })).not.toBe(one);
    expect(specHash({ a: 1, b: { c: new Secret('x'), d: [2, 1] } })).not.toBe(one);
    expect(one).toMatch(/^[0-9a-f]{16}$/);
  });
});
