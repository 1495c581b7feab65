/** `fdl cluster`: the built program with fake clusters. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fakeKeyring, hasKeyring, startKeyring } from '../standins/keyring.ts';
import { openIssuer, openOscar } from '../standins/oscar/lab.ts';
import { ADMIN_LOGIN } from '../standins/oscar/oscar.ts';
import { temporaryFolder } from '../storage/temporary-folder.ts';
import { fdl, fdlJson, start } from './fdl.ts';

/** A user with an empty home. */
function user(environment: Readonly<Record<string, string>> = {}) {
  const cwd = temporaryFolder();
  return { cwd, env: { HOME: cwd, ...environment } };
}

const { password } = ADMIN_LOGIN;

describe('fdl cluster', () => {
  it('add ID URL --user NAME --password-stdin; ls; info; default; rm', async () => {
    const oscar = await openOscar({ settings: { gpus: true } });
    const options = user();
    const added = await fdl(['cluster', 'add', 'lab', oscar.url, '--user', 'oscar', '--password-stdin'], {
      ...options,
      input: `${password}\n`,
    });
    expect([added.code, added.stderr]).toEqual([0, '']);
    expect(added.stdout).toContain('OSCAR 4.1.2');
    const file = path.join(options.cwd, '.config/fdl/config.yaml');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toContain(password);
    const [ls, info] = await Promise.all([fdl(['cluster'], options), fdl(['cluster', 'info'], options)]);
    expect(ls.stdout).toMatch(/^lab +http.* basic oscar +fdl +\(default\)\n$/);
    expect(info.stdout).toMatch(/^lab\n.*GPUs +yes/s);
    for (const { stdout, stderr } of [added, ls, info]) expect(stdout + stderr).not.toContain(password);
    expect((await fdl(['cluster', 'rm', 'lab'], options)).code).toBe(0);
    const { json } = await fdlJson(['cluster', 'ls'], options);
    expect(json).toEqual({ clusters: [] });
    const none = await fdlJson<{ error: { code: string } }>(['cluster', 'default'], options);
    expect([none.code, none.json.error.code]).toEqual([2, 'cluster-unknown']);
  });

  // GNOME's own, where it is installed.
  const open = hasKeyring() ? startKeyring : async (folder: string) => fakeKeyring(path.join(folder, 'keys'));
  it('keeps logins in the keyring of the system', async () => {
    const oscar = await openOscar();
    const { cwd, env } = user();
    const options = { cwd, env: { ...env, ...(await open(cwd)) } };
    const args = ['cluster', 'add', 'lab', oscar.url, '--user', 'oscar', '--password-stdin'];
    const added = await fdlJson([...args], { ...options, input: password });
    expect(added.json, added.stderr).toMatchObject({ keyring: true });
    const file = path.join(cwd, '.config/fdl/config.yaml');
    expect(readFileSync(file, 'utf8')).not.toContain(password);
    const used = await fdl(['service', 'ls', '--debug'], options);
    expect([used.code, used.stdout], used.stderr).toEqual([0, expect.stringContaining('no service')]);
    expect(used.stderr).not.toContain(password);
    expect((await fdl(['cluster', 'ls'], options)).stdout).toContain('login in the keyring');
    writeFileSync(file, readFileSync(file, 'utf8').replace('127.0.0.1', 'localhost'));
    const moved = await fdlJson(['service', 'ls'], options);
    expect([moved.code, moved.json]).toMatchObject([1, { error: { code: 'keyring-failed' } }]);
    writeFileSync(file, readFileSync(file, 'utf8').replace('localhost', '127.0.0.1'));
    const inFile = await fdl([...args, '--no-keyring'], { ...options, input: password });
    expect(inFile.stdout).toContain('with its login');
    expect(readFileSync(file, 'utf8')).toContain(password);
    expect(readdirSync(cwd, { recursive: true }).filter((name) => String(name).includes('kept-'))).toEqual(
      [],
    );
    await fdl(args, { ...options, input: password });
    const elsewhere = await fdl(['cluster', 'rm', 'lab'], { cwd, env });
    expect([elsewhere.code, elsewhere.stderr]).toEqual([
      0,
      expect.stringContaining('may still be in the keyring'),
    ]);
  });

  it('says of a keyring that is locked that the login is in the file', async () => {
    const { cwd, env } = user();
    const options = { cwd, env: { ...env, ...fakeKeyring(path.join(cwd, 'keys')) } };
    writeFileSync(path.join(cwd, 'keys/locked'), '');
    const args = ['cluster', 'add', 'lab', 'https://oscar.example.org', '--token-stdin', '--no-check'];
    const { code, stderr, stdout } = await fdl(args, { ...options, input: 'a.b.c' });
    expect([code, stderr, stdout]).toEqual([
      0,
      expect.stringContaining(
        'does not take the login, so that it is in the file: secret-tool: Cannot prompt',
      ),
      expect.stringContaining('with its login'),
    ]);
  });

  it('login: a page and a code; the login is stored once somebody has agreed', async () => {
    const issuer = await openIssuer({ rotates: true });
    const oscar = await openOscar({ issuer });
    const options = user();
    const args = ['cluster', 'login', 'lab', oscar.url, '--issuer', issuer.url, '--client'];
    const running = start([...args, 'oscar-cli'], options);
    await running.says(/enter the code WDJB-MJHT/);
    issuer.decide('agree');
    const { code, stdout, stderr } = await running.ended;
    expect([code, stderr]).toEqual([0, expect.stringContaining(`${issuer.url}/enter?c=WDJB`)]);
    expect(stdout).toContain('Logged in to cluster lab');
    for (const line of [
      ['service', 'ls'],
      ['bucket', 'ls'],
    ]) {
      const used = await fdl(line, options);
      expect([used.code, used.stderr]).toEqual([0, '']);
    }
    const elsewhere = await fdl(['cluster', 'login', 'lab', oscar.url, '--issuer', oscar.url], options);
    expect([elsewhere.code, elsewhere.stderr]).toEqual([
      1,
      expect.stringContaining('there is no issuer of OpenID Connect at'),
    ]);
    issuer.decide('deny');
    const denied = await fdlJson([...args, 'oscar-cli'], options);
    expect([denied.code, denied.json]).toMatchObject([1, { error: { code: 'login-denied' } }]);
    const wrong = await fdlJson([...args, 'other'], options);
    expect([wrong.code, wrong.json]).toMatchObject([1, { error: { code: 'login-refused' } }]);
  });

  it('add … without a terminal asks nobody', async () => {
    const options = user();
    const { code, stderr } = await fdl(
      ['cluster', 'add', 'lab', 'https://x.invalid', '--user', 'u'],
      options,
    );
    expect([code, stderr]).toEqual([2, expect.stringContaining('--password-stdin')]);
  });

  it('add … --no-ssl-verify --refresh-token-stdin: over TLS, with OIDC', async () => {
    const issuer = await openIssuer();
    const oscar = await openOscar({ issuer, tls: true, release: '4.0.0' });
    const options = { ...user(), input: issuer.refreshToken('ada') };
    const args = ['cluster', 'add', 'lab', oscar.url, '--refresh-token-stdin'];
    const refused = await fdlJson<{ error: { code: string; hint: string } }>(args, options);
    expect([refused.code, refused.json.error.code]).toEqual([1, 'oscar-unreachable']);
    const added = await fdl([...args, '--no-ssl-verify'], options);
    expect([added.code, added.stderr]).toEqual([
      0,
      expect.stringContaining('certificate of cluster lab is not checked'),
    ]);
    const { json } = await fdlJson(['cluster', 'info', 'lab'], options);
    expect(json).toMatchObject({ login: 'refresh-token', verifyTls: false, version: '4.0.0' });
  });

  it('uses the clusters of OSCAR-CLI and of the environment as they are', async () => {
    const [one, two] = [await openOscar({ release: '3.6.0' }), await openOscar()];
    const options = user({
      FDL_CLUSTER_TWO_ENDPOINT: two.url,
      FDL_CLUSTER_TWO_USER: ADMIN_LOGIN.user,
      FDL_CLUSTER_TWO_PASSWORD: password,
    });
    mkdirSync(path.join(options.cwd, '.oscar-cli'));
    const config = `oscar:\n  one: {endpoint: "${one.url}", auth_user: oscar, auth_password: ${password}, ssl_verify: true}\ndefault: one\n`;
    writeFileSync(path.join(options.cwd, '.oscar-cli/config.yaml'), config);
    const [first, second] = await Promise.all([
      fdlJson(['cluster', 'info'], options),
      fdlJson(['cluster', 'info', 'two'], options),
    ]);
    expect(first.json).toMatchObject({ id: 'one', source: 'oscar-cli', version: '3.6.0' });
    expect(second.json).toMatchObject({ id: 'two', source: 'environment', version: '4.1.2' });
    expect((await fdl(['cluster', 'rm', 'one'], options)).stderr).toContain('.oscar-cli/config.yaml');
  });
});
