/** Finds the files that a script left, and where each of them goes. */
import { lstatSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { hasCode } from '../errors.ts';
import { compareKeys } from '../storage/key.ts';
import { DANGLING, kindProblem, NO_TEXT, namedEntries, type Skipped } from '../storage/odd-files.ts';
import type { StepOutput } from './config.ts';

/** A file of the output folder. */
interface ProducedFile {
  readonly file: string;
  /** Below the output folder, with slashes between names. */
  readonly name: string;
  /** It is a symbolic link, so its content stands elsewhere. */
  readonly linked: boolean;
}

interface ProducedFiles {
  readonly files: readonly ProducedFile[];
  /** Names of what is left out on purpose: links to the outside or to folders. */
  readonly ignored: readonly string[];
  /** What would be stored if it could. */
  readonly skipped: readonly Skipped[];
}

/**
 * All files below `folder`, ordered by name. Links to files count where the file is below one of `allowed`: a link elsewhere would
 * carry out what does not belong to the invocation. Links to folders are not followed.
 */
export function producedFiles(folder: string, allowed: readonly string[]): ProducedFiles {
  const found = { files: [] as ProducedFile[], ignored: [] as string[], skipped: [] as Skipped[] };
  // A script may have removed the folder, or put a link in its place: both leave nothing of its own.
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return found;
  const visit = (below: string) => {
    for (const { entry, isText } of namedEntries(path.join(folder, below))) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      const file = `${folder}/${name}`;
      if (!isText) found.skipped.push({ name, reason: NO_TEXT });
      else if (entry.isDirectory()) visit(name);
      else if (entry.isFile()) found.files.push({ file, name, linked: false });
      else if (!entry.isSymbolicLink()) found.skipped.push({ name, reason: kindProblem(entry) });
      else if (leadsNowhere(file)) found.skipped.push({ name, reason: DANGLING });
      else if (isAllowed(file, allowed)) found.files.push({ file, name, linked: true });
      else found.ignored.push(name);
    }
  };
  visit('');
  found.files.sort((a, b) => compareKeys(a.name, b.name));
  return found;
}

/** To nothing, or in a circle. */
function leadsNowhere(link: string): boolean {
  try {
    realpathSync(link);
    return false;
  } catch (error) {
    return hasCode(error, 'ENOENT') || hasCode(error, 'ELOOP') || hasCode(error, 'ENOTDIR');
  }
}

function isAllowed(link: string, allowed: readonly string[]): boolean {
  try {
    const real = realpathSync(link);
    return statSync(real).isFile() && allowed.some((folder) => real.startsWith(`${realpathSync(folder)}/`));
  } catch {
    // Nobody but its owner may look there.
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

/** Whether any output wants a file of this name. */
export function isWanted(name: string, outputs: readonly StepOutput[]): boolean {
  return outputs.some((output) => takes(output, name));
}

function takes({ prefixes, suffixes }: StepOutput, name: string): boolean {
  const starts = prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix));
  return starts && (suffixes.length === 0 || suffixes.some((suffix) => name.endsWith(suffix)));
}

function keyOf(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}/${name}`;
}
