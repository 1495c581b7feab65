import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openRuntimeApi } from '../../../src/supervisor/hosts/runtime-api.ts';

/** A server whose connections can be counted. */
async function serverOf(listener: RequestListener) {
  const server = createServer(listener);
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { sockets, api: await openRuntimeApi(`127.0.0.1:${port}`) };
}

/** A server that answers everything so, and remembers what came. */
async function answering(status: number, body = '', headers: Record<string, string> = {}) {
  const requests: unknown[] = [];
  const server = await serverOf(async (request, response) => {
    const { method, url } = request;
    requests.push({ method, url, headers: request.headers, body: await text(request) });
    response.writeHead(status, headers).end(body);
  });
  return { ...server, requests };
}

const FAILURE = { errorType: 'ScriptFailed', errorMessage: 'it failed: ü' };

describe('openRuntimeApi', () => {
  it('takes events', async () => {
    const { api, requests } = await answering(200, '{"a":"ü"}', {
      'Lambda-Runtime-Aws-Request-Id': 'r',
      'Lambda-Runtime-Deadline-Ms': '1700000000123',
      'Lambda-Runtime-Trace-Id': 'Root=1',
    });
    expect(await api.next(undefined)).toEqual({
      requestId: 'r',
      payload: '{"a":"ü"}',
      deadline: 1700000000123,
      traceId: 'Root=1',
    });
    expect(requests).toMatchObject([{ method: 'GET', url: '/2018-06-01/runtime/invocation/next' }]);
  });

  it('brings answers and failures over one connection', async () => {
    const { api, requests, sockets } = await answering(202);
    expect(await api.respond('r', '"ö"')).toBe(true);
    await api.fail('r', FAILURE);
    await api.failInit(FAILURE);
    const failure = {
      headers: { 'lambda-runtime-function-error-type': 'ScriptFailed' },
      body: JSON.stringify({ ...FAILURE, stackTrace: [] }),
    };
    expect(requests).toMatchObject([
      { method: 'POST', url: '/2018-06-01/runtime/invocation/r/response', body: '"ö"' },
      { method: 'POST', url: '/2018-06-01/runtime/invocation/r/error', ...failure },
      { method: 'POST', url: '/2018-06-01/runtime/init/error', ...failure },
    ]);
    expect(sockets).toHaveLength(1);
  });

  it('says that an answer is too long', async () => {
    const { api } = await answering(413);
    expect(await api.respond('r', '"long"')).toBe(false);
  });

  it.each([400, 403, 500])('throws what it can do nothing about: %s', async (status) => {
    const { api } = await answering(status, 'no more');
    const refused = expect.objectContaining({
      code: 'lambda-api-failed',
      message: expect.stringMatching(new RegExp(`answered ${status}: no more`)),
    });
    await expect(api.next(undefined)).rejects.toEqual(refused);
    await expect(api.respond('r', '1')).rejects.toEqual(refused);
    await expect(api.fail('r', FAILURE)).rejects.toEqual(refused);
  });

  it('throws when nobody is there', async () => {
    const api = await openRuntimeApi('127.0.0.1:1');
    await expect(api.next(undefined)).rejects.toMatchObject({
      code: 'lambda-api-failed',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('stops waiting when it is told to', async () => {
    const stop = new AbortController();
    const { api } = await serverOf(() => stop.abort());
    expect(await api.next(stop.signal)).toBeUndefined();
    expect(await api.next(stop.signal)).toBeUndefined();
  });

  it('repeats a request for which a connection was just closed', async () => {
    let count = 0;
    const { api, sockets } = await serverOf((request, response) => {
      count += 1;
      if (count === 2) request.socket.resetAndDestroy();
      else response.writeHead(202).end();
    });
    await api.respond('r', '1');
    expect(await api.respond('r', '2')).toBe(true);
    expect([count, sockets.length]).toEqual([3, 2]);
  });

  it('does not repeat a request that fails on a connection of its own', async () => {
    const { api, sockets } = await serverOf((request) => request.socket.resetAndDestroy());
    await expect(api.respond('r', '1')).rejects.toMatchObject({ code: 'lambda-api-failed' });
    expect(sockets).toHaveLength(1);
  });
});
