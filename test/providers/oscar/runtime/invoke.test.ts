import { describe, expect, it } from 'vitest';
import type { Call } from '../../../../src/providers/runtime.ts';
import { openIssuer } from '../../../standins/oscar/lab.ts';
import { all } from '../clients.ts';
import { openShop, type Shop, UPPER } from './shop.ts';

const SHOUT = { ...UPPER, input: '', output: '' };

function invoke({ runtime, workflow }: Shop, call: Partial<Call>) {
  const [step] = workflow.steps;
  if (!step || !runtime.invoke) throw new Error('the shop has no step');
  return runtime.invoke(workflow, step, { payload: undefined, async: false, ...call });
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

describe('a direct call', () => {
  it('answers what came out, with the token of the service', async () => {
    const shop = await openShop({ steps: [SHOUT] });
    const answer = await invoke(shop, { payload: Buffer.from('hello') });
    expect([answer.status, text(answer.body)]).toEqual(['succeeded', 'HELLO']);
    const { token } = (await shop.client.service('upper')) ?? {};
    const call = shop.oscar.calls.find(({ path }) => path === '/run/upper');
    expect(call?.authorization).toBe(`Bearer ${token}`);
    const event = await invoke(shop, { payload: { a: 'b' } });
    expect(text(event.body)).toBe('{"A":"B"}');
  });

  it('starts a job where nobody waits', async () => {
    const shop = await openShop({ steps: [SHOUT] });
    const accepted = await invoke(shop, { payload: { a: 1 }, async: true });
    expect(accepted).toEqual({ status: 'accepted', body: new Uint8Array() });
    await shop.oscar.settled();
    expect(shop.oscar.cluster.jobs).toMatchObject([
      { service: 'upper', status: 'Succeeded', event: '{"a":1}' },
    ]);
  });

  it('of a user starts a job that this user sees', async () => {
    const issuer = await openIssuer();
    const login = { kind: 'token', token: issuer.accessToken('ada') } as const;
    const shop = await openShop({ steps: [SHOUT], issuer, login });
    await invoke(shop, { payload: { a: 1 }, async: true });
    await shop.oscar.settled();
    expect(await all(shop.client.jobs('upper'))).toMatchObject([{ status: 'Succeeded' }]);
  });

  it('of a user whom the cluster does not know then says who sees the job', async () => {
    const issuer = await openIssuer();
    const login = { kind: 'token', token: issuer.accessToken('ada@example.org') } as const;
    const shop = await openShop({ steps: [SHOUT], issuer, login });
    const { status, reason } = await invoke(shop, { payload: { a: 1 }, async: true });
    expect([status, reason]).toEqual(['accepted', expect.stringContaining('only the administrator')]);
    await shop.oscar.settled();
    expect(shop.oscar.cluster.jobs).toMatchObject([{ service: 'upper', status: 'Succeeded' }]);
  });

  it('that breaks says why', async () => {
    const shop = await openShop({
      steps: [SHOUT],
      trouble: ({ path }) => (path.startsWith('/run/') ? { status: 500, body: 'exit status 1' } : undefined),
    });
    expect(await invoke(shop, {})).toMatchObject({ status: 'failed', reason: 'exit status 1' });
  });

  it('needs a serverless backend, and a service that is ours', async () => {
    const shop = await openShop({ steps: [SHOUT], settings: { serverlessBackend: '' } });
    await expect(invoke(shop, {})).rejects.toMatchObject({
      code: 'not-callable',
      hint: expect.stringContaining('--async'),
    });
    const other = await openShop({
      steps: [{ ...SHOUT, more: { annotations: { 'fdl/workflow': 'other' } } }],
    });
    await expect(invoke(other, {})).rejects.toMatchObject({ code: 'step-not-deployed' });
    await expect(invoke(shop, { overHttp: true })).rejects.toMatchObject({ code: 'no-address' });
  });

  it('goes to the address of an exposed service over HTTP', async () => {
    const seen: unknown[] = [];
    const expose = { api_port: [80], set_auth: true };
    const shop = await openShop({
      steps: [{ ...SHOUT, more: { expose } }],
      trouble: ({ method, path, body, authorization }) => {
        if (!path.includes('/exposed/') || path.includes('unserved')) return undefined;
        seen.push([method, path, body, authorization]);
        return path.includes('bad') ? { status: 418, body: 'teapot' } : { status: 200, body: 'hello' };
      },
    });
    await expect(invoke(shop, {})).rejects.toMatchObject({
      code: 'not-callable',
      hint: expect.stringContaining('/exposed/'),
    });
    const answer = await invoke(shop, { overHttp: true, query: { a: 'b c' } });
    expect([answer.status, text(answer.body)]).toEqual(['succeeded', 'hello']);
    const { token } = (await shop.client.service('upper')) ?? {};
    const login = `Basic ${Buffer.from(`upper:${token}`).toString('base64')}`;
    expect(seen).toEqual([['GET', '/system/services/upper/exposed/?a=b+c', '', login]]);
    const failed = await invoke(shop, { overHttp: true, payload: Buffer.from('x'), query: { bad: '1' } });
    expect([failed.status, failed.reason, text(failed.body)]).toEqual([
      'failed',
      expect.stringContaining('answered 418'),
      'teapot',
    ]);
    expect(seen[1]).toMatchObject(['POST', expect.any(String), 'x', login]);
    const unserved = await invoke(shop, { overHttp: true, query: { unserved: '1' } });
    expect(unserved.reason).toContain('has no ingress');
  });
});
