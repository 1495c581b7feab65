import { describe, expect, it } from 'vitest';
import { openShop, UPPER } from './shop.ts';

const WEB = { name: 'web', script: 'true\n', more: { expose: { api_port: 80 } } };

describe('steps on clusters', () => {
  it.each(['3.6.0', '4.0.0', '4.1.2'])('are shown with state and address by release %s', async (release) => {
    const expose = { api_port: release.startsWith('4.1') ? [80] : 80 };
    const web = { ...WEB, more: { expose } };
    const { runtime, workflow, oscar } = await openShop({ release, steps: [UPPER, web] });
    const deployed = [
      { step: 'upper', provider: 'oscar', mode: 'service', place: 'lab', state: 'ready' },
      {
        step: 'web',
        provider: 'oscar',
        mode: 'service',
        place: 'lab',
        state: 'ready',
        url: `${oscar.url}/system/services/web/exposed/`,
      },
    ];
    expect(await runtime.steps(workflow)).toEqual(deployed);
    expect(await runtime.deployed()).toEqual([{ workflow: 'shop', steps: deployed }]);
  });

  it('say why they are not ready', async () => {
    const { runtime, workflow } = await openShop({
      steps: [{ ...WEB, more: { expose: { api_port: [80] } } }],
      trouble: ({ path }) =>
        path.endsWith('/deployment')
          ? {
              status: 200,
              body: JSON.stringify({
                state: 'degraded',
                reason: 'Back-off pulling image.',
                resource_kind: 'x',
              }),
            }
          : undefined,
    });
    expect(await runtime.steps(workflow)).toMatchObject([{ state: 'degraded: Back-off pulling image' }]);
  });

  it('of others do not count', async () => {
    const { runtime, workflow } = await openShop({
      steps: [{ ...UPPER, more: { annotations: { 'fdl/workflow': 'other' } } }],
    });
    expect(await runtime.steps(workflow)).toEqual([]);
  });

  it('on a cluster that does not answer are missed, and thrown where nobody wants to know', async () => {
    const { runtime, oscar } = await openShop({
      trouble: ({ method, path }) =>
        method === 'GET' && path === '/system/services' ? { status: 403, body: 'no' } : undefined,
    });
    const missed: unknown[] = [];
    expect(await runtime.deployed((thrown) => missed.push(thrown))).toEqual([]);
    expect(missed).toMatchObject([{ code: 'oscar-denied' }]);
    await expect(runtime.deployed()).rejects.toMatchObject({ code: 'oscar-denied' });
    expect(oscar.count('GET', /services$/)).toBe(2);
  });
});
