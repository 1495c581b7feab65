/** What is published, as `npm run release` makes it, installed elsewhere: `npm install --global`. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { buildTypes } from '../../scripts/build.mjs';
import { isTried } from '../sample.ts';
import { needs } from '../standins/need.ts';
import { openPodman } from '../standins/podman.ts';
import { fillRootfs, SUPERVISOR_COMMAND } from '../standins/rootfs.ts';
import { fdl, ROOT } from './fdl.ts';
import { filesBelow, project, write } from './project.ts';

const TYPES = path.join(ROOT, 'node_modules/@types');

describe('the package, installed from its tarball', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-package-'));
  /** What a release writes. */
  const out = path.join(folder, 'release');
  const tarball = path.join(out, `fdl-${manifest.version}.tgz`);
  let said = '';
  // A folder as people may have it, where paths that were taken for URLs, or not quoted, would break.
  const prefix = path.join(folder, "a b#c%20d'e?");
  const installed = path.join(prefix, 'lib/node_modules/fdl');
  const program = path.join(installed, 'bin/fdl.js');

  beforeAll(() => {
    // Built already, but for the types; building again would take the program away from other tests.
    buildTypes();
    // Whoever publishes asks npm to: a registry that cannot be reached would tell.
    const env = { ...process.env, npm_config_registry: 'http://127.0.0.1:1' };
    const options = { cwd: ROOT, encoding: 'utf8', stdio: 'pipe', env } as const;
    const script = path.join(ROOT, 'scripts/release.mjs');
    said = execFileSync(process.execPath, [script, '--quick', '--out', out], options);
    const install = ['install', '--global', '--prefix', prefix, '--offline', '--no-audit', '--no-fund'];
    execFileSync('npm', [...install, tarball], options);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('needs nothing besides Node, and carries nothing that was made by running', () => {
    expect(Object.keys(manifest).filter((key) => /^(peer|optional)?[dD]ependencies$/.test(key))).toEqual([]);
    const files = filesBelow(installed);
    expect(files).toEqual(
      expect.arrayContaining([
        'bin/fdl.js',
        'dist/start.cjs',
        'dist/supervisor.mjs',
        'LICENSE',
        'THIRD-PARTY-NOTICES',
      ]),
    );
    expect(files.filter((name) => /(^|\/)(\.fdl|out|test|node_modules)\/|\.map$/.test(name))).toEqual([]);
  });

  it('runs outside of the checkout', async () => {
    const cwd = project({});
    const installedFdl = (args: readonly string[], at = cwd) => fdl(args, { cwd: at, program });
    expect(await installedFdl(['--version'])).toMatchObject({ code: 0, stdout: `${manifest.version}\n` });
    expect(await installedFdl(['init', 'hello'])).toMatchObject({ code: 0 });
    const hello = path.join(cwd, 'hello');
    expect(await installedFdl(['validate', 'workflow.yaml'], hello)).toMatchObject({
      code: 0,
      stdout: 'workflow.yaml: valid\n',
    });
    const run = ['run', 'workflow.yaml', 'input', '--local', '--engine', 'host', '-o', 'out'];
    expect(await installedFdl(run, hello)).toMatchObject({ code: 0 });
    expect(filesBelow(path.join(hello, 'out'))).toEqual(['hello/pioneers.txt', 'hello/world.txt']);
  });

  it('is a library, as its page says', () => {
    const cwd = project({});
    execFileSync('cp', ['-r', `${path.join(ROOT, 'examples/hello')}/.`, cwd]);
    write(cwd, { 'input.txt': 'Ada\n', 'package.json': '{"type": "module"}' });
    cpSync(installed, path.join(cwd, 'node_modules/fdl'), { recursive: true });
    const page = readFileSync(path.join(ROOT, 'docs/library.md'), 'utf8');
    const programs = [...page.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code = '']) => code);
    expect(programs).toHaveLength(2);
    const [ran, planned] = programs.map((code, index) => {
      // What TypeScript says of it is checked with the types of the package.
      write(cwd, {
        [`page${index}.js`]: code,
        [`page${index}.ts`]: code.replace('(event) =>', '(event: any) =>'),
      });
      const env = { ...process.env, FDL_HOME: path.join(cwd, 'home') };
      const done = spawnSync(process.execPath, [`page${index}.js`], { cwd, env, encoding: 'utf8' });
      expect([done.status, done.stderr]).toEqual([0, '']);
      return done.stdout;
    });
    expect(ran).toMatch(/^\S+ → .*out\/hello\/\S+, \d+ bytes\nhello succeeded \d+\n$/);
    expect(planned).toContain('create: 0');
    expect(filesBelow(path.join(cwd, 'out'))).toHaveLength(1);
    const types = { module: 'NodeNext', moduleResolution: 'NodeNext', target: 'ES2023', strict: true };
    const more = { noEmit: true, skipLibCheck: false, types: ['node'], typeRoots: [TYPES] };
    write(cwd, {
      'tsconfig.json': JSON.stringify({ compilerOptions: { ...types, ...more }, include: ['*.ts'] }),
      'wrong.ts': "import { open } from 'fdl';\nexport const size: string = (await open('w')).run;\n",
    });
    const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');
    const checked = spawnSync(process.execPath, [tsc, '-p', '.'], { cwd, encoding: 'utf8' });
    expect(
      checked.stdout
        .trim()
        .split('\n')
        .filter((line) => /^\S/.test(line)),
    ).toEqual([expect.stringMatching(/^wrong\.ts\(2,14\): error TS2322/)]);
  });

  it('has manual pages where man looks, and completions as the README names them', () => {
    const man = path.join(prefix, 'share/man/man1/fdl-run.1');
    expect(readFileSync(man, 'utf8')).toContain('.TH "FDL-RUN" 1');
    const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
    const named = [...readme.matchAll(/\$\(npm root -g\)\/fdl\/([\w./-]+)/g)].map(([, file = '']) => file);
    expect(named).toEqual(['completions/fdl.bash', 'completions', 'completions/fdl.fish']);
    for (const file of named) expect(existsSync(path.join(installed, file)), file).toBe(true);
  });

  it.skipIf(!isTried(0) || !needs('podman', 'busybox'))(
    'is an image, as the Containerfile makes it',
    async () => {
      const podman = openPodman();
      const [base, image] = [
        `localhost/fdl-test-node:${process.pid}`,
        `localhost/fdl-test-ci:${process.pid}`,
      ];
      const root = path.join(folder, 'root');
      fillRootfs(root, path.join(ROOT, 'dist/supervisor.mjs'));
      // What the Containerfile asks of an image of Node: a shell with `ln`, `env`, and `node` along the path.
      const node = `#!/bin/sh\nexec ${SUPERVISOR_COMMAND.slice(0, -1).join(' ')} "$@"\n`;
      write(root, { 'usr/local/bin/node': node });
      chmodSync(path.join(root, 'usr/local/bin/node'), 0o755);
      mkdirSync(path.join(root, 'usr/bin'));
      symlinkSync('/bin/busybox', path.join(root, 'usr/bin/env'));
      symlinkSync('busybox', path.join(root, 'bin/ln'));
      podman.importFolder(root, base);
      // The whole checkout but for what is ignored is what is sent to a daemon.
      const context = path.join(folder, 'context');
      write(context, {
        [`out/release/${path.basename(tarball)}`]: readFileSync(tarball),
        Containerfile: readFileSync(path.join(ROOT, 'Containerfile')),
        '.dockerignore': readFileSync(path.join(ROOT, '.dockerignore')),
      });
      try {
        const build = [
          'build',
          '--isolation',
          'chroot',
          '--build-arg',
          `BASE=${base}`,
          '--tag',
          image,
          context,
        ];
        await podman.succeed(build);
        const run = (...args: readonly string[]) =>
          podman.run(['run', '--rm', '--network=host', image, ...args]);
        expect(await run('fdl', '--version')).toMatchObject({ code: 0, stdout: `${manifest.version}\n` });
        expect((await run()).stdout).toContain('Examples:');
        expect((await run('id', '-u')).stdout).toBe('1000\n');
        const example = ['fdl', 'validate', '/opt/package/examples/hello/workflow.yaml'];
        expect((await run(...example)).stdout).toContain('workflow.yaml: valid');
      } finally {
        await podman.run(['rmi', '--force', image]);
        await podman.close();
      }
    },
  );

  it('is a command', () => {
    const bin = path.join(prefix, 'bin/fdl');
    expect(execFileSync(bin, ['--version'], { encoding: 'utf8' })).toBe(`${manifest.version}\n`);
  });

  it('has all files of a release beside it, which were tried and not published', () => {
    const name = `fdl-${manifest.version}`;
    const single = `${name}-${process.platform}-${process.arch}`;
    expect(said).toContain('the package: runs the example climate-series as expected');
    expect(said).toContain(`${single}: runs the example climate-series as expected`);
    const files = [`${name}.cdx.json`, `${name}.tgz`, `${single}.tar.gz`];
    expect(readdirSync(out).sort()).toEqual(['SHA256SUMS', ...files].sort());
    const sums = execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: out, encoding: 'utf8' });
    expect(sums).toBe(
      [...files]
        .sort()
        .map((file) => `${file}: OK\n`)
        .join(''),
    );
    const packed = execFileSync('tar', ['-tzf', `${single}.tar.gz`], { cwd: out, encoding: 'utf8' });
    for (const file of ['fdl', 'LICENSE', 'LICENSE-node', 'THIRD-PARTY-NOTICES', 'man/fdl.1'])
      expect(packed.split('\n')).toContain(`${single}/${file}`);
    const sbom = JSON.parse(readFileSync(path.join(out, `${name}.cdx.json`), 'utf8'));
    const names = sbom.components.map(({ purl }: { purl: string }) => purl.replace(/@[^@]*$/, ''));
    expect(names).toContain('pkg:npm/undici');
    expect(names).toContain('pkg:npm/%40aws-sdk/client-s3');
    expect(names).not.toContain('pkg:npm/vitest');
  });
});

describe('npm run quickstart', () => {
  it('runs a workflow into a fresh folder and says where the results lie', () => {
    const results = path.join(ROOT, 'out/quickstart/results');
    write(results, { 'plot/of-the-last-time.svg': '' });
    const said = execFileSync('npm', ['run', 'quickstart'], { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' });
    const plots = filesBelow(path.join(results, 'plot'));
    expect(plots).toContain('sunspots.svg');
    expect(plots).not.toContain('of-the-last-time.svg');
    expect(said).toContain('out/quickstart/results/plot');
    expect(said).toContain('Next:');
  });
});

describe('.ci/run', () => {
  it('checks and tests a copy called fdl, below a folder with a blank in its name, and leaves nothing', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'fdl-ci-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    // What installs does nothing (an environment of Python gets a `pip` that does nothing either), and `npm` only says what
    // it is asked for, and where.
    const venv = 'mkdir -p "$3/bin" && cp "$(command -v go)" "$3/bin/pip"';
    const npm =
      '[ "$1" != install ] || exit 0; echo "$PWD: npm $*" >&2; ls -A >&2; [ "$1" != test ] || echo "7 passed, 0 failed"';
    const programs = { dpkg: '', 'apt-get': '', go: '', sudo: '', python3: venv, npm };
    write(folder, { 'corpus/a.yaml': '', 'tmp/.keep': '' });
    for (const [name, script] of Object.entries(programs)) {
      write(folder, { [`bin/${name}`]: `#!/bin/sh\n${script}\n` });
      chmodSync(path.join(folder, 'bin', name), 0o755);
    }
    const env = {
      PATH: `${path.join(folder, 'bin')}:${process.env['PATH']}`,
      XDG_CACHE_HOME: path.join(folder, 'cache'),
      TMPDIR: path.join(folder, 'tmp'),
      FDL_TEST_CORPUS: path.join(folder, 'corpus'),
    };
    const { status, stdout, stderr } = spawnSync(path.join(ROOT, '.ci/run'), { env, encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/7 passed, 0 failed\n$/);
    const said = (stdout + stderr).split('\n');
    const calls = said.filter((line) => line.includes(': npm ')).map((line) => line.split(': npm '));
    expect(calls.map(([, what]) => what).sort()).toEqual([
      'ci --no-audit --no-fund',
      'run check',
      'run quickstart',
      'test',
    ]);
    for (const [where] of calls) expect(where).toMatch(/\/a b\/fdl$/);
    expect(said).toContain('package-lock.json');
    expect(said).not.toContain('node_modules');
    expect(readdirSync(env.TMPDIR)).toEqual(['.keep']);
  });
});
