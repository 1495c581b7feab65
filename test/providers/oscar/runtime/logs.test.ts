import { describe, expect, it } from 'vitest';
import { put } from '../../../standins/oscar/lab.ts';
import { all } from '../clients.ts';
import { openShop, type Shop, UPPER } from './shop.ts';

const read = ({ runtime, workflow }: Shop, query = {}) => all(runtime.logs(workflow, query));

const exposed = (port: number | readonly number[]) => {
  return { name: 'web', script: 'true\n', more: { expose: { api_port: port } } };
};

describe('logs of services', () => {
  it('are those of all jobs by time, each line with its job', async () => {
    const shop = await openShop();
    const job = (started: string, log: string) => {
      const time = new Date(started);
      return {
        service: 'upper',
        status: 'Succeeded' as const,
        created: time,
        started: time,
        finished: time,
        log,
      };
    };
    shop.oscar.addJob(job('2026-06-01T10:00:05Z', 'second\n'));
    const log = '2026-06-01 10:00:00,123 - supervisor - INFO - Creating response\nfirst\n';
    shop.oscar.addJob(job('2026-06-01T10:00:00Z', log));
    const common = { step: 'upper', time: '2026-06-01T10:00:00.000Z', invocation: 'upper-0001' };
    expect(await read(shop)).toEqual([
      { ...common, stream: 'supervisor', message: 'Creating response' },
      { ...common, stream: 'stdout', message: 'first' },
      {
        ...common,
        time: '2026-06-01T10:00:05.000Z',
        invocation: 'upper-0000',
        stream: 'stdout',
        message: 'second',
      },
    ]);
    expect((await read(shop, { filter: 'sec' })).map(({ message }) => message)).toEqual(['second']);
    expect((await read(shop, { since: '2026-06-01T10:00:01Z' })).map(({ message }) => message)).toEqual([
      'second',
    ]);
  });

  it('of one invocation need no list of jobs', async () => {
    const shop = await openShop({
      steps: [UPPER, { ...UPPER, name: 'other', input: 'other/in', output: 'other/out' }],
    });
    await put(shop.oscar.minio, 'upper', 'in/a.txt', 'x');
    await put(shop.oscar.minio, 'upper', 'in/b.txt', 'x');
    await shop.oscar.settled();
    const [, second] = shop.oscar.cluster.jobs;
    shop.oscar.forget();
    const lines = await read(shop, { invocation: second?.name });
    const script = lines.filter(({ stream }) => stream === 'stdout');
    expect(script.map(({ message }) => message)).toEqual([expect.stringMatching(/^upper takes [ab]\.txt$/)]);
    expect(lines.every(({ invocation }) => invocation === second?.name)).toBe(true);
    expect(shop.oscar.calls.map(({ path }) => path)).toEqual([
      `/system/logs/upper/${second?.name}?timestamps=true`,
    ]);
    expect(await read(shop, { invocation: 'upper-none' })).toEqual([]);
  });

  it('go on as more is written, each line once, until the signal', async () => {
    const controller = new AbortController();
    const steps = ['one\n', 'one\ntwo\n', 'one\ntwo\n', 'one\ntwo\nthree\n'];
    let looks = 0;
    const shop = await openShop({
      signal: controller.signal,
      onLook: () => {
        looks += 1;
        const [job] = shop.oscar.cluster.jobs;
        if (job)
          Object.assign(job, {
            log: steps[looks] ?? steps.at(-1),
            ...(looks > 3 && { status: 'Succeeded' }),
          });
        if (looks === 6) controller.abort();
      },
    });
    shop.oscar.addJob({ service: 'upper', status: 'Running', started: new Date(), log: 'one\n' });
    const lines = await read(shop, { follow: true });
    expect(lines.map(({ message }) => message)).toEqual(['one', 'two', 'three']);
    expect(looks).toBe(6);
  });

  it('of exposed services are those of their pods', async () => {
    const shop = await openShop({ steps: [exposed([80])] });
    expect(await read(shop)).toMatchObject([
      { step: 'web', invocation: '', stream: 'stdout', message: 'web is listening' },
    ]);
    const old = await openShop({ steps: [exposed(80)], release: '3.6.0' });
    expect(await read(old)).toEqual([]);
  });

  it('that are not shown to somebody are an error', async () => {
    const shop = await openShop({
      trouble: ({ path }) => (path.startsWith('/system/logs/') ? { status: 200, body: '' } : undefined),
    });
    await expect(read(shop)).rejects.toMatchObject({ code: 'oscar-denied' });
  });
});
