/** Which requests go through a proxy. That they do: test/e2e/proxy.test.ts. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { isProxied, openAgent, proxiesOf } from '../src/network.ts';

const PROXY = 'http://proxy.test:3128/';

test.each([
  ['https://a.test', { HTTPS_PROXY: PROXY }, true],
  ['http://a.test', { HTTPS_PROXY: PROXY }, false],
  ['https://a.test', { https_proxy: PROXY }, true],
  ['https://a.test', { HTTP_PROXY: PROXY }, true],
  ['https://a.test', {}, false],
  ['https://a.test', { HTTPS_PROXY: PROXY, NO_PROXY: 'b.test, a.test' }, false],
  ['https://x.a.test', { HTTPS_PROXY: PROXY, NO_PROXY: '.a.test' }, false],
  ['https://xa.test', { HTTPS_PROXY: PROXY, NO_PROXY: 'a.test' }, true],
  ['https://a.test', { HTTPS_PROXY: PROXY, no_proxy: '*' }, false],
  ['https://a.test:9000', { HTTPS_PROXY: PROXY, NO_PROXY: 'a.test:9000' }, false],
  ['https://a.test', { HTTPS_PROXY: PROXY, NO_PROXY: 'a.test:9000' }, true],
  ['https://a.test', { HTTPS_PROXY: '' }, false],
] as const)('%s with %j: %s', (url, environment, expected) => {
  expect(isProxied(url, environment)).toBe(expected);
});

test('a proxy may be named without its scheme', () => {
  expect(proxiesOf({ HTTPS_PROXY: 'proxy.test:3128' })?.https).toBe(PROXY);
});

test.each(['socks5://user:secret-1@proxy.test', 'http://'])('%s is refused, and not shown', (text) => {
  const read = () => proxiesOf({ HTTPS_PROXY: text });
  expect(read).toThrow('HTTPS_PROXY is no address of a proxy');
  expect(read).not.toThrow('secret-1');
});

test.each([
  ['has a length', 'Content-Length: 70000'],
  ['ends with the connection', 'Connection: close'],
])('an answer that %s is whole where the connection was closed before it was read', async (_, header) => {
  // More than undici takes before somebody reads, and less than it reads at once in two times.
  const server = createServer((socket) => {
    socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\n${header}\r\n\r\n${'x'.repeat(70_000)}`));
    socket.once('close', () => server.close());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const agent = await openAgent();
  const { body } = await agent.request({ origin, path: '/', method: 'GET' });
  await once(server, 'close');
  expect((await body.text()).length).toBe(70_000);
  await agent.destroy();
});
