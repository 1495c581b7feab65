import { describe, expect, it, onTestFinished } from 'vitest';
import { type Launch, startLambdaHost } from './lambda-host.ts';
import { MOST_BYTES } from './runtime-api.ts';

/** One exchange of a runtime with the host. */
interface Exchange {
  readonly status: number;
  readonly body: string;
  readonly headers: Headers;
}

interface Api {
  get(path: string): Promise<Exchange>;
  post(path: string, body?: unknown): Promise<Exchange>;
}

type Runtime = (api: Api, say: (text: string) => void) => Promise<number>;

/** A runtime within this process; the number that it ends with is its exit code. */
const inProcess =
  (runtime: Runtime): Launch =>
  (address) => {
    const stop = new AbortController();
    const url = (path: string) => `http://${address}/2018-06-01/runtime${path}`;
    const send = async (path: string, init: RequestInit): Promise<Exchange> => {
      const response = await fetch(url(path), { ...init, signal: stop.signal });
      return { status: response.status, body: await response.text(), headers: response.headers };
    };
    let output = '';
    const api: Api = {
      get: (path) => send(path, {}),
      post: (path, body) => send(path, { method: 'POST', body: JSON.stringify(body ?? null) }),
    };
    const say = (text: string) => {
      output += text;
    };
    const killed = new Promise<number>((resolve) =>
      stop.signal.addEventListener('abort', () => resolve(137)),
    );
    const exited = Promise.race([runtime(api, say).catch(() => 1), killed]);
    return {
      exited,
      output: () => output,
      kill: async () => {
        stop.abort();
        await exited;
      },
    };
  };

async function hostOf(runtime: Runtime, initTimeoutMs?: number) {
  const host = await startLambdaHost({
    launch: inProcess(runtime),
    ...(initTimeoutMs !== undefined && { initTimeoutMs }),
  });
  onTestFinished(() => host.close());
  return host;
}

/** A runtime that gives each event to `handle`. */
function loop(handle: (event: Exchange, id: string, api: Api) => Promise<unknown>): Runtime {
  return async (api) => {
    for (;;) {
      const event = await api.get('/invocation/next');
      await handle(event, event.headers.get('lambda-runtime-aws-request-id') ?? '', api);
    }
  };
}

const answering = loop(({ body }, id, api) =>
  api.post(`/invocation/${id}/response`, { got: JSON.parse(body) }),
);

describe('a host like that of AWS Lambda', () => {
  it('starts a runtime with the first event, and gives it one event after the other', async () => {
    const host = await hostOf(answering);
    expect(host.starts()).toBe(0);
    const all = await Promise.all([host.invoke(1), host.invoke('two'), host.invoke({ three: 3 })]);
    expect(all.map((each) => each.status === 'succeeded' && each.payload)).toEqual([
      '{"got":1}',
      '{"got":"two"}',
      '{"got":{"three":3}}',
    ]);
    expect(host.starts()).toBe(1);
  });

  it('says id, deadline and trace of the request', async () => {
    const host = await hostOf(
      loop(({ headers }, id, api) => api.post(`/invocation/${id}/response`, [...headers.entries()])),
    );
    const before = Date.now();
    const { payload } = (await host.invoke(0, { requestId: 'r', traceId: 't', deadlineMs: 5000 })) as {
      payload: string;
    };
    const headers = Object.fromEntries(JSON.parse(payload));
    expect(headers).toMatchObject({ 'lambda-runtime-aws-request-id': 'r', 'lambda-runtime-trace-id': 't' });
    const left = Number(headers['lambda-runtime-deadline-ms']) - before;
    expect(left).toBeGreaterThanOrEqual(5000);
    expect(left).toBeLessThan(10_000);
  });

  it('takes errors and answers with 202, and what it may not take with 400 and 403', async () => {
    const seen: number[] = [];
    const host = await hostOf(
      loop(async (_event, id, api) => {
        const path = `/invocation/${id}`;
        seen.push((await api.get('/invocation/next')).status);
        seen.push((await api.post('/init/error', {})).status);
        seen.push((await api.post('/invocation/other/response')).status);
        seen.push((await api.post(`${path}/error`, { errorType: 'Mine', errorMessage: 'no' })).status);
        seen.push((await api.post(`${path}/response`)).status);
        seen.push((await api.get('/nothing')).status);
      }),
    );
    expect(await host.invoke(0)).toEqual({
      status: 'failed',
      error: { errorType: 'Mine', errorMessage: 'no' },
      logs: '',
    });
    expect(seen).toEqual([403, 403, 400, 202, 403, 404]);
    expect(host.starts()).toBe(1);
  });

  it('refuses answers of more than 6 MB with 413, and fails the invocation', async () => {
    const statuses: number[] = [];
    const host = await hostOf(
      loop(async ({ body }, id, api) => {
        const answer = 'x'.repeat(Number(body) - 2);
        statuses.push((await api.post(`/invocation/${id}/response`, answer)).status);
      }),
    );
    expect(await host.invoke(MOST_BYTES)).toMatchObject({ status: 'succeeded' });
    expect(await host.invoke(MOST_BYTES + 1)).toMatchObject({
      status: 'failed',
      error: { errorType: 'Function.ResponseSizeTooLarge' },
    });
    expect(await host.invoke(9)).toMatchObject({ status: 'succeeded' });
    expect([statuses, host.starts()]).toEqual([[202, 413, 202], 1]);
  });

  it('ends a runtime at the deadline and starts another for the next event', async () => {
    const host = await hostOf(
      loop(({ body }, id, api) =>
        body === '"hang"' ? new Promise(() => {}) : api.post(`/invocation/${id}/response`),
      ),
    );
    expect(await host.invoke('hang', { deadlineMs: 50 })).toMatchObject({
      status: 'failed',
      error: { errorType: 'Sandbox.Timedout', errorMessage: expect.stringContaining('after 0.05 seconds') },
    });
    expect(await host.invoke('go')).toMatchObject({ status: 'succeeded', payload: 'null' });
    expect(host.starts()).toBe(2);
  });

  it('reports a runtime that cannot start, with what it wrote', async () => {
    const host = await hostOf(async (api, say) => {
      say('trouble\n');
      const { status } = await api.post('/init/error', { errorType: 'NoConfig', errorMessage: 'none' });
      return status === 202 ? 1 : 0;
    });
    const failed = {
      status: 'failed',
      error: { errorType: 'NoConfig', errorMessage: 'none' },
      logs: 'trouble\n',
    };
    expect(await host.invoke(0)).toMatchObject(failed);
    expect(await host.invoke(0)).toMatchObject(failed);
    expect(host.starts()).toBe(2);
  });

  it('reports a runtime that does not ask for events in time', async () => {
    const host = await hostOf(() => new Promise(() => {}), 30);
    expect(await host.invoke(0)).toMatchObject({ error: { errorType: 'Sandbox.Timedout' } });
  });

  it.each([
    ['before it asks for an event', async () => 3],
    [
      'with the event in its hands',
      async (api: Api) => {
        await api.get('/invocation/next');
        return 3;
      },
    ],
  ])('reports a runtime that exits %s', async (_when, runtime) => {
    const host = await hostOf(runtime);
    expect(await host.invoke(0)).toMatchObject({
      error: { errorType: 'Runtime.ExitError', errorMessage: expect.stringMatching(/exit status 3$/) },
    });
  });
});
