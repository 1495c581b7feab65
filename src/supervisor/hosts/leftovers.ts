/** What a script leaves behind on a machine that serves further events: its processes are ended, its files removed. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { removeTree } from '../folders.ts';

/** Milliseconds between two looks, and how many of them. */
const POLL = 10;
const LOOKS = 100;

/** A process as Linux shows it. */
interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly variables: readonly string[];
}

/**
 * Remembers which processes there are. Answers a function that ends those of the new ones that carry `variable`
 * (`NAME=value`), which scripts inherit to all that they start, or descend from this program. It says the ids of those
 * that do not end.
 */
export function watchProcesses(variable: string, proc = '/proc'): () => Promise<readonly number[]> {
  const before = new Set(processIds(proc));
  const look = () => {
    const added = processIds(proc).filter((id) => !before.has(id));
    return leftovers(
      added.flatMap((id) => readProcess(path.join(proc, id)) ?? []),
      variable,
      process.pid,
    );
  };
  return async () => {
    let left = look();
    // Again and again, since a process may start another one just before it ends.
    for (let count = 0; left.length > 0 && count < LOOKS; count += 1) {
      for (const pid of left) kill(pid);
      await wait(POLL);
      left = look();
    }
    return left;
  };
}

/** Those of some processes that carry the variable or descend from `self`. */
export function leftovers(added: readonly Process[], variable: string, self: number): readonly number[] {
  const parents = new Map(added.map(({ pid, parent }) => [pid, parent]));
  const descends = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === self || descends(parent));
  };
  const ours = added.filter(({ pid, variables }) => variables.includes(variable) || descends(pid));
  return ours.map(({ pid }) => pid);
}

function processIds(proc: string): readonly string[] {
  return readdirSync(proc).filter((name) => /^\d+$/.test(name));
}

/** Nothing for a process that has ended, whether or not its parent has noticed. */
function readProcess(folder: string): Process | undefined {
  try {
    const stat = readFileSync(path.join(folder, 'stat'), 'utf8');
    // The second field is the program's name in parentheses, which may hold any character.
    const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (/[ZX]/.test(state)) return undefined;
    return { pid: Number(path.basename(folder)), parent: Number(parent), variables: variablesOf(folder) };
  } catch {
    return undefined;
  }
}

/** Nothing where the process belongs to somebody else. */
function variablesOf(folder: string): readonly string[] {
  try {
    return readFileSync(path.join(folder, 'environ'), 'latin1').split('\0');
  } catch {
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

// Removes files that appeared during an invocation.

/** Remembers what is in `folder` now. Answers a function that removes what is new, and says what it cannot remove. */
export function watchFiles(folder: string): () => readonly string[] {
  const before = new Set(entries(folder));
  return () => entries(folder).filter((name) => !before.has(name) && !removed(path.join(folder, name)));
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function removed(file: string): boolean {
  try {
    removeTree(file);
    return true;
  } catch {
    return false;
  }
}
