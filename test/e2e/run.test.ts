/** `fdl run … --engine host`: what goes in, what comes out, and what is said about it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Invocation } from '../../src/workflow/invocation.ts';
import { fdl, fdlJson } from './fdl.ts';
import { COUNT, filesBelow, type StepText, shop, stored, UPPER } from './project.ts';

const RUN = ['run', 'workflow.yaml'] as const;
const HERE = ['--local', '--engine', 'host'] as const;

/** Splits its input: letters go on to the next step, digits come out. */
const SPLIT: StepText = {
  name: 'split',
  input: 'shop/in',
  outputs: [
    { path: 'shop/letters', suffix: ['.letters'] },
    { path: 'shop/digits', suffix: ['.digits'] },
  ],
  script: `name="$TMP_OUTPUT_DIR/$(basename "$INPUT_FILE_PATH" .txt)"
tr -d 0-9 < "$INPUT_FILE_PATH" > "$name.letters"; tr -cd 0-9 < "$INPUT_FILE_PATH" > "$name.digits"
echo seen > "$name.ignored"`,
};
const LETTERS: StepText = { ...UPPER, name: 'letters', input: 'shop/letters', outputs: ['shop/upper'] };
const SHEET: StepText = { ...COUNT, name: 'sheet' };

interface RunDocument {
  readonly workflow: string;
  readonly status: string;
  readonly invocations: readonly Invocation[];
  readonly outputs: readonly { readonly uri: string; readonly path?: string; readonly size: number }[];
  readonly left: number;
}

describe('fdl run FILE INPUT… -o DIR', () => {
  it('takes files through all steps and puts what comes out below the step that wrote it', async () => {
    const cwd = shop([SPLIT, LETTERS, SHEET], { 'a.txt': 'ab1', 'b.txt': 'c23' });
    const { code, stdout, stderr } = await fdl([...RUN, 'in/a.txt', 'in/b.txt', ...HERE, '-o', 'out'], {
      cwd,
    });
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
    const names = ['sheet/a.letters', 'sheet/b.letters', 'split/a.digits', 'split/b.digits'];
    expect(filesBelow(path.join(cwd, 'out'))).toEqual(names);
    expect(readFileSync(path.join(cwd, 'out/sheet/a.letters'), 'utf8')).toBe('2\nAB');
    expect(readFileSync(path.join(cwd, 'out/split/b.digits'), 'utf8')).toBe('23');
    expect(stdout).toContain('shop: 6 invocations (split 2, letters 2, sheet 2)');
    for (const name of names) expect(stdout).toContain(`out/${name}`);
    expect(filesBelow(stored(cwd, 'shop'))).not.toContain('digits/a.ignored');
  });

  it('--json prints one document', async () => {
    const cwd = shop([UPPER, COUNT], { 'a.txt': 'abc' });
    const { code, json } = await fdlJson<RunDocument>([...RUN, 'in/a.txt', ...HERE, '-o', 'out'], { cwd });
    expect(code).toBe(0);
    expect(json).toMatchObject({ workflow: 'shop', status: 'succeeded', left: 0 });
    expect(json.outputs).toEqual([
      { uri: 's3://shop/out/a.txt', path: path.join(cwd, 'out/count/a.txt'), size: 5 },
    ]);
    const [first, second] = json.invocations;
    expect(json.invocations).toHaveLength(2);
    expect(first).toMatchObject({
      step: 'upper',
      status: 'succeeded',
      exitCode: 0,
      input: { uri: 's3://shop/in/a.txt', size: 3 },
      outputs: [{ uri: 's3://shop/upper/a.txt', size: 3 }],
    });
    expect(second).toMatchObject({ step: 'count', input: first?.outputs[0] });
    expect(Date.parse(first?.endedAt ?? '') - Date.parse(first?.startedAt ?? '')).toBe(first?.durationMs);
  });

  it('without -o leaves the outputs in the store and names them', async () => {
    const cwd = shop([UPPER], { 'a.txt': 'abc' });
    const { json } = await fdlJson<RunDocument>([...RUN, 'in/a.txt', ...HERE], { cwd });
    expect(json.outputs).toEqual([{ uri: 's3://shop/upper/a.txt', size: 3 }]);
    expect(readFileSync(stored(cwd, 'shop/upper/a.txt'), 'utf8')).toBe('ABC');
  });

  it('takes files of any name and size, and folders with all that is in them', async () => {
    const names = [
      '-dash.txt',
      'a b.txt',
      'empty',
      'naïve ☃ 文.txt',
      "quote'$(x)`y`.txt",
      'sub/deep/c.txt',
      '100%+?&#.txt',
    ];
    const inputs = Object.fromEntries(names.map((name) => [name, name === 'empty' ? '' : name]));
    const nested: StepText = {
      ...UPPER,
      script:
        'mkdir -p "$TMP_OUTPUT_DIR/by/key"; cp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/by/key"; echo "$STORAGE_OBJECT_KEY"',
    };
    const cwd = shop([nested], { ...inputs, 'big.bin': Buffer.alloc(9_000_000, 'x') });
    const { code, stderr } = await fdl([...RUN, 'in', ...HERE, '-o', 'out'], { cwd });
    expect(stderr).not.toContain('failed');
    expect(code).toBe(0);
    const plain = names.map((name) => `upper/by/key/${path.basename(name)}`);
    expect(filesBelow(path.join(cwd, 'out'))).toEqual([...plain, 'upper/by/key/big.bin'].sort());
    expect(readFileSync(path.join(cwd, 'out/upper/by/key/naïve ☃ 文.txt'), 'utf8')).toBe('naïve ☃ 文.txt');
    const logs = await fdl(['logs', 'workflow.yaml', '--local', '--json'], { cwd });
    const said = logs.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { stream: string; message: string });
    const keys = said.filter(({ stream }) => stream === 'stdout').map(({ message }) => message);
    expect(keys.sort()).toEqual([...names, 'big.bin'].map((name) => `in/${name}`).sort());
  });

  /** Fails if another script runs at the same time. */
  const ALONE: StepText = {
    ...UPPER,
    script: 'mkdir lock || exit 9; sleep 0.05; rmdir lock; cp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR"',
  };

  it.each<[string, StepText, readonly string[]]>([
    ['--concurrency 1', ALONE, ['--concurrency', '1']],
    ['reserved_concurrency: 1', { ...ALONE, more: { reserved_concurrency: 1 } }, ['--concurrency', '4']],
  ])('%s takes the inputs through one at a time', async (_what, step, options) => {
    const cwd = shop([step], { a: 'a', b: 'b', c: 'c', d: 'd' });
    const { code, stderr } = await fdl([...RUN, 'in', ...HERE, ...options], { cwd });
    expect(code, stderr).toBe(0);
  });

  it('--concurrency 15 runs fifteen scripts at a time', async () => {
    const script = 'touch "here-$$"; while [ "$(ls | grep -c here-)" -lt 15 ]; do sleep 0.05; done';
    const inputs = Object.fromEntries(Array.from({ length: 15 }, (_, index) => [`${index}.txt`, 'x']));
    const cwd = shop([{ ...UPPER, script }], inputs);
    const { code, stderr } = await fdl([...RUN, 'in', ...HERE, '--concurrency', '15'], { cwd });
    expect(code).toBe(0);
    expect(stderr).not.toContain('Warning');
  });

  it('chooses among several entry steps only when told to: exit 2', async () => {
    const second: StepText = { ...UPPER, name: 'second', input: 'shop/other', outputs: ['shop/second'] };
    const cwd = shop([UPPER, second], { 'a.txt': 'abc' });
    const refused = await fdl([...RUN, 'in/a.txt', ...HERE], { cwd });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('several entry steps: upper, second');
    expect(refused.stderr).toContain('--step');
    expect(filesBelow(path.join(cwd, '.fdl'))).toEqual([]);
    const chosen = await fdl([...RUN, 'in/a.txt', ...HERE, '--step', 'second', '-o', 'out'], { cwd });
    expect(chosen.code).toBe(0);
    expect(filesBelow(path.join(cwd, 'out'))).toEqual(['second/a.txt']);
  });

  it('starts anew each time, and does not fetch what an earlier run left', async () => {
    const cwd = shop([UPPER], { 'a.txt': 'abc', 'b.txt': 'def' });
    await fdl([...RUN, 'in/a.txt', ...HERE], { cwd });
    const { json } = await fdlJson<RunDocument>([...RUN, 'in/b.txt', ...HERE, '-o', 'out'], { cwd });
    expect(json.outputs.map(({ uri }) => uri)).toEqual(['s3://shop/upper/b.txt']);
    const again = await fdlJson<RunDocument>([...RUN, 'in/a.txt', 'in/b.txt', ...HERE], { cwd });
    expect(again.json.invocations).toHaveLength(2);
  });

  it('FDL_TARGET=local stands for --local, FDL_HOME for the folder beside the file', async () => {
    const cwd = shop([UPPER], { 'a.txt': 'abc' });
    const home = path.join(cwd, '../home with space');
    const env = { FDL_TARGET: 'local', FDL_HOME: home };
    const { code } = await fdl([...RUN, 'in/a.txt', '--engine', 'host'], { cwd, env });
    expect(code).toBe(0);
    expect(filesBelow(home)).toContain('shop/buckets/s3.default/shop/upper/a.txt');
    expect(filesBelow(path.join(cwd, '.fdl'))).toEqual([]);
    const listed = await fdl(['ls'], { cwd, env });
    expect(listed.stdout).toContain('upper');
  });

  it('works from another folder than that of the file', async () => {
    const cwd = shop([UPPER], { 'a.txt': 'abc' });
    const above = path.dirname(cwd);
    const { code } = await fdl(['run', 'shop/workflow.yaml', 'shop/in/a.txt', ...HERE, '-o', 'out'], {
      cwd: above,
    });
    expect(code).toBe(0);
    expect(filesBelow(path.join(above, 'out'))).toEqual(['upper/a.txt']);
  });

  it('writes no colours where nobody looks, with NO_COLOR or without', async () => {
    const cwd = shop([UPPER], { 'a.txt': 'abc' });
    for (const env of [{}, { NO_COLOR: '1', FORCE_COLOR: '1' }]) {
      const { stdout, stderr } = await fdl([...RUN, 'in/a.txt', ...HERE], { cwd, env });
      expect(stdout + stderr).not.toContain('\u001b');
    }
    const { stdout } = await fdl([...RUN, 'in/a.txt', ...HERE], { cwd, env: { FORCE_COLOR: '1' } });
    expect(stdout).toContain('\u001b[1mshop');
  });
});
