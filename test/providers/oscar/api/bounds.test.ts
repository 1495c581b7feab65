import { expect, it } from 'vitest';
import { openTransport } from '../../../../src/providers/oscar/api/transport.ts';
import { endless, lyingServer } from '../../../lying-server.ts';
import { all, clientOf } from '../clients.ts';

it('an answer without end is read to a limit', async () => {
  const server = await lyingServer((_, response) => endless(response, Buffer.alloc(1024 * 1024, ' ')));
  await expect(clientOf(server.url).info()).rejects.toMatchObject({
    code: 'oscar-failed',
    message: 'cluster lab failed at GET /system/info: its answer has more than 64 MiB',
  });
  expect(server.asked).toHaveLength(1);
});

it('the words of a refusal are read to a limit', async () => {
  const server = await lyingServer((_, response) => {
    response.writeHead(500);
    endless(response, Buffer.alloc(1024 * 1024, ' '));
  });
  await expect(clientOf(server.url).info()).rejects.toMatchObject({ code: 'oscar-failed' });
});

it('an answer that comes byte by byte ends with the time of the call', async () => {
  const server = await lyingServer((_, response) => endless(response, ' ', 20));
  const transport = openTransport({ whom: 'cluster lab', endpoint: server.url, verifyTls: true });
  const request = { method: 'GET', path: '/slow', repeat: 'always', timeoutMs: 150 } as const;
  await expect(transport.send(request)).rejects.toMatchObject({
    message: expect.stringContaining('failed at GET /slow: its answer takes longer than'),
  });
  await transport.close();
  expect(server.asked).toHaveLength(1);
});

it.each([
  ['jobs', { jobs: {}, next_page: 'again' }],
  ['objects', { objects: [], next_page: 'again', is_truncated: true }],
])('a list of %s that leads back to itself ends', async (what, page) => {
  const server = await lyingServer((_, response) => response.end(JSON.stringify(page)));
  const client = clientOf(server.url);
  const list = what === 'jobs' ? client.jobs('upper') : client.objects('data', '');
  await expect(all<unknown>(list)).rejects.toMatchObject({
    code: 'oscar-failed',
    message: expect.stringContaining('leads back to a page'),
  });
  expect(server.asked.length).toBeLessThan(4);
});

it('a login goes to no other port of the same host', async () => {
  const other = await lyingServer((_, response) => response.end('{"version":"4.1.2"}'));
  const server = await lyingServer((request, response) => {
    const isMoved = request.url === '/system/info';
    response.writeHead(302, { location: isMoved ? `${other.url}/info` : '/system/info' }).end();
  });
  const failed = { message: `cluster lab failed at GET /system/info: it redirects to ${other.url}` };
  await expect(clientOf(server.url).info()).rejects.toMatchObject(failed);
  expect(other.asked).toEqual([]);
});
