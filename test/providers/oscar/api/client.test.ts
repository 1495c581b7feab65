import { describe, expect, it } from 'vitest';
import { openIssuer, openOscar, sample } from '../../../standins/oscar/lab.ts';
import { ADMIN_LOGIN } from '../../../standins/oscar/oscar.ts';
import { all, clientOf, logText, unlessPolicy } from '../clients.ts';

describe.each(['3.6.0', '3.7.1', '4.0.0', '4.1.2'])('with release %s', (release) => {
  it('makes, reads, changes and removes a service', async () => {
    const oscar = await openOscar({ release });
    const client = clientOf(oscar.url);
    expect(await client.service('upper')).toBeUndefined();
    await unlessPolicy(client.create(sample()));
    expect(await client.service('upper')).toMatchObject({
      name: 'upper',
      memory: '256Mi',
      owner: 'cluster_admin',
    });
    expect(await client.update({ ...sample(), memory: '1Gi', owner: 'cluster_admin' })).toBeUndefined();
    expect((await client.services()).map(({ memory }) => memory)).toEqual(['1Gi']);
    await client.remove('upper');
    await client.remove('upper');
    expect(await client.services()).toEqual([]);
  });

  it('says what it is, with the keys of its MinIO', async () => {
    const oscar = await openOscar({ release, settings: { gpus: true } });
    const client = clientOf(oscar.url);
    expect((await client.info()).version).toBe(release);
    const { minio, gpus, allowedImages } = await client.config();
    expect(minio).toMatchObject({
      endpoint: oscar.minio.url,
      access_key: 'minio',
      secret_key: 'minio-secret-key',
    });
    expect([gpus, allowedImages]).toEqual([true, []]);
  });

  it('lists all jobs, and shows their logs', async () => {
    const oscar = await openOscar({ release, settings: { pageSize: 2 } });
    const client = clientOf(oscar.url);
    await unlessPolicy(client.create(sample()));
    expect(await all(client.jobs('upper'))).toEqual([]);
    const time = new Date('2026-01-01T10:00:00Z');
    const done = { service: 'upper', status: 'Succeeded', started: time, finished: time } as const;
    for (const log of ['a\n', 'b\n', '', 'd\n']) oscar.addJob({ ...done, log });
    oscar.addJob({ service: 'upper' });
    const jobs = await all(client.jobs('upper'));
    expect(jobs.map(({ name }) => name)).toEqual([0, 1, 2, 3, 4].map((index) => `upper-000${index}`));
    expect(jobs[0]).toMatchObject({ status: 'Succeeded', finished: '2026-01-01T10:00:00Z' });
    expect(['Pending', 'Suspended']).toContain(jobs[4]?.status);
    expect(await logText(client, 'upper', 'upper-0001')).toBe('2026-01-01T10:00:00.000000000Z b\n');
    expect(await logText(client, 'upper', 'upper-0002')).toBe('');
    // It has no pod yet, which the server answers with a failure of its own.
    expect(await logText(client, 'upper', 'upper-0004')).toBe('');
  });
});

describe('errors', () => {
  it.each([
    [{ status: 401 }, 'oscar-denied', 'cluster lab does not accept the login'],
    [{ status: 403, body: 'not yours' }, 'oscar-denied', 'does not allow GET /system/info: not yours'],
    [{ status: 404, body: '404 page not found' }, 'oscar-unsupported', 'does not know GET /system/info'],
    [{ status: 404, body: '<html>nginx</html>' }, 'oscar-unsupported', 'does not know GET /system/info'],
    [{ status: 404 }, 'oscar-not-found', 'nothing for GET /system/info'],
    [{ status: 400, body: 'bad\n  thing\n' }, 'oscar-refused', 'refused GET /system/info: bad thing'],
    [{ status: 409, body: 'there' }, 'oscar-conflict', 'refused GET /system/info: there'],
    [{ status: 500, body: 'broke' }, 'oscar-failed', 'failed at GET /system/info: broke'],
    [
      { status: 502, body: '<html><h1>Bad Gateway' },
      'oscar-failed',
      'failed at GET /system/info: a page of HTML "Bad Gateway" (HTTP status 502)',
    ],
    [{ status: 200, body: '<html>hello' }, 'oscar-failed', 'does not answer /system/info as OSCAR does'],
    [{ status: 200, body: '{}' }, 'oscar-failed', 'does not answer /system/info as OSCAR does'],
    [
      { status: 301, headers: { location: 'http://other.invalid/' } },
      'oscar-failed',
      'redirects to http://other.invalid',
    ],
  ])('%j → %s', async (trouble, code, message) => {
    const oscar = await openOscar({ trouble: () => trouble });
    await expect(clientOf(oscar.url).info()).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it('quote what the cluster says, but not pages of it', async () => {
    const oscar = await openOscar({ trouble: () => ({ status: 500, body: 'x'.repeat(100_000) }) });
    const error = await clientOf(oscar.url)
      .info()
      .catch((thrown: Error) => thrown);
    expect((error as Error).message.length).toBeLessThan(700);
  });

  it('name the endpoint where nobody answers', async () => {
    await expect(clientOf('http://127.0.0.1:1').info()).rejects.toMatchObject({
      code: 'oscar-unreachable',
      message: expect.stringMatching(
        /cluster lab at http:\/\/127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/,
      ),
    });
  });

  it('name the other scheme where the endpoint has the wrong one', async () => {
    const [plain, tls] = [await openOscar(), await openOscar({ tls: true })];
    const addresses = [plain.url.replace('http:', 'https:'), tls.url.replace('https:', 'http:')];
    for (const [index, address] of addresses.entries()) {
      await expect(clientOf(address).info()).rejects.toMatchObject({
        code: 'oscar-unreachable',
        hint: expect.stringContaining(`as ${[plain, tls][index]?.url}.`),
      });
    }
    const said = { status: 400, body: 'Client sent an HTTP request to an HTTPS server.\n' };
    const front = await openOscar({ trouble: () => said });
    const moved = { status: 301, headers: { location: 'https://other.invalid/' } };
    const mover = await openOscar({ trouble: () => moved });
    await expect(clientOf(front.url).info()).rejects.toMatchObject({
      hint: expect.stringContaining('https:'),
    });
    await expect(clientOf(mover.url).info()).rejects.toMatchObject({
      hint: expect.stringContaining('redirects to'),
    });
  });

  it('tell who may not see logs from logs that are empty', async () => {
    const issuer = await openIssuer();
    const oscar = await openOscar({ issuer });
    await clientOf(oscar.url).create(sample());
    oscar.addJob({ service: 'upper', status: 'Succeeded', started: new Date(), log: '' });
    const eve = clientOf(oscar.url, { login: { kind: 'token', token: issuer.accessToken('eve') } });
    const denied = {
      code: 'oscar-denied',
      message: expect.stringContaining('does not show /system/logs/upper'),
    };
    await expect(all(eve.jobs('upper'))).rejects.toMatchObject(denied);
    await expect(logText(eve, 'upper', 'upper-0000')).rejects.toMatchObject(denied);
    expect(await logText(clientOf(oscar.url), 'upper', 'upper-0000')).toBe('');
  });

  it('never have the login in them', async () => {
    for (const url of ['http://127.0.0.1:1', (await openOscar({ trouble: () => ({ status: 401 }) })).url]) {
      const error = await clientOf(url)
        .info()
        .catch((thrown: unknown) => thrown);
      expect(JSON.stringify([error, (error as Error).stack])).not.toContain(ADMIN_LOGIN.password);
    }
  });
});

describe('what fails for the moment', () => {
  const flaky = (times: number, trouble: object): Parameters<typeof openOscar>[0] => ({
    trouble: ({ count }) => (count <= times ? trouble : undefined),
  });

  it.each([[{ status: 503 }], [{ status: 429 }], [{ hangUp: true }]])(
    '%j is tried again',
    async (trouble) => {
      const oscar = await openOscar(flaky(3, trouble));
      const client = clientOf(oscar.url);
      expect((await client.info()).version).toBe('4.1.2');
      expect(oscar.count('GET', /info/)).toBe(4);
    },
  );

  it('is not, where the same would happen twice', async () => {
    const oscar = await openOscar(flaky(9, { hangUp: true }));
    const client = clientOf(oscar.url);
    await expect(client.create(sample())).rejects.toMatchObject({ code: 'oscar-unreachable' });
    await expect(client.submit('upper', 'x'.repeat(64), '{}')).rejects.toMatchObject({
      code: 'oscar-unreachable',
    });
    expect(oscar.calls.map(({ method }) => method)).toEqual(['POST', 'POST']);
  });

  it('is not, where it lasts: 500, and requests that are wrong', async () => {
    for (const status of [500, 400, 401, 403, 409]) {
      const oscar = await openOscar({ trouble: () => ({ status, body: 'no' }) });
      await expect(clientOf(oscar.url).info()).rejects.toMatchObject({ status });
      expect(oscar.calls, String(status)).toHaveLength(1);
    }
  });

  it('a removal whose answer is lost has removed', async () => {
    for (const release of ['3.6.0', '4.1.2']) {
      const oscar = await openOscar({
        release,
        trouble: ({ method, count }) => (method === 'DELETE' && count === 1 ? { forget: true } : undefined),
      });
      const client = clientOf(oscar.url);
      await unlessPolicy(client.create(sample()));
      await client.remove('upper');
      expect(oscar.cluster.services.size).toBe(0);
    }
  });

  it('a removal that leaves buckets behind says so', async () => {
    const oscar = await openOscar();
    const client = clientOf(oscar.url);
    await unlessPolicy(client.create(sample()));
    await client.update({ ...sample(), owner: '' });
    await expect(client.remove('upper')).rejects.toThrow(/Error deleting service buckets/);
  });

  it('ends when the signal says so', async () => {
    const oscar = await openOscar({ trouble: () => ({ after: new Promise(() => {}) }) });
    const controller = new AbortController();
    const asking = clientOf(oscar.url).info(controller.signal);
    controller.abort(new Error('enough'));
    await expect(asking).rejects.toThrow('enough');
  });
});
