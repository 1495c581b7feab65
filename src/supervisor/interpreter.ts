/** Chooses the program that runs a script on this machine. */
import { accessSync, closeSync, constants, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { FdlError, messageOf } from '../errors.ts';
import type { Command } from './script.ts';

export interface ChosenProgram {
  /** The program and its arguments before the script's path; absent where nothing can run the script. */
  readonly argv?: readonly string[];
  /** The program that the script asked for and that is not there. */
  readonly missing?: string;
}

/**
 * The interpreter that a script asks for. What `env` would look up is looked up here, with `searchPath` (the script's
 * PATH), so that it also works with an `env` that is absent or knows no `-S`. Where bash is missing, `/bin/sh` takes its
 * place, see `insteadOf`; nothing can take that of another interpreter.
 */
export function chooseInterpreter(interpreter: readonly string[], searchPath: string): ChosenProgram {
  const [program = '', argument] = interpreter;
  if (interpreter === DEFAULT_INTERPRETER) return { argv: interpreter };
  const words = path.basename(program) === 'env' && argument ? plainWords(argument) : undefined;
  if (words) {
    const [name = '', ...rest] = words;
    const found = lookUp(name, searchPath);
    return found ? { argv: [found, ...rest] } : without(name, rest);
  }
  return isExecutable(program) ? { argv: interpreter } : without(program, argument ? [argument] : []);
}

function without(missing: string, options: readonly string[]): ChosenProgram {
  const argv = insteadOf(missing, options);
  return { missing, ...(argv && { argv }) };
}

/** Options that POSIX knows of `sh`, too: without them a script would go on after what should end it. */
const SHELL_OPTIONS = /^-[aCefhmnuvx]+$/;

/**
 * What runs a script that asks for a bash which is not there: `/bin/sh`, with its options. Nothing where sh does not know
 * an option, or another program is missing: a script in another language would do who knows what.
 */
export function insteadOf(program: string, options: readonly string[]): readonly string[] | undefined {
  const isPossible = path.basename(program) === 'bash' && options.every((each) => SHELL_OPTIONS.test(each));
  return isPossible ? [...DEFAULT_INTERPRETER, ...options] : undefined;
}

/** Why a script did not run whose interpreter is missing: the reason of a failure, and a line of the log. */
export function missingInterpreter(program: string): string {
  return `there is no "${program}", which the first line of the script asks for`;
}

/** What shells end with where a program is not found. */
export const NOT_FOUND = 127;

/** The words of an argument of `env` that needs none of its further abilities (quotes, variables, options). */
function plainWords(argument: string): readonly string[] | undefined {
  const split = /^(?:-S|--split-string=?)\s*(.*)$/.exec(argument);
  if (!split) return /^[^-=\s][^=\s]*$/.test(argument) ? [argument] : undefined;
  const words = (split[1] ?? '').split(/\s+/).filter((word) => word !== '');
  const plain = /^[^-=][^=]*$/.test(words[0] ?? '') && words.every((word) => !/["'\\$#]/.test(word));
  return plain ? words : undefined;
}

function lookUp(name: string, searchPath: string): string | undefined {
  if (name.includes('/')) return isExecutable(name) ? name : undefined;
  const folders = searchPath.split(':').map((folder) => folder || '.');
  return folders.map((folder) => path.join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// Reads what a script says of itself: its interpreter, and whether its lines end as on Windows.

const DEFAULT_INTERPRETER: readonly string[] = ['/bin/sh'];

/** Bytes. Linux itself reads 256 of a `#!` line; the rest is for the end of a longer first line. */
const HEAD = 4096;
const SHEBANG = /^#![ \t]*([^ \t]+)(?:[ \t]+(.*?))?[ \t]*$/;

/**
 * The script at `path` as a command. A script with Windows line ends, which shells cannot read, is first written to
 * `scratch()` with plain ones.
 * @throws FdlError `script-not-found`
 */
export function scriptCommand(path: string, scratch: () => string): Command {
  const [line = '', rest] = readHead(path).split('\n', 2);
  // Editors on Windows may also put a byte order mark first, which hides the line from Linux and confuses shells.
  const windows = line.startsWith('\ufeff') || (rest !== undefined && line.endsWith('\r'));
  const readable = windows ? withPlainEnds(path, scratch()) : path;
  return { kind: 'script', path: readable, interpreter: interpreterOf(line.replace(/^\ufeff|\r$/g, '')) };
}

/** What the first line of a script asks for, as Linux reads it: a program and at most one argument. */
function interpreterOf(line: string): readonly string[] {
  const [, program, argument] = SHEBANG.exec(line) ?? [];
  if (program === undefined) return DEFAULT_INTERPRETER;
  return argument ? [program, argument] : [program];
}

function readHead(path: string): string {
  const head = Buffer.alloc(HEAD);
  try {
    const file = openSync(path, 'r');
    try {
      return head.toString('utf8', 0, readSync(file, head));
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw new FdlError('script-not-found', `the script "${path}" cannot be read: ${messageOf(cause)}`, {
      hint: 'Deploy the workflow again, or give the step a script that exists.',
      cause,
    });
  }
}

function withPlainEnds(source: string, target: string): string {
  // As Latin-1 every byte is one character and stays as it is.
  const text = readFileSync(source, 'latin1').replace(/^\xef\xbb\xbf/, '');
  writeFileSync(target, text.replaceAll('\r\n', '\n'), 'latin1');
  return target;
}
