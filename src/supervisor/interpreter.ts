/** Chooses the program that runs a script on this machine. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { DEFAULT_INTERPRETER } from './script-file.ts';

export interface ChosenProgram {
  /** The program and its arguments before the script's path. */
  readonly argv: readonly string[];
  /** The program that the script asked for and that is not there. */
  readonly missing?: string;
}

/**
 * The interpreter that a script asks for, or `/bin/sh` where it is missing. What `env` would look up is looked up
 * here, with `searchPath` (the script's PATH), so that it also works with an `env` that is absent or knows no `-S`.
 */
export function chooseInterpreter(interpreter: readonly string[], searchPath: string): ChosenProgram {
  const [program = '', argument] = interpreter;
  if (interpreter === DEFAULT_INTERPRETER) return { argv: interpreter };
  const words = path.basename(program) === 'env' && argument ? plainWords(argument) : undefined;
  if (words) {
    const [name = '', ...rest] = words;
    const found = lookUp(name, searchPath);
    return found ? { argv: [found, ...rest] } : { argv: DEFAULT_INTERPRETER, missing: name };
  }
  return isExecutable(program) ? { argv: interpreter } : { argv: DEFAULT_INTERPRETER, missing: program };
}

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
