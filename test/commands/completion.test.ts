import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CATALOG } from '../../src/commands/catalog.ts';
import type { CommandContext } from '../../src/commands/command.ts';
import { run } from '../../src/commands/completion.ts';
import { tried } from '../sample.ts';
import { needs } from '../standins/need.ts';
import { temporaryFolder } from '../storage/temporary-folder.ts';
import { SHELLS, type ShellSession, startShell } from './shell-session.ts';

async function scriptFor(shell: string): Promise<string> {
  const lines: string[] = [];
  const terminal = { out: (text: string) => void lines.push(text) };
  await run({ terminal, catalog: CATALOG } as unknown as CommandContext, [shell], {});
  return `${lines.join('\n')}\n`;
}

/** Every command, or the ones below it, with each of its options. */
const LINES = CATALOG.flatMap(({ name, options, subcommands }) => {
  const specs = subcommands ?? [{ name: '', options }];
  return specs.flatMap((spec) =>
    spec.options.map(({ flags }) => ['fdl', name, spec.name, longOf(flags)].filter(Boolean).join(' ')),
  );
});

function longOf(flags: string): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags;
}

describe.each(SHELLS.filter((shell) => needs(shell, 'script')))('completion in %s', (shell) => {
  let session: ShellSession;
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-test-'));

  beforeAll(async () => {
    writeFileSync(path.join(folder, 'completion'), await scriptFor(shell));
    for (const file of ['workflow.yaml', 'my file.csv']) writeFileSync(path.join(folder, file), '');
    session = await startShell(shell, folder, './completion');
  });

  afterAll(async () => {
    await session?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ['fdl pl', 'fdl plan '],
    ['fdl hel', 'fdl help '],
    ['fdl help st', 'fdl help status '],
    ['fdl plan w', 'fdl plan workflow.yaml '],
    ['fdl plan w.yaml --det', 'fdl plan w.yaml --detailed-exitcode '],
    ['fdl run w.yaml --con', 'fdl run w.yaml --concurrency '],
    ['fdl run w.yaml --engine p', 'fdl run w.yaml --engine podman '],
    ['fdl graph w.yaml --format m', 'fdl graph w.yaml --format mermaid '],
    ['fdl completion z', 'fdl completion zsh '],
    ['fdl cluster de', 'fdl cluster default '],
    ['fdl cluster add lab --password', 'fdl cluster add lab --password-stdin '],
  ])('%s', async (typed, completed) => {
    expect(await session.complete(typed)).toBe(completed);
  });

  it('offers no option that a command does not take', async () => {
    expect(await session.complete('fdl plan w.yaml --eng')).toBe('fdl plan w.yaml --eng');
  });

  it('finds a file with a blank in its name', async () => {
    expect(await session.complete('fdl run w.yaml my')).toMatch(
      /^fdl run w\.yaml ('my file\.csv'|my\\ file\.csv) $/,
    );
  });

  it('knows every command, and every option of it that one shell is asked for today', async () => {
    const commands = CATALOG.map(({ name }) => `fdl ${name}`);
    const lines = [...commands, ...LINES].filter((line, _, all) => isUnique(line, all));
    for (const typed of tried(lines, SHELLS.indexOf(shell))) {
      expect(await session.complete(typed)).toBe(`${typed} `);
    }
  });
});

describe.each((['zsh', 'fish'] as const).filter((shell) => needs(shell, 'script')))('in %s', (shell) => {
  it('the file of the package is found in its folder, and completes at the first press of the tabulator', async () => {
    const folder = temporaryFolder();
    cpSync(new URL('../../completions', import.meta.url), path.join(folder, 'completions'), {
      recursive: true,
    });
    // Fish looks for completions of programs that there are.
    mkdirSync(path.join(folder, 'bin'));
    writeFileSync(path.join(folder, 'bin/fdl'), '#!/bin/sh\n', { mode: 0o755 });
    const session = await startShell(shell, folder, './completions/');
    try {
      expect(await session.complete('fdl pl')).toBe('fdl plan ');
      expect(await session.complete('fdl plan w.yaml --det')).toBe('fdl plan w.yaml --detailed-exitcode ');
    } finally {
      await session.close();
    }
  });
});

/** Whether no other line goes on where this one ends. */
function isUnique(line: string, all: readonly string[]): boolean {
  return !all.some((other) => other !== line && other.startsWith(line) && !other.startsWith(`${line} `));
}

it.each(['tcsh', '__proto__', 'constructor'])('there is none for the shell %s', async (shell) => {
  await expect(scriptFor(shell)).rejects.toMatchObject({ code: 'unknown-shell', exitCode: 2 });
});

describe('what bash lists', () => {
  /** What pressing the tabulator offers behind a line. */
  async function offered(line: string, files: readonly string[] = []): Promise<readonly string[]> {
    const folder = temporaryFolder();
    for (const file of files) {
      mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(folder, file), '');
    }
    writeFileSync(path.join(folder, '.completion'), await scriptFor('bash'));
    const words = line.split(' ');
    const press = `source .completion
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_fdl
printf '%s\\n' "\${COMPREPLY[@]}"`;
    const answer = execFileSync('bash', ['--norc', '-c', press], { cwd: folder, encoding: 'utf8' });
    return answer
      .split('\n')
      .filter((each) => each !== '')
      .sort();
  }

  it('offers commands', async () => {
    expect(await offered('fdl pl')).toEqual(['plan']);
    const all = await offered('fdl ');
    expect(all).toEqual([...CATALOG.map(({ name }) => name), 'help', '--help', '--version'].sort());
    expect(await offered('fdl help st')).toEqual(['status']);
  });

  it('offers the options of the command, and their values', async () => {
    expect(await offered('fdl run --con')).toEqual(['--concurrency']);
    expect(await offered('fdl plan w.yaml --det')).toEqual(['--detailed-exitcode']);
    expect(await offered('fdl plan w.yaml --eng')).toEqual([]);
    expect(await offered('fdl run w.yaml --engine ')).toEqual(['auto', 'docker', 'host', 'podman']);
    expect(await offered('fdl graph w.yaml --format m')).toEqual(['mermaid']);
    expect(await offered('fdl completion z')).toEqual(['zsh']);
  });

  it('offers the commands below another, and their options', async () => {
    expect(await offered('fdl bucket ')).toEqual(['--help', 'create', 'info', 'ls', 'rm', 'update']);
    expect(await offered('fdl cluster add lab --password')).toEqual(['--password-stdin']);
  });

  it('offers files else, also those with spaces and stars in their names', async () => {
    const files = ['a.yaml', 'my file.csv', 'my *.csv', 'my/deep'];
    expect(await offered('fdl run ', files)).toEqual([
      '.completion',
      'a.yaml',
      'my',
      'my *.csv',
      'my file.csv',
    ]);
    expect(await offered('fdl run a.yaml my', files)).toEqual(['my', 'my *.csv', 'my file.csv']);
  });
});
