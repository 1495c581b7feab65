/** What fails because of the machine is left to do: a file system that is full, an engine that is gone. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BIN, type Finished, fdl, fdlJson, NODE } from './fdl.ts';
import { filesBelow, project, type StepText, shop, stored, UPPER, workflowText, write } from './project.ts';

const HERE = ['--local', '--engine', 'host'] as const;

interface Ran {
  readonly status: string;
  readonly left: number;
  readonly fault?: string;
  readonly invocations: readonly { status: string }[];
}

/** A file system of a megabyte, and how to make it larger; nothing where this machine lets nobody mount one. */
function smallDisk() {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', folder]);
    rmSync(folder, { recursive: true });
  });
  return { folder, grow: () => execFileSync('mount', ['-o', 'remount,size=64m', folder]) };
}

function canMount(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch {
    process.stderr.write('\n*** TESTS ARE SKIPPED: they need the right to mount a tmpfs ***\n\n');
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const KB = 'x'.repeat(1024);

describe.skipIf(!canMount())('a disk that is full', () => {
  /** Runs with too little disk, and again with enough. */
  async function twice(step: StepText, inputs: Readonly<Record<string, string>>) {
    const { folder, grow } = smallDisk();
    const cwd = shop([step], inputs);
    const env = { FDL_HOME: folder };
    const run = (...args: readonly string[]) =>
      fdlJson<Ran>(['run', 'workflow.yaml', ...args, ...HERE], { cwd, env });
    const full = await run('in');
    grow();
    const resumed = await run('--resume');
    const status = await fdlJson<Ran>(['status', 'workflow.yaml', '--local'], { cwd, env });
    return {
      full,
      resumed,
      status,
      stored: filesBelow(path.join(folder, 'shop/buckets/s3.default/shop/upper')),
    };
  }

  function expectLeft({ code, json, stderr }: Finished & { readonly json: Ran }) {
    expect(stderr).toContain('the disk is full (ENOSPC)');
    expect(stderr).toMatch(/inputs? left to do: fdl run workflow.yaml --local --resume/);
    expect(json).toMatchObject({ status: 'failed', fault: expect.stringContaining('ENOSPC') });
    expect(json.left).toBeGreaterThan(0);
    expect(json.invocations.filter(({ status }) => status !== 'succeeded')).toEqual([]);
    expect(code).toBe(1);
  }

  it('leaves files to do that cannot be put', async () => {
    const inputs = Object.fromEntries([...'abcdefgh'].map((name) => [`${name}.txt`, KB.repeat(200)]));
    const { full, resumed, status, stored } = await twice(UPPER, inputs);
    expectLeft(full);
    expect([resumed.code, resumed.json.left]).toEqual([0, 0]);
    expect(status.json.invocations.map((each) => each.status)).toEqual(Array(8).fill('succeeded'));
    expect(stored).toEqual(Object.keys(inputs));
  });

  it('leaves inputs to do whose script found no room', async () => {
    const script =
      'for copy in 1 2 3 4; do cat "$INPUT_FILE_PATH"; done > "$TMP_OUTPUT_DIR/$(basename "$INPUT_FILE_PATH")"';
    const inputs = { 'a.txt': KB.repeat(300), 'b.txt': KB };
    const { full, resumed, stored } = await twice({ ...UPPER, script }, inputs);
    expectLeft(full);
    expect([resumed.code, resumed.json.left]).toEqual([0, 0]);
    expect(stored).toEqual(['a.txt', 'b.txt']);
  });

  it('leaves no part of a script, and says which disk is full when files are copied between two', async () => {
    const { folder, grow } = smallDisk();
    const cwd = shop([UPPER], { 'a.txt': KB.repeat(800), 'b.txt': KB.repeat(800) });
    write(cwd, { 'large.yaml': workflowText([{ ...UPPER, more: { init_script: 'large.sh' } }]) });
    write(cwd, { 'large.sh': `#!/bin/sh\n#${KB.repeat(1100)}\n` });
    const apply = () => fdl(['apply', 'large.yaml', '--local'], { cwd, env: { FDL_HOME: folder } });
    const copied = path.join(folder, 'large/scripts');
    const full = await apply();
    expect([full.code, full.stderr]).toEqual([1, expect.stringMatching(/step upper failed: .*\(ENOSPC\)/)]);
    expect(filesBelow(copied)).toEqual([]);
    const put = await fdl(['put', 'in', '-f', 'workflow.yaml', '--local'], {
      cwd,
      env: { FDL_HOME: folder },
    });
    expect([put.code, put.stderr]).toEqual([1, expect.stringContaining(`on the disk for "${folder}`)]);
    grow();
    expect((await apply()).code).toBe(0);
    expect(filesBelow(copied)).toEqual(['upper']);
  });

  it('leaves inputs to do whose end cannot be noted', async () => {
    const script =
      'i=0; while [ $i -lt 20000 ]; do echo "a line that fills the log of the run: $i"; i=$((i+1)); done';
    const inputs = { 'a.txt': KB.repeat(10), 'b.txt': KB };
    const { full, resumed } = await twice({ ...UPPER, script: `${script}\n${UPPER.script}` }, inputs);
    expectLeft(full);
    expect([resumed.code, resumed.json.left]).toEqual([0, 0]);
  });
});

const EMFILE = /stopped: too many files are open \(EMFILE\)\n\d+ inputs? left to do/;

/** Whether a program may be given a limit of its own. */
const canLimit = (() => {
  try {
    execFileSync('prlimit', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write('\n*** A TEST IS SKIPPED: it needs prlimit (apt-get install util-linux) ***\n\n');
    return false;
  }
})();

it.skipIf(!canLimit)('too many open files leave inputs to do', async () => {
  const inputs = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`${index}.txt`, 'a']));
  // Until they need not, scripts stay for a while, so that eight run at once however slow the machine is.
  const go = path.join(project({}), 'go');
  const stay = `i=0; while [ $i -lt 30 ] && [ ! -e ${go} ]; do sleep 0.1; i=$((i+1)); done`;
  const cwd = shop([{ ...UPPER, script: `${stay}\n${UPPER.script}` }], inputs);
  const limited = ['--nofile=32', NODE, BIN, 'run', 'workflow.yaml', 'in', ...HERE, '--json'];
  const { status, stdout, stderr } = spawnSync('prlimit', [...limited, '--concurrency', '8'], {
    cwd,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([1, expect.stringMatching(EMFILE)]);
  const full = JSON.parse(stdout) as Ran;
  expect(full).toMatchObject({ status: 'failed', fault: 'too many files are open (EMFILE)' });
  expect(full.left).toBeGreaterThan(0);
  expect(full.invocations.filter(({ status }) => status !== 'succeeded')).toEqual([]);
  write(path.dirname(go), { go: '' });
  const resumed = await fdlJson<Ran>(['run', 'workflow.yaml', '--resume', ...HERE], { cwd });
  expect([resumed.code, resumed.json.left]).toEqual([0, 0]);
  expect(filesBelow(stored(cwd, 'shop/upper'))).toHaveLength(20);
});
