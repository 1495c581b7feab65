import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FdlError } from '../../src/errors.ts';
import { LANGUAGE } from '../../src/providers/language.ts';
import { readWorkflow } from '../../src/workflow/read.ts';
import { brief, onAws, readText } from './read-text.ts';

async function failure(file: string): Promise<FdlError> {
  const options = { language: LANGUAGE, environment: {}, workingDirectory: '/' };
  const thrown = await readWorkflow(file, options).catch((error: unknown) => error);
  if (!(thrown instanceof FdlError)) throw new Error('it did not fail');
  return thrown;
}

describe('a file that cannot be opened', () => {
  test('is not there', async () => {
    const error = await failure('/nowhere/demo.yaml');
    expect(error).toMatchObject({
      code: 'file-not-found',
      exitCode: 2,
      place: { file: '/nowhere/demo.yaml' },
    });
    expect(error.message).toBe('there is no file /nowhere/demo.yaml');
  });

  test('is a folder: the hint names a file in it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fdl-test-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const error = await failure(`${folder}/`);
    expect(error).toMatchObject({ code: 'file-unreadable', exitCode: 2 });
    expect(error.hint).toContain(`${folder}/workflow.yaml`);
  });

  test('has a name that is too long', async () => {
    expect(await failure(`/${'a'.repeat(300)}`)).toMatchObject({ code: 'file-unreadable', exitCode: 2 });
  });
});

describe('a file whose text cannot be read', () => {
  test.each<[string, Uint8Array | string, string]>([
    ['empty', '', 'empty-file 1:1'],
    ['white space', ' \n\n\t\n', 'empty-file 1:1'],
    ['a byte order mark alone', '\ufeff', 'empty-file 1:1'],
    ['a space of another kind alone', '\u00a0', 'empty-file 1:1'],
    [
      'an image',
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d),
      'not-text 1:1',
    ],
    ['Latin 1', Buffer.from(onAws('description: ñ'), 'latin1'), 'not-text 1:1'],
    ['half of UTF-16', Uint8Array.of(0xff, 0xfe, 0x61), 'not-text 1:1'],
    ['zeros', new Uint8Array(1000), 'yaml-syntax 1:1'],
    ['a text', 'hello', 'not-fdl 1:1'],
    ['a list', '- a\n- b\n', 'not-fdl 1:1'],
    ['a number', '5', 'not-fdl 1:1'],
    ['nothing', '~', 'not-fdl 1:1'],
  ])('%s', async (_, content, expected) => {
    const { diagnostics, workflow } = await readText(content);
    expect(diagnostics.map(brief)).toEqual([expected]);
    expect(diagnostics[0]?.hint).toBeTruthy();
    expect(workflow).toBeUndefined();
  });
});

describe('text that is no YAML', () => {
  test.each([
    ['a tab as indentation', 'functions:\n\taws: []', 'Indent with spaces.'],
    ['a colon in a value', 'functions:\n  aws: a: b', 'a value that contains ": " into quotes'],
    ['an open bracket', 'functions: [', 'Close the bracket'],
    ['an open quote', 'functions: "a', 'Close the quote'],
    ['a line without a colon', 'functions\naws: []', 'a space behind each colon'],
    ['no space behind a colon', 'functions:\n  aws:[]\n  oscar: []', 'a space behind each colon'],
    ['a control character', 'functions: \u0001', 'Remove the control character'],
    ['a tag that cannot be', 'functions: !a^b c', 'starts with "!" into quotes'],
    ['an alias without a name', 'functions: * a', 'starts with "*" or "&" into quotes'],
    ['too many levels', `functions: ${'['.repeat(200)}`, 'fewer than 20 levels'],
  ])('%s comes with a hint that fits', async (_, text, hint) => {
    const { diagnostics } = await readText(text);
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]).toMatchObject({ code: 'yaml-syntax', severity: 'error' });
    expect(diagnostics[0]?.hint).toContain(hint);
  });
});

test('what a finding quotes is on one line, readable, and not endless', async () => {
  const { diagnostics } = await readText(
    onAws(`memory: "\\e[31mred\\n\\u202e"\ntimeout: "${'x'.repeat(50)}"\n"${'y'.repeat(9999)}": 1`),
  );
  const messages = diagnostics.map(({ message }) => message);
  expect(messages[0]).toBe('"memory" must be a whole number, but is "\\u{1b}[31mred\\n\\u{202e}"');
  expect(messages[1]).toContain(`"${'x'.repeat(50)}"`);
  expect(messages[2]?.length).toBeLessThan(500);
});
