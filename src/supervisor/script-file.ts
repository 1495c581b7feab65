/** Reads what a script says of itself: its interpreter, and whether its lines end as on Windows. */
import { closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { FdlError, messageOf } from '../errors.ts';
import type { Command } from './script.ts';

export const DEFAULT_INTERPRETER: readonly string[] = ['/bin/sh'];

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
export function interpreterOf(line: string): readonly string[] {
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
