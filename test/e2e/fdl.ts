/** Runs the built command line in processes of their own, as people and scripts do. */
import { type ChildProcess, spawn } from 'node:child_process';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { problemWithOutput } from '../commands/json-documents.ts';

/** The program that users start. */
export const BIN = fileURLToPath(new URL('../../bin/fdl.js', import.meta.url));

/** What runs it: the Node of the tests, or the program that `FDL_TEST_NODE` names. */
export const NODE = process.env['FDL_TEST_NODE'] || process.execPath;

/** The few variables that every program needs, and the compiled code that all of a run share. */
export function baseEnvironment(): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: homedir(),
    TMPDIR: tmpdir(),
    LANG: 'C.UTF-8',
    NODE_COMPILE_CACHE: path.join(tmpdir(), 'compiled'),
  };
}

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Options {
  readonly cwd: string;
  /** Besides the few variables that every program needs; nothing else of this process's environment is passed on. */
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input; empty without it, and never a terminal. */
  readonly input?: string;
  /** Another installation than this checkout. */
  readonly program?: string;
}

export interface Finished {
  /** Absent when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. It is killed at the end of the test, should it still run then. */
export interface Running {
  readonly pid: number;
  readonly ended: Promise<Finished>;
  /** Everything it wrote so far, on either stream. */
  output(): string;
  /** Resolves once that matches; rejects if the command ends before. */
  says(pattern: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** Runs `fdl ARGS` to its end. */
export function fdl(args: readonly string[], options: Options): Promise<Finished> {
  return start(args, options).ended;
}

/** Runs `fdl ARGS` to its end and reads its standard output as one JSON document. */
export async function fdlJson<T = Record<string, unknown>>(
  args: readonly string[],
  options: Options,
): Promise<Finished & { readonly json: T }> {
  const finished = await fdl([...args, '--json'], options);
  try {
    return { ...finished, json: JSON.parse(finished.stdout) as T };
  } catch (cause) {
    throw new Error(`no JSON document: ${finished.stdout}\n${finished.stderr}`, { cause });
  }
}

/** Starts `fdl ARGS`. */
export function start(args: readonly string[], options: Options): Running {
  const { cwd, env, input, program = BIN } = options;
  const base = baseEnvironment();
  const child = spawn(NODE, [program, ...args], { cwd, env: { ...base, ...env } });
  child.stdin.end(input ?? '');
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      written[stream] += text;
    });
  }
  const ended = new Promise<Finished>((resolve, reject) => {
    child.once('close', (code) => {
      // Every document that any test sees is one that the schemas describe.
      const problem = problemWithOutput(args, { code, stdout: written.stdout });
      if (problem === undefined) resolve({ code, ...written });
      else reject(new Error(problem));
    });
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const output = () => written.stdout + written.stderr;
  return {
    pid: child.pid ?? 0,
    ended,
    output,
    says: (pattern) => heard(child, () => pattern.test(output()), `${args.join(' ')} never said ${pattern}`),
    kill: (signal) => void child.kill(signal),
  };
}

function heard(child: ChildProcess, isThere: () => boolean, complaint: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => isThere() && resolve();
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    child.once('close', () => (isThere() ? resolve() : reject(new Error(complaint))));
    look();
  });
}
