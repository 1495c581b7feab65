/** Parameters of a file, given on the command line; and what works without the values that are not given. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { fdl, fdlJson } from './fdl.ts';
import { filesBelow, project, stored, UPPER, workflowText } from './project.ts';

const STEP = {
  ...UPPER,
  input: '${param:BUCKET}/in',
  outputs: ['${param:BUCKET}/out'],
  variables: { WORD: 'say ${param:WORD}', TIMES: '${param:TIMES}' },
  script: 'echo "$WORD $TIMES" > "$TMP_OUTPUT_DIR/said.txt"',
};

const parameters = {
  BUCKET: { type: 'string', description: 'where the files are' },
  WORD: { default: 'hello', enum: ['hello', 'bye'] },
  TIMES: 3,
};

const files = {
  'workflow.yaml': workflowText([STEP], { parameters }),
  'values.yaml': '# for tests\nBUCKET: from-file\nTIMES: 4\n',
  'in/a.txt': 'x',
};

const HERE = ['workflow.yaml', '--local'];

it('run --local with --params and --param, which counts before; later commands find what was made', async () => {
  const cwd = project(files);
  const given = ['--params', 'values.yaml', '--param', 'TIMES=5', '--param=WORD=bye'];
  const ran = await fdl(['run', ...HERE, 'in/a.txt', '--engine', 'host', '-o', 'out', ...given], { cwd });
  expect(ran.code, ran.stderr).toBe(0);
  expect(readFileSync(path.join(cwd, 'out/upper/said.txt'), 'utf8')).toBe('say bye 5\n');

  const { json } = await fdlJson(['plan', ...HERE, ...given], { cwd });
  expect(json).toMatchObject({
    parameters: { BUCKET: 'from-file', WORD: 'bye', TIMES: 5 },
    summary: { create: 0, update: 0, delete: 0 },
  });

  // Without the value of a required parameter: what needs it says so, and all else works.
  const without = (...line: readonly string[]) => fdl(line, { cwd });
  const status = await without('status', ...HERE);
  expect([status.code, status.stdout]).toEqual([0, expect.stringContaining('1 succeeded')]);
  expect(status.stderr).toContain('warning: the parameter BUCKET has no value');
  const logs = await without('logs', ...HERE, 'upper');
  expect([logs.code, logs.stdout]).toEqual([0, expect.stringContaining('succeeded')]);
  const graph = await without('graph', 'workflow.yaml', '--format', 'mermaid');
  expect([graph.code, graph.stdout]).toEqual([0, expect.stringContaining('${param:BUCKET}')]);
  const got = await without('get', '--local', '-o', 'got');
  expect([got.code, got.stderr]).toEqual([
    1,
    expect.stringContaining('what is meant is not known: ${param:BUCKET} has no value'),
  ]);
  const refused = await without('put', 'in/a.txt', '--local');
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--param BUCKET=VALUE')]);
  const removed = await without('rm', ...HERE, '--yes');
  expect([removed.code, removed.stderr]).toEqual([
    0,
    expect.stringContaining('where s3://${param:BUCKET}/in of "upper" is, is not known'),
  ]);
  expect((await without('ls', '--local')).stdout).not.toContain('upper');
  expect(filesBelow(stored(cwd, 'from-file'))).not.toEqual([]);
});

it('validate checks the form without values, and says what is missing, with --strict as an error', async () => {
  const cwd = project({ ...files, 'more.yaml': 'BUCKET: words\nTIMS: 4\n' });
  const bare = await fdl(['validate', 'workflow.yaml'], { cwd });
  expect([bare.code, bare.stdout]).toEqual([0, expect.stringContaining('the parameter BUCKET has no value')]);
  expect((await fdl(['validate', 'workflow.yaml', '--strict'], { cwd })).code).toBe(2);
  const full = await fdl(['validate', 'workflow.yaml', '--strict', '--param', 'BUCKET=words'], { cwd });
  expect([full.code, full.stdout]).toEqual([0, 'workflow.yaml: valid\n']);
  const wrong = await fdl(['validate', 'workflow.yaml', '--params', 'more.yaml', '--param', 'WORD=by'], {
    cwd,
  });
  expect(wrong.code).toBe(2);
  expect(wrong.stdout).toContain('more.yaml:2:7: error: there is no parameter TIMS (more.yaml)');
  expect(wrong.stdout).toContain('Did you mean TIMES?');
  expect(wrong.stdout).toMatch(
    /workflow\.yaml:\d+:\d+: error: the parameter WORD is "by", not one of hello, bye \(--param\)/,
  );
});

it.each([
  [['--param', 'BUCKET'], '--param BUCKET gives no value'],
  [['--params', 'none.yaml'], 'there is no file none.yaml'],
  [['--params', 'list.yaml'], 'list.yaml:1:1: error: values of parameters are a map'],
  [['--params', 'deep.yaml'], 'deep.yaml:2:1: error: the parameter BUCKET needs one value, and has a list'],
])('%j is refused: %s', async (given, message) => {
  const cwd = project({ ...files, 'list.yaml': '- BUCKET\n', 'deep.yaml': '\nBUCKET: [a]\n' });
  const { code, stderr } = await fdl(['plan', ...HERE, ...given], { cwd });
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
});
