/** Everything goes through the proxy of the environment, and certificates of a private authority are taken. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../standins/need.ts';
import { openOscar } from '../standins/oscar/lab.ts';
import { ADMIN_LOGIN } from '../standins/oscar/oscar.ts';
import { openPrivateNetwork, PROXY_PASSWORD, type PrivateNetwork } from '../standins/private-network.ts';
import { type AccountLab, openAccount } from './aws-account.ts';
import { fdl } from './fdl.ts';
import { addBusybox } from './image-lab.ts';
import { clusterEnv } from './oscar-lab.ts';
import { write } from './project.ts';

const FILE = `name: far
functions:
  aws:
    - lambda:
        name: far
        container: {image: "me/busybox:1"}
        init_script: step.sh
        input: [{storage_provider: s3, path: far-away/in}]
        output: [{storage_provider: s3, path: far-away/out}]
`;

const OSCAR_FILE = `name: there
functions:
  oscar:
    - lab:
        name: there
        image: busybox
        script: step.sh
        input: [{storage_provider: minio.lab, path: there/in}]
`;

const all = needs('podman', 'registry', 'busybox', 'moto', 'tinyproxy', 'openssl');

/** What the proxy is asked for. */
const through = (url: string) => `CONNECT ${new URL(url).host}`;

describe.skipIf(!all)('behind a proxy that asks for a login', () => {
  let network: PrivateNetwork;
  let account: AccountLab;
  let cwd: string;
  let env: Readonly<Record<string, string>>;
  let aws: string;

  beforeAll(async () => {
    network = await openPrivateNetwork();
    account = await openAccount({ images: { 'me/busybox:1': (root) => addBusybox(root, ['sh', 'true']) } });
    aws = await network.secure(account.aws.url);
    cwd = path.join(account.folder, 'far');
    write(cwd, { 'step.sh': '#!/bin/sh\ntrue\n', 'f.yaml': FILE, 'input.txt': 'x'.repeat(100_000) });
    // The registry tells its own scheme in redirections, so that it is reached without TLS.
    env = { ...account.env, AWS_ENDPOINT_URL: aws };
  });

  afterAll(async () => {
    await account?.close();
    await network?.close();
  });

  const run = async (args: readonly string[], more: Readonly<Record<string, string>>) => {
    const before = network.asked().length;
    const { code, stdout, stderr } = await fdl(args, { cwd, env: { ...env, ...more } });
    const asked = [...new Set(network.asked().slice(before))];
    return { code, text: stdout + stderr, asked };
  };
  it.each([
    ['apply', ['apply', 'f.yaml', '--yes'], () => [through(aws), account.registry]],
    ['put', ['put', 'input.txt', '-f', 'f.yaml'], () => [through(aws)]],
    ['get', ['get', '--from', 's3://far-away/in', '-f', 'f.yaml', '-o', 'out'], () => [through(aws)]],
    ['status', ['status', 'f.yaml'], () => [through(aws)]],
    ['rm', ['rm', 'f.yaml', '--yes', '--delete-data'], () => [through(aws)]],
  ] as const)('%s reaches AWS and registries', async (_, args, servers) => {
    const { code, text, asked } = await run(args, {
      https_proxy: network.proxy(),
      HTTP_PROXY: network.proxy(),
      NODE_EXTRA_CA_CERTS: network.ca,
    });
    // The message has the whole text, which the difference of two lists cuts off.
    expect(code, text).toBe(0);
    expect(text).not.toContain(PROXY_PASSWORD);
    const places = asked.map((each) =>
      each.startsWith('CONNECT') ? each : new URL(each.split(' ')[1] ?? '').origin,
    );
    expect([...new Set(places)].sort()).toEqual([...servers()].sort());
  });

  it('nothing gets past it, and messages say what it wants without its login', async () => {
    const wrong = network.proxy('wrong-password-1');
    const { code, text } = await run(['ls', 'f.yaml'], {
      HTTPS_PROXY: wrong,
      NODE_EXTRA_CA_CERTS: network.ca,
    });
    expect([code, text]).toEqual([1, expect.stringMatching(/the proxy asks for a login \(40[17]\)/)]);
    expect(text).not.toContain('wrong-password-1');
  });

  it('what NO_PROXY names is reached without it', async () => {
    const more = {
      HTTPS_PROXY: network.proxy('no'),
      NO_PROXY: 'example.org,127.0.0.1',
      NODE_EXTRA_CA_CERTS: network.ca,
    };
    const { code, asked } = await run(['ls', 'f.yaml'], more);
    expect([code, asked]).toEqual([0, []]);
  });

  it.each([true, false])('AWS_CA_BUNDLE names an authority for AWS (proxy: %s)', async (isProxied) => {
    const more = { AWS_CA_BUNDLE: network.ca, ...(isProxied && { HTTPS_PROXY: network.proxy() }) };
    const { code, text, asked } = await run(['ls', 'f.yaml'], more);
    expect([code, text, asked]).toEqual([0, text, isProxied ? [through(aws)] : []]);
    const without = await run(['ls', 'f.yaml'], { HTTPS_PROXY: network.proxy() });
    expect([without.code, without.text]).toEqual([1, expect.stringMatching(/certificate/)]);
  });

  it('takes the authority of a cluster from its settings, for its MinIO as well', async () => {
    const oscar = await openOscar();
    const minio = await network.secure(oscar.minio.url);
    oscar.cluster.settings.minioEndpoint = minio;
    const secured = await network.secure(oscar.url);
    const more = { HTTPS_PROXY: network.proxy(), XDG_CONFIG_HOME: path.join(cwd, 'config') };
    const input = ADMIN_LOGIN.password;
    const add = (...args: readonly string[]) =>
      fdl(['cluster', 'add', 'lab', secured, '--user', ADMIN_LOGIN.user, '--password-stdin', ...args], {
        ...{ cwd, env: { ...env, ...more }, input },
      });
    expect((await add()).stderr).toMatch(/certificate[\s\S]*--ca FILE/);
    expect((await add('--ca', 'step.sh')).stderr).toMatch(/ssl_ca names \S+step\.sh: it has no certificate/);
    expect((await add('--ca', network.ca)).stdout).toContain('is stored in');
    write(cwd, { 'oscar.yaml': OSCAR_FILE });
    for (const args of [
      ['apply', 'oscar.yaml', '--yes'],
      ['put', 'input.txt', '-f', 'oscar.yaml'],
      ['get', '--from', 'minio.lab://there/in', '-f', 'oscar.yaml', '-o', 'got'],
    ]) {
      const { code, text, asked } = await run(args, more);
      expect(code, text).toBe(0);
      expect(asked).toContain(through(minio));
    }
    expect(statSync(path.join(cwd, 'got/input.txt')).size).toBe(100_000);
  });

  it('reaches clusters with and without TLS', async () => {
    const oscar = await openOscar({});
    const secured = await network.secure(oscar.url);
    const of = (endpoint: string) => ({
      ...clusterEnv('lab', endpoint),
      NODE_EXTRA_CA_CERTS: network.ca,
      HTTPS_PROXY: network.proxy(),
      HTTP_PROXY: network.proxy(),
    });
    const tls = await run(['cluster', 'info', 'lab'], of(secured));
    expect([tls.code, tls.asked]).toEqual([0, [through(secured)]]);
    const plain = await run(['cluster', 'info', 'lab'], of(oscar.url));
    expect([plain.code, plain.asked.length]).toEqual([0, 3]);
  });
});
