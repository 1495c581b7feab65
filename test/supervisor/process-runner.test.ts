import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { scriptCommand } from '../../src/supervisor/interpreter.ts';
import { LONGEST_PAUSE } from '../../src/supervisor/measure.ts';
import { runProcess } from '../../src/supervisor/process-runner.ts';
import type { Exit, RunSpec, ScriptUsage } from '../../src/supervisor/script.ts';
import { temporaryFolder } from '../storage/temporary-folder.ts';

interface Ran {
  readonly exit: Exit;
  readonly lines: readonly string[];
  readonly notes: readonly string[];
  readonly folder: string;
}

type Options = Partial<Omit<RunSpec, 'onLine'>> & { readonly onLine?: (line: string) => void };

async function run(text: string, { onLine, ...options }: Options = {}): Promise<Ran> {
  const folder = temporaryFolder();
  const file = path.join(folder, 'script');
  writeFileSync(file, text);
  const lines: string[] = [];
  const notes: string[] = [];
  const exit = await runProcess({
    command: scriptCommand(file, () => path.join(folder, 'plain')),
    env: { PATH: process.env['PATH'] ?? '' },
    cwd: folder,
    folders: [],
    graceMs: 5000,
    captureBytes: 0,
    onLine: (stream, line) => {
      lines.push(`${stream}: ${line}`);
      onLine?.(line);
    },
    onNote: (note) => notes.push(note),
    ...options,
  });
  return { exit, lines, notes, folder };
}

/** A killed process closes its output a moment before it is gone; one that is not killed would sleep on for longer. */
const SOON = { timeout: 5000, interval: 5 };

function isAlive(pid: number): boolean {
  try {
    // A process that ended but was not waited for yet is still known; its state tells.
    return !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('runProcess', () => {
  it('passes on output by lines and the exit code', async () => {
    const { exit, lines } = await run('echo one; echo two >&2; printf three; exit 7');
    expect(exit).toEqual({ code: 7 });
    expect(lines.toSorted()).toEqual(['stderr: two', 'stdout: one', 'stdout: three']);
  });

  it('gives the script its whole environment and no more, its folder, and an empty input', async () => {
    const env = { PATH: '/usr/bin:/bin', GREETING: 'hello world' };
    const { lines, folder } = await run('echo "$GREETING in $PWD"; env | grep -c .; cat', { env });
    expect(lines[0]).toBe(`stdout: hello world in ${folder}`);
    // PWD, and in some shells OLDPWD, SHLVL and _, come from the shell itself.
    expect(Number(lines[1]?.replace(/\D/g, ''))).toBeLessThanOrEqual(6);
    expect(lines).toHaveLength(2);
  });

  it('runs a script by what its first line asks for', async () => {
    const { lines } = await run('#!/usr/bin/env bash\n[[ a == a ]] && echo "${BASH_VERSION:+bash}"');
    expect(lines).toEqual(['stdout: bash']);
    expect((await run('#!/usr/bin/env -S bash -e\nfalse\necho on')).exit).toEqual({ code: 1 });
    expect((await run('#!/usr/bin/awk -f\nBEGIN { print "awk" }')).lines).toEqual(['stdout: awk']);
  });

  it('lets sh run what asks for bash where there is none, with the options that both know, and says so', async () => {
    const { exit, lines, notes } = await run('#!/no/such/bash -e\necho ran\nfalse\necho on');
    expect([exit, lines]).toEqual([{ code: 1 }, ['stdout: ran']]);
    expect(notes).toEqual([
      'the script asks for "/no/such/bash", which is not here: it runs with /bin/sh instead',
    ]);
  });

  it.each(['#!/no/such/python3', '#!/usr/bin/env /no/such/python3', '#!/no/such/dash'])(
    'runs nothing where another interpreter is missing: %s',
    async (line) => {
      const { exit, lines } = await run(`${line}\necho ran`);
      const missing = line.split(/[ !]/).at(-1);
      expect([exit, lines]).toEqual([{ code: 127, missing }, []]);
    },
  );

  it('runs a command with its arguments as they are', async () => {
    const command = { kind: 'argv', argv: ['printf', '%s|', 'a b', '$HOME', '*'] } as const;
    expect((await run('', { command })).lines).toEqual(['stdout: a b|$HOME|*|']);
  });

  it('says which program cannot be started', async () => {
    const command = { kind: 'argv', argv: ['no-such-program'] } as const;
    await expect(run('', { command })).rejects.toMatchObject({
      code: 'script-not-started',
      message: expect.stringContaining('"no-such-program"'),
    });
    const env = { BIG: 'x'.repeat(200_000) };
    await expect(run('true', { env })).rejects.toMatchObject({ code: 'script-not-started' });
  });

  it('reports the signal that ended the script', async () => {
    expect((await run('kill -KILL $$')).exit).toEqual({ signal: 'SIGKILL' });
  });

  it('keeps the first bytes of the output for an answer', async () => {
    const { exit, lines } = await run('printf "\\377\\000ab"; echo err >&2; printf cd', { captureBytes: 5 });
    expect(exit).toEqual({ code: 0, stdout: Buffer.from([255, 0, 97, 98, 99]), stdoutCut: true });
    expect(lines).toContain('stderr: err');
    const all = await run('echo all', { captureBytes: 5 });
    expect(all.exit).toEqual({ code: 0, stdout: Buffer.from('all\n'), stdoutCut: false });
  });

  it('reads more output than pipes hold', async () => {
    const { lines } = await run(
      'i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); done',
    );
    expect(lines).toHaveLength(3000);
  });

  it('ends a script and all it started when told to', async () => {
    const controller = new AbortController();
    const pids: number[] = [];
    const { exit } = await run('sleep 60 & echo $!; echo $$; wait', {
      signal: controller.signal,
      onLine: (line) => {
        pids.push(Number(line));
        if (pids.length === 2) controller.abort();
      },
    });
    expect(exit).toEqual({ signal: 'SIGTERM' });
    await expect.poll(() => pids.filter(isAlive), SOON).toEqual([]);
  });

  it('lets a script clean up when it is told to end', async () => {
    const controller = new AbortController();
    const { exit, lines } = await run('trap "echo cleaned; exit 4" TERM; echo ready; sleep 60 & wait', {
      signal: controller.signal,
      onLine: () => controller.abort(),
    });
    expect(lines).toContain('stdout: cleaned');
    expect(exit).toEqual({ code: 4 });
  });

  it('ends for certain what does not listen', async () => {
    const controller = new AbortController();
    const { exit } = await run('trap "" TERM; echo ready; while :; do sleep 0.05; done', {
      signal: controller.signal,
      graceMs: 50,
      onLine: () => controller.abort(),
    });
    expect(exit).toEqual({ signal: 'SIGKILL' });
  });

  it('ends at once what was cancelled before', async () => {
    const { exit } = await run('sleep 60', { signal: AbortSignal.abort() });
    expect(exit).toEqual({ signal: 'SIGTERM' });
  });

  it('stops processes that the script leaves behind with its output', async () => {
    const { exit, lines, notes } = await run('sleep 60 & echo $!');
    expect(exit).toEqual({ code: 0 });
    expect(notes).toEqual(['the script ended before processes that it had started: they were stopped']);
    const pid = Number(lines[0]?.replace('stdout: ', ''));
    await expect.poll(() => isAlive(pid), SOON).toBe(false);
  });

  it('waits for what still writes when the script has ended', async () => {
    const { lines, folder } = await run('(sleep 0.01; echo late; : > late) &');
    expect(lines).toEqual(['stdout: late']);
    expect(existsSync(path.join(folder, 'late'))).toBe(true);
  });

  it('does not wait for what left the group', async () => {
    const script = "mkfifo ready; setsid sh -c 'echo $$; : > ready; exec sleep 5' & cat ready; exit 0";
    const { exit, lines } = await run(script);
    expect(exit).toEqual({ code: 0 });
    process.kill(Number(lines[0]?.replace('stdout: ', '')), 'SIGKILL');
  });
});

describe('what a script takes', () => {
  /** Runs until `until` is there. */
  const waits = (until: string) => `while [ ! -e ${until} ]; do sleep 0.01; done`;

  it('is memory of all its processes, and processor time, told apart of what runs beside it', async () => {
    const folder = temporaryFolder();
    const taken: Record<string, ScriptUsage> = {};
    const start = (name: string, text: string, onLine = () => {}) =>
      run(text, { onLine, onUsage: (usage) => Object.assign(taken, { [name]: usage }) });
    // Whoever looks now and then has looked by the time a later timer goes off.
    const looked = () => setTimeout(() => writeFileSync(path.join(folder, 'looked'), ''), LONGEST_PAUSE + 1);
    const large = '(x=$(head -c 20000000 /dev/zero | tr "\\0" a); echo ready; ';
    const burn = 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; ';
    await Promise.all([
      start('large', `${large}${waits(`${folder}/looked`)}); ${burn}: > ${folder}/burnt`, looked),
      start('small', waits(`${folder}/burnt`)),
    ]);
    expect(taken['large']?.peakMemoryBytes).toBeGreaterThan(20_000_000);
    expect(taken['small']?.peakMemoryBytes).toBeLessThan(20_000_000);
    expect(taken['large']?.wallMs).toBeGreaterThan(LONGEST_PAUSE);
    expect(taken['large']?.cpuMs).toBeGreaterThan(20);
  });

  it('is told apart where nothing else tells it', async () => {
    const usages: ScriptUsage[] = [];
    const onUsage = (usage: ScriptUsage) => void usages.push(usage);
    await run('i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done', { onUsage });
    await run(':', { onUsage });
    expect(usages[0]?.cpuMs).toBeGreaterThan(20);
    expect(usages[1]?.cpuMs).toBeLessThan(usages[0]?.cpuMs ?? 0);
  });
});
