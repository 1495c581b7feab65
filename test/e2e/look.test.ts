/** `fdl logs`, `fdl status`, `fdl get`, `fdl ls` and `fdl invoke` on a workflow that ran. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BIN, fdl, fdlJson, NODE, start } from './fdl.ts';
import { COUNT, endedOf, filesBelow, project, type StepText, shop, stored, UPPER, write } from './project.ts';

const FILE = ['workflow.yaml', '--local'] as const;
const HERE = [...FILE, '--engine', 'host'] as const;

const TALKER: StepText = {
  ...UPPER,
  script: `echo "to stdout: $(cat "$INPUT_FILE_PATH")"; echo "to stderr" >&2; printf 'no end'; ${UPPER.script}`,
};

interface Line {
  readonly time: string;
  readonly step: string;
  readonly invocation: string;
  readonly stream: string;
  readonly message: string;
}

async function ran(): Promise<string> {
  const cwd = shop([TALKER, COUNT], { 'a.txt': 'first', 'b.csv': 'second' });
  await fdl(['run', ...HERE, 'in'], { cwd });
  return cwd;
}

async function logs(cwd: string, ...options: readonly string[]): Promise<readonly Line[]> {
  const { stdout } = await fdl(['logs', ...FILE, '--json', ...options], { cwd });
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
}

describe('fdl logs FILE [STEP]', () => {
  it('prints every line with its time, step, invocation and stream', async () => {
    const cwd = await ran();
    const lines = await logs(cwd);
    const talk = lines.filter(({ step, stream }) => step === 'upper' && stream !== 'supervisor');
    expect(talk.map(({ stream, message }) => `${stream} ${message}`).sort()).toEqual([
      'stderr to stderr',
      'stderr to stderr',
      'stdout no end',
      'stdout no end',
      'stdout to stdout: first',
      'stdout to stdout: second',
    ]);
    const ids = endedOf(cwd).map(({ id }) => id);
    for (const { time, invocation } of talk) {
      expect(ids).toContain(invocation);
      expect(Math.abs(Date.now() - Date.parse(time))).toBeLessThan(60_000);
    }
    const shown = await fdl(['logs', ...FILE], { cwd });
    expect(shown.stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} upper to stdout: first$/m);
    expect(shown.stdout).toMatch(/count ✓ succeeded in .* → s3:\/\/shop\/out\/a\.txt/);
  });

  it('chooses by step, invocation, text and time', async () => {
    const cwd = await ran();
    expect(new Set((await logs(cwd, 'count')).map(({ step }) => step))).toEqual(new Set(['count']));
    const [{ invocation = '' } = {}] = await logs(cwd, '--filter', 'stdout: second');
    const own = await logs(cwd, '--invocation', invocation);
    expect(own.some(({ message }) => message === 'to stdout: second')).toBe(true);
    expect(own.some(({ message }) => message === 'to stdout: first')).toBe(false);
    expect((await logs(cwd, '--since', '1h')).length).toBe((await logs(cwd)).length);
    expect(await logs(cwd, '--since', '2999-01-01')).toEqual([]);
    expect(await logs(cwd, '--until', '1h')).toEqual([]);
    expect(await logs(cwd, '--failed')).toEqual([]);
    expect(await logs(cwd, '--tail', '3')).toEqual((await logs(cwd)).slice(-3));
    expect(await logs(cwd, '--filter', '/STDOUT: (first|second)/i', '--until', '2999-01-01')).toHaveLength(2);
    for (const wrong of [
      ['--filter', '/(/'],
      ['--until', '1h', '--follow'],
      ['--tail', 'x'],
    ])
      expect(await fdl(['logs', ...FILE, ...wrong], { cwd })).toMatchObject({ code: 2 });
  });

  it('--invocation of none that there is fails, of one whose lines do not match does not', async () => {
    const cwd = await ran();
    const none = await fdl(['logs', ...FILE, '--invocation', 'nope'], { cwd });
    expect([none.code, none.stdout]).toEqual([1, '']);
    expect(none.stderr).toContain('no invocation "nope"');
    expect(none.stderr).toContain('fdl status');
    const [{ invocation = '' } = {}] = await logs(cwd, 'upper');
    const short = await fdl(['logs', ...FILE, '--invocation', invocation.slice(0, -1)], { cwd });
    expect([short.code, short.stderr]).toEqual([1, expect.stringContaining(`the whole id: ${invocation}.`)]);
    const one = ['logs', ...FILE, '--invocation', invocation];
    const unmatched = await fdl([...one, '--filter', 'never written'], { cwd });
    expect([unmatched.code, unmatched.stdout]).toEqual([0, '']);
    expect(unmatched.stderr).toContain('no such log lines');
    const ofOther = await fdl(['logs', 'workflow.yaml', 'count', '--local', '--invocation', invocation], {
      cwd,
    });
    expect([ofOther.code, ofOther.stderr]).toEqual([1, expect.stringContaining('of the step count')]);
  });

  it('--follow prints what is written later, whole lines only, until Ctrl-C', async () => {
    const cwd = await ran();
    const late = ['logs', ...FILE, '--follow', '--filter', 'late'];
    const following = start(late, { cwd });
    const line = { time: '2026-01-01T00:00:00.000Z', step: 'upper', invocation: 'x', stream: 'stdout' };
    const text = JSON.stringify({ ...line, message: 'late \u2028 one' });
    appendFileSync(path.join(cwd, '.fdl/shop/log.ndjson'), text.slice(0, 30));
    appendFileSync(
      path.join(cwd, '.fdl/shop/log.ndjson'),
      `${text.slice(30)}\n${JSON.stringify({ ...line, time: '2026-01-01T00:00:01.000Z', message: 'late two' })}\n`,
    );
    await following.says(/late two/);
    following.kill('SIGINT');
    const { code, stdout } = await following.ended;
    expect(stdout).toBe('00:00:00.000 upper late \u2028 one\n00:00:01.000 upper late two\n');
    expect(code).toBe(0);
    const last = start([...late, '--tail', '1'], { cwd });
    await last.says(/late two/);
    last.kill('SIGINT');
    expect((await last.ended).stdout).toBe('00:00:01.000 upper late two\n');
  });

  it('trace takes a URI for no file, also where there is no workflow', async () => {
    const { code, stderr } = await fdl(['trace', 's3://shop/in/a.txt'], { cwd: project({}) });
    expect([code, stderr]).toEqual([2, expect.stringContaining('there is no workflow.yaml')]);
  });

  it('says what is wrong with --since and with a step: exit 2', async () => {
    const cwd = await ran();
    const since = await fdl(['logs', ...FILE, '--since', 'yesterday'], { cwd });
    expect([since.code, since.stderr]).toEqual([2, expect.stringContaining('10m')]);
    const step = await fdl(['logs', ...FILE, 'uper'], { cwd });
    expect([step.code, step.stderr]).toEqual([2, expect.stringContaining('Did you mean upper?')]);
  });

  it('ends quietly when its reader has seen enough', async () => {
    const cwd = await ran();
    const line = {
      time: '2026-01-01T00:00:00.000Z',
      step: 'upper',
      invocation: 'x',
      stream: 'stdout',
      message: 'x',
    };
    appendFileSync(path.join(cwd, '.fdl/shop/log.ndjson'), `${JSON.stringify(line)}\n`.repeat(20_000));
    const command = `"${NODE}" "${BIN}" logs workflow.yaml --local | head -1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', command], { cwd, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n').at(-1)).toBe('0');
  });
});

describe('fdl status FILE', () => {
  it('shows totals of steps and the latest invocations', async () => {
    const cwd = await ran();
    const { stdout } = await fdl(['status', ...FILE], { cwd });
    expect(stdout).toMatch(/upper {2}2 succeeded/);
    expect(stdout).toMatch(/✓ count succeeded .* s3:\/\/shop\/upper\/a\.txt count-[0-9a-f]+/);
    const { json } = await fdlJson<{ invocations: object[] }>(['status', ...FILE, '--step', 'count'], {
      cwd,
    });
    expect(json.invocations).toHaveLength(2);
  });
});

describe('fdl get [PATTERN…]', () => {
  it('fetches final outputs, those of a step, or a folder of a store', async () => {
    const cwd = await ran();
    const get = (...args: readonly string[]) => fdl(['get', ...args, '--local', '-o', 'got'], { cwd });
    expect((await get('*.txt')).code).toBe(0);
    expect(filesBelow(path.join(cwd, 'got'))).toEqual(['count/a.txt']);
    await get('--step', 'upper');
    await get('b.*', '--from', 's3://shop/in');
    expect(filesBelow(path.join(cwd, 'got'))).toEqual(['b.csv', 'count/a.txt', 'upper/a.txt', 'upper/b.csv']);
    expect(readFileSync(path.join(cwd, 'got/upper/b.csv'), 'utf8')).toBe('SECOND');
    const { json } = await fdlJson(['get', '--local', '-o', 'got'], { cwd });
    expect(json).toMatchObject({
      transfers: [
        { source: 's3://shop/out/a.txt', target: path.join(cwd, 'got/count/a.txt'), size: 7, status: 'done' },
        { source: 's3://shop/out/b.csv' },
      ],
      summary: { files: 2, bytes: 15 },
    });
    expect((await get('nothing*')).stderr).toContain('nothing matches');
  });
});

describe('fdl ls', () => {
  it('lists all workflows of a folder, or one', async () => {
    const cwd = await ran();
    await fdl(['apply', ...FILE, '--workflow', 'other'], { cwd });
    const { json } = await fdlJson<{ workflows: { workflow: string }[] }>(['ls', '--local'], { cwd });
    expect(json.workflows.map(({ workflow }) => workflow)).toEqual(['other', 'shop']);
    const one = await fdlJson(['ls', 'workflow.yaml', '--local'], { cwd });
    expect(one.json).toMatchObject({
      workflows: [
        {
          workflow: 'shop',
          steps: [{ step: 'count', provider: 'local', mode: 'lambda' }, { step: 'upper' }],
        },
      ],
    });
  });
});

describe('fdl invoke FILE STEP', () => {
  const echo: StepText = { name: 'echo', script: 'echo "log line" >&2; tr a-z A-Z < "$INPUT_FILE_PATH"' };

  it('prints what the script writes, for text, a file and standard input', async () => {
    const cwd = shop([echo], { 'a.txt': 'from a file' });
    const invoke = (data: string, input?: string) =>
      fdl(['invoke', 'workflow.yaml', 'echo', '--local', '--engine', 'host', '--data', data], {
        cwd,
        ...(input && { input }),
      });
    expect(await invoke('{"name": "Ada"}')).toMatchObject({ code: 0, stdout: '{"NAME": "ADA"}' });
    expect(await invoke('@in/a.txt')).toMatchObject({
      stdout: 'FROM A FILE',
      stderr: expect.stringContaining('log line'),
    });
    expect(await invoke('-', 'from stdin')).toMatchObject({ stdout: 'FROM STDIN' });
    expect(await invoke('@none')).toMatchObject({ code: 2, stderr: expect.stringContaining('none') });
  });

  it('--json gives the answer and the log; a failing script fails it', async () => {
    const cwd = shop([{ ...echo, script: 'echo out; echo err >&2; exit 6' }], {});
    const { code, json } = await fdlJson(['invoke', 'workflow.yaml', 'echo', ...HERE.slice(1)], { cwd });
    expect(code).toBe(1);
    expect(json).toMatchObject({ step: 'echo', status: 'failed', result: 'out\n', log: 'err' });
  });

  it('stores outputs, which run --resume takes further', async () => {
    const cwd = shop([UPPER, COUNT], {});
    write(path.join(cwd, '.fdl/shop/buckets/s3.default/shop'), { 'in/a.txt': 'abc' });
    const record = { eventSource: 'aws:s3', s3: { bucket: { name: 'shop' }, object: { key: 'in/a.txt' } } };
    const data = JSON.stringify({ Records: [record] });
    const line = ['invoke', 'workflow.yaml', 'upper', ...HERE.slice(1), '--data', data];
    const { code, stdout, stderr } = await fdl(line, { cwd });
    // It printed nothing: an empty line would say nothing of where its result is.
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain('upper printed nothing; it stored:\n  s3://shop/upper/a.txt  3 B');
    const { json } = await fdlJson(line, { cwd });
    expect(json).toMatchObject({ result: '', outputs: [{ uri: 's3://shop/upper/a.txt', size: 3 }] });
    expect((await fdl(['run', ...HERE, '--resume'], { cwd })).code).toBe(0);
    expect(readFileSync(stored(cwd, 'shop/out/a.txt'), 'utf8')).toBe('3\nABC');
  });
});
