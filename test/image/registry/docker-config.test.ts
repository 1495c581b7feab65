import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { firstOf } from '../../../src/image/registry/credentials.ts';
import { dockerCredentials } from '../../../src/image/registry/docker-config.ts';
import { passwordFor } from '../clients.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('credentials of Docker', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'fdl-docker-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function source(config: unknown, env: Record<string, string> = {}) {
    const text = typeof config === 'string' ? config : JSON.stringify(config);
    writeFileSync(path.join(folder, 'config.json'), text);
    return dockerCredentials({ DOCKER_CONFIG: folder, PATH: `${folder}:/usr/bin:/bin`, ...env });
  }

  /** What was found, with its secrets. */
  async function reveal(found: ReturnType<ReturnType<typeof dockerCredentials>>) {
    const { credentials } = await found;
    if (!credentials) return undefined;
    return credentials.kind === 'password'
      ? `${credentials.username}:${credentials.password.reveal()}`
      : `${credentials.kind} ${credentials.token.reveal()}`;
  }

  /** A helper that notes what it is asked, in the file `asked`. */
  function helper(name: string, answer: string, code = 0): void {
    const file = path.join(folder, `docker-credential-${name}`);
    const script = `#!/bin/sh\nprintf '%s ' "$@" > ${folder}/asked\ncat >> ${folder}/asked\nprintf '%s' '${answer}'\nexit ${code}\n`;
    writeFileSync(file, script);
    chmodSync(file, 0o755);
  }
  const asked = () => readFileSync(path.join(folder, 'asked'), 'utf8');

  it.each([
    ['ghcr.io', 'ghcr.io', { auth: base64('me:pass') }, 'me:pass'],
    ['https://ghcr.io', 'ghcr.io', { auth: base64('me:with:colon') }, 'me:with:colon'],
    ['https://ghcr.io/v2/', 'ghcr.io', { auth: base64('me:pass\0\0') }, 'me:pass'],
    ['https://index.docker.io/v1/', 'docker.io', { auth: base64('me:pass') }, 'me:pass'],
    ['docker.io', 'docker.io', { username: 'me', password: 'pass' }, 'me:pass'],
    ['localhost:5000', 'localhost:5000', { auth: base64('me:pass') }, 'me:pass'],
    ['a.io', 'a.io', { auth: base64('00000000-0000:x'), identitytoken: 'refresh' }, 'identity refresh'],
    ['a.io', 'a.io', { registrytoken: 'ready' }, 'token ready'],
    ['a.io', 'b.io', { auth: base64('me:pass') }, undefined],
    ['localhost:5000', 'localhost:5001', { auth: base64('me:pass') }, undefined],
    ['a.io', 'a.io', {}, undefined],
    ['a.io', 'a.io', { auth: base64('no colon') }, undefined],
  ])('the entry %s for %s', async (key, host, entry, expected) => {
    expect(await reveal(source({ auths: { [key]: entry } })(host))).toBe(expected);
  });

  it.each([
    ['team/app', 'team'],
    ['team/deep/app', 'deep'],
    ['team', 'team'],
    ['teams/app', 'all'],
    ['other', 'all'],
  ])('for the repository %s are those of the longest key: %s', async (repository, user) => {
    const entry = (name: string) => ({ auth: base64(`${name}:x`) });
    const auths = { 'a.io': entry('all'), 'a.io/team/deep': entry('deep'), 'a.io/team': entry('team') };
    expect(await reveal(source({ auths })('a.io', repository))).toBe(`${user}:x`);
  });

  it('for a part of a registry open nothing else there', async () => {
    const auths = { 'a.io/team': { auth: base64('team:x') } };
    expect(await reveal(source({ auths })('a.io', 'other/app'))).toBeUndefined();
  });

  it.each([
    ['the file that is named', { REGISTRY_AUTH_FILE: 'named.json' }, 'named'],
    ["podman's file of the session", { XDG_RUNTIME_DIR: 'run' }, 'run'],
    ["podman's file of the user", {}, 'config'],
    ["podman's file of the user elsewhere", { XDG_CONFIG_HOME: 'xdg' }, 'xdg'],
  ])('come from %s', async (_what, variables, user) => {
    const files = [
      'named.json',
      'run/containers/auth.json',
      '.config/containers/auth.json',
      'xdg/containers/auth.json',
    ];
    for (const name of files) {
      const file = path.join(folder, name);
      mkdirSync(path.dirname(file), { recursive: true });
      const [owner = ''] = name.replace(/^\./, '').split(/[./]/);
      writeFileSync(file, JSON.stringify({ auths: { 'a.io': { auth: base64(`${owner}:x`) } } }));
    }
    const named = Object.entries(variables).map(([name, value]) => [name, path.join(folder, value)]);
    const env = { HOME: folder, ...Object.fromEntries(named) };
    expect(await reveal(dockerCredentials(env)('a.io', 'app'))).toBe(`${user}:x`);
  });

  it('come from ~/.docker by default, and a missing file is none', async () => {
    mkdirSync(path.join(folder, '.docker'));
    const file = path.join(folder, '.docker/config.json');
    expect(await dockerCredentials({ HOME: folder })('a.io')).toEqual({});
    writeFileSync(file, JSON.stringify({ auths: { 'a.io': { auth: base64('home:x') } } }));
    expect(await reveal(dockerCredentials({ HOME: folder })('a.io'))).toBe('home:x');
  });

  it('says that a file is broken without showing it', async () => {
    const { credentials, problem } = await source('{"auths": {"a.io": {"auth": "c2VjcmV0"}, hm}')('a.io');
    expect(credentials).toBeUndefined();
    expect(problem).toBe(`Docker's configuration ${folder}/config.json cannot be read: it is not JSON`);
  });

  it('asks the helper of a registry on its standard input, before all others', async () => {
    helper('own', '{"ServerURL":"x","Username":"me","Secret":"from helper"}');
    const config = {
      credHelpers: { 'a.io': 'own' },
      credsStore: 'absent',
      auths: { 'a.io': { auth: base64('f:f') } },
    };
    expect(await reveal(source(config)('a.io'))).toBe('me:from helper');
    expect(asked()).toBe('get a.io');
  });

  it('asks the store for Docker Hub under the name that Docker uses', async () => {
    helper('store', '{"Username":"<token>","Secret":"refresh"}');
    expect(await reveal(source({ credsStore: 'store' })('docker.io'))).toBe('identity refresh');
    expect(asked()).toBe('get https://index.docker.io/v1/');
  });

  it('takes the file where the store has nothing', async () => {
    helper('store', 'credentials not found in native keychain', 1);
    const config = { credsStore: 'store', auths: { 'a.io': { auth: base64('file:x') } } };
    expect(await reveal(source(config)('a.io'))).toBe('file:x');
    expect(await source({ credsStore: 'store' })('a.io')).toEqual({
      credentials: undefined,
      problem: undefined,
    });
  });

  it.each([
    ['broken', 'it is locked', 1, 'docker-credential-broken failed: it is locked'],
    ['silent', '', 3, 'docker-credential-silent failed: exit code 3'],
    ['odd', 'Secret: very', 0, 'docker-credential-odd failed: its answer is not JSON'],
  ])('tells that the helper "%s" failed', async (name, answer, code, problem) => {
    helper(name, answer, code);
    expect((await source({ credsStore: name })('a.io')).problem).toBe(problem);
  });

  it('tells that a helper is missing, and starts nothing outside of the search path', async () => {
    expect((await source({ credsStore: 'nowhere' })('a.io')).problem).toContain('docker-credential-nowhere');
    mkdirSync(path.join(folder, 'docker-credential-x'));
    helper('own', '{"Secret":"s"}');
    expect((await source({ credsStore: 'x/../own' })('a.io')).problem).toBe(
      '"x/../own" is no name of a credential helper',
    );
  });

  it('come after those that were given', async () => {
    const sources = firstOf(
      passwordFor('ecr', 'AWS', 'token'),
      source({ auths: { ecr: { auth: base64('a:b') }, b: { auth: base64('c:d') } } }),
    );
    expect(await reveal(sources('ecr'))).toBe('AWS:token');
    expect(await reveal(sources('b'))).toBe('c:d');
    expect(await sources('c')).toEqual({ problem: undefined });
  });
});
