/** `fdl cluster`, with clusters that are not there, and with their configuration in a folder of the test. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { add, info, ls, rm, standard } from '../../src/commands/cluster.ts';
import type { CommandContext, Handler } from '../../src/commands/command.ts';
import { openClient } from '../../src/providers/oscar/api/client.ts';
import { askSecret } from '../../src/terminal/questions.ts';
import { createTerminal, type Streams } from '../../src/terminal/terminal.ts';
import { openOscar, sample } from '../standins/oscar/lab.ts';
import { ADMIN_LOGIN } from '../standins/oscar/oscar.ts';
import { temporaryFolder } from '../storage/temporary-folder.ts';
import { call } from './command-line.ts';
import { problemWithOutput } from './json-documents.ts';

type Options = Readonly<Record<string, unknown>>;

interface Desk {
  /** Runs a command; answers what it wrote. */
  run(handler: Handler, args?: readonly string[], options?: Options): Promise<{ out: string; notes: string }>;
  json(handler: Handler, args?: readonly string[], options?: Options): Promise<Record<string, unknown>>;
  readonly file: string;
}

/** A user with a home of their own who answers questions for passwords. */
function desk({ environment = {}, password = '' } = {}): Desk {
  const home = temporaryFolder();
  const run = async (handler: Handler, args: readonly string[] = [], options: Options = {}) => {
    const written = { out: '', notes: '' };
    const keep = (key: 'out' | 'notes') => ({
      write: (text: string) => {
        written[key] += text;
      },
    });
    const streams = { stdin: {}, stdout: keep('out'), stderr: keep('notes') } as unknown as Streams;
    const terminal = createTerminal(streams, {}, { json: 'json' in options });
    const context: CommandContext = {
      terminal: { ...terminal, interactive: password !== '', askSecret: async () => password },
      environment: { HOME: home, ...environment },
      workingDirectory: home,
      signal: new AbortController().signal,
      catalog: [],
    };
    await handler(context, args, options);
    return written;
  };
  return {
    run,
    json: async (handler, args, options) => {
      const { out } = await run(handler, args, { ...options, json: true });
      const [name = ''] =
        Object.entries({ add, info, ls, rm, default: standard }).find((each) => each[1] === handler) ?? [];
      expect(problemWithOutput(['cluster', name, '--json'], { code: 0, stdout: out })).toBeUndefined();
      return JSON.parse(out);
    },
    file: path.join(home, '.config/fdl/config.yaml'),
  };
}

describe('fdl cluster add', () => {
  it('asks for the password, checks the login and stores it; the first cluster is the default', async () => {
    const oscar = await openOscar();
    const { run, json, file } = desk({ password: ADMIN_LOGIN.password });
    const { out } = await run(add, ['lab', `${oscar.url}/`], { user: ADMIN_LOGIN.user });
    expect(out).toContain(`Cluster lab at ${oscar.url}, OSCAR 4.1.2, is stored in ${file}`);
    expect(oscar.calls.map(({ path: asked }) => asked)).toEqual(['/system/info']);
    expect(await json(ls)).toMatchObject({
      default: 'lab',
      clusters: [
        { id: 'lab', endpoint: oscar.url, login: 'basic', user: 'oscar', source: 'fdl', default: true },
      ],
    });
    expect(await json(add, ['lab'], { user: ADMIN_LOGIN.user })).toEqual({
      id: 'lab',
      endpoint: oscar.url,
      version: '4.1.2',
      file,
      keyring: false,
    });
  });

  it('stores nothing that is not accepted, unless it is not to ask', async () => {
    const oscar = await openOscar();
    const { run, file } = desk({ password: 'wrong-password' });
    const adding = run(add, ['lab', oscar.url], { user: 'oscar' });
    await expect(adding).rejects.toMatchObject({ code: 'oscar-denied', message: /^nothing is stored/ });
    const away = run(add, ['lab', 'http://127.0.0.1:1'], { user: 'oscar' });
    await expect(away).rejects.toMatchObject({ hint: expect.stringContaining('--no-check') });
    expect(existsSync(file)).toBe(false);
    const { out } = await run(add, ['lab', 'http://127.0.0.1:1'], { user: 'oscar', check: false });
    expect(out).not.toContain('OSCAR');
    expect(readFileSync(file, 'utf8')).toContain('wrong-password');
  });

  it('warns of certificates that are not checked', async () => {
    const oscar = await openOscar({ tls: true });
    const { run, file } = desk({ password: ADMIN_LOGIN.password });
    await expect(run(add, ['lab', oscar.url], { user: 'oscar' })).rejects.toMatchObject({
      code: 'oscar-unreachable',
    });
    const { notes } = await run(add, ['lab', oscar.url], { user: 'oscar', sslVerify: false });
    expect(notes).toContain('warning: The certificate of cluster lab is not checked');
    expect(readFileSync(file, 'utf8')).toContain('ssl_verify: false');
  });

  it.each([
    [['lab', 'https://x'], {}, 'login-missing'],
    [['lab', 'https://x'], { user: 'u' }, 'login-missing'],
    [['lab', 'https://x'], { user: 'u', tokenStdin: true }, 'login-twice'],
    [['lab'], { user: 'u' }, 'cluster-invalid'],
    [['a/b', 'https://x'], { user: 'u' }, 'cluster-invalid'],
    [['lab', 'https://u:p@x'], { user: 'u' }, 'cluster-invalid'],
    [['aws', 'https://x'], { user: 'u' }, 'cluster-invalid'],
  ])('refuses %j %j: %s', async (args, options, code) => {
    await expect(desk().run(add, args, options)).rejects.toMatchObject({ code, exitCode: 2 });
  });
});

describe('fdl cluster ls', () => {
  it('says where each cluster comes from, and never shows a secret', async () => {
    const environment = {
      FDL_CLUSTER_CI_ENDPOINT: 'https://ci.example',
      FDL_CLUSTER_CI_TOKEN: 'ci-token-text',
    };
    const { run, json } = desk({ environment, password: 'secret-text' });
    expect((await desk().run(ls)).out).toContain('No cluster is known here');
    await run(add, ['lab', 'https://lab.example'], { user: 'ada', check: false, sslVerify: false });
    const { out } = await run(ls);
    expect(out).toMatch(/lab +https:\/\/lab\.example +basic ada +fdl +\(certificate not checked, default\)/);
    expect(out).toMatch(/ci +https:\/\/ci\.example +token +environment/);
    const text = JSON.stringify(await json(ls));
    for (const secret of ['secret-text', 'ci-token-text']) expect(out + text).not.toContain(secret);
  });
});

describe('fdl cluster rm and default', () => {
  it('forget and choose', async () => {
    const { run, json } = desk({ password: 'p-a-s-s' });
    for (const id of ['one', 'two'])
      await run(add, [id, `https://${id}.example`], { user: 'u', check: false });
    expect(await json(standard)).toEqual({ default: 'one' });
    await run(standard, ['two']);
    expect((await run(standard)).out).toBe('two\n');
    await expect(run(standard, ['twoo'])).rejects.toMatchObject({
      code: 'cluster-unknown',
      hint: 'Did you mean two?',
    });
    expect(await json(rm, ['two'])).toMatchObject({ id: 'two' });
    expect(await json(ls)).toMatchObject({ default: 'one', clusters: [{ id: 'one' }] });
    await expect(run(rm, ['two'])).rejects.toMatchObject({ code: 'cluster-unknown', exitCode: 2 });
  });

  it('leave alone what is not ours, and say when there is no default', async () => {
    const environment = { FDL_CLUSTER_A_ENDPOINT: 'https://a', FDL_CLUSTER_B_ENDPOINT: 'https://b' };
    const { run } = desk({ environment });
    await expect(run(rm, ['a'])).rejects.toMatchObject({ code: 'cluster-foreign' });
    await expect(run(standard)).rejects.toMatchObject({ hint: expect.stringContaining('a, b') });
    await expect(run(info)).rejects.toMatchObject({ code: 'cluster-unknown' });
  });
});

describe('fdl cluster info', () => {
  it.each(['3.6.0', '4.1.2'])('shows what a cluster of release %s is', async (release) => {
    const oscar = await openOscar({ release, settings: { gpus: true, groups: ['vo.example'] } });
    const environment = {
      FDL_CLUSTER_LAB_ENDPOINT: oscar.url,
      FDL_CLUSTER_LAB_USER: ADMIN_LOGIN.user,
      FDL_CLUSTER_LAB_PASSWORD: ADMIN_LOGIN.password,
    };
    const login = { kind: 'basic', ...ADMIN_LOGIN } as const;
    const client = openClient({ id: 'lab', endpoint: oscar.url, verifyTls: true, login });
    // Up to 3.6.3 clusters complain about the administrator's policy, and go on.
    await client.create(sample()).catch(() => {});
    await client.close();
    const { run, json } = desk({ environment });
    expect(await json(info)).toMatchObject({
      id: 'lab',
      source: 'environment',
      version: release,
      gpus: true,
      ...(release !== '3.6.0' && { volumes: true }),
      virtualOrganisations: ['vo.example'],
      minio: { endpoint: oscar.minio.url },
      services: ['upper'],
    });
    const { out } = await run(info, ['lab']);
    expect(out).toMatch(new RegExp(`release +OSCAR ${release}\\n`));
    expect(out).toMatch(/GPUs +yes\n/);
    expect(out).not.toContain(ADMIN_LOGIN.password);
    expect(out).not.toContain('minio-secret-key');
  });
});

describe('the command line', () => {
  it.each([
    [
      ['cluster', 'add', 'lab', 'https://x', '--user', 'u', '--password-stdin'],
      ['lab', 'https://x'],
      { user: 'u', passwordStdin: true, sslVerify: true, check: true, keyring: true },
    ],
    [['cluster', 'ls', '--json'], [], { json: true }],
    [['cluster', '--json'], [], { json: true }],
    [['cluster', 'info'], [undefined], {}],
  ])('takes fdl %j', async (argv, args, options) => {
    expect((await call(argv)).got).toEqual([args, options]);
  });

  it.each([
    [['cluster', 'add'], "missing required argument 'id'"],
    [['cluster', 'add', 'lab', 'https://x', '--password', 'p'], "unknown option '--password'"],
    [['cluster', 'lss'], "unknown command 'lss'\n(Did you mean ls?)"],
    [['cluster', 'ls', 'x'], 'too many arguments'],
  ])('refuses fdl %j', async (argv, message) => {
    const { error, text, got } = await call(argv);
    expect(got).toBeUndefined();
    expect(`${error}${text}`).toContain(message);
  });

  it('has help with examples for each command below it', async () => {
    const { text } = await call(['cluster', '--help']);
    for (const name of ['add', 'ls', 'rm', 'info', 'default'])
      expect(text).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    expect((await call(['cluster', 'add', '--help'])).text).toMatch(/Examples:\n.*fdl cluster add lab/s);
  });
});

describe('the question for a password', () => {
  it('shows the question and not the answer', async () => {
    const [stdin, stderr] = [new PassThrough(), new PassThrough()];
    const asking = askSecret({ stdin, stderr }, 'Password: ');
    stdin.write('hunter2\n');
    expect(await asking).toBe('hunter2');
    expect(String(stderr.read())).toBe('Password: \n');
  });

  it('is interrupted where the input ends, or by Ctrl-C', async () => {
    for (const end of [(stdin: PassThrough) => stdin.end(), (stdin: PassThrough) => stdin.write('\x03')]) {
      const [stdin, stderr] = [new PassThrough(), new PassThrough()];
      const asking = askSecret({ stdin, stderr }, 'Password: ');
      end(stdin);
      await expect(asking).rejects.toMatchObject({ code: 'interrupted', exitCode: 130 });
    }
  });
});
