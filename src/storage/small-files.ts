/**
 * Small files are read and written at once while the disk is quick: that takes a fraction of what the threads of Node take
 * for it, and nobody notices the pause. Where the disk is slow, as one over a network may be, the threads do it.
 */
import { closeSync, openSync, readSync, renameSync, writeFileSync } from 'node:fs';
import { open, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { hasCode } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';
import { discardPart, partBeside } from './part-file.ts';

/** Milliseconds that a file takes, on the average of the latest; above this, the disk is slow. */
const SLOW = 4;
/** How much the latest counts. */
const SHARE = 0.1;
/** Files that the threads do before the disk is tried again. */
const PAUSE = 200;

let [average, pause] = [0, 0];

async function quickly<T>(atOnce: () => T, byThreads: () => Promise<T>): Promise<T> {
  if (pause > 0) {
    pause -= 1;
    return byThreads();
  }
  const begin = performance.now();
  try {
    return atOnce();
  } finally {
    average += SHARE * (performance.now() - begin - average);
    if (average > SLOW) [average, pause] = [0, PAUSE];
  }
}

/** A stretch of a file, or less where the file ends before. Both numbers are bytes. */
export function readSmall(file: string, start: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  return quickly(
    () => {
      const handle = openSync(file, 'r');
      try {
        return buffer.subarray(0, length === 0 ? 0 : readSync(handle, buffer, 0, length, start));
      } finally {
        closeSync(handle);
      }
    },
    async () => {
      const handle = await open(file, 'r');
      try {
        return buffer.subarray(0, (await handle.read(buffer, 0, length, start)).bytesRead);
      } finally {
        await handle.close();
      }
    },
  );
}

/** Writes a file, which appears complete or not at all; makes the folders above it. */
export async function writeSmall(file: string, content: Uint8Array): Promise<void> {
  try {
    await writeBeside(file, content);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    makeFolder(path.dirname(file));
    await writeBeside(file, content);
  }
}

async function writeBeside(file: string, content: Uint8Array): Promise<void> {
  const part = partBeside(file);
  const options = { flag: 'wx' } as const;
  try {
    await quickly(
      () => {
        writeFileSync(part, content, options);
        renameSync(part, file);
      },
      async () => {
        await writeFile(part, content, options);
        await rename(part, file);
      },
    );
  } catch (error) {
    discardPart(part);
    throw error;
  }
}
