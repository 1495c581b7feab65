/**
 * FDL files of other projects. They are not part of this project: the folder beside it named `shared/corpus` is taken, or
 * what `FDL_TEST_CORPUS` names.
 */
import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Where the files are. */
export const CORPUS = resolve(ROOT, process.env['FDL_TEST_CORPUS'] || '../shared/corpus');

/** Names of the FDL files, in order; none, and a loud line, where there is no such folder. */
export function corpusFiles(): readonly string[] {
  const files = existsSync(CORPUS) ? readdirSync(CORPUS).filter((file) => /\.ya?ml$/.test(file)) : [];
  if (files.length === 0) {
    console.warn(
      `NOT TESTED: there are no FDL files in ${CORPUS}. Set FDL_TEST_CORPUS to a folder that has them.`,
    );
  }
  return files.sort();
}
