import { describe, expect, test } from 'vitest';
import { makeSource } from '../../src/fdl/source.ts';
import { diagnosticText, excerptOf } from '../../src/terminal/diagnostics.ts';
import { plain } from '../../src/terminal/style.ts';
import { onAws, readText } from '../fdl/read-text.ts';
import { fieldsOf, SCHEMA } from '../fdl/schema-fields.ts';

/** The excerpt of a line with its mark below it. */
function shown(text: string, line: number, column = 1): string {
  const excerpt = excerptOf(makeSource('x', text), { file: 'x', line, column });
  return `${excerpt.text}\n${' '.repeat(excerpt.indent)}^`;
}

describe('an excerpt', () => {
  test('is the line, with a mark below the character that is meant', () => {
    expect(shown('a: 1\nb: two\n', 2, 4)).toBe('b: two\n   ^');
  });

  test('shows tabs as one column, so that the mark is right', () => {
    expect(shown('a:\t\tx', 1, 5)).toBe('a:  x\n    ^');
  });

  test('shows what would move the cursor as dots', () => {
    expect(shown('a: \u001b[31mred\u202e\u0000', 1, 4)).toBe('a: ·[31mred··\n   ^');
  });

  test('shows a part of a long line, around the mark', () => {
    const [text = '', mark = ''] = shown(`a: ${'x'.repeat(500)}!${'y'.repeat(500)}`, 1, 504).split('\n');
    expect(text.length).toBeLessThanOrEqual(101);
    expect(text[mark.length - 1]).toBe('!');
  });

  test('of the end of a file is its last line', () => {
    expect(shown('a: [', 1, 5)).toBe('a: [\n    ^');
    expect(shown('', 1)).toBe('\n^');
  });
});

describe('a secret is left out of an excerpt', () => {
  test.each([
    ['behind its key', 'secret_key: hunter2', 1, 'secret_key: …'],
    ['behind a quoted key', '"password" : "hunter2"', 1, '"password" : …'],
    ['whatever it contains', 'token: the-key: hunter2', 1, 'token: …'],
    [
      'in a flow map, from the first on',
      '{endpoint: x, access_key: hunter2, secret_key: hunter2}',
      1,
      '{endpoint: x, access_key: …',
    ],
    ['in a URL', 'url: https://x/?access_token=hunter2&b', 1, 'url: https://x/?access_token= …'],
    ['on the line below its key', 'secret_key:\n  hunter2', 2, '  …'],
    ['in a block of text', 'password: |\n  first\n\n  hunter2: x', 4, '  …'],
    ['in a list', 'token:\n  - hunter2', 2, '    …'],
    ['in a quote that is not closed', 'password: "hunter1\nhunter2: x', 2, '…'],
    ['where its indentation is wrong', '  password:\n hunter2: x', 2, ' hunter2: …'],
    ['in a section of secrets, whose names stay', 'secrets:\n  API: hunter2', 2, '  API: …'],
    ['in a block of a section of secrets', 'secrets:\n  API: |\n    hunter2: x', 3, '    …'],
  ])('%s', (_, text, line, expected) => {
    expect(shown(text, line).split('\n')[0]).toBe(expected);
  });

  test.each([
    ['the line after it', 'password: x\nregion: eu', 2],
    ['a key without a value', 'secret_key:', 1],
    ['a name in a value', 'image: keycloak', 1],
    ['what is less indented', '  token: x\nregion: eu', 2],
  ])('but not %s', (_, text, line) => {
    expect(shown(text, line).split('\n')[0]).toBe(text.split('\n')[line - 1]);
  });

  test('for every secret field of the language', () => {
    const secrets = fieldsOf(SCHEMA).filter(({ field }) => field['x-scalar'] === 'secret');
    expect(secrets.length).toBeGreaterThan(10);
    for (const { path } of secrets) {
      const keys = path.split('.').map((key) => key.replace('<*>', 'NAME').replace('[]', ''));
      const lines = keys.map((key, depth) => `${'  '.repeat(depth)}${key}:`);
      const text = `${lines.join('\n')} hunter2`;
      expect(shown(text, lines.length), path).not.toContain('hunter2');
    }
  });
});

test('a finding is shown with its place, its line, a mark and a hint', async () => {
  const { diagnostics, source } = await readText(onAws('memroy: 256'));
  const here = source && { ...source, file: 'demo.yaml' };
  const text = diagnostics.map((each) =>
    diagnosticText({ ...each, place: { ...each.place, file: 'demo.yaml' } }, here, plain),
  );
  expect(text.join('\n')).toBe(
    [
      'demo.yaml:8:7: warning: unknown key "memroy" in "functions.aws.lambda" [unknown-key]',
      '    8 |       memroy: 256',
      '      |       ^',
      '      hint: Did you mean "memory"?',
    ].join('\n'),
  );
});

test('of a finding in another file, the line is not shown: it would be one of this file', async () => {
  const { diagnostics, source } = await readText(onAws('memroy: 256'));
  const text = diagnostics.map((each) =>
    diagnosticText({ ...each, place: { ...each.place, file: 'values.yaml' } }, source, plain),
  );
  expect(text.join('\n')).not.toContain(' | ');
});
