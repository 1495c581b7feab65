/** `--engine`: what runs scripts where there are no containers. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fdl } from './fdl.ts';
import { project, shop, stored, UPPER } from './project.ts';

const FILE = ['workflow.yaml', '--local'] as const;

describe('--engine', () => {
  /** A folder with only those programs. */
  function programs(...names: readonly string[]): string {
    const bin = path.join(project({}), '../bin');
    mkdirSync(bin);
    for (const name of names)
      writeFileSync(path.join(bin, name), `#!/bin/sh\nexec /bin/${name} "$@"\n`, { mode: 0o755 });
    return bin;
  }

  it('auto runs scripts without their image where no engine works, and says so', async () => {
    const cwd = shop([UPPER], { 'a.txt': 'abc' });
    const PATH = programs('tr', 'basename', 'sh');
    const { code, stderr } = await fdl(['run', ...FILE, 'in'], { cwd, env: { PATH } });
    expect(stderr).toContain('no container engine works here');
    expect(code).toBe(0);
    expect(readFileSync(stored(cwd, 'shop/upper/a.txt'), 'utf8')).toBe('ABC');
  });

  it('docker is an error where it does not work: exit 1', async () => {
    const cwd = shop([UPPER], { 'a.txt': 'abc' });
    const { code, stderr } = await fdl(['run', ...FILE, 'in', '--engine', 'docker'], {
      cwd,
      env: { PATH: programs('sh') },
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/docker does not work here.*\n.*--engine host/);
  });
});
