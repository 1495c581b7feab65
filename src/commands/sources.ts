/** Files and folders of a command line → files with the names they get. */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { FdlError } from '../errors.ts';
import type { Folder } from '../workflow/model.ts';

export interface SourceFile {
  readonly path: string;
  /** Below the folder that it is put to. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/** Files, and the folder that they are put to. */
export interface Intake {
  readonly folder: Folder;
  readonly sources: readonly SourceFile[];
}

/**
 * A file keeps its name; of a folder, all files below it with their path in it.
 * @throws FdlError `source-not-found`, `duplicate-name`, `no-files`
 */
export function expandSources(sources: readonly string[], workingDirectory: string): readonly SourceFile[] {
  const files = sources.flatMap((source) => expand(resolve(workingDirectory, source), source));
  const names = new Map<string, string>();
  for (const { name, path } of files) {
    const other = names.get(name);
    if (other !== undefined && other !== path) {
      const hint = 'Rename one of them, or put their common folder, which keeps the paths below it.';
      throw new FdlError('duplicate-name', `${other} and ${path} would both become "${name}"`, {
        hint,
        exitCode: 2,
      });
    }
    names.set(name, path);
  }
  if (files.length > 0 || sources.length === 0)
    return [...new Map(files.map((file) => [file.name, file])).values()];
  throw new FdlError('no-files', `there are no files in ${sources.join(', ')}`, { exitCode: 2 });
}

function expand(path: string, written: string): readonly SourceFile[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) {
    const hint =
      'Check the path; patterns like *.csv are expanded by the shell only where something matches.';
    throw new FdlError('source-not-found', `there is no file ${written}`, { hint, exitCode: 2 });
  }
  if (!stats.isDirectory()) return [{ path, name: basename(path), size: stats.size }];
  const entries: readonly Dirent[] = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile())
    .map((file) => ({ path: file, name: file.slice(path.length + 1), size: statSync(file).size }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
