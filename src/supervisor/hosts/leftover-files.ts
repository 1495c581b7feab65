/** Removes files that appeared during an invocation. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { removeTree } from '../folders.ts';

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
