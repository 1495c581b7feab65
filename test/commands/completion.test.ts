import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOG } from '../../src/commands/catalog.ts';
import type { CommandContext } from '../../src/commands/command.ts';
import { run } from '../../src/commands/completion.ts';
import { temporaryFolder } from '../storage/temporary-folder.ts';

async function scriptFor(shell: string): Promise<string> {
  const lines: string[] = [];
  const terminal = { out: (text: string) => void lines.push(text) };
  await run({ terminal } as unknown as CommandContext, [shell], {});
  return `${lines.join('\n')}\n`;
}

const has = (shell: string) => spawnSync(shell, ['-c', 'exit 0']).status === 0;

describe.each(['bash', 'zsh', 'fish'])('the script for %s', (shell) => {
  it('names every command and every option', async () => {
    const script = await scriptFor(shell);
    for (const { name, options } of CATALOG) {
      expect(script).toContain(name);
      for (const { flags } of options) {
        const [, long = ''] = /--([\w-]+)/.exec(flags) ?? [];
        expect(script).toContain(shell === 'fish' ? `-l ${long}` : `--${long}`);
      }
    }
  });

  it.skipIf(!has(shell))('is right for that shell', async () => {
    const file = path.join(temporaryFolder(), 'completion');
    writeFileSync(file, await scriptFor(shell));
    const { status, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });
});

it('there is none for another shell', async () => {
  await expect(scriptFor('tcsh')).rejects.toMatchObject({ code: 'unknown-shell', exitCode: 2 });
});

describe('completion in bash', () => {
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
    expect(await offered('fdl plan w.yaml --de')).toEqual(['--detailed-exitcode']);
    expect(await offered('fdl plan w.yaml --en')).toEqual([]);
    expect(await offered('fdl run w.yaml --engine ')).toEqual(['auto', 'docker', 'host', 'podman']);
    expect(await offered('fdl graph w.yaml --format m')).toEqual(['mermaid']);
    expect(await offered('fdl completion z')).toEqual(['zsh']);
  });

  it('offers the commands below another, and their options', async () => {
    expect(await offered('fdl cluster ')).toEqual(['--help', 'add', 'default', 'info', 'ls', 'rm']);
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

describe.skipIf(!has('fish'))('completion in fish', () => {
  async function offered(line: string): Promise<readonly string[]> {
    const script = `${await scriptFor('fish')}\ncomplete --do-complete '${line}'`;
    const options = {
      cwd: temporaryFolder(),
      encoding: 'utf8',
      env: { ...process.env, HOME: temporaryFolder() },
    } as const;
    const answer = execFileSync('fish', ['--no-config', '-c', script], options);
    return answer
      .split('\n')
      .filter(Boolean)
      .map((each) => each.split('\t')[0] ?? '');
  }

  it('offers commands, options and values', async () => {
    expect(await offered('fdl pl')).toEqual(['plan']);
    expect(await offered('fdl plan --de')).toEqual(['--detailed-exitcode']);
    expect(await offered('fdl run w.yaml --engine p')).toEqual(['podman']);
    expect(await offered('fdl completion f')).toEqual(['fish']);
  });
});
