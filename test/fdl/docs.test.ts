import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadDocument } from '../../src/fdl/document.ts';
import { LANGUAGE } from '../../src/providers/language.ts';
import { ALL } from './decisions/all.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(`${root}docs/fdl.md`, 'utf8');

/** The rows of the table below a heading, as cells of plain text. */
function rows(heading: string): readonly (readonly string[])[] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const lines = section.split('\n## ')[0]?.split('\n') ?? [];
  const cells = (line: string) => line.slice(1, -1).split(/(?<!\\)\|/);
  const table = lines.filter((line) => line.startsWith('|')).slice(2);
  return table.map((line) => cells(line).map((cell) => cell.trim().replaceAll('\\|', '|')));
}

const codesIn = (cell = '') => [...cell.matchAll(/`([a-z-]+)`/g)].map(([, code]) => code);

describe('the table of decisions', () => {
  const decisions = rows('Decisions');

  test('has a test for each row, and a row for each test', () => {
    expect(decisions.map(([what]) => what)).toEqual(ALL.map(({ what }) => what));
  });

  test('names the findings that are reported', () => {
    const documented = decisions.map(([what, , codes]) => [what, codesIn(codes)]);
    const reported = ALL.map(({ what, findings = [] }) => {
      return [what, [...new Set(findings.map((each) => each.split(' ')[0]))].sort()];
    });
    expect(documented).toEqual(reported);
  });

  test('calls an error what makes a file invalid, and nothing else', () => {
    const errors = decisions.filter(([, how]) => how?.startsWith('error')).map(([what]) => what);
    const invalid = ALL.filter(({ read, findings, in: around }) => {
      const isError = ({ code, severity }: (typeof meanings)[number]) =>
        severity === 'error' && findings?.some((each) => each.startsWith(`${code} `));
      return read === undefined && (around?.strict || meanings.some(isError));
    });
    expect(errors).toEqual(invalid.map(({ what }) => what));
  });
});

const meanings = rows('Findings').map(([code, severity, meaning, blocks = '']) => {
  return { code: codesIn(code)[0] ?? '', severity, meaning, blocks: blocks.split(', ').filter(Boolean) };
});

/** Every code in the sources that read files, with how it is reported. */
function reported(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const dialects = LANGUAGE.dialects.map(({ name }) => `src/providers/${name}/dialect`);
  const folders = ['src/fdl', 'src/workflow', 'src/workflow/checks', ...dialects];
  for (const folder of folders) {
    for (const name of readdirSync(`${root}${folder}`).filter((each) => each.endsWith('.ts'))) {
      const source = readFileSync(`${root}${folder}/${name}`, 'utf8');
      const calls =
        /(#say|\b(?:error|warning|problem|note|remark|FdlError|code:))\(?\s*(?:(error|warning|make|step),\s*)?'([a-z-]+)'/g;
      for (const [, call = '', how = '', code = ''] of source.matchAll(calls)) {
        found.set(code, (found.get(code) ?? new Set()).add(how && how !== 'step' ? how : call));
      }
    }
  }
  return found;
}

describe('the list of findings', () => {
  const sources = reported();

  test('has every code of the sources once, in the order of the alphabet', () => {
    expect(meanings.map(({ code }) => code)).toEqual([...sources.keys()].sort());
  });

  test('says what is an error and what a warning', () => {
    const severities: Record<string, string> = {
      error: 'error',
      FdlError: 'error',
      'code:': 'error, warning',
    };
    const wrong = meanings.filter(({ code, severity }) => {
      const ways = [...(sources.get(code) ?? [])].map((way) => severities[way] ?? 'warning');
      return [...new Set(ways)].join(', ') !== severity;
    });
    expect(wrong).toEqual([]);
  });

  test('says what each stands in the way of, as far as decisions show it', () => {
    for (const finding of ALL.flatMap(({ findings = [] }) => findings)) {
      const [code = '', , blocks] = finding.split(' ');
      const listed = meanings.find((each) => each.code === code)?.blocks ?? [];
      if (blocks === undefined) expect(listed, finding).not.toHaveLength(1);
      else expect(listed, finding).toContain(blocks);
    }
  });
});

test('the example is valid, without a finding', () => {
  const example = /```yaml\n(name: video-analysis[\s\S]*?)```/.exec(page)?.[1] ?? '';
  const environment = { RESULTS_KEY: 'key', RESULTS_SECRET: 'secret' };
  const { document, diagnostics } = loadDocument(
    'example.yaml',
    new TextEncoder().encode(example),
    environment,
    LANGUAGE,
  );
  expect(diagnostics).toEqual([]);
  expect(document?.fdl.name).toBe('video-analysis');
});
