import { describe, expect, it } from 'vitest';
import { CATALOG } from '../../src/commands/catalog.ts';
import { call, problemWith } from './command-line.ts';

describe('the catalog', () => {
  it('has each command and each option once, in words that start small and end without a stop', () => {
    expect(new Set(CATALOG.map(({ name }) => name)).size).toBe(CATALOG.length);
    for (const { name, summary, options, arguments: args, argumentHelp } of CATALOG) {
      const flags = options.map((option) => option.flags);
      expect(new Set(flags).size, name).toBe(flags.length);
      for (const text of [summary, ...options.map(({ description }) => description)])
        expect(text).not.toMatch(/\.$|^[A-Z][a-z]/);
      expect(argumentHelp?.length ?? 0, name).toBe(args?.split(' ').length ?? 0);
    }
  });

  it('has examples for each command that are right', async () => {
    for (const { name, examples } of CATALOG) {
      expect(examples.length, name).toBeGreaterThan(0);
      expect(
        examples.some(([line]) => line.includes(`fdl ${name}`)),
        name,
      ).toBe(true);
      for (const [line] of examples) expect(await problemWith(line), line).toBeUndefined();
    }
  });

  it('loads a handler for each command', async () => {
    for (const { name, load } of CATALOG) expect(typeof (await load()), name).toBe('function');
  });
});

describe('the program', () => {
  it('hands arguments and options to the command, and takes its exit code', async () => {
    const { got, code } = await call([
      'run',
      'w.yaml',
      'a',
      'b',
      '--concurrency',
      '3',
      '-o',
      'out',
      '--local',
    ]);
    expect(got).toEqual([
      ['w.yaml', ['a', 'b']],
      { output: 'out', concurrency: 3, retries: 0, engine: 'auto', local: true, followLinks: true },
    ]);
    expect(code).toBe(3);
  });

  it('passes on negated and repeated forms, and what stands behind --', async () => {
    expect((await call(['validate', 'a', '--no-local-files'])).got?.[1]).toEqual({ localFiles: false });
    expect((await call(['validate', 'a'])).got?.[1]).toEqual({ localFiles: true });
    expect((await call(['put', '--local', '--', '-x.txt', '--y'])).got?.[0]).toEqual([['-x.txt', '--y']]);
  });

  it.each([
    [['plna'], 'Did you mean plan?'],
    [['pl'], "unknown command 'pl'"],
    [['plan', 'w', '--lcoal'], 'Did you mean --local?'],
    [['plan', 'w', '--engine', 'host'], "unknown option '--engine'"],
    [['put'], "missing required argument 'sources'"],
    [['plan', 'a', 'b'], 'too many arguments'],
    [['run', 'w', '--retries', '-1'], 'Not a whole number from 0'],
    [['run', 'w', '--retries', '1.5'], 'Not a whole number from 0'],
    [['run', 'w', '--concurrency', '0x10'], 'Not a whole number from 1'],
    [['graph', 'w', '--format', 'png'], 'Allowed choices are text, mermaid, dot'],
    [['get', '--from'], 'argument missing'],
  ])('refuses fdl %j', async (argv, message) => {
    const { error, text, got } = await call(argv);
    expect(error).toContain(message);
    expect(text).toContain(message);
    expect(got).toBeUndefined();
  });

  it('shows help with the examples of a command, and lists all commands', async () => {
    for (const { name, examples } of CATALOG) {
      const { text } = await call([name, '--help']);
      for (const [line, what] of examples)
        expect(text, name).toMatch(new RegExp(`${literal(line)}|# ${literal(what)}`));
      expect(text).toContain('Examples:');
      expect(
        Math.max(
          ...text
            .split('\n')
            .filter((line) => !line.includes('fdl '))
            .map((line) => line.length),
        ),
      ).toBeLessThanOrEqual(80);
    }
    const { text } = await call(['--help']);
    for (const { name } of CATALOG) expect(text).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    expect((await call(['--version'])).text).toBe('1.2.3\n');
  });
});

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
