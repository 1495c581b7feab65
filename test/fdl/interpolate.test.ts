import { describe, expect, test } from 'vitest';
import { interpolate } from '../../src/fdl/interpolate.ts';
import { settings } from './decisions/decision.ts';
import { brief, onAws, onOscar, readText } from './read-text.ts';

const environment = { NAME: 'value', OTHER: 'more', EMPTY: '', MB: '256' };

describe('interpolation', () => {
  test.each([
    ['replaces a variable', 'a ${env:NAME} b', 'a value b'],
    ['replaces several', '${env:NAME}${env:OTHER}', 'valuemore'],
    ['allows spaces around the name', '${env: NAME }', 'value'],
    ['takes the default of a variable that is not set', '${env:NONE:-default}', 'default'],
    ['takes the default of a variable that is empty, as a shell does', '${env:EMPTY:-default}', 'default'],
    ['takes an empty default', 'a${env:NONE:-}b', 'ab'],
    ['takes a default with colons and slashes', '${env:NONE:-http://host:80/}', 'http://host:80/'],
    ['takes an empty variable without a default', 'a${env:EMPTY}b', 'ab'],
    ['prefers the variable to the default', '${env:NAME:-default}', 'value'],
    ['does not look into what it put in', '${env:NONE:-${env:NAME}', '${env:NAME'],
  ])('%s', (_, text, expected) => {
    expect(interpolate(text, environment)).toMatchObject({ text: expected, missing: [] });
  });

  test.each([
    '${url:step}',
    '${NAME}',
    '$NAME',
    '${env:',
    '${env:}',
    '${env::-x}',
    '${env:NAME:+x}',
    '${ENV:NAME}',
    'env:NAME}',
  ])('leaves %s as it is', (text) => {
    expect(interpolate(text, environment)).toEqual({ text, values: [], missing: [] });
  });

  test('says which values came from the environment: defaults did not', () => {
    const { values } = interpolate('${env:NAME} ${env:NONE:-default} ${env:EMPTY}', environment);
    expect(values).toEqual(['value', '']);
  });

  test('names what is missing', () => {
    expect(interpolate('${env: A } ${env:NAME} ${env:B}', environment)).toMatchObject({
      text: '${env:A} value ${env:B}',
      missing: ['A', 'B'],
    });
  });

  test('takes names of every object for missing variables', () => {
    expect(interpolate('${env:constructor}${env:__proto__}', {}).missing).toEqual([
      'constructor',
      '__proto__',
    ]);
  });
});

describe('in a file', () => {
  test('it gives numbers, flags and texts what they want', async () => {
    const text = onAws(
      'memory: ${env:MB}\ntimeout: "${env:NONE:-60}"\nfunction_url: ${env:NONE:-yes}\ndescription: a ${env:NAME}',
    );
    const { workflow } = await readText(text, { environment });
    expect(workflow && settings(workflow)).toMatchObject({
      memory: 256,
      timeout: 60,
      function_url: true,
      description: 'a value',
    });
  });

  test('it works in names, paths and data of any shape', async () => {
    const text = onAws(
      'input:\n- storage_provider: s3\n  path: bucket/${env:NAME}\npayload: {deep: [{a: "${env:NAME}", b: 1}]}',
    ).replace('name: step', 'name: ${env:NAME}');
    const { workflow } = await readText(text, { environment });
    const [step] = workflow?.steps ?? [];
    expect(step?.id).toBe('value');
    expect(step?.inputs[0]?.prefix).toBe('value');
    expect(workflow && settings(workflow)['payload']).toEqual({ deep: [{ a: 'value', b: 1 }] });
  });

  test('it leaves keys and inline scripts alone', async () => {
    const text = onOscar('environment: {Variables: {"${env:NAME}": x}}').replace(
      'run.sh',
      '|\n        #!/bin/sh\n        echo "${env:NAME} ${env:NONE}"',
    );
    const { workflow } = await readText(text, { environment });
    const [step] = workflow?.steps ?? [];
    expect(step?.script).toMatchObject({
      kind: 'inline',
      text: '#!/bin/sh\necho "${env:NAME} ${env:NONE}"\n',
    });
    expect(step?.environment).toEqual({ '${env:NAME}': 'x' });
  });

  test('it replaces the path of a script', async () => {
    const { workflow, folder } = await readText(onOscar().replace('run.sh', '${env:NAME}.sh'), {
      environment,
    });
    expect(workflow?.steps[0]?.script).toMatchObject({ kind: 'file', path: `${folder}/flow/value.sh` });
  });

  test('a value of a closed list is judged by what it becomes', async () => {
    const { diagnostics } = await readText(
      onAws('log_level: ${env:NAME}\nexecution_mode: ${env:NONE:-LAMBDA}'),
      { environment },
    );
    expect(diagnostics.map(brief)).toEqual(['unknown-value 8:18 cloud']);
    expect(diagnostics[0]?.message).toContain('"${env:NAME}" is not one of NOTSET');
  });

  test('every missing variable is named, with the default that would do', async () => {
    const { diagnostics } = await readText(onAws('description: ${env:A} ${env:B}'), { environment });
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'the environment variable A is not set',
      'the environment variable B is not set',
    ]);
    expect(diagnostics[0]?.hint).toBe('Set it, or write a default: ${env:A:-default}.');
  });
});
