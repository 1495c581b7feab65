import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  changeConfig,
  configPath,
  readConfig,
  readStored,
} from '../../../../src/providers/oscar/clusters/stored.ts';
import { reveal, Secret } from '../../../../src/secret.ts';
import { temporaryFolder } from '../../../storage/temporary-folder.ts';

interface Home {
  readonly environment: Readonly<Record<string, string>>;
  write(file: string, text: string, mode?: number): string;
}

function home(): Home {
  const folder = temporaryFolder();
  return {
    environment: { HOME: folder },
    write(file, text, mode = 0o600) {
      const target = path.join(folder, file);
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, text);
      chmodSync(target, mode);
      return target;
    },
  };
}

const NONE = { clusters: [], defaultCluster: undefined, warnings: [] };

describe('the configuration of fdl', () => {
  it('is where XDG says, else below the home', () => {
    expect(configPath({ HOME: '/h' })).toBe('/h/.config/fdl/config.yaml');
    expect(configPath({ HOME: '/h', XDG_CONFIG_HOME: '/x' })).toBe('/x/fdl/config.yaml');
    expect(configPath({ HOME: '/h', XDG_CONFIG_HOME: 'relative' })).toBe('/h/.config/fdl/config.yaml');
  });

  it('keeps a cluster with its login, for the user alone', async () => {
    const { environment } = home();
    const definition = { endpoint: 'https://a.example', user: 'oscar', password: new Secret('0123: #x') };
    const file = await changeConfig(environment, { clusters: { lab: definition }, defaultCluster: 'lab' });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
    const read = await readConfig(environment);
    expect(read).toMatchObject({ defaultCluster: 'lab', warnings: [] });
    expect(read.clusters[0]?.definition.password?.toString()).toBe('(secret)');
    expect(reveal(read.clusters[0]?.definition.password ?? '')).toBe('0123: #x');
    const token = { endpoint: 'https://b.example', refreshToken: new Secret('r'), verifyTls: false };
    await changeConfig(environment, { clusters: { other: token } });
    await changeConfig(environment, { clusters: { lab: undefined }, defaultCluster: null });
    expect((await readConfig(environment)).clusters).toMatchObject([
      { id: 'other', definition: { endpoint: 'https://b.example', verifyTls: false } },
    ]);
    expect(readFileSync(file, 'utf8')).not.toMatch(/lab|default_cluster/);
  });

  it('keeps what else is in the file, follows a link, and closes what was open', async () => {
    const { environment, write } = home();
    const text =
      'theme: dark\nlimit: 012\nclusters:\n  a: {endpoint: "https://a", auth_user: u, auth_password: 007}\n';
    const target = write('dotfiles/fdl.yaml', text, 0o644);
    const link = configPath(environment);
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(target, link);
    expect((await readConfig(environment)).warnings).toEqual([expect.stringContaining('chmod 600')]);
    await changeConfig(environment, { clusters: { b: { endpoint: 'https://b' } } });
    expect(statSync(target).mode & 0o777).toBe(0o600);
    const { clusters, warnings } = await readConfig(environment);
    expect(warnings).toEqual([]);
    expect(clusters.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(reveal(clusters[0]?.definition.password ?? '')).toBe('007');
    expect(readFileSync(target, 'utf8')).toContain('theme: dark\n');
  });

  it.each([
    ['clusters: [', /no YAML/],
    ['just text', /no map/],
  ])('that is broken is an error without its content: %s', async (text, message) => {
    const { environment, write } = home();
    write('.config/fdl/config.yaml', `${text}\n# hunter2`);
    const error = await readConfig(environment).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: 'config-invalid', message: expect.stringMatching(message) });
    expect((error as Error).message).not.toContain('hunter2');
  });

  it.each(['', '# nothing\n', 'clusters:\n', 'clusters: []\n', 'clusters: {a: }\n'])(
    'may be nearly empty: %j',
    async (text) => {
      const { environment, write } = home();
      write('.config/fdl/config.yaml', text);
      expect((await readConfig(environment)).warnings).toEqual([]);
      await changeConfig(environment, { clusters: { lab: { endpoint: 'https://a' } } });
      expect((await readConfig(environment)).clusters.at(-1)).toMatchObject({ id: 'lab' });
    },
  );
});

describe('clusters of other tools', () => {
  it('are found where OSCAR-CLI and SCAR keep them, and not written', async () => {
    const { environment, write } = home();
    const cli = `oscar:
  lab:
    endpoint: https://lab.example
    auth_user: oscar
    auth_password: 00123
    ssl_verify: true
  egi: {endpoint: "https://egi.example", oidc_account_name: egi, ssl_verify: false}
  token: {endpoint: "https://t.example", oidc_refresh_token: abc}
default: egi
`;
    const file = write('.oscar-cli/config.yaml', cli);
    const scar = {
      oscar: {
        my_oscar: { endpoint: '', ssl_verify: true },
        old: { endpoint: 'https://old', auth_user: 'u', auth_password: 'p', ssl_verify: false },
      },
    };
    write('.scar/scar.cfg', JSON.stringify(scar));
    const { clusters, defaultCluster, warnings } = await readStored(environment);
    expect(clusters.map(({ id, source }) => [id, source])).toEqual([
      ['lab', 'oscar-cli'],
      ['egi', 'oscar-cli'],
      ['token', 'oscar-cli'],
      ['old', 'scar'],
    ]);
    expect([defaultCluster, warnings]).toEqual(['egi', []]);
    expect(reveal(clusters[0]?.definition.password ?? '')).toBe('00123');
    expect(clusters[1]?.definition).toMatchObject({ oidcAccount: 'egi', verifyTls: false });
    expect(clusters[3]?.definition).toMatchObject({ endpoint: 'https://old', verifyTls: false });
    const before = readFileSync(file, 'utf8');
    await changeConfig(environment, { defaultCluster: 'lab' });
    expect((await readStored(environment)).defaultCluster).toBe('lab');
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('do not stand in the way when they are broken', async () => {
    const { environment, write } = home();
    const cli = write('.oscar-cli/config.yaml', 'oscar:\n  lab: {\n  password: hunter2\n- x\n');
    const scar = write('.scar/scar.cfg', '{\n"oscar": {hunter2');
    const { warnings } = await readStored(environment);
    expect(warnings).toEqual([
      expect.stringMatching(`^${cli}:\\d+ is no YAML: [a-z ]+; its clusters are left out\\.$`),
      `${scar}:2 is no JSON; its clusters are left out.`,
    ]);
    expect(warnings.join()).not.toContain('hunter2');
    write('.scar/scar.cfg', '{"oscar": []}');
    write('.oscar-cli/config.yaml', 'oscar: text');
    expect(await readStored(environment)).toEqual(NONE);
  });

  it('are none where nothing is', async () => {
    const { environment } = home();
    expect(await readStored(environment)).toEqual(NONE);
    expect(existsSync(configPath(environment))).toBe(false);
  });
});
