import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { hasCode } from './errors.ts';

/**
 * Makes a folder and all above it; one that is there already is left as it is. Where Node makes them all, it tries again
 * for ever, deaf to signals, below a folder that is there and in which the system says ENOENT, as `/proc` does; and it
 * says ENOENT where a disk is full (https://github.com/nodejs/node/issues/42808).
 */
export function makeFolder(folder: string, mode = 0o777): void {
  try {
    makeOne(folder, mode);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    const above = path.dirname(folder);
    if (!existsSync(above)) makeFolder(above, mode);
    makeOne(folder, mode);
  }
}

function makeOne(folder: string, mode: number): void {
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}
