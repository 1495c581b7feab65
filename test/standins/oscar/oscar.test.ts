/** The fake cluster does what clusters do, traps included: services, their types, paths and buckets. */
import { describe, expect, it } from 'vitest';
import { call, openOscar, put, sample } from './lab.ts';

const RELEASES = ['3.6.0', '3.7.1', '4.0.0', '4.1.2'] as const;

describe.each(RELEASES)('release %s', (release) => {
  it('makes a service with its buckets, shows it with what it adds, and deletes both', async () => {
    const oscar = await openOscar({ release });
    // Up to 3.6.3 it says that it failed to give the administrator a policy, and goes on all the same.
    const answer = await call(oscar, 'POST /system/services', sample('upper', { log_level: 'debug' }));
    const isLoud = release === '3.6.0';
    expect(answer.status).toBe(isLoud ? 500 : 201);
    expect(answer.text).toContain(isLoud ? 'The specified user does not exist' : '');
    const { json } = await call(oscar, 'GET /system/services/upper');
    expect(json).toMatchObject({
      memory: '256Mi',
      cpu: '0.2',
      log_level: 'DEBUG',
      visibility: 'private',
      owner: 'cluster_admin',
      labels: { oscar_service: 'upper' },
      allowed_users: [],
      synchronous: { min_scale: 0, max_scale: 0 },
      storage_providers: { minio: { default: { access_key: 'hidden', secret_key: 'hidden' } } },
    });
    expect(json.token).toMatch(/^[0-9a-f]{64}$/);
    expect('federation' in json).toBe(false);
    expect(typeof json.expose.api_port).toBe(release.startsWith('4.1') ? 'undefined' : 'number');
    expect(await oscar.minio.buckets()).toEqual(['upper']);
    expect(oscar.minio.listeners('upper')).toMatchObject([
      { arn: 'arn:minio:sqs:us-east-1:upper:webhook', prefix: 'in/' },
    ]);
    await put(oscar.minio, 'upper', 'out/precious.txt', 'data');
    expect((await call(oscar, 'DELETE /system/services/upper')).status).toBe(204);
    expect(await oscar.minio.buckets()).toEqual([]);
    expect((await call(oscar, 'GET /system/services/upper')).status).toBe(404);
  });

  it('refuses a second service on a bucket with a POST, takes it with a PUT but sets no notification', async () => {
    const oscar = await openOscar({ release });
    await call(oscar, 'POST /system/services', sample('a'));
    const second = sample('b', { input: [{ storage_provider: 'minio', path: 'a/out' }], output: [] });
    const refused = await call(oscar, 'POST /system/services', second);
    expect([refused.status, refused.text]).toEqual([500, 'the bucket "a" already exists\n']);
    expect((await call(oscar, 'GET /system/services/b')).status).toBe(404);
    await call(oscar, 'POST /system/services', { ...second, input: [] });
    const updated = await call(oscar, 'PUT /system/services', { ...second, owner: 'cluster_admin' });
    expect([updated.status, updated.text]).toEqual([
      500,
      expect.stringContaining('user/group cluster_admin: The specified user does not exist'),
    ]);
    expect((await call(oscar, 'GET /system/services/b')).json.input).toHaveLength(1);
    expect(oscar.minio.listeners('a').map(({ arn }) => arn)).toEqual([oscar.minio.arnOf('a')]);
  });

  it('makes a new token with a PUT before 4.0, which the webhook does not learn', async () => {
    const oscar = await openOscar({ release });
    await call(oscar, 'POST /system/services', sample());
    const before = (await call(oscar, 'GET /system/services/upper')).json.token;
    expect((await call(oscar, 'PUT /system/services', sample())).status).toBe(204);
    const after = (await call(oscar, 'GET /system/services/upper')).json.token;
    await put(oscar.minio, 'upper', 'in/x.txt', 'x');
    await oscar.settled();
    const isKept = release.startsWith('4');
    expect(after === before).toBe(isKept);
    expect(oscar.cluster.jobs).toHaveLength(isKept ? 1 : 0);
    expect(oscar.minio.lost).toEqual(isKept ? [] : [{ service: 'upper', why: 'the webhook answered 401' }]);
  });

  it('forgets the owner of a service that the administrator updates without naming it', async () => {
    const oscar = await openOscar({ release });
    await call(oscar, 'POST /system/services', sample());
    await call(oscar, 'PUT /system/services', sample());
    expect((await call(oscar, 'GET /system/services/upper')).json.owner).toBe('');
    expect((await call(oscar, 'DELETE /system/services/upper')).text).toContain('error removing resource');
    expect(await oscar.minio.buckets()).toEqual(['upper']);
  });

  it('lists jobs, in pages where the release has them', async () => {
    const oscar = await openOscar({ release, settings: { pageSize: 2 } });
    await call(oscar, 'POST /system/services', sample());
    const time = new Date('2026-01-01T10:00:00.500Z');
    oscar.addJob({ service: 'upper', status: 'Succeeded', started: time, finished: time, log: 'one\ntwo\n' });
    for (const status of ['Failed', 'Pending'] as const) oscar.addJob({ service: 'upper', status });
    const { json } = await call(oscar, 'GET /system/logs/upper');
    if (release === '3.6.0') {
      expect(Object.keys(json)).toHaveLength(3);
    } else {
      expect(json).toMatchObject({ next_page: '2', remaining_jobs: 1 });
      const second = await call(oscar, `GET /system/logs/upper?page=${json.next_page}`);
      expect(second.json).toEqual({ jobs: { 'upper-0002': { status: 'Suspended' } } });
    }
    const log = await call(oscar, 'GET /system/logs/upper/upper-0000?timestamps=true');
    expect(log.text).toBe('2026-01-01T10:00:00.500000000Z one\n2026-01-01T10:00:00.500000000Z two\n');
    expect(await call(oscar, 'GET /system/logs/upper/upper-0002')).toMatchObject({ status: 500, text: '' });
  });
});

describe('types', () => {
  it.each([
    [
      '4.0.0',
      { api_port: [80] },
      'cannot unmarshal array into Go struct field Service.expose.api_port of type int',
    ],
    [
      '4.1.2',
      { api_port: 80 },
      'cannot unmarshal number into Go struct field Service.expose.api_port of type []int',
    ],
    [
      '4.1.2',
      { nodePort: 0 },
      'cannot unmarshal number into Go struct field Service.expose.nodePort of type []int32',
    ],
  ])('of %s: %j is refused', async (release, expose, why) => {
    const oscar = await openOscar({ release });
    const refused = await call(oscar, 'POST /system/services', sample('x', { expose }));
    expect([refused.status, refused.text]).toEqual([
      400,
      `The service specification is not valid: json: ${why}`,
    ]);
  });

  it.each([
    [{ name: undefined }, "'Name' failed on the 'required' tag"],
    [{ name: 'x'.repeat(40) }, "'Name' failed on the 'max' tag"],
    [{ script: '' }, "'Script' failed on the 'required' tag"],
    [{ cpu: 1 }, 'cannot unmarshal number into Go struct field Service.cpu of type string'],
    [{ input: [{ path: '  / ' }] }, 'input path cannot be empty'],
    [{ volume: { size: '1Gi' } }, 'volume.mount_path is required'],
  ])('%j is refused', async (wrong, why) => {
    const oscar = await openOscar();
    const refused = await call(oscar, 'POST /system/services', sample('x', wrong));
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining(why)]);
    expect(oscar.cluster.services.size).toBe(0);
  });

  it('takes fields that it does not know, in any case of letters, and null for nothing', async () => {
    const oscar = await openOscar();
    const odd = {
      replicas: [],
      nothing: 1,
      vo: null,
      environment: { Variables: { A: '1' }, Secrets: { B: '2' } },
    };
    expect((await call(oscar, 'POST /system/services', sample('x', odd))).status).toBe(201);
    const { json } = await call(oscar, 'GET /system/services/x');
    expect(json.environment).toEqual({ variables: { A: '1' }, secrets: { B: '' } });
    expect(oscar.cluster.secrets.get('x')).toEqual({ B: '2' });
  });
});

describe('paths', () => {
  it('without a slash mean a folder of the service since 4.1, and break the server before', async () => {
    const output = { output: [{ storage_provider: 'minio', path: ' out/ ' }], input: [] };
    const now = await openOscar();
    await call(now, 'POST /system/services', sample('x', output));
    expect((await call(now, 'GET /system/services/x')).json.output[0].path).toBe('x/out');
    const before = await openOscar({ release: '4.0.0' });
    expect(await call(before, 'POST /system/services', sample('x', output))).toMatchObject({
      status: 500,
      text: '',
    });
    // What was made before it broke stays.
    expect((await call(before, 'GET /system/services/x')).status).toBe(200);
  });
});

describe('buckets', () => {
  it('of outputs go with the service as well, but not those that it mounts or no longer names', async () => {
    const oscar = await openOscar();
    const paths = (side: string, path: string) => ({ [side]: [{ storage_provider: 'minio', path }] });
    const mount = { mount: { storage_provider: 'minio', path: 'kept' } };
    await call(
      oscar,
      'POST /system/services',
      sample('x', { ...paths('input', 'a/in'), ...paths('output', 'b/out') }),
    );
    await call(
      oscar,
      'POST /system/services',
      sample('y', { ...paths('input', 'kept/in'), output: [], ...mount }),
    );
    await call(oscar, 'POST /system/services', sample('z', { ...paths('input', 'c/in'), output: [] }));
    const { json } = await call(oscar, 'GET /system/services/z');
    await call(oscar, 'PUT /system/services', { ...json, input: [] });
    for (const name of ['x', 'y', 'z']) {
      expect((await call(oscar, `DELETE /system/services/${name}`)).status, name).toBe(204);
    }
    expect(await oscar.minio.buckets()).toEqual(['c', 'kept']);
  });

  it('of neighbours go too, with their data', async () => {
    const oscar = await openOscar();
    await call(oscar, 'POST /system/services', sample('a'));
    await call(oscar, 'POST /system/services', sample('b', { input: [], output: [] }));
    const { json } = await call(oscar, 'GET /system/services/b');
    const shared = [{ storage_provider: 'minio.default', path: 'a/more' }];
    await call(oscar, 'PUT /system/services', { ...json, output: shared });
    await put(oscar.minio, 'a', 'out/x', 'data');
    await call(oscar, 'DELETE /system/services/b');
    expect(await oscar.minio.buckets()).toEqual([]);
  });

  it('can be listed, read in pages, and used by presigned URLs', async () => {
    const oscar = await openOscar({ settings: { pageSize: 2 } });
    await call(oscar, 'POST /system/buckets', { bucket_name: 'box' });
    expect((await call(oscar, 'POST /system/buckets', { bucket_name: 'box' })).status).toBe(400);
    for (const key of ['a b', 'c', 'd']) await put(oscar.minio, 'box', key, key);
    const first = (await call(oscar, 'GET /system/buckets/box')).json;
    expect(first).toMatchObject({ is_truncated: true, returned_items: 2 });
    const page = encodeURIComponent(first.next_page);
    expect((await call(oscar, `GET /system/buckets/box?page=${page}`)).json.objects).toMatchObject([
      { object_name: 'd', size_bytes: 1 },
    ]);
    const up = { object_key: '/e f', operation: 'upload', expires_in: 60 };
    const upload = (await call(oscar, 'POST /system/buckets/box/presign', up)).json;
    await fetch(upload.url, { method: upload.method, body: 'new' });
    const download = (await call(oscar, 'POST /system/buckets/box/presign', { ...up, operation: 'download' }))
      .json;
    expect(await (await fetch(download.url)).text()).toBe('new');
    expect((await call(oscar, 'POST /system/buckets/none/presign', up)).status).toBe(404);
  });
});
