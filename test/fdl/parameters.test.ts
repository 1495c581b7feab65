/** `parameters` of a file and `${param:NAME}` in its values. */
import { describe, expect, test } from 'vitest';
import type { GivenValues } from '../../src/fdl/parameters.ts';
import { settings } from './decisions/decision.ts';
import { brief, onAws, onOscar, readText, type Surroundings } from './read-text.ts';

const given = (values: Readonly<Record<string, string>>): GivenValues =>
  new Map(Object.entries(values).map(([name, text]) => [name, { text, from: '--param' }]));

const top = (...lines: readonly string[]) => `parameters:\n${lines.map((each) => `  ${each}\n`).join('')}`;

async function said(text: string, around: Surroundings = {}) {
  const { diagnostics } = await readText(text, around);
  return diagnostics.map((each) => `${brief(each)} ${each.message} ${each.hint}`);
}

describe('a value', () => {
  test('that is a reference alone has the type of the parameter', async () => {
    const file = onAws(
      'memory: ${param:MEMORY}\nfunction_url: "${param:OPEN}"\ndescription: ${param:VERSION}',
      '',
      top('MEMORY: 1024', 'OPEN: true', 'VERSION: "1.10"'),
    );
    const { workflow, diagnostics, parameters } = await readText(file);
    expect(diagnostics.filter(({ code }) => code !== 'open-endpoint')).toEqual([]);
    expect(workflow?.steps[0]?.limits.memoryMib).toBe(1024);
    expect(workflow && settings(workflow)).toMatchObject({ function_url: true, description: '1.10' });
    expect(parameters).toEqual({ MEMORY: 1024, OPEN: true, VERSION: '1.10' });
  });

  test("of the user's own shape keeps the type as well", async () => {
    const file = onOscar(
      'labels: {a: "${param:TEXT}"}\ninterlink_node_name: "n-${param:NUMBER}-${param:TEXT}"',
      top('NUMBER: 1.50', 'TEXT: {default: "7"}'),
    );
    const { workflow, diagnostics } = await readText(file);
    expect(diagnostics.map(brief)).toEqual([]);
    expect(workflow && settings(workflow)).toMatchObject({
      labels: { a: '7' },
      interlink_node_name: 'n-1.50-7',
    });
  });

  test('what is given counts before the default, and is read as the declared type', async () => {
    const file = onAws(
      'memory: ${param:MEMORY}\ndescription: ${param:TAG}',
      '',
      top('MEMORY: 512', 'TAG: {type: string}'),
    );
    const { workflow, parameters } = await readText(file, {
      parameters: given({ MEMORY: '2048', TAG: '007' }),
    });
    expect(workflow?.steps[0]?.limits.memoryMib).toBe(2048);
    expect(parameters).toEqual({ MEMORY: 2048, TAG: '007' });
    expect(workflow && settings(workflow)['description']).toBe('007');
  });

  test('a parameter may name a variable of the environment, whose value stays a secret', async () => {
    const file = onAws(
      'environment: {Variables: {TOKEN: "${env:${param:STAGE}_TOKEN}"}}',
      '',
      top('STAGE: TEST'),
    );
    const { workflow, secrets } = await readText(file, { environment: { TEST_TOKEN: 'hidden-value' } });
    expect(String(workflow?.steps[0]?.environment['TOKEN'])).toBe('(secret)');
    expect(secrets).toEqual(['hidden-value']);
  });

  test('what shells write is left alone', async () => {
    const file = onAws('description: "${param:0:3} ${param} ${param:-x}"');
    const { workflow, diagnostics } = await readText(file);
    expect(diagnostics.map(brief)).toEqual([]);
    expect(workflow && settings(workflow)['description']).toBe('${param:0:3} ${param} ${param:-x}');
  });
});

describe('a finding', () => {
  test.each([
    [
      'a reference to no parameter',
      onAws('memory: ${param:MEMROY}', '', top('MEMORY: 1')),
      [
        'unknown-parameter 8:15 there is no parameter MEMROY Did you mean MEMORY?',
        expect.stringContaining('unused'),
      ],
    ],
    [
      'a default that is no number',
      onAws('memory: ${param:M}', '', top('M: {type: integer, default: 1.5}')),
      ['parameter-value 10:31 the parameter M must be a whole number, but is "1.5" Give a whole number.'],
    ],
    [
      'a default that is not among the allowed values',
      onAws('description: ${param:S}', '', top('S: {default: prd, enum: [test, prod]}')),
      ['parameter-value 10:16 the parameter S is "prd", not one of test, prod Did you mean prod?'],
    ],
    [
      'a default from the environment, which is shown',
      onAws('description: ${param:S}', '', top('S: "${env:HOME}"')),
      [expect.stringMatching(/^parameter-value 10:6 .*reference.*\$\{env:NAME\}/)],
    ],
    [
      'a type that there is not',
      onAws('description: ${param:S}', '', top('S: {type: nmber}')),
      [
        expect.stringMatching(/^missing-parameter/),
        'wrong-type 10:13 "type" is "nmber", not one of string, number, integer, boolean Did you mean number?',
      ],
    ],
    [
      'a field that there is not',
      onAws('description: ${param:S}', '', top('S: {defalt: 1}')),
      [
        expect.stringMatching(/^missing-parameter/),
        expect.stringMatching(/^unknown-key 10:7 .*Did you mean "default"/),
      ],
    ],
    [
      'a default in the place of the reference',
      onAws('description: "${param:S:-x}"', '', top('S: y')),
      [expect.stringMatching(/^parameter-default 8:20/)],
    ],
    [
      'a reference in a key',
      onAws('environment: {Variables: {"${param:S}": x}}', '', top('S: y')),
      [expect.stringMatching(/^parameter-in-key 8:33/), expect.stringMatching(/^unused-parameter/)],
    ],
    [
      'a reference in an inline script, which stays',
      onAws('', '', top('S: y')).replace('init_script: run.sh', 'init_script: "#!/bin/sh\\necho ${param:S}"'),
      [
        expect.stringMatching(
          /^parameter-in-script 5:20 .*environment: \{Variables: \{S: "\$\{param:S\}"\}\}/,
        ),
      ],
    ],
    [
      'a parameter that nothing uses',
      onAws('', '', top('S: y')),
      ['unused-parameter 9:3 the parameter S is used nowhere Use it as ${param:S}, or remove it.'],
    ],
    [
      'a name that cannot stand in a reference',
      onAws('', '', top('"a b": y')),
      [expect.stringMatching(/^parameter-name 9:3/)],
    ],
  ])('%s', async (_, text, expected) => {
    expect(await said(text)).toEqual(expected);
  });

  test('what is given: an unknown name, a wrong type, where it stands in a file', async () => {
    const file = onAws('memory: ${param:MEMORY}', '', top('MEMORY: 512'));
    const place = { file: 'values.yaml', line: 7, column: 3 };
    const parameters: GivenValues = new Map([
      ['MEMORY', { text: 'lots', from: 'values.yaml', place }],
      ['MEMROY', { text: '1', from: '--param' }],
    ]);
    const { diagnostics, workflow } = await readText(file, { parameters });
    expect(workflow).toBeUndefined();
    expect(
      diagnostics.map(({ place: { file: name, ...at }, message, hint }) => [
        name.split('/').at(-1),
        at,
        message,
        hint,
      ]),
    ).toEqual([
      [
        'values.yaml',
        { line: 7, column: 3 },
        'the parameter MEMORY must be a number, but is "lots"',
        'Give a number.',
      ],
      ['demo.yaml', { line: 9, column: 1 }, 'there is no parameter MEMROY (--param)', 'Did you mean MEMORY?'],
    ]);
  });
});

describe('parameters without a value', () => {
  const file = onAws(
    'memory: ${param:MEMORY}\ninput: [{storage_provider: s3, path: "${param:BUCKET}/in"}]',
    '',
    top('MEMORY:', 'BUCKET: {type: string}'),
  );

  test('are all named, with how to give them, and nothing else is said of what they stand for', async () => {
    expect(await said(file)).toEqual([
      expect.stringMatching(/^missing-parameter 11:3 any .*MEMORY .*--param MEMORY=VALUE.*--params FILE/),
      expect.stringMatching(/^missing-parameter 12:3 any .*BUCKET .*--param BUCKET=VALUE/),
    ]);
  });

  test('leave a workflow that can be looked at', async () => {
    const { workflow } = await readText(file);
    expect(workflow?.steps[0]?.inputs).toMatchObject([{ bucket: '${param:BUCKET}', prefix: 'in' }]);
  });
});
