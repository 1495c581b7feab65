/** What is published, installed elsewhere: `npm pack`, `npm install --global`. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { fdl, ROOT } from './fdl.ts';
import { filesBelow, project } from './project.ts';

describe('the package, installed from its tarball', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-package-'));
  const installed = path.join(folder, 'lib/node_modules/fdl');
  const program = path.join(installed, 'bin/fdl.js');

  beforeAll(() => {
    const npm = (...args: readonly string[]) =>
      execFileSync('npm', [...args, '--no-audit', '--no-fund'], {
        cwd: ROOT,
        encoding: 'utf8',
        stdio: 'pipe',
      });
    // Built already; building again would take the program away from other tests.
    npm('pack', '--pack-destination', folder, '--ignore-scripts');
    const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
    npm('install', '--global', '--prefix', folder, '--offline', path.join(folder, tarball));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('needs nothing besides Node, and carries nothing that was made by running', () => {
    expect(Object.keys(manifest).filter((key) => /^(peer|optional)?[dD]ependencies$/.test(key))).toEqual([]);
    const files = filesBelow(installed);
    expect(files).toEqual(
      expect.arrayContaining(['bin/fdl.js', 'dist/main.js', 'dist/supervisor.mjs', 'LICENSE']),
    );
    expect(files.filter((name) => /(^|\/)(\.fdl|out|test|node_modules)\//.test(name))).toEqual([]);
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

  it('is a command', () => {
    const bin = path.join(folder, 'bin/fdl');
    expect(execFileSync(bin, ['--version'], { encoding: 'utf8' })).toBe(`${manifest.version}\n`);
  });
});

describe('npm run quickstart', () => {
  it('runs a workflow into a fresh folder and says where the results lie', () => {
    for (let time = 0; time < 2; time += 1) {
      const said = execFileSync('npm', ['run', 'quickstart'], { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' });
      const plots = filesBelow(path.join(ROOT, 'out/quickstart/results/plot'));
      expect(plots).toContain('sunspots.svg');
      expect(said).toContain('out/quickstart/results/plot');
      expect(said).toContain('Next:');
    }
  });
});
