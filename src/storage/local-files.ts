/** Copying and moving files so that the target appears complete or not at all. */
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { hasCode } from '../errors.ts';
import { discardPart, partBeside } from './part-file.ts';

/** Bytes. Below this, reading and writing costs less than the system's copy (measured: 73 against 110 µs for 1 kB). */
const SMALL = 128 * 1024;
/** Bytes. Above this, a copy goes to the thread pool, so that timers and logs of other work are not held up. */
const LARGE = 8 * 1024 * 1024;

/** Copies `source`, of `size` bytes, over `target`; the folder of the target must exist. Throws system errors. */
export async function copyWhole(source: string, target: string, size: number): Promise<void> {
  const part = partBeside(target);
  try {
    if (size <= SMALL) writeFileSync(part, readFileSync(source));
    else {
      if (size > LARGE) await copyFile(source, part);
      else copyFileSync(source, part);
      // The system's copy takes the mode along, but a copy is for whoever may read the folder, as an object is.
      chmodSync(part, 0o644);
    }
    renameSync(part, target);
  } catch (error) {
    discardPart(part);
    throw error;
  }
}

/**
 * Moves `source` over `target` by rename, or copies it where that cannot be: to another file system, or out of a folder
 * of somebody else, as containers leave them. Throws system errors.
 */
export async function moveWhole(source: string, target: string, size: number): Promise<void> {
  try {
    renameSync(source, target);
  } catch (error) {
    if (!['EXDEV', 'EACCES', 'EPERM'].some((code) => hasCode(error, code))) throw error;
    await copyWhole(source, target, size);
  }
}

/** Another process may remove the folder that was just made, when it cleans up after its last file. */
const ATTEMPTS = 5;

/**
 * Runs `write`, which puts a file at `target`; where the folder is missing, makes it and runs `write` again.
 * Trying first is cheaper than asking whether the folder is there. `before` may throw to say why nothing is made.
 */
export async function inFolder(
  target: string,
  write: () => Promise<void>,
  before?: () => void,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write();
    } catch (error) {
      if (!hasCode(error, 'ENOENT') || attempt === ATTEMPTS) throw error;
      before?.();
      mkdirSync(path.dirname(target), { recursive: true });
    }
  }
}

/** Removes empty folders from `folder` upwards, as far as `top`, which stays. */
export function pruneFolders(folder: string, top: string): void {
  for (let current = folder; current.length > top.length; current = path.dirname(current)) {
    try {
      rmdirSync(current);
    } catch {
      return;
    }
  }
}
