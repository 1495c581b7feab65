/** What the tabulator offers that only the program knows: templates, steps, clusters, parameters; in real shells. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SHELLS, type ShellSession, startShell } from '../commands/shell-session.ts';
import { needs } from '../standins/need.ts';
import { BIN, fdl, NODE } from './fdl.ts';
import { COUNT, UPPER, workflowText, write } from './project.ts';

const CLUSTERS = 'clusters:\n  laboratory:\n    endpoint: https://oscar.example.org\n';

describe.each(SHELLS.filter((shell) => needs(shell, 'script')))('the tabulator in %s', (shell) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-tab-'));
  let session: ShellSession;

  beforeAll(async () => {
    write(folder, {
      'workflow.yaml': workflowText([UPPER, COUNT]),
      'other.yml': workflowText([{ ...UPPER, name: 'lower' }], { parameters: { LIMIT: 5, BUCKET: {} } }),
      '.config/fdl/config.yaml': CLUSTERS,
    });
    mkdirSync(path.join(folder, 'bin'));
    writeFileSync(path.join(folder, 'bin/fdl'), `#!/bin/sh\nexec '${NODE}' '${BIN}' "$@"\n`, { mode: 0o755 });
    const script = execFileSync(NODE, [BIN, 'completion', shell], { encoding: 'utf8' });
    writeFileSync(path.join(folder, 'script'), script);
    session = await startShell(shell, folder, './script');
  });

  afterAll(async () => {
    await session?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ['fdl init hel', 'fdl init hello '],
    ['fdl logs upp', 'fdl logs upper '],
    ['fdl invoke workflow.yaml cou', 'fdl invoke workflow.yaml count '],
    ['fdl logs other.yml lo', 'fdl logs other.yml lower '],
    ['fdl status --step upp', 'fdl status --step upper '],
    ['fdl cluster info labo', 'fdl cluster info laboratory '],
    ['fdl help cluster def', 'fdl help cluster default '],
    ['fdl logs oth', 'fdl logs other.yml '],
    ['fdl plan other.yml --param BU', 'fdl plan other.yml --param BUCKET='],
  ])('%s', async (typed, completed) => {
    expect(await session.complete(typed)).toBe(completed);
  });
});

it('says nothing where there is nothing to choose from', async () => {
  const cwd = mkdtempSync(path.join(tmpdir(), 'fdl-tab-'));
  const done = await fdl(['completion', 'steps'], { cwd });
  rmSync(cwd, { recursive: true });
  expect(done).toEqual({ code: 0, stdout: '', stderr: '' });
});
