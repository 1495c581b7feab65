/**
 * Programs in a real pseudo-terminal: what the kernel makes of keys, sizes and hang-ups. What the screen shows then is
 * computed by xterm, the terminal emulator of many editors and web pages.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import headless from '@xterm/headless';
import { onTestFinished } from 'vitest';
import { required } from '../standins/need.ts';
import { BIN, baseEnvironment, NODE } from './fdl.ts';
import { until } from './until.ts';

const HELPER = fileURLToPath(new URL('./in-terminal.py', import.meta.url));

/** Keys as a terminal sends them. */
export const CTRL_C = '\x03';
export const CTRL_D = '\x04';
export const CTRL_Z = '\x1a';
export const CTRL_BACKSLASH = '\x1c';
export const ENTER = '\r';

export interface PtyOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
}

/** How a program ended: with a code, or by the number of a signal. */
export interface PtyEnd {
  readonly code?: number;
  readonly signal?: number;
}

export interface Pty {
  readonly pid: number;
  readonly ended: Promise<PtyEnd>;
  /** Sends keys; what `says` looks for must come after them. */
  type(keys: string): void;
  /** Waits until what was written since the last keys, without control sequences, matches. */
  says(pattern: RegExp): Promise<void>;
  /** Everything that was written so far, control sequences and all. */
  raw(): string;
  /** The lines that the screen shows, without empty ones at the end. */
  screen(): Promise<string>;
  resize(columns: number): void;
  /** Takes the terminal away, as closing its window does. */
  hangUp(): void;
}

/** Starts `fdl ARGS` as the first program of a terminal. */
export function fdlInPty(args: readonly string[], options: PtyOptions): Promise<Pty> {
  return openPty([NODE, BIN, ...args], options);
}

/** Starts a shell with job control; its prompt is the exit code of the last command in angle brackets, `<0>`. */
export async function shellInPty(options: PtyOptions): Promise<Pty> {
  const shell = await openPty(['bash', '--norc', '--noprofile', '-i'], {
    ...options,
    env: { PS1: '<$?> ', ...options.env },
  });
  await shell.says(/<0> $/);
  return shell;
}

/** `fdl ARGS` as a line for that shell. */
export function fdlLine(args: string): string {
  return `"${NODE}" "${BIN}" ${args}${ENTER}`;
}

async function openPty(argv: readonly string[], { cwd, env, columns = 80 }: PtyOptions): Promise<Pty> {
  const base = baseEnvironment();
  const start = { argv, cwd, env: { ...base, TERM: 'xterm-256color', ...env }, columns, rows: 24 };
  const helper = spawn(required('python3'), [HELPER, JSON.stringify(start)]);
  onTestFinished(() => void helper.kill('SIGKILL'));
  const emulator = new headless.Terminal({ cols: columns || 80, rows: 24, allowProposedApi: true });
  let raw = '';
  let mark = 0;
  let pid = 0;
  const ended = new Promise<PtyEnd>((resolve) => {
    eachLine(helper, (line) => {
      const { output, pid: started, size, ...end } = JSON.parse(line) as Said;
      if (started !== undefined) pid = started;
      // Behind what is still to be drawn; a terminal without a width shows what it has.
      else if (size) emulator.write('', () => size[0] > 0 && emulator.resize(...size));
      else if (output === undefined) resolve(end);
      else {
        raw += output;
        emulator.write(output);
      }
    });
  });
  const order = (what: object) => void helper.stdin.write(`${JSON.stringify(what)}\n`);
  const since = () => stripVTControlCharacters(raw.slice(mark));
  await until('the program starts', () => pid > 0);
  onTestFinished(() => killSession(pid));
  return {
    pid,
    ended,
    raw: () => raw,
    type(keys) {
      mark = raw.length;
      order({ type: keys });
    },
    says: (pattern) =>
      until(String(pattern), () => pattern.test(since())).catch((cause) => {
        throw new Error(`it never said ${pattern}, but:\n${since()}`, { cause });
      }),
    screen: () => screenOf(emulator),
    resize: (width) => order({ size: [width, 24] }),
    hangUp: () => order({ hangup: true }),
  };
}

interface Said extends PtyEnd {
  readonly pid?: number;
  readonly output?: string;
  readonly size?: readonly [columns: number, rows: number];
}

function eachLine(helper: ChildProcessWithoutNullStreams, take: (line: string) => void): void {
  let rest = '';
  helper.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
}

function screenOf(emulator: headless.Terminal): Promise<string> {
  return new Promise((resolve) => {
    emulator.write('', () => {
      const { buffer, rows } = emulator;
      const lines = Array.from({ length: buffer.active.baseY + rows }, (_, row) =>
        buffer.active.getLine(row)?.translateToString(true),
      );
      resolve(lines.join('\n').trimEnd());
    });
  });
}

/** What a failed test left running. */
function killSession(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended.
  }
}
