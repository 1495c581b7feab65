/** The folders of one task: fresh when it starts, gone when it ends. */
import { chmodSync, lstatSync, mkdirSync, readdirSync, rmdirSync, rmSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { hasCode } from '../errors.ts';

export interface TaskFolders {
  readonly input: string;
  readonly output: string;
  /** For what the supervisor itself has to put somewhere; made on first use. */
  scratch(): string;
  /** Those that there are by now. */
  all(): readonly string[];
  /** Says that this file of the input folder will be written. Answers it. */
  holdInput(file: string): string;
  /** Removes them with all that is in them. Throws system errors. */
  remove(): void;
}

/** Makes the folders below `root`, which is made if need be. `id` is unique. */
export function makeFolders(root: string, id: string): TaskFolders {
  const base = path.resolve(root, `fdl-${id.replaceAll(/[^\w.-]/g, '_')}`);
  const [input, output, scratch] = [`${base}.in`, `${base}.out`, `${base}.tmp`];
  const made = [input, output];
  let inputFile: string | undefined;
  for (const folder of made) makeFolder(folder);
  return {
    input,
    output,
    all: () => made,
    scratch: () => {
      if (!made.includes(scratch)) {
        makeFolder(scratch);
        made.push(scratch);
      }
      return scratch;
    },
    holdInput: (file) => {
      inputFile = file;
      return file;
    },
    remove: () => {
      // Mostly only the input is left: removing just that costs a third of a walk through the folders.
      if (inputFile !== undefined) removeFile(inputFile);
      for (const folder of made) removeFolder(folder);
    },
  };
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    mkdirSync(folder, { recursive: true });
  }
}

function removeFile(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // The script may have moved it, or put a folder in its place: the walk below sees to it.
  }
}

function removeFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    removeTree(folder);
  }
}

/** Removes a folder with all that is in it, or a file. Throws system errors. */
export function removeTree(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // A script may leave folders that it made read-only.
    openUp(folder);
    rmSync(folder, { recursive: true, force: true });
  }
}

function openUp(folder: string): void {
  if (!lstatSync(folder).isDirectory()) return;
  chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) openUp(path.join(folder, entry.name));
  }
}
