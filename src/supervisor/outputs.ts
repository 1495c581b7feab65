/** Finds the files that a script left, and where each of them goes. */
import { type Dirent, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { compareKeys } from '../storage/key.ts';
import type { StepOutput } from './config.ts';

/** A file of the output folder. */
export interface ProducedFile {
  readonly file: string;
  /** Below the output folder, with slashes between names. */
  readonly name: string;
  /** It is a symbolic link, so its content stands elsewhere. */
  readonly linked: boolean;
}

export interface ProducedFiles {
  readonly files: readonly ProducedFile[];
  /** Names of what is left out: links to the outside or to folders, pipes and sockets. */
  readonly ignored: readonly string[];
}

/**
 * All files below `folder`, ordered by name. Links to files count where the file is below one of `allowed`: a link elsewhere would
 * carry out what does not belong to the invocation. Links to folders are not followed.
 */
export function producedFiles(folder: string, allowed: readonly string[]): ProducedFiles {
  // A script may have removed the folder, or put a link in its place: both leave nothing of its own.
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return { files: [], ignored: [] };
  const files: ProducedFile[] = [];
  const ignored: string[] = [];
  const visit = (below: string) => {
    for (const entry of readdirSync(path.join(folder, below), { withFileTypes: true })) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      const file = `${folder}/${name}`;
      if (entry.isDirectory()) visit(name);
      else if (counts(entry, file, allowed)) files.push({ file, name, linked: entry.isSymbolicLink() });
      else ignored.push(name);
    }
  };
  visit('');
  files.sort((a, b) => compareKeys(a.name, b.name));
  return { files, ignored };
}

function counts(entry: Dirent, file: string, allowed: readonly string[]): boolean {
  if (!entry.isSymbolicLink()) return entry.isFile();
  try {
    const real = realpathSync(file);
    return statSync(real).isFile() && allowed.some((folder) => real.startsWith(`${realpathSync(folder)}/`));
  } catch {
    // It points to nothing.
    return false;
  }
}

/** A file with the place it goes to. */
export interface Match {
  readonly file: ProducedFile;
  readonly output: StepOutput;
  readonly key: string;
}

/** Every file with every output that takes it: its name starts and ends as the output wants. */
export function matchOutputs(
  files: readonly ProducedFile[],
  outputs: readonly StepOutput[],
): readonly Match[] {
  return outputs.flatMap((output) =>
    files
      .filter(({ name }) => takes(output, name))
      .map((file) => ({ file, output, key: keyOf(output.prefix, file.name) })),
  );
}

function takes({ prefixes, suffixes }: StepOutput, name: string): boolean {
  const starts = prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix));
  return starts && (suffixes.length === 0 || suffixes.some((suffix) => name.endsWith(suffix)));
}

function keyOf(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}/${name}`;
}
