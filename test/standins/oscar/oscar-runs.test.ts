/** The fake cluster: failures, logins, runs, and its MinIO. */
import { describe, expect, it } from 'vitest';
import { call, get, openIssuer, openOscar, put, sample } from './lab.ts';

describe('failures', () => {
  it('a POST that fails late leaves its secret behind; the next one gets 409', async () => {
    const oscar = await openOscar({ release: '3.6.4' });
    await call(oscar, 'POST /system/buckets', { bucket_name: 'x' });
    const body = sample('x', { environment: { secrets: { KEY: 'v' } } });
    expect((await call(oscar, 'POST /system/services', body)).status).toBe(500);
    await call(oscar, 'DELETE /system/buckets/x');
    expect((await call(oscar, 'POST /system/services', body)).status).toBe(409);
    // Releases before 4.1 make the service all the same.
    expect((await call(oscar, 'GET /system/services/x')).status).toBe(200);
  });

  it('come when they are asked for', async () => {
    const oscar = await openOscar({
      trouble: ({ method, count }) => {
        if (method === 'GET' && count === 1) return { status: 503, body: 'busy' };
        return method === 'DELETE' ? { forget: true } : undefined;
      },
    });
    await call(oscar, 'POST /system/services', sample());
    expect(await call(oscar, 'GET /system/services')).toMatchObject({ status: 503, text: 'busy' });
    expect((await call(oscar, 'GET /system/services')).json).toHaveLength(1);
    await expect(call(oscar, 'DELETE /system/services/upper')).rejects.toThrow('fetch failed');
    expect(oscar.cluster.services.size).toBe(0);
    expect(oscar.count('GET', /services/)).toBe(2);
  });

  it('of unknown services: a DELETE breaks releases before 3.6.4, /deployment says 403', async () => {
    const old = await openOscar({ release: '3.6.0' });
    expect(await call(old, 'DELETE /system/services/none')).toMatchObject({ status: 500, text: '' });
    const now = await openOscar();
    expect((await call(now, 'DELETE /system/services/none')).status).toBe(404);
    expect((await call(now, 'GET /system/services/none/deployment')).status).toBe(403);
  });

  it('a federation with an endpoint among its members cannot be made with a POST, only with a PUT', async () => {
    const oscar = await openOscar();
    const member = { type: 'endpoint', url: 'http://127.0.0.1:1' };
    const federation = { delegation: 'static', members: [member] };
    const body = sample('x', { federation, environment: { secrets: { refresh_token: 't' } } });
    expect((await call(oscar, 'POST /system/services', { ...body, environment: {} })).text).toContain(
      'refresh_token',
    );
    const refused = await call(oscar, 'POST /system/services', body);
    expect([refused.status, refused.text]).toEqual([500, expect.stringContaining('cluster "" not defined')]);
    expect(oscar.cluster.services.size).toBe(0);
  });
});

describe('who asks', () => {
  it('needs the password, or a token of the issuer', async () => {
    const issuer = await openIssuer();
    const oscar = await openOscar({ issuer });
    expect(await call(oscar, 'GET /system/info', undefined, '')).toMatchObject({ status: 401, text: '' });
    expect((await call(oscar, 'GET /system/info', undefined, 'Bearer nonsense')).status).toBe(401);
    const token = `Bearer ${issuer.accessToken('ada')}`;
    const { json } = await call(oscar, 'GET /system/info', undefined, token);
    expect(json).toMatchObject({ version: '4.1.2', serverless_backend: { name: 'knative' } });
    expect(
      (await call(oscar, 'GET /system/info', undefined, `Bearer ${issuer.accessToken('ada', -1)}`)).status,
    ).toBe(401);
    const admin = (await call(oscar, 'GET /system/config')).json;
    const user = (await call(oscar, 'GET /system/config', undefined, token)).json;
    expect(admin.minio_provider.access_key).toBe('minio');
    expect(user.minio_provider.access_key).toBe('ada');
    expect((await call(oscar, 'GET /health', undefined, '')).text).toBe('Ok');
  });

  it('gets an empty 200 for logs that are not theirs', async () => {
    const issuer = await openIssuer();
    const oscar = await openOscar({ issuer });
    await call(oscar, 'POST /system/services', sample());
    const token = `Bearer ${issuer.accessToken('eve')}`;
    expect(await call(oscar, 'GET /system/logs/upper', undefined, token)).toMatchObject({
      status: 200,
      text: '',
    });
    expect((await call(oscar, 'GET /system/services/upper', undefined, token)).status).toBe(403);
    expect((await call(oscar, 'DELETE /system/services/upper', undefined, token)).status).toBe(403);
  });
});

describe('runs', () => {
  it('scripts when files arrive, whose outputs are the inputs of others', async () => {
    const oscar = await openOscar({ settings: { runs: true } });
    await call(oscar, 'POST /system/services', sample('upper', { environment: { variables: { A: '1' } } }));
    const count =
      'printf "%s %s" "$STORAGE_OBJECT_KEY" "$(cat "$INPUT_FILE_PATH")" > "$TMP_OUTPUT_DIR/b/c.txt"';
    const next = { script: `mkdir "$TMP_OUTPUT_DIR/b"; ${count}; exit 3`, input: [], output: [] };
    await call(oscar, 'POST /system/services', sample('next', next));
    const { json } = await call(oscar, 'GET /system/services/next');
    const entry = (path: string) => [{ storage_provider: 'minio', path }];
    await call(oscar, 'PUT /system/services', {
      ...json,
      input: entry('upper/out'),
      output: entry('last/x'),
    });
    const own = {
      id: 'x',
      arn: oscar.minio.arnOf('next'),
      events: ['s3:ObjectCreated:*'],
      prefix: 'out/',
      suffix: '',
    };
    await oscar.minio.listen('upper', [...oscar.minio.listeners('upper'), own]);
    await put(oscar.minio, 'upper', 'in/a b.txt', 'hello');
    await oscar.settled();
    expect(await get(oscar.minio, 'upper', 'out/a b.txt')).toBe('HELLO');
    // The script's exit code counts for nothing.
    expect(await get(oscar.minio, 'last', 'x/b/c.txt')).toBe('out/a b.txt HELLO');
    expect(oscar.cluster.jobs.map(({ service, status }) => [service, status])).toEqual([
      ['upper', 'Succeeded'],
      ['next', 'Succeeded'],
    ]);
  });

  it('calls with the token of the service: /run answers, /job does not', async () => {
    const oscar = await openOscar({ settings: { runs: true } });
    await call(oscar, 'POST /system/services', sample('upper', { input: [], output: [] }));
    const { json } = await call(oscar, 'GET /system/services/upper');
    const token = `Bearer ${json.token}`;
    expect((await call(oscar, 'POST /run/upper', 'x', `Bearer ${'0'.repeat(64)}`)).status).toBe(401);
    expect((await call(oscar, 'POST /run/upper', 'x')).status).toBe(401);
    const answer = await call(oscar, 'POST /run/upper', Buffer.from('hello').toString('base64'), token);
    expect(Buffer.from(answer.text, 'base64').toString()).toBe('HELLO');
    expect(await call(oscar, 'POST /job/upper', '{}', token)).toMatchObject({ status: 201, text: '' });
    await oscar.settled();
    expect(oscar.cluster.jobs).toMatchObject([{ service: 'upper', status: 'Succeeded' }]);
  });

  it('answers several files as a zip, and has no /run without a backend', async () => {
    const oscar = await openOscar({ settings: { serverlessBackend: '' } });
    await call(oscar, 'POST /system/services', sample('upper', { input: [], output: [] }));
    const { json } = await call(oscar, 'GET /system/services/upper');
    expect((await call(oscar, 'POST /run/upper', '{}', `Bearer ${json.token}`)).status).toBe(404);
    const other = await openOscar();
    const script = 'echo 1 > "$TMP_OUTPUT_DIR/a"; echo 2 > "$TMP_OUTPUT_DIR/b"';
    await call(other, 'POST /system/services', sample('two', { script, input: [], output: [] }));
    const { token } = (await call(other, 'GET /system/services/two')).json;
    const { text } = await call(other, 'POST /run/two', '{}', `Bearer ${token}`);
    expect(Buffer.from(text, 'base64').subarray(0, 4)).toEqual(Buffer.from('PK\x03\x04'));
  });
});

describe('MinIO', () => {
  it('takes only its own ARNs of webhooks that are there, and keys that it knows', async () => {
    const oscar = await openOscar();
    await call(oscar, 'POST /system/services', sample());
    const { url } = oscar.minio;
    const known = { authorization: 'AWS4-HMAC-SHA256 Credential=minio/x/y, Signature=z' };
    const set = (arn: string) => {
      const body = `<NotificationConfiguration><QueueConfiguration><Queue>${arn}</Queue><Event>s3:ObjectCreated:*</Event></QueueConfiguration></NotificationConfiguration>`;
      return fetch(`${url}/upper?notification`, { method: 'PUT', body, headers: known });
    };
    expect((await set('arn:minio:sqs:us-east-1:other:webhook')).status).toBe(400);
    expect((await set(oscar.minio.arnOf('upper'))).status).toBe(200);
    expect(oscar.minio.listeners('upper')).toMatchObject([{ prefix: '', events: ['s3:ObjectCreated:*'] }]);
    expect((await fetch(`${url}/upper`)).status).toBe(403);
    const made = await fetch(`${url}/upper`, { method: 'PUT', headers: known });
    expect([made.status, await made.text()]).toEqual([
      409,
      expect.stringContaining('BucketAlreadyOwnedByYou'),
    ]);
  });

  it('is away for a while after each change of its webhooks', async () => {
    const oscar = await openOscar({ minioRestartMs: 60_000 });
    expect((await fetch(oscar.minio.url)).status).toBe(403);
    await call(oscar, 'POST /system/services', sample());
    await expect(fetch(oscar.minio.url)).rejects.toThrow('fetch failed');
  });
});
