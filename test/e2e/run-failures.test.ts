/** `fdl run … --engine host` when scripts fail, hang, or leave processes behind. */
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunDocument } from '../../src/commands/run.ts';
import { fdl, fdlJson, start } from './fdl.ts';
import {
  COUNT,
  endedOf,
  filesBelow,
  journalOf,
  type StepText,
  shop,
  stored,
  UPPER,
  write,
} from './project.ts';
import { isAlive, until } from './until.ts';

const HERE = ['--local', '--engine', 'host'] as const;
const RUN = ['run', 'workflow.yaml', 'in', ...HERE] as const;

/** Fails for the input `bad.txt`, after it wrote an output. */
const PICKY: StepText = {
  ...UPPER,
  name: 'picky',
  script: `cp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR"
for line in 1 2 3 4 5 6 7 8 9 10 11; do echo "line $line"; done
case "$INPUT_FILE_PATH" in */bad.txt) echo "no such colour" >&2; exit 3;; esac`,
};

describe('a script that exits with 3', () => {
  it('fails the run; step, input, code and last lines are named, nothing of it is stored', async () => {
    const cwd = shop([PICKY, COUNT], { 'bad.txt': 'x', 'good.txt': 'y' });
    const { code, stderr, stdout } = await fdl([...RUN, '-o', 'out'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toMatch(/✗ picky failed for s3:\/\/shop\/in\/bad\.txt: .*exit code 3/);
    expect(stderr).toMatch(/\| no such colour$/m);
    expect(stderr).toMatch(/\| line 11$/m);
    expect(stderr).not.toMatch(/\| line 1$/m);
    const [, id] = /--invocation (\S+)/.exec(stderr) ?? [];
    const logs = await fdl(['logs', 'workflow.yaml', '--local', '--invocation', String(id)], { cwd });
    expect(logs.stdout).toContain('no such colour');
    expect(logs.stdout).not.toContain('good.txt');
    expect(stdout).toContain('1 failed');
    expect(filesBelow(path.join(cwd, 'out'))).toEqual(['count/good.txt']);
    expect(filesBelow(stored(cwd, 'shop/upper'))).toEqual(['good.txt']);
  });

  it('--json says the same', async () => {
    const cwd = shop([PICKY], { 'bad.txt': 'x', 'good.txt': 'y' });
    const { code, json } = await fdlJson<{ invocations: object[] }>(RUN, { cwd });
    expect(code).toBe(1);
    expect(json).toMatchObject({ status: 'failed', left: 0 });
    expect(json.invocations).toContainEqual(
      expect.objectContaining({
        status: 'failed',
        exitCode: 3,
        outputs: [],
        reason: expect.stringContaining('3'),
      }),
    );
    const failed = await fdlJson<{ invocations: object[] }>(
      ['status', 'workflow.yaml', '--local', '--failed'],
      { cwd },
    );
    expect(failed.json.invocations).toMatchObject([
      { input: { uri: 's3://shop/in/bad.txt' }, status: 'failed' },
    ]);
  });

  it('is no more to do, but is not done either: --resume names it until --failed has run it again', async () => {
    const cwd = shop([PICKY], { 'bad.txt': 'x', 'good.txt': 'y' });
    await fdl(RUN, { cwd });
    const resume = (...more: readonly string[]) =>
      fdlJson<{ status: string; left: number; failedBefore: object[]; invocations: object[] }>(
        ['run', 'workflow.yaml', '--resume', ...more, ...HERE],
        { cwd },
      );
    for (const _time of [1, 2]) {
      const { code, stderr, json } = await resume();
      expect(stderr).toMatch(/✗ picky failed earlier for s3:\/\/shop\/in\/bad\.txt: .*exit code 3/);
      expect(stderr).toContain('fdl run workflow.yaml --local --resume --failed');
      expect(json).toMatchObject({ status: 'failed', left: 0, invocations: [] });
      expect(json.failedBefore).toMatchObject([{ input: { uri: 's3://shop/in/bad.txt' }, exitCode: 3 }]);
      expect(code).toBe(1);
    }
    expect((await resume('--failed')).json).toMatchObject({
      invocations: [{ status: 'failed' }],
      failedBefore: [],
    });
    write(cwd, {
      'workflow.yaml': readFileSync(path.join(cwd, 'workflow.yaml'), 'utf8').replace('exit 3', 'true'),
    });
    const mended = await resume('--failed');
    expect(mended.json).toMatchObject({
      status: 'succeeded',
      invocations: [{ status: 'succeeded' }],
      failedBefore: [],
    });
    expect([mended.code, (await resume()).code]).toEqual([0, 0]);
    expect(filesBelow(stored(cwd, 'shop/upper'))).toEqual(['bad.txt', 'good.txt']);
  });

  it('is run again by rerun, with the script as it is now, and is no failure any more', async () => {
    const inputs = { 'bad.txt': 'x', 'bad-2.txt': 'y', 'good.txt': 'z' };
    const cwd = shop([{ ...PICKY, script: PICKY.script.replace('bad.txt', 'bad*') }, COUNT], inputs);
    await fdl(RUN, { cwd });
    const status = () => fdl(['status', 'workflow.yaml', '--local', '--failed'], { cwd });
    const rerun = (...more: readonly string[]) =>
      fdlJson<RunDocument>(['rerun', 'workflow.yaml', ...more, ...HERE], { cwd });
    expect(await status()).toMatchObject({ code: 1, stdout: expect.stringContaining('2 failed') });
    const log = await fdl(['logs', 'workflow.yaml', '--local', '--failed', '--filter', '/colour|good/'], {
      cwd,
    });
    expect(log.stdout.match(/no such colour/g)).toHaveLength(2);
    expect(log.stdout).not.toContain('good');
    write(cwd, {
      'workflow.yaml': readFileSync(path.join(cwd, 'workflow.yaml'), 'utf8').replace('exit 3', 'true'),
    });
    rmSync(stored(cwd, 'shop/in/bad-2.txt'));
    const mended = await rerun();
    expect([mended.code, mended.json.invocations.map(({ step, status }) => `${step} ${status}`)]).toEqual([
      1,
      ['picky succeeded', 'count succeeded'],
    ]);
    expect(mended.json.lost).toMatchObject([{ uri: 's3://shop/in/bad-2.txt', reason: 'its input is gone' }]);
    expect((await status()).stdout).toMatch(/1 failed/);
    const [gone] = mended.json.lost ?? [];
    write(path.dirname(stored(cwd, 'shop/in/bad-2.txt')), { 'bad-2.txt': 'y' });
    expect((await rerun(String(gone?.invocation))).json.invocations).toHaveLength(2);
    const nothing = await rerun();
    expect([nothing.code, nothing.json.invocations, nothing.stderr]).toEqual([
      0,
      [],
      expect.stringContaining('no input has failed'),
    ]);
    expect(await status()).toMatchObject({ code: 0, stdout: expect.stringContaining('no input has failed') });
    expect((await rerun('--step', 'count', '--all')).json.invocations).toHaveLength(3);
    const all = await rerun('--all');
    expect(all.json.invocations.map(({ step }) => step).sort()).toEqual([
      ...['count', 'count', 'count'],
      ...['picky', 'picky', 'picky'],
    ]);
    expect((await rerun('picky', '--all', '--failed')).json).toMatchObject({ error: { code: 'usage' } });
    const several = await rerun('picky');
    expect(several.json).toMatchObject({ error: { code: 'ambiguous-invocation' } });
    const named = several.stderr.match(/picky-\w+/g) ?? [];
    expect(named.length).toBe(new Set(named).size);
    expect(await rerun('no-such')).toMatchObject({
      code: 1,
      json: { error: { code: 'unknown-invocation' } },
    });
  });

  it('is named no longer when its input is gone', async () => {
    const cwd = shop([PICKY], { 'bad.txt': 'x' });
    await fdl(RUN, { cwd });
    rmSync(stored(cwd, 'shop/in/bad.txt'));
    const { code, stdout } = await fdl(['run', 'workflow.yaml', '--resume', ...HERE], { cwd });
    expect(stdout).toContain('nothing was left to do');
    expect(code).toBe(0);
  });

  it('is tried again as often as --retries says', async () => {
    const step = { ...UPPER, script: 'echo x >> "$TRIES"; test "$(wc -l < "$TRIES")" -eq 3' };
    const cwd = shop([{ ...step, variables: { TRIES: 'tries' } }], { 'a.txt': 'a' });
    const tries = path.join(cwd, 'tries');
    const failed = await fdl([...RUN, '--retries', '1'], { cwd });
    expect([failed.code, readFileSync(tries, 'utf8')]).toEqual([1, 'x\nx\n']);
    expect(failed.stdout).toContain('1 input tried again after 1 failed attempt: 0 succeeded');
    const passed = await fdl([...RUN, '--retries', '5'], { cwd, env: { FDL_PRICES: 'none.yaml' } });
    expect(passed.stderr).toContain('! FDL_PRICES: there is no file none.yaml');
    expect([passed.code, readFileSync(tries, 'utf8')]).toEqual([0, 'x\nx\nx\n']);
    expect(endedOf(cwd).map(({ status }) => status)).toEqual(['failed', 'succeeded']);
    const attempts = journalOf(cwd).flatMap((line) => (line.type === 'started' ? [line.attempt] : []));
    expect(attempts).toEqual([1, 2, 1]);
  });

  it('is not lost from sight where the journal is damaged', async () => {
    const cwd = shop([PICKY], { 'bad.txt': 'x' });
    await fdl(RUN, { cwd });
    const lines = journalOf(cwd).length;
    appendFileSync(path.join(cwd, '.fdl/shop/journal.ndjson'), '{"type": "ended", "invo\n');
    const told = `journal.ndjson:${lines + 1} cannot be read`;
    const status = await fdl(['status', 'workflow.yaml', '--local'], { cwd });
    expect(status.stdout + status.stderr).toContain(told);
    const resume = () => fdl(['run', 'workflow.yaml', '--resume', ...HERE], { cwd });
    expect((await fdl(RUN, { cwd })).stderr).toContain(told);
    expect((await resume()).stderr).not.toContain(told);
  });
});

describe('a script that takes too long', () => {
  it('is ended with all it has started', async () => {
    const script = 'sleep 600 & echo $! > "$PIDS"; sleep 600';
    const cwd = shop([{ ...UPPER, script, variables: { PIDS: 'pids' }, more: { timeout: 1 } }], {
      'a.txt': 'a',
    });
    const { code, stderr } = await fdl(RUN, { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('✗ upper timed-out for s3://shop/in/a.txt');
    expect(stderr).toContain('1 seconds');
    const pid = Number(readFileSync(path.join(cwd, 'pids'), 'utf8'));
    await until('the background process is gone', async () => !(await isAlive(pid)));
    expect(endedOf(cwd)).toMatchObject([{ status: 'timed-out', outputs: [] }]);
  });

  it('ends at once on SIGTERM to fdl, and stays to do: exit 143', async () => {
    const cwd = shop([{ ...UPPER, script: 'echo "pid $$"; exec sleep 600' }], { 'a.txt': 'a' });
    const running = start(RUN, { cwd });
    let pid = 0;
    await until('the script runs', async () => {
      const { stdout } = await fdl(['logs', 'workflow.yaml', '--local'], { cwd });
      pid = Number(/pid (\d+)/.exec(stdout)?.[1]);
      return pid > 0;
    });
    running.kill('SIGTERM');
    const { code, stderr } = await running.ended;
    expect(code).toBe(143);
    expect(stderr).toContain('1 input left to do');
    expect(await isAlive(pid)).toBe(false);
    const { json } = await fdlJson<{ invocations: object[] }>(['status', 'workflow.yaml', '--local'], {
      cwd,
    });
    expect(json.invocations).toMatchObject([
      { status: 'queued', reason: expect.stringContaining('--resume') },
    ]);
  });
});

describe('what scripts of FDL files may do', () => {
  it('honours the #! line, and runs nothing where that names a program that is missing', async () => {
    const bash = {
      ...UPPER,
      name: 'bash',
      script: '#!/bin/bash\n[[ "x y" == x* ]] && echo "bash $0" && a=(1 2) && echo "${a[1]}"',
    };
    const cwd = shop([bash], { 'a.txt': 'a' });
    await fdl(RUN, { cwd });
    const said = await fdl(['logs', 'workflow.yaml', '--local'], { cwd });
    expect(said.stdout).toMatch(/ 2$/m);
    const none = shop([{ ...UPPER, script: '#!/usr/bin/env pythonn\necho ran' }], { 'a.txt': 'a' });
    const { code, stderr } = await fdl(RUN, { cwd: none });
    expect([code, endedOf(none)[0]?.exitCode]).toEqual([1, 127]);
    expect(stderr).toContain('there is no "pythonn", which the first line of the script asks for');
    const { stdout } = await fdl(['logs', 'workflow.yaml', '--local'], { cwd: none });
    expect(stdout).not.toMatch(/ ran$/m);
  });

  it('gives a script its variables, not those of this machine', async () => {
    const step = { ...UPPER, script: 'env', variables: { GREETING: 'hello world' } };
    const cwd = shop([step], { 'a.txt': 'a' });
    await fdl(RUN, { cwd, env: { AWS_SECRET_ACCESS_KEY: 'not-for-scripts', FDL_X: 'y' } });
    const { stdout } = await fdl(['logs', 'workflow.yaml', '--local'], { cwd });
    expect(stdout).toContain('GREETING=hello world');
    expect(stdout).toContain('STORAGE_OBJECT_KEY=in/a.txt');
    expect(stdout).toMatch(/EVENT=\{"Records":\[\{"eventSource":"aws:s3"/);
    expect(stdout).not.toContain('not-for-scripts');
    expect(stdout).not.toMatch(/\bFDL_X=/);
  });
});
