import { describe, expect, it } from 'vitest';
import { put } from '../../../standins/oscar/lab.ts';
import { all } from '../clients.ts';
import { openShop, type Shop, UPPER } from './shop.ts';

const list = ({ runtime, workflow }: Shop, query = {}) => all(runtime.invocations(workflow, query));

describe('invocations of services', () => {
  it('name their inputs and outputs with their sizes', async () => {
    const shop = await openShop();
    await put(shop.oscar.minio, 'upper', 'in/sub dir/ä+b.txt', 'hello');
    await shop.oscar.settled();
    const [only, ...others] = await list(shop);
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      step: 'upper',
      status: 'succeeded',
      input: { uri: 'minio.lab://upper/in/sub dir/ä+b.txt', size: 5 },
      outputs: [{ uri: 'minio.lab://upper/out/ä+b.txt', size: 5 }],
      startedAt: expect.stringMatching(/^\d{4}-.*\.000Z$/),
      endedAt: expect.any(String),
      durationMs: expect.any(Number),
    });
    expect(only?.id).toMatch(/^upper-/);
    expect(only).not.toHaveProperty('reason');
  });

  it('are on all pages, and the log of one that is over is read once', async () => {
    const shop = await openShop({ settings: { pageSize: 2 } });
    for (const name of ['a', 'b', 'c', 'd', 'e']) await put(shop.oscar.minio, 'upper', `in/${name}`, name);
    await shop.oscar.settled();
    expect((await list(shop)).map(({ input }) => input?.uri.at(-1)).sort()).toEqual([...'abcde']);
    shop.oscar.forget();
    expect(await list(shop)).toHaveLength(5);
    expect(shop.oscar.count('GET', /logs\/upper\/upper-/)).toBe(0);
    expect(shop.oscar.count('GET', /logs\/upper/)).toBe(3);
  });

  it('say why they wait or failed', async () => {
    const shop = await openShop();
    const error = '2026-06-01 10:00:00,123 - supervisor - ERROR - An error occurred (403)\n';
    const started = new Date('2026-06-01T10:00:00Z');
    shop.oscar.addJob({ service: 'upper', status: 'Failed', started, finished: started, log: error });
    shop.oscar.addJob({ service: 'upper', status: 'Failed', started, log: 'Killed\n' });
    shop.oscar.addJob({ service: 'upper', status: 'Pending', log: '' });
    shop.oscar.addJob({ service: 'upper' });
    const found = (await list(shop)).sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(found.map(({ status, reason }) => [status, reason])).toEqual([
      ['failed', 'An error occurred (403)'],
      ['failed', 'cluster lab ended it without saying why'],
      ['queued', expect.stringContaining('has not started on cluster lab')],
      ['queued', expect.stringContaining('quota or queue')],
    ]);
  });

  it('have the outputs that appeared meanwhile, where the log says nothing', async () => {
    const shop = await openShop({ steps: [{ ...UPPER, more: { log_level: 'ERROR' } }] });
    await put(shop.oscar.minio, 'upper', 'in/a.txt', 'hello');
    await shop.oscar.settled();
    const [only] = await list(shop);
    expect(only).toMatchObject({
      status: 'succeeded',
      outputs: [{ uri: 'minio.lab://upper/out/a.txt', size: 5 }],
    });
    expect(only).not.toHaveProperty('input');
  });

  it('are those since a time, also where their pods are not there yet', async () => {
    const shop = await openShop();
    const at = (text: string) => ({ created: new Date(text), started: new Date(text), log: 'x\n' });
    shop.oscar.addJob({ service: 'upper', ...at('2026-06-01T10:00:00Z') });
    shop.oscar.addJob({ service: 'upper', ...at('2026-06-01T10:00:02.700Z') });
    shop.oscar.addJob({ service: 'upper' });
    const found = await list(shop, { since: '2026-06-01T10:00:02.500Z' });
    expect(found.map(({ id }) => id).sort()).toEqual(['upper-0001', 'upper-0002']);
  });

  it('of a service that is not there are none; of one that others may not see, an error', async () => {
    const none = await openShop({ steps: [] });
    const { workflow } = await openShop();
    expect(await list({ ...none, workflow })).toEqual([]);
    const denied = await openShop({
      trouble: ({ path }) => (path.startsWith('/system/logs/') ? { status: 200, body: '' } : undefined),
    });
    await expect(list(denied)).rejects.toMatchObject({ code: 'oscar-denied' });
  });
});
