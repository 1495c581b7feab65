/** Several commands on one workflow: `put` beside and before `run`, and two that want to work at once. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fdl, fdlJson, start } from './fdl.ts';
import {
  COUNT,
  endedOf,
  filesBelow,
  type StepText,
  shop,
  stored,
  UPPER,
  workflowText,
  write,
} from './project.ts';
import { until } from './until.ts';

const HERE = ['--local', '--engine', 'host'] as const;
const RESUME = ['run', 'workflow.yaml', '--resume', ...HERE] as const;

/** Waits for a file `gate` before it does anything. */
const GATED: StepText = {
  ...UPPER,
  script: `while [ ! -e gate ]; do sleep 0.02; done; cp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR"`,
};

describe('fdl put', () => {
  it('queues without running; run --resume does the work', async () => {
    const cwd = shop([UPPER, COUNT], { 'a.txt': 'a', 'sub/b.txt': 'b' });
    const put = await fdlJson(['put', 'in', '--local'], { cwd });
    expect([put.code, put.stderr]).toEqual([
      0,
      expect.stringMatching(/nothing works on what was put yet: .*--resume/),
    ]);
    expect(put.json).toMatchObject({
      transfers: [
        { source: path.join(cwd, 'in/a.txt'), target: 's3://shop/in/a.txt', size: 1, status: 'done' },
        { target: 's3://shop/in/sub/b.txt' },
      ],
      summary: { files: 2, bytes: 2 },
    });
    expect(endedOf(cwd)).toEqual([]);
    const status = await fdlJson<{ invocations: object[] }>(['status', 'workflow.yaml', '--local'], { cwd });
    expect(status.json.invocations).toMatchObject([{ status: 'queued' }, { status: 'queued' }]);
    expect((await fdl([...RESUME, '-o', 'out'], { cwd })).code).toBe(0);
    expect(filesBelow(path.join(cwd, 'out'))).toEqual(['count/a.txt', 'count/b.txt']);
    expect(endedOf(cwd)).toHaveLength(4);
  });

  it('--wait runs the steps, and fails if one does', async () => {
    const cwd = shop([{ ...UPPER, script: 'echo cannot; exit 4' }], { 'a.txt': 'a' });
    const { code, stderr } = await fdl(['put', 'in/a.txt', '--wait', ...HERE], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('| cannot');
    write(cwd, { 'workflow.yaml': JSON.stringify({ functions: {} }) });
    expect((await fdl(['put', 'in/a.txt', '--wait', ...HERE], { cwd })).code).toBe(2);
  });

  it('--step and --to put elsewhere', async () => {
    const cwd = shop([UPPER, COUNT], { 'a.txt': 'a' });
    await fdl(['put', 'in/a.txt', '--step', 'count', '--local'], { cwd });
    await fdl(['put', 'in/a.txt', '--to', 's3://shop/elsewhere', '--local'], { cwd });
    expect(filesBelow(stored(cwd, 'shop'))).toEqual(['elsewhere/a.txt', 'upper/a.txt']);
    expect((await fdl(RESUME, { cwd })).code).toBe(0);
    expect(endedOf(cwd)).toMatchObject([{ step: 'count' }]);
    const unknown = await fdl(['put', 'in/a.txt', '--to', 'minio://shop/x', '--local'], { cwd });
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('s3.default');
  });

  it('finds the usual file by itself and says so when there is none: exit 2', async () => {
    const cwd = shop([UPPER], { 'a.txt': 'a' });
    const { code, stderr } = await fdl(['put', 'a.txt', '--local'], { cwd: path.join(cwd, 'in') });
    expect(code).toBe(2);
    expect(stderr).toContain('there is no workflow.yaml');
  });
});

describe('work that waits for a step which the file no longer has', () => {
  it('goes to the step that listens there now', async () => {
    const cwd = shop([UPPER], { 'a.txt': 'abc' });
    await fdl(['put', 'in/a.txt', '--local'], { cwd });
    write(cwd, { 'workflow.yaml': workflowText([{ ...UPPER, name: 'renamed' }]) });
    const { code, json } = await fdlJson([...RESUME, '-o', 'out'], { cwd });
    expect([code, json]).toMatchObject([
      0,
      { left: 0, invocations: [{ step: 'renamed', status: 'succeeded' }] },
    ]);
    expect(filesBelow(path.join(cwd, 'out'))).toEqual(['renamed/a.txt']);
  });

  it('is given up where none does', async () => {
    const cwd = shop([UPPER], { 'a.txt': 'abc' });
    await fdl(['put', 'in/a.txt', '--local'], { cwd });
    write(cwd, { 'workflow.yaml': workflowText([{ ...UPPER, name: 'renamed', input: 'shop/elsewhere' }]) });
    const { code, json } = await fdlJson(RESUME, { cwd });
    expect([code, json]).toMatchObject([0, { left: 0 }]);
    const status = await fdlJson(['status', 'workflow.yaml', '--local'], { cwd });
    expect(status.json).toMatchObject({
      invocations: [{ step: 'upper', status: 'cancelled', reason: expect.stringContaining('"upper"') }],
    });
  });
});

describe('an input that cannot be put', () => {
  /** A store cannot keep `b.txt` beside `b.txt/c.txt` on this machine. */
  async function conflict(): Promise<string> {
    const cwd = shop([UPPER], { 'a.txt': 'a', 'b.txt/c.txt': 'c', 'd.txt': 'd' });
    write(cwd, { 'b.txt': 'b' });
    expect((await fdl(['run', 'workflow.yaml', 'b.txt', ...HERE], { cwd })).code).toBe(0);
    return cwd;
  }

  it('fails alone: all others are done, and it is not left to do', async () => {
    const cwd = await conflict();
    const { code, json, stderr } = await fdlJson(['run', 'workflow.yaml', 'in', ...HERE], { cwd });
    expect(stderr).toContain(path.join(cwd, 'in/b.txt/c.txt'));
    expect(stderr).not.toMatch(/^ +at /m);
    expect(code).toBe(1);
    expect(json).toMatchObject({ status: 'failed', left: 0 });
    expect(filesBelow(stored(cwd, 'shop/upper'))).toEqual(['a.txt', 'b.txt', 'd.txt']);
    const resumed = await fdl(RESUME, { cwd });
    expect([resumed.code, resumed.stdout]).toEqual([0, expect.stringContaining('nothing was left to do')]);
  });

  it('fails alone with put, too, waiting or not', async () => {
    const cwd = await conflict();
    const put = await fdlJson(['put', 'in', '--local'], { cwd });
    expect([put.code, put.stderr]).toEqual([1, expect.stringContaining('in/b.txt/c.txt')]);
    expect(put.json).toMatchObject({
      transfers: [
        { target: 's3://shop/in/a.txt', status: 'done' },
        { target: 's3://shop/in/d.txt', status: 'done' },
        {
          target: 's3://shop/in/b.txt/c.txt',
          status: 'failed',
          reason: expect.stringContaining('in/b.txt/c.txt'),
        },
      ],
      summary: { files: 2 },
    });
    expect((await fdl(['put', 'in', '--local', '--wait', '--engine', 'host'], { cwd })).code).toBe(1);
    expect(filesBelow(stored(cwd, 'shop/upper'))).toEqual(['a.txt', 'b.txt', 'd.txt']);
  });
});

describe('two commands at once', () => {
  it('only one works on the queue; the other is told who does: exit 1', async () => {
    const cwd = shop([GATED], { 'a.txt': 'a', 'b.txt': 'b' });
    const first = start(['run', 'workflow.yaml', 'in/a.txt', ...HERE], { cwd });
    const running = async () => (await statuses(cwd)).includes('running');
    await until('the first one works', running);
    const second = await fdlJson(['run', 'workflow.yaml', 'in/b.txt', ...HERE], { cwd });
    expect(second.code).toBe(1);
    expect(second.json).toMatchObject({ error: { code: 'locked' } });
    expect(second.stderr).toContain(`process ${first.pid} `);
    writeFileSync(path.join(cwd, 'gate'), '');
    expect((await first.ended).code).toBe(0);
    expect((await fdl(['run', 'workflow.yaml', 'in/b.txt', ...HERE], { cwd })).code).toBe(0);
    expect(endedOf(cwd)).toHaveLength(2);
  });

  it('put may be used beside; what it puts is left to do, and said to be', async () => {
    const cwd = shop([GATED], { 'a.txt': 'a', 'b.txt': 'b' });
    const first = start(['run', 'workflow.yaml', 'in/a.txt', ...HERE], { cwd });
    await until('it works', async () => (await statuses(cwd)).includes('running'));
    expect((await fdl(['put', 'in/b.txt', '--local'], { cwd })).code).toBe(0);
    expect((await statuses(cwd)).sort()).toEqual(['queued', 'running']);
    writeFileSync(path.join(cwd, 'gate'), '');
    const { code, stderr } = await first.ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/1 input left to do/);
    expect((await fdl(RESUME, { cwd })).code).toBe(0);
    expect(endedOf(cwd).map(({ input }) => input?.uri)).toEqual(['s3://shop/in/a.txt', 's3://shop/in/b.txt']);
  });

  it('rm leaves everything as it is while a command works', async () => {
    const cwd = shop([GATED], { 'a.txt': 'a' });
    const first = start(['run', 'workflow.yaml', 'in/a.txt', ...HERE], { cwd });
    await until('it works', async () => (await statuses(cwd)).includes('running'));
    const rm = await fdl(['rm', 'workflow.yaml', '--local', '--delete-data', '--yes'], { cwd });
    expect(rm.code).toBe(1);
    expect(rm.stderr).toContain(`process ${first.pid} `);
    expect(filesBelow(stored(cwd, 'shop'))).toEqual(['in/a.txt']);
    expect(filesBelow(path.join(cwd, '.fdl/shop/steps'))).toEqual(['upper.json']);
    writeFileSync(path.join(cwd, 'gate'), '');
    expect((await first.ended).code).toBe(0);
    expect(filesBelow(stored(cwd, 'shop/upper'))).toEqual(['a.txt']);
  });
});

async function statuses(cwd: string): Promise<string[]> {
  const { json } = await fdlJson<{ invocations: { status: string }[] }>(
    ['status', 'workflow.yaml', '--local'],
    { cwd },
  );
  return json.invocations.map(({ status }) => status);
}
