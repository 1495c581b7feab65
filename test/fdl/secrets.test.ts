import { describe, expect, test } from 'vitest';
import { diagnosticJson } from '../../src/fdl/diagnostic.ts';
import { HIDDEN, reveal, Secret } from '../../src/secret.ts';
import { diagnosticText, excerptOf } from '../../src/terminal/diagnostics.ts';
import { plain } from '../../src/terminal/style.ts';
import { onAws, onOscar, readText } from './read-text.ts';

/** Everything that is shown of findings: as text, as JSON, and the lines they stand on. */
async function output(text: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
  const { diagnostics, source } = await readText(text, { environment });
  expect(diagnostics.length).toBeGreaterThan(0);
  const shown = diagnostics.flatMap((each) => [
    diagnosticText(each, source, plain),
    JSON.stringify(diagnosticJson(each)),
    source ? excerptOf(source, each.place).text : '',
  ]);
  return shown.join('\n');
}

const cluster = (lines: string) => onOscar('', `clusters:\n  cluster:\n${lines}`);
const minio = (lines: string) => onOscar('', `storage_providers:\n  minio:\n${lines}`);

describe('a credential that the file holds is not shown', () => {
  test.each([
    ['beside a finding on its line', minio('    m: {access_key: hunter2, secret_key: hunter2, foo: 1}')],
    ['where it is a list', cluster('    auth_password: [hunter2]')],
    ['where it is a map', cluster('    auth_password: {a: hunter2}')],
    ['where it stands one level too high', minio('    access_key: hunter2\n    secret_key: hunter2')],
    ['where its name is mistyped', minio('    m:\n      secret_kye: hunter2\n      acces_key: hunter2')],
    ['where its key stands twice', cluster('    auth_password: hunter2\n    auth_password: hunter2')],
    ['where it looks like an alias', cluster('    auth_password: *hunter2')],
    ['where it looks like a tag', cluster('    auth_password: !hunter2 x')],
    ['where it looks like a tag that cannot be', cluster('    auth_password: !hunter2^x y')],
    ['where it looks like a tag of a handle', cluster('    auth_password: !hunter2!x y')],
    ['where it breaks the syntax', cluster('    auth_password: hunter2: x')],
    ['where it starts with a character of YAML', cluster('    auth_password: @hunter2')],
    ['where its quote is not closed', cluster('    auth_password: "hunter2')],
    ['where no space separates it from its key', minio('    m: {secret_key:hunter2, access_key:hunter2}')],
    [
      'where it is a header',
      onOscar('federation: {members: [{headers: {Authorization: [hunter2]}, foo: 1}]}'),
    ],
    ['where it is a secret variable', onOscar('environment:\n  secrets:\n    API: [hunter2]')],
    [
      'where it is a variable of a wrong type',
      onOscar('environment:\n  Variables:\n    API_TOKEN: [hunter2]'),
    ],
    [
      'where stores conflict',
      `${onOscar('storage_providers: {minio: {m: {secret_key: hunter2}}}')}storage_providers: {minio: {m: {secret_key: hunter2x}}}\n`,
    ],
  ])('%s', async (_, text) => {
    expect(await output(text)).not.toContain('hunter2');
  });
});

describe('a value from the environment is not shown', () => {
  const environment = { WORD: 'hunter2' };

  test.each([
    ['where a number is due', onAws('memory: ${env:WORD}')],
    ['where a flag is due', onOscar('enable_gpu: ${env:WORD}')],
    ['where one of several ports is due', onOscar('expose: {api_port: [80, "${env:WORD}"]}')],
    ['beside a finding', onOscar('environment: {Variables: {A: "${env:WORD}"}}\nfoo: 1')],
    ['in a text that is not public', onOscar('annotations: {a: "${env:WORD}"}\nfoo: 1')],
    [
      'in a public text, where a secret has the same value',
      minio('    m: {secret_key: "${env:WORD}"}').replace('busybox', '${env:WORD}!'),
    ],
  ])('%s', async (_, text) => {
    const shown = await output(text, environment);
    expect(shown.replace(/"annotations":\{[^}]*\}/, '').replace(/"image":"[^"]*"/g, '')).not.toContain(
      'hunter2',
    );
  });

  test('nor does a finding quote it where it is a public name: of an image, a bucket, a region', async () => {
    expect(await output(onOscar().replace('busybox', 'Bad ${env:WORD}'), environment)).toContain(
      '"Bad (secret)" is no name of an image',
    );
  });
});

describe('secrets of a file', () => {
  const text = onOscar(
    'environment:\n  Variables: {OPEN: a, MIXED: "a-${env:WORD}"}\n  secrets: {API: key1}\noutput:\n- {storage_provider: minio.m, path: bucket/out}',
    'storage_providers: {minio: {m: {endpoint: "http://m", access_key: key2, secret_key: "${env:WORD}"}}}\nclusters: {cluster: {auth_password: "${env:NONE:-key3}"}}',
  );
  const environment = { WORD: 'hunter2' };

  test('are all known, so that outputs can leave them out', async () => {
    const { secrets } = await readText(text, { environment });
    expect([...secrets].sort()).toEqual(['hunter2', 'key1', 'key2', 'key3']);
  });

  test('are values that print as such', async () => {
    const { workflow } = await readText(text, { environment });
    const [step] = workflow?.steps ?? [];
    expect(step?.environment['OPEN']).toBe('a');
    expect(step?.environment['MIXED']).toBeInstanceOf(Secret);
    expect(reveal(step?.environment['MIXED'] ?? '')).toBe('a-hunter2');
    expect(`${step?.environment['API']}`).toBe(HIDDEN);
    expect(reveal(workflow?.stores[0]?.credentials['secret_key'] ?? '')).toBe('hunter2');
    expect(reveal(workflow?.clusters[0]?.password ?? '')).toBe('key3');
    const json = JSON.stringify(workflow);
    for (const secret of ['hunter2', 'key1', 'key2', 'key3']) expect(json).not.toContain(secret);
  });
});
