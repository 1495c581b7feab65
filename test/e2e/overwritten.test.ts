/** Results that several inputs of one run write to one place: `run` and `status` say so. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fdl, fdlJson } from './fdl.ts';
import { COUNT, filesBelow, shop, stored, UPPER } from './project.ts';

const HERE = ['--local', '--engine', 'host'] as const;

interface Told {
  readonly overwritten: readonly { uri: string; step: string; invocations: readonly string[] }[];
}

const INPUTS = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`${index}.txt`, `${index}`]));

describe('25 inputs that each write report.txt', () => {
  const report = { ...UPPER, script: 'cp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/report.txt"' };

  it('are a warning of run and of status, with how to avoid it; the run itself went well', async () => {
    const cwd = shop([report], INPUTS);
    const ran = await fdl(['run', 'workflow.yaml', 'in', ...HERE], { cwd });
    expect(ran.code).toBe(0);
    expect(ran.stderr).toMatch(/! 25 inputs wrote s3:\/\/shop\/upper\/report\.txt/);
    expect(ran.stderr).toContain('$(basename "$INPUT_FILE_PATH")');
    const status = await fdl(['status', 'workflow.yaml', '--local'], { cwd });
    expect(status.stderr).toMatch(/! 25 inputs wrote s3:\/\/shop\/upper\/report\.txt/);
    const { json } = await fdlJson<Told>(['status', 'workflow.yaml', '--local'], { cwd });
    expect(json.overwritten).toMatchObject([{ uri: 's3://shop/upper/report.txt', step: 'upper' }]);
    expect(json.overwritten[0]?.invocations).toHaveLength(25);
    const again = await fdlJson<Told>(['run', 'workflow.yaml', 'in', ...HERE], { cwd });
    expect(again.json.overwritten[0]?.invocations).toHaveLength(25);
  });
});

describe('inputs of one name in several folders', () => {
  it('keep their results apart where the script names them after the path', async () => {
    // As the documentation shows it.
    const page = readFileSync(new URL('../../docs/fdl.md', import.meta.url), 'utf8');
    const [, script = ''] = /```sh\n(# .*\n(?:.*\n)*?.*INPUT_RELATIVE_PATH(?:.*\n)*?)```/.exec(page) ?? [];
    const inputs = { 'a/x.csv': 'from a', 'b/x.csv': 'from b', 'y.csv': 'from above' };
    const cwd = shop([{ ...UPPER, script }, COUNT], inputs);
    const { json, stderr } = await fdlJson<Told>(['run', 'workflow.yaml', 'in', ...HERE], { cwd });
    expect(json.overwritten, stderr).toEqual([
      { uri: 's3://shop/out/x.csv', step: 'count', invocations: [expect.any(String), expect.any(String)] },
    ]);
    expect(stderr).toContain('$INPUT_RELATIVE_PATH');
    expect(filesBelow(stored(cwd, 'shop/upper'))).toEqual(['a/x.csv', 'b/x.csv', 'y.csv']);
  });
});

describe('inputs that name their results after themselves', () => {
  it('are none, however often they are run', async () => {
    const cwd = shop([UPPER], INPUTS);
    for (const _time of [1, 2]) {
      const { json, stderr } = await fdlJson<Told>(['run', 'workflow.yaml', 'in', ...HERE], { cwd });
      expect([json.overwritten, stderr.includes('!')]).toEqual([[], false]);
    }
    const { json, stderr } = await fdlJson<Told>(['status', 'workflow.yaml', '--local'], { cwd });
    expect([json.overwritten, stderr]).toEqual([[], '']);
  });
});
