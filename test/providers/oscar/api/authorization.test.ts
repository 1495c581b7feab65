import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { OscarClient } from '../../../../src/providers/oscar/api/calls.ts';
import { Secret } from '../../../../src/secret.ts';
import { openIssuer, openOscar, sample } from '../../../standins/oscar/lab.ts';
import type { Oscar } from '../../../standins/oscar/oscar.ts';
import { temporaryFolder } from '../../../storage/temporary-folder.ts';
import { all, clientOf } from '../clients.ts';

describe('TLS', () => {
  it('is verified, unless the cluster says otherwise', async () => {
    const oscar = await openOscar({ tls: true });
    await expect(clientOf(oscar.url).info()).rejects.toMatchObject({
      code: 'oscar-unreachable',
      hint: expect.stringContaining('ssl_verify: false'),
    });
    expect((await clientOf(oscar.url, { verifyTls: false }).info()).version).toBe('4.1.2');
    // It counts for that client alone.
    await expect(clientOf(oscar.url).info()).rejects.toMatchObject({ code: 'oscar-unreachable' });
  });
});

describe('logins', () => {
  it('take an access token as it is', async () => {
    const issuer = await openIssuer();
    const oscar = await openOscar({ issuer });
    const client = clientOf(oscar.url, {
      login: { kind: 'token', token: new Secret(issuer.accessToken('ada')) },
    });
    await client.create(sample());
    expect((await client.service('upper'))?.owner).toBe('ada');
    expect((await client.config()).minio.access_key).toBe('ada');
  });

  it('exchange a refresh token once, and again when the access token is over', async () => {
    const issuer = await openIssuer();
    const oscar = await openOscar({
      issuer,
      trouble: ({ path: asked, count }) =>
        asked === '/system/config' && count === 1 ? { status: 401 } : undefined,
    });
    const client = clientOf(oscar.url, {
      login: { kind: 'refresh-token', token: issuer.refreshToken('ada') },
    });
    await Promise.all([client.info(), client.info(), client.services()]);
    expect(issuer.asked).toHaveLength(1);
    expect(Object.fromEntries(issuer.asked[0] ?? [])).toMatchObject({
      grant_type: 'refresh_token',
      client_id: 'oscar-cli',
      scope: 'openid email',
    });
    await client.config();
    expect(issuer.asked).toHaveLength(2);
  });

  it('exchange it anew for every call where tokens count for seconds only', async () => {
    const issuer = await openIssuer({ lifetime: 10 });
    const oscar = await openOscar({ issuer });
    const client = clientOf(oscar.url, {
      login: { kind: 'refresh-token', token: issuer.refreshToken('ada') },
    });
    await client.info();
    await client.info();
    expect(issuer.asked).toHaveLength(2);
  });

  it.each([
    ['nonsense', 'it is no JWT'],
    [`x.${Buffer.from('{}').toString('base64url')}.y`, 'it does not say who issued it'],
  ])('refuse a refresh token that is none: %s', async (token, why) => {
    const oscar = await openOscar();
    const client = clientOf(oscar.url, { login: { kind: 'refresh-token', token } });
    await expect(client.info()).rejects.toMatchObject({
      code: 'oscar-token-invalid',
      message: expect.stringContaining(why),
    });
  });

  it('say when the issuer refuses', async () => {
    const issuer = await openIssuer();
    const oscar = await openOscar({ issuer });
    issuer.revoke();
    const token = issuer.refreshToken('ada');
    const client = clientOf(oscar.url, { login: { kind: 'refresh-token', token } });
    const error = await client.info().catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: 'oscar-token-invalid' });
    expect((error as Error).message).not.toContain(token);
  });

  it('ask the oidc-agent', async () => {
    const issuer = await openIssuer();
    const oscar = await openOscar({ issuer });
    const socket = path.join(temporaryFolder(), 'agent.sock');
    const asked: unknown[] = [];
    const agent = createServer((connection) => {
      connection.once('data', (data) => {
        const request = JSON.parse(data.toString()) as { account: string };
        asked.push(request);
        const known = { status: 'success', access_token: issuer.accessToken('ada') };
        const unknown = { status: 'failure', error: 'Account not loaded' };
        connection.end(JSON.stringify(request.account === 'egi' ? known : unknown));
      });
    }).listen(socket);
    await once(agent, 'listening');
    onTestFinished(() => void agent.close());
    const login = (account: string) => ({ kind: 'oidc-agent', account }) as const;
    const environment = { OIDC_SOCK: socket };
    expect((await clientOf(oscar.url, { login: login('egi'), environment }).info()).version).toBe('4.1.2');
    expect(asked).toMatchObject([{ request: 'access_token', account: 'egi' }]);
    await expect(clientOf(oscar.url, { login: login('x'), environment }).info()).rejects.toThrow(
      'Account not loaded',
    );
    await expect(clientOf(oscar.url, { login: login('egi') }).info()).rejects.toThrow('OIDC_SOCK is not set');
  });
});

describe('calls of services', () => {
  async function running(): Promise<{ oscar: Oscar; client: OscarClient; token: string }> {
    const oscar = await openOscar({ settings: { runs: true } });
    const client = clientOf(oscar.url);
    await client.create(sample());
    return { oscar, client, token: String((await client.service('upper'))?.token) };
  }

  it('are made with the token of the service', async () => {
    const { oscar, client, token } = await running();
    const body = Buffer.from('hello').toString('base64');
    expect(Buffer.from((await client.run('upper', token, body)).toString(), 'base64').toString()).toBe(
      'HELLO',
    );
    await client.submit('upper', token, '{}');
    await oscar.settled();
    expect(await all(client.jobs('upper'))).toHaveLength(1);
    await expect(client.run('upper', '0'.repeat(64), body)).rejects.toMatchObject({ code: 'oscar-denied' });
  });

  it('can be large', async () => {
    const { client } = await running();
    const script = `#!/bin/sh\n# ${'ü'.repeat(1_000_000)}\n`;
    await client.create({ ...sample('large', { input: [], output: [] }), script });
    expect((await client.service('large'))?.['script']).toBe(script);
  });
});

it('makes buckets and presigned URLs', async () => {
  const oscar = await openOscar();
  const client = clientOf(oscar.url);
  await client.createBucket('box/new');
  await expect(client.createBucket('box/new')).rejects.toMatchObject({ code: 'oscar-refused' });
  const request = { bucket: 'box', key: 'a/b c', operation: 'upload', seconds: 60 } as const;
  const { url, method } = await client.presign(request);
  await fetch(url, { method, body: 'data' });
  const { url: back } = await client.presign({ ...request, operation: 'download' });
  expect(await (await fetch(back)).text()).toBe('data');
});

it('reads the state of a service, where the release shows it', async () => {
  const oscar = await openOscar();
  const client = clientOf(oscar.url);
  const expose = { api_port: [80], min_scale: 2, max_scale: 2, cpu_threshold: 80 };
  await client.create(sample('web', { input: [], output: [], expose }));
  expect(await client.deployment('web')).toMatchObject({ state: 'ready', active_instances: 2 });
  expect(await client.deploymentLogs('web', 10)).toMatchObject({ available: true, entries: [{}] });
  const old = clientOf((await openOscar({ release: '3.7.1' })).url);
  await expect(old.deployment('web')).rejects.toMatchObject({ code: 'oscar-unsupported' });
});
