/** Files and folders by their paths → files with the names they get. */
import { type Dirent, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, join, resolve, sep } from 'node:path';
import { FdlError } from '../errors.ts';
import type { NotPut, SourceFile } from '../providers/runtime.ts';
import { DANGLING, kindProblem, NO_TEXT, namedEntries, type Skipped } from '../storage/odd-files.ts';
import type { Folder } from '../workflow/model.ts';

/** Something that was named, or lies in a folder that was named, and cannot become an object. */
interface SkippedSource extends Skipped {
  readonly path: string;
}

/** What sources are. */
interface Expanded {
  readonly files: readonly SourceFile[];
  readonly skipped: readonly SkippedSource[];
  /** Sentences on links that were followed out of a folder, or not followed. */
  readonly notes: readonly string[];
}

/** How sources are looked through. */
export interface SourceOptions {
  /** Whether links to files that lie in a folder count as those files; they do by default. */
  readonly followLinks?: boolean | undefined;
}

/**
 * A file keeps its name; of a folder, all files below it with their path in it. Links to folders are not followed.
 * Links that are named themselves always are.
 * @throws FdlError `source-empty`, `source-not-found`, `duplicate-name`, `no-files`
 */
export function expandSources(
  sources: readonly string[],
  workingDirectory: string,
  options: SourceOptions = {},
): Expanded {
  const found = sources.map((source) => expand(resolve(workingDirectory, source), source, options));
  const notes = [...new Set(found.flatMap((each) => each.notes))];
  const [files, skipped] = [found.flatMap((each) => each.files), found.flatMap((each) => each.skipped)];
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
  if (files.length + skipped.length > 0 || sources.length === 0)
    return { files: [...new Map(files.map((file) => [file.name, file])).values()], skipped, notes };
  throw new FdlError('no-files', `there are no files in ${sources.join(', ')}`, { exitCode: 2 });
}

/** What is skipped, as what was not put to the folder. */
export function skippedPuts(
  { store, bucket, prefix }: Folder,
  skipped: readonly SkippedSource[],
): readonly NotPut[] {
  return skipped.map(({ path, name, reason }) => {
    return { path, store, bucket, key: prefix === '' ? name : `${prefix}/${name}`, reason };
  });
}

/** Notes that are shown of many alike. */
const SHOWN = 20;

/** Some of many sentences alike, and how many more there are. */
export function shortList(notes: readonly string[]): readonly string[] {
  const more = notes.length - SHOWN;
  return more > 0 ? [...notes.slice(0, SHOWN), `… and ${more} more`] : notes;
}

function expand(path: string, written: string, options: SourceOptions): Expanded {
  // As a path it would be the working directory with all that is in it.
  if (written === '') {
    const hint = 'Is a variable in the command not set? The folder that you are in is ".".';
    throw new FdlError('source-empty', 'the name of a file to put is empty: ""', { hint, exitCode: 2 });
  }
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) {
    const hint =
      'Check the path; patterns like *.csv are expanded by the shell only where something matches.';
    throw new FdlError('source-not-found', `there is no file ${written}`, { hint, exitCode: 2 });
  }
  const name = basename(path);
  if (stats.isFile()) return { files: [{ path, name, size: stats.size }], skipped: [], notes: [] };
  if (!stats.isDirectory())
    return { files: [], skipped: [{ path, name, reason: kindProblem(stats) }], notes: [] };
  const { files, skipped, notes } = below(path, written, options);
  return { files: files.sort((a, b) => (a.name < b.name ? -1 : 1)), skipped, notes };
}

function below(top: string, written: string, options: SourceOptions) {
  const [files, skipped, notes]: [SourceFile[], SkippedSource[], string[]] = [[], [], []];
  const visit = (folder: string) => {
    for (const { entry, isText } of namedEntries(join(top, folder))) {
      const name = join(folder, entry.name);
      const path = join(top, name);
      const stats = isText ? statSync(path, { throwIfNoEntry: false }) : undefined;
      const reason = isText ? entryProblem(entry, stats) : NO_TEXT;
      const link = isText && entry.isSymbolicLink() ? linkOf({ top, path, stats }, options) : undefined;
      if (link) notes.push(`${join(written, name)} ${link.note}`);
      if (link?.left) continue;
      if (reason !== undefined) skipped.push({ path, name, reason });
      else if (entry.isDirectory()) visit(name);
      else if (stats?.isFile()) files.push({ path, name, size: stats.size });
    }
  };
  visit('');
  return { files, skipped, notes };
}

/** A link in a folder that is worth a word: what is said, and whether it is left out. */
interface Link {
  readonly note: string;
  readonly left: boolean;
}

/** What lies outside of a folder may not be meant to leave this machine: it is put, but never in silence. */
function linkOf(
  { top, path, stats }: { readonly top: string; readonly path: string; readonly stats: Stats | undefined },
  { followLinks = true }: SourceOptions,
): Link | undefined {
  if (!followLinks) return { note: 'is a link, which is left out', left: true };
  if (stats?.isDirectory()) return { note: 'is a link to a folder, which is not followed', left: true };
  if (!stats?.isFile()) return undefined;
  const [real, folder] = [realpathSync(path), realpathSync(top)];
  if (real.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return undefined;
  return {
    note: `is a link to ${real}, whose content is put; --no-follow-links leaves links out`,
    left: false,
  };
}

function entryProblem(entry: Dirent, stats: Stats | undefined): string | undefined {
  if (!stats) return entry.isSymbolicLink() ? DANGLING : 'it went away';
  return stats.isFile() || stats.isDirectory() ? undefined : kindProblem(stats);
}
