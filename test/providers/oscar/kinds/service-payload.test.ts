/** What is sent to clusters of different releases, and what is seen as a change of it. */
import { describe, expect, it } from 'vitest';
import { type Props, ref } from '../../../../src/deploy/resource.ts';
import { isSince } from '../../../../src/providers/oscar/api/answers.ts';
import type { OscarStep } from '../../../../src/providers/oscar/dialect/step.ts';
import { serviceChanges } from '../../../../src/providers/oscar/kinds/service/changes.ts';
import { requireToken } from '../../../../src/providers/oscar/kinds/service/federation.ts';
import {
  type PayloadContext,
  revealed,
  servicePayload,
} from '../../../../src/providers/oscar/kinds/service/payload.ts';
import { Secret } from '../../../../src/secret.ts';
import type { Workflow } from '../../../../src/workflow/model.ts';
import { workflowOf } from '../../local/samples.ts';

const LAB = { endpoint: 'https://lab', user: 'u', password: new Secret('cluster-password'), verifyTls: true };

function payload(
  service: string,
  more: Partial<PayloadContext> & { readonly rest?: string; readonly env?: Record<string, string> } = {},
) {
  const { rest = '', env = {}, ...context } = more;
  const text = `functions:\n  oscar:\n    - lab:\n${service.replace(/^/gm, '        ')}\n${rest}`;
  const workflow: Workflow = workflowOf(text, env);
  const stores = new Map(workflow.stores.map((store) => [store.id, store]));
  const [step] = workflow.steps;
  return servicePayload(step as OscarStep, {
    workflow: 'shop',
    release: '4.1.2',
    script: 'echo',
    stores,
    clusters: new Map([['lab', LAB]]),
    ...context,
  });
}

const HEAD = 'name: a\nimage: busybox\nscript: a.sh';

describe('the payload', () => {
  it('is small: what is set, whose it is, and nothing else', () => {
    const { service, warnings } = payload(HEAD);
    expect(service).toEqual({
      name: 'a',
      cluster_id: 'lab',
      image: 'busybox',
      script: 'echo',
      annotations: { 'fdl/workflow': 'shop', 'fdl/step': 'a' },
    });
    expect(warnings).toEqual([]);
  });

  it('calls the own MinIO minio.default however the file does, and sends no keys of it', () => {
    const io = `${HEAD}
input: [{storage_provider: minio, path: in/x}, {storage_provider: minio.lab, path: in/y/}]
output: [{storage_provider: MinIO.default, path: out, suffix: wav}, {storage_provider: minio.same, path: out/z}]`;
    const rest =
      'storage_providers: {minio: {same: {endpoint: "https://minio.lab/", access_key: k, secret_key: s}}}';
    const { service } = payload(io, { rest, ownMinio: 'https://minio.lab' });
    expect(service).toMatchObject({
      input: [
        { storage_provider: 'minio.default', path: 'in/x' },
        { storage_provider: 'minio.default', path: 'in/y' },
      ],
      output: [
        { storage_provider: 'minio.default', path: 'a/out', suffix: ['wav'] },
        { storage_provider: 'minio.default', path: 'out/z' },
      ],
    });
    expect(service['storage_providers']).toBeUndefined();
  });

  it("sends the credentials of the service's own outputs, and no others", () => {
    const rest = `
    - lab: {name: b, image: i, script: s.sh, output: [{storage_provider: minio.other, path: x/y}]}
storage_providers:
  s3: {mine: {access_key: k, secret_key: s, region: eu-west-1}}
  minio: {other: {endpoint: "https://other", access_key: o, secret_key: t, verify: false}}
clusters: {lab: {endpoint: "https://lab", auth_password: cluster-password}}`;
    const { service } = payload(`${HEAD}\noutput: [{storage_provider: s3.mine, path: b/out}]`, { rest });
    expect(revealed(service)['storage_providers']).toEqual({
      s3: { mine: { access_key: 'k', secret_key: 's', region: 'eu-west-1' } },
    });
    expect(JSON.stringify(service)).not.toMatch(/"s"|cluster-password/);
    expect(service['clusters']).toBeUndefined();
  });

  it('says which credentials are missing, and what they are for', () => {
    const sending = () => payload(`${HEAD}\noutput: [{storage_provider: s3, path: b/out}]`);
    expect(sending).toThrow(
      expect.objectContaining({
        code: 'storage-incomplete',
        message: 'a runs on the cluster lab, which has no credentials for s3.default',
        hint: expect.stringMatching(
          /"access_key" and "secret_key" under storage_providers\.s3\.default.*s3:PutObject/,
        ),
      }),
    );
  });

  it.each(['s3', 'minio.other', 'onedata.x'])(
    'is refused for an input in %s, which no cluster watches',
    (store) => {
      const sending = () => payload(`${HEAD}\ninput: [{storage_provider: ${store}, path: b/in}]`);
      expect(sending).toThrow(expect.objectContaining({ code: 'input-not-watched' }));
    },
  );

  it('has values of this environment among the secrets', () => {
    const service = `${HEAD}\nenvironment: {Variables: {A: "1", B: "\${env:KEY}"}, secrets: {C: c}}`;
    const { environment } = payload(service, { env: { KEY: 'hunter2' } }).service;
    expect(environment).toEqual({
      variables: { A: '1' },
      secrets: { B: new Secret('hunter2'), C: new Secret('c') },
    });
    expect(JSON.stringify(environment)).not.toContain('hunter2');
    const old = payload(service, { env: { KEY: 'hunter2' }, release: '3.3.0' });
    expect(old.service['environment']).toMatchObject({ Variables: { A: '1' } });
    expect(old.warnings).toEqual([expect.stringContaining('has no secrets')]);
  });

  it('has ports in the form of the release', () => {
    const service = `${HEAD}\nexpose: {api_port: 80, nodePort: 30500, min_scale: 1, health_path: /up, probe_mode: direct}`;
    expect(payload(service).service['expose']).toMatchObject({
      api_port: [80],
      nodePort: [30500],
      probe_mode: 'direct',
    });
    const old = payload(service, { release: '3.6.0' });
    const scaling = { min_scale: 1, max_scale: 10, cpu_threshold: 80 };
    expect(old.service['expose']).toEqual({ api_port: 80, nodePort: 30500, ...scaling });
    expect(old.warnings.join(' ')).toMatch(/does not know "expose.health_path".*"expose.probe_mode"/);
    expect(payload(`${HEAD}\nexpose: {api_port: [80, 81]}`, { release: '4.0.0' }).warnings).toEqual([
      expect.stringContaining('only 80 is'),
    ]);
    // A node port that nobody asked for is not sent: releases differ in its type.
    // Kubernetes wants numbers of pods, and clusters fill in none.
    const plain = payload(`${HEAD}\nexpose: {api_port: 80}`).service['expose'];
    expect(plain).toEqual({ api_port: [80], ...scaling });
  });

  it('has replicas in the form of the release, whichever the file has', () => {
    const members =
      '[{type: OSCAR, cluster_id: lab, service_name: b, priority: 1}, {type: endpoint, url: "https://x", headers: {H: v}}]';
    const claims = btoa('{"iss":"https://i","azp":"a","scope":"b"}');
    const token = `environment: {secrets: {refresh_token: e30.${claims}.r}}`;
    const old = `${HEAD}\n${token}\nreplicas: ${members}\nrescheduler_threshold: 5`;
    const now = `${HEAD}\n${token}\nfederation: {delegation: random, rescheduler_threshold: 5, members: ${members}}`;
    const listed = [
      { type: 'oscar', cluster_id: 'lab', service_name: 'b' },
      { type: 'endpoint', ssl_verify: true },
    ];
    expect(payload(old).service['federation']).toMatchObject({ delegation: 'static', members: listed });
    expect(payload(now, { release: '4.0.0' }).service).toMatchObject({
      replicas: listed,
      delegation: 'random',
      rescheduler_threshold: 5,
      clusters: { lab: { endpoint: 'https://lab', auth_user: 'u', ssl_verify: true } },
    });
    expect(payload(now, { release: '4.0.0' }).service['federation']).toBeUndefined();
    expect(payload(old).warnings).toEqual([]);
    const { service } = payload(`${HEAD}\nreplicas: ${members}`);
    expect(() => requireToken('a', service)).toThrow('no token');
    expect(() => requireToken('a', payload(old).service)).not.toThrow();
    const address = (text: string) => (text === 'https://x' ? ref('aws/eu/function/y', 'url') : text);
    const { federation } = payload(old, { address }).service as {
      federation: { members: readonly { url: unknown }[] };
    };
    expect(federation.members[1]?.url).toEqual(ref('aws/eu/function/y', 'url'));
  });

  it.each([
    ['size: 1Gi', 'a', { 'fdl/volume': 'a' }],
    ['{size: 1Gi, name: data}', 'data', { 'fdl/volume': 'data' }],
    ['{size: 1Gi, lifecycle_policy: retain}', 'a', {}],
    ['{name: theirs}', 'theirs', {}],
  ])('attaches its volume (%s) by its name, and says whether it is its own', (text, name, own) => {
    const fields = text.replace(/[{}]/g, '');
    const { service } = payload(`${HEAD}\nvolume: {mount_path: /data, ${fields}}`);
    expect(service['volume']).toEqual({ name, mount_path: '/data' });
    const { 'fdl/workflow': _, 'fdl/step': _step, ...others } = service['annotations'] as Props;
    expect(others).toEqual(own);
  });

  it('names every field that the release does not know', () => {
    const service = `${HEAD}\nvisibility: Public\nephemeral_storage_request: 1Gi\nvolume: {size: 1Gi, mount_path: /data}\nmount: {storage_provider: minio, path: /m/, options: -x}`;
    expect(payload(service).service).toMatchObject({
      visibility: 'public',
      mount: { path: 'm', options: '-x' },
    });
    const { service: old, warnings } = payload(service, { release: '3.5.0' });
    expect(Object.keys(old)).not.toContain('volume');
    expect(old['mount']).toEqual({ storage_provider: 'minio.default', path: 'm' });
    const fields = ['visibility', 'ephemeral_storage_request', 'volume', 'mount.options'];
    for (const field of fields) expect(warnings.join(' ')).toContain(`"${field}"`);
    expect(warnings).toHaveLength(fields.length);
  });

  it('of models has a script, which clusters insist on, and the format where it belongs', () => {
    const kserve = 'name: m\nimage: i\nkserve: {storage_uri: "hf://x", model_format: onnx}';
    expect(payload(kserve, { script: undefined }).service).toMatchObject({
      script: '#!/bin/sh\n',
      kserve: { type: 'inference', storage_uri: 'hf://x', inference: { model_format: 'onnx' } },
    });
  });
});

describe('changes', () => {
  const sent = payload(`${HEAD}\nmemory: 1Gi\nlabels: {team: x}\nenvironment: {secrets: {C: c}}`).service;
  const answered = {
    ...sent,
    cpu: '0.2',
    log_level: 'INFO',
    visibility: 'private',
    token: 'x'.repeat(64),
    owner: 'cluster_admin',
    namespace: 'oscar-svc',
    vo: 'vo.found.by.the.server',
    labels: { team: 'x', oscar_service: 'a', queue: 'root.oscar-queue.a', owner_name: 'oscar' },
    environment: { variables: {}, secrets: { C: '' } },
    storage_providers: { minio: { default: { access_key: 'hidden', secret_key: 'hidden' } } },
    synchronous: { min_scale: 0, max_scale: 0 },
    expose: { api_port: 0, set_auth: false },
    allowed_users: [],
    mount: { storage_provider: '', path: '' },
  };

  it('are none where the server only added what it adds', () => {
    expect(serviceChanges(sent, answered)).toEqual([]);
  });

  it.each([
    [{ memory: '2Gi' }, [{ path: 'memory', before: '2Gi', after: '1Gi' }]],
    [{ labels: { ...answered.labels, mine: 'y' } }, [{ path: 'labels.mine', before: 'y', after: undefined }]],
    [{ script: 'other' }, [{ path: 'script', before: 'other', after: 'echo' }]],
    [{ environment: { secrets: {} } }, [{ path: 'environment.secrets.C', before: undefined, after: 'set' }]],
    [{ volume: { size: '1Gi' } }, [{ path: 'volume.name', before: 'a', after: undefined, replace: true }]],
    [{ visibility: 'public' }, [{ path: 'visibility', before: 'public', after: 'private' }]],
  ])('%j is one', (difference, changes) => {
    expect(serviceChanges(sent, { ...answered, ...difference })).toEqual(changes);
  });

  it('show no secret', () => {
    const provider = (key: string) => ({ storage_providers: { s3: { x: { secret_key: key } } } });
    const changes = serviceChanges(
      { ...sent, ...provider('new-key') },
      { ...answered, ...provider('old-key') },
    );
    expect(JSON.stringify(changes)).toBe(
      '[{"path":"storage_providers.s3.x.secret_key","before":"(secret)","after":"(secret)"}]',
    );
  });
});

describe('a release', () => {
  it.each([
    ['4.1.0', '4.1.0', true],
    ['v4.1.0-rc1', '4.1.0', true],
    ['4.0.9', '4.1.0', false],
    ['3.10.0', '3.9.0', true],
    ['4', '4.0.0', true],
    ['latest', '4.1.0', true],
  ])('%s is %s or later: %s', (version, first, answer) => {
    expect(isSince(version, first)).toBe(answer);
  });
});
