/** The schemas of what commands print: there is one for each command, the page has its fields, and examples that fit. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import output from '../../schemas/fdl-output.schema.json' with { type: 'json' };
import { CATALOG } from '../../src/commands/catalog.ts';
import type { CommandSpec } from '../../src/commands/command.ts';
import { DOCUMENTS, LINES, SHARED } from '../../src/commands/documents/index.ts';
import { shownValue } from '../../src/terminal/terminal.ts';
import { problemWithDocument, problemWithOutput } from './json-documents.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = readFileSync(path.join(ROOT, 'docs/json.md'), 'utf8');

/** The names of the commands that take `--json`. */
function withJson(catalog: readonly CommandSpec[], above = ''): readonly string[] {
  return catalog.flatMap(({ name, options, arguments: words, subcommands = [] }) => {
    const isGroup = subcommands.length > 0 && words === undefined;
    const takes = options.some(({ flags }) => flags === '--json') && !isGroup;
    return [...(takes ? [above + name] : []), ...withJson(subcommands, `${above}${name} `)];
  });
}

/** The parts of the page by their headings. */
const SECTIONS = new Map(
  PAGE.split(/^#{2,3} /m)
    .slice(1)
    .map((section) => [section.split('\n', 1)[0] ?? '', section]),
);

const examplesIn = (section: string) =>
  [...section.matchAll(/^```json\n([\s\S]*?)^```/gm)].map(([, text = '']) => JSON.parse(text) as unknown);

it('has a schema for each command that takes --json, and for no other', () => {
  expect(Object.keys(DOCUMENTS).sort()).toEqual([...withJson(CATALOG)].sort());
  expect(LINES.filter((name) => !(name in DOCUMENTS))).toEqual([]);
});

describe('docs/json.md', () => {
  it.each(Object.keys(DOCUMENTS))(
    'says what `fdl %s` prints, with examples that its schema takes',
    (name) => {
      const section = SECTIONS.get(`fdl ${name}`) ?? '';
      const definition = output.definitions[name.replaceAll(' ', '-') as keyof typeof output.definitions];
      const shown = '$ref' in definition ? definition.$ref.replace(/.*\//, '') : name.replaceAll(' ', '-');
      const isElsewhere = shown !== name.replaceAll(' ', '-');
      expect(section).toContain(isElsewhere ? `(#fdl-${shown})` : `<!-- fields: ${shown} -->`);
      const examples = examplesIn(section);
      expect(isElsewhere || examples.length > 0).toBe(true);
      for (const example of examples) expect(problemWithDocument(name, example)).toBeUndefined();
    },
  );

  it('has what several commands print, and what is printed where one fails', () => {
    for (const name of Object.keys(SHARED)) expect(SECTIONS.get(name)).toContain(`<!-- fields: ${name} -->`);
    const examples = examplesIn(SECTIONS.get('Failure') ?? '');
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(problemWithDocument('failure', example)).toBeUndefined();
  });

  it('has examples nowhere else, where nothing would look at them', () => {
    const known = new Set(['Failure', ...Object.keys(DOCUMENTS).map((name) => `fdl ${name}`)]);
    for (const [name, section] of SECTIONS) {
      if (!known.has(name)) expect(examplesIn(section), name).toEqual([]);
    }
  });
});

/** The names of fields with texts that are meant for people, as their descriptions say. */
function forPeople(schema: unknown, name = ''): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { type, description = '' } = schema as { readonly type?: unknown; readonly description?: string };
  const own = type === 'string' && /for people|sentence|standard output|lines of the log/i.test(description);
  // Items have no name of their own.
  const below = Object.entries(schema).flatMap(([key, each]) =>
    forPeople(each, key === 'items' ? name : key),
  );
  return own ? [name] : below;
}

it('hides secrets in all that is meant for people', () => {
  const names = [...new Set(forPeople(output.definitions))].filter((name) => !OF_THE_PACKAGE.includes(name));
  expect(names).toEqual(expect.arrayContaining(['message', 'hint', 'reason', 'notes', 'result', 'log']));
  for (const name of names)
    expect(
      shownValue({ [name]: ['s3cret'] }, () => '***'),
      name,
    ).toEqual({ [name]: ['***'] });
});

/** Texts that come with the program. */
const OF_THE_PACKAGE = ['summary'];

describe('what tests hold documents against', () => {
  const version = { version: '0.1.0', platform: 'linux-x64', node: '22.0.0' };
  const lines = (...documents: readonly object[]) =>
    documents.map((each) => `${JSON.stringify(each)}\n`).join('');
  const problem = (args: readonly string[], stdout: string, code: number | null = 0) =>
    problemWithOutput([...args, '--json'], { code, stdout });

  it('takes what the schema describes, and errors of any command', () => {
    expect(problem(['version'], lines(version))).toBeUndefined();
    const failure = { error: { code: 'usage', message: 'no such option' } };
    for (const args of [['version'], ['cluster', 'add', 'x'], ['nonsense']])
      expect(problem(args, lines(failure), 2)).toBeUndefined();
    expect(problemWithOutput(['version'], { code: 0, stdout: 'fdl 0.1.0' })).toBeUndefined();
  });

  it('refuses fields that nothing describes, fields that are missing, and other kinds', () => {
    expect(problem(['version'], lines({ ...version, more: 1 }))).toContain('"additionalProperty":"more"');
    expect(problem(['version'], lines({ ...version, node: undefined }))).toContain(
      '"missingProperty":"node"',
    );
    expect(problem(['version'], lines({ ...version, node: 22 }))).toContain('/node must be string');
    expect(problem(['cluster'], lines(version))).toContain('must have');
    const line = { time: '2026-01-02', step: 'a', invocation: 'b', stream: 'stdout', message: '' };
    expect(problem(['logs', 'x.yaml'], lines(line))).toContain('/time must match pattern');
    expect(problem(['version'], lines({ error: { code: 'x' } }), 1)).toContain('"missingProperty":"message"');
  });

  it('refuses more than one document, or none, but from commands that print lines or are cut short', () => {
    const line = { time: '2026-01-02T03:04:05Z', step: 'a', invocation: 'b', stream: 'stdout', message: '' };
    expect(problem(['version'], lines(version, version))).toContain('2 documents');
    expect(problem(['version'], '')).toContain('0 documents');
    expect(problem(['logs', 'x.yaml'], lines(line, line))).toBeUndefined();
    expect(problem(['logs', 'x.yaml'], '')).toBeUndefined();
    expect(problem(['run', 'x.yaml'], '', 130)).toBeUndefined();
    expect(problem(['dev', 'x.yaml'], `${lines(line)}{"time":`, null)).toBeUndefined();
  });
});
