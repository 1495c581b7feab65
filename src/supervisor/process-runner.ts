/** Runs scripts as child processes of this one: inside a container, or on a machine without any engine. */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { FdlError, messageOf } from '../errors.ts';
import { type ChosenProgram, chooseInterpreter, NOT_FOUND } from './interpreter.ts';
import { type LineSplitter, lineSplitter } from './line-splitter.ts';
import { measure } from './measure.ts';
import type { Exit, Runner, RunSpec } from './script.ts';

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Milliseconds that processes which outlive their script get to close its output. */
const LINGER_MS = 200;

/**
 * The runner for this machine. The script leads a process group of its own; when it ends, or is told to, the whole
 * group goes, as everything in a container does when its first process ends.
 */
export const runProcess: Runner = (spec) => runMeasured(spec);

/**
 * The same. `workedBy` finds the process that does the work, where that is none below the one that is started; it may not be
 * there yet.
 */
export async function runMeasured(spec: RunSpec, workedBy?: () => number | undefined): Promise<Exit> {
  const { argv, missing } = programOf(spec);
  if (!argv) return { code: NOT_FOUND, ...(missing !== undefined && { missing }) };
  const child = await start(argv, spec);
  const measuring = measure({ root: workedBy ?? (() => child.pid), isChild: !workedBy });
  const captured = spec.captureBytes > 0 ? capturedOutput(spec.captureBytes) : undefined;
  const ended = exited(child);
  const drained = Promise.all([
    drain(
      child.stdout,
      lineSplitter((line) => spec.onLine('stdout', line)),
      captured,
    ),
    drain(
      child.stderr,
      lineSplitter((line) => spec.onLine('stderr', line)),
      undefined,
    ),
  ]);
  const giveUp = endGroupOn(spec.signal, child.pid, spec.graceMs);
  try {
    const exit = await ended;
    const usage = measuring.ended();
    await settle(child, drained, spec);
    spec.onUsage?.(await usage);
    return { ...exit, ...captured?.result() };
  } finally {
    giveUp();
  }
}

function programOf(spec: RunSpec): ChosenProgram {
  if (spec.command.kind === 'argv') return { argv: spec.command.argv };
  const { interpreter, path } = spec.command;
  const { argv, missing } = chooseInterpreter(
    interpreter,
    spec.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
  );
  if (!argv) return { ...(missing !== undefined && { missing }) };
  if (missing !== undefined) {
    spec.onNote(`the script asks for "${missing}", which is not here: it runs with /bin/sh instead`);
  }
  return { argv: [...argv, path] };
}

async function start(argv: readonly string[], spec: RunSpec): Promise<Child & { readonly pid: number }> {
  const [program = '', ...rest] = argv;
  try {
    const { env, cwd } = spec;
    const child: Child = spawn(program, rest, {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (child.pid === undefined) throw await new Promise((resolve) => child.once('error', resolve));
    return child as Child & { readonly pid: number };
  } catch (cause) {
    throw new FdlError('script-not-started', `"${program}" could not be started: ${messageOf(cause)}`, {
      hint: 'Use an image that has this program, or name another one.',
      cause,
    });
  }
}

function exited(child: Child): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ? { signal } : { code: code ?? 0 }));
  });
}

function drain(stream: Readable, lines: LineSplitter, captured: CapturedOutput | undefined): Promise<void> {
  return new Promise((resolve) => {
    stream.on('data', (chunk: Buffer) => {
      lines.push(chunk);
      captured?.push(chunk);
    });
    // A broken pipe ends like any other: what came until then counts.
    stream.once('error', () => {});
    stream.once('close', () => {
      lines.end();
      resolve();
    });
  });
}

/**
 * Waits until all output is read. Processes that the script left behind are ended: they would hold its output open
 * for ever, and write to folders that are about to go.
 */
async function settle(
  child: Child & { readonly pid: number },
  drained: Promise<unknown>,
  spec: RunSpec,
): Promise<void> {
  const late = (ms: number) => {
    let timer: NodeJS.Timeout | undefined;
    const wait = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), ms);
    });
    return Promise.race([drained, wait]).finally(() => clearTimeout(timer));
  };
  const first = await late(LINGER_MS);
  const left = signalGroup(child.pid, 'SIGKILL');
  if (left) spec.onNote('the script ended before processes that it had started: they were stopped');
  if (first !== 'late' || (await late(LINGER_MS)) !== 'late') return;
  // Whoever left the group still holds the pipes.
  child.stdout.destroy();
  child.stderr.destroy();
  await drained;
}

// Keeps the first bytes of a stream.

interface CapturedOutput {
  push(chunk: Buffer): void;
  /** What was kept, and whether there was more. */
  result(): { readonly stdout: Uint8Array; readonly stdoutCut: boolean };
}

/** Keeps up to `limit` bytes. */
function capturedOutput(limit: number): CapturedOutput {
  const kept: Buffer[] = [];
  let size = 0;
  let cut = false;
  return {
    push: (chunk) => {
      const part = chunk.subarray(0, limit - size);
      if (part.length > 0) kept.push(part);
      size += part.length;
      cut ||= part.length < chunk.length;
    },
    result: () => ({ stdout: Buffer.concat(kept), stdoutCut: cut }),
  };
}

// Signals to a process and everything it started.

/** Sends `signal` to the process group that `pid` leads. Answers whether anything was there to get it. */
function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    // ESRCH: nobody is left; EPERM: what is left belongs to somebody else.
    return false;
  }
}

/**
 * Ends the group when `signal` fires: politely first, for certain `graceMs` later.
 * Answers a function that gives the watch up.
 */
function endGroupOn(signal: AbortSignal | undefined, pid: number, graceMs: number): () => void {
  if (!signal) return () => {};
  let timer: NodeJS.Timeout | undefined;
  const kill = () => void signalGroup(pid, 'SIGKILL');
  const end = () => {
    signalGroup(pid, 'SIGTERM');
    timer = setTimeout(kill, graceMs);
  };
  // Whoever does not wait for the end, such as somebody who presses Ctrl-C twice, leaves nothing behind.
  process.once('exit', kill);
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return () => {
    signal.removeEventListener('abort', end);
    process.removeListener('exit', kill);
    clearTimeout(timer);
  };
}
