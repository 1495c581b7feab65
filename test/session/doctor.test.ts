/** What is examined, and that nothing takes longer than it may. */
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { examine, node } from '../../src/session/doctor.ts';
import { temporaryFolder } from '../storage/temporary-folder.ts';

const about = (found: Awaited<ReturnType<typeof examine>>, what: string) =>
  found.filter((each) => each.about === what);

test.each([
  ['20.18.1', 'bad'],
  ['18.20.0', 'bad'],
  ['20.19.0', 'good'],
  ['24.1.0', 'good'],
])('Node %s is %s', (version, state) => {
  expect(node(version).state).toBe(state);
});

test('a server that says nothing does not hold anything up', async () => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const HOME = temporaryFolder();
  const environment = {
    HOME,
    XDG_CONFIG_HOME: HOME,
    FDL_CLUSTER_MUTE_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    FDL_CLUSTER_MUTE_USER: 'ada',
    FDL_CLUSTER_MUTE_PASSWORD: 'secret-of-ada',
  };
  const found = await examine({ environment, workingDirectory: HOME }, undefined, 300);
  expect(about(found, 'clusters')).toEqual([
    { about: 'clusters', state: 'bad', message: 'no answer within 0.3 s', hint: expect.any(String) },
  ]);
  expect(about(found, 'Node')).toMatchObject([{ state: 'good' }]);
  expect(JSON.stringify(found)).not.toContain('secret-of-ada');
});

test('a proxy is named without its login; one that does not count is pointed out', async () => {
  const HOME = temporaryFolder();
  const environment = {
    HOME,
    XDG_CONFIG_HOME: HOME,
    https_proxy: 'http://ada:secret-9@proxy.test:3128',
    ALL_PROXY: 'x',
  };
  const found = about(await examine({ environment, workingDirectory: HOME }), 'proxy');
  expect(found.map(({ state, message }) => [state, message])).toEqual([
    ['good', 'requests go through proxy.test:3128'],
    ['open', 'ALL_PROXY does not count'],
  ]);
});
