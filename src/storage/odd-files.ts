/** What of a folder cannot become an object, and why. */
import { isUtf8 } from 'node:buffer';
import { type Dirent, readdirSync } from 'node:fs';

/** Something in a folder that cannot become an object. */
export interface Skipped {
  /** The path below the folder; what is no UTF-8 is shown as U+FFFD. */
  readonly name: string;
  /** As a clause. */
  readonly reason: string;
}

/** An entry of a folder. `isText`: its name is UTF-8, so that it can be opened by it. */
export interface NamedEntry {
  readonly entry: Dirent;
  readonly isText: boolean;
}

/** The entries of a folder. Names are bytes on Linux; keys of objects are UTF-8, and Node's names, too. */
export function namedEntries(folder: string): readonly NamedEntry[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  const isText = (valid: ReadonlySet<string> | undefined) =>
    entries.map((entry) => ({ entry, isText: valid?.has(entry.name) ?? true }));
  // U+FFFD, which Node puts for what is no UTF-8, hardly ever stands in a name: only then the bytes are looked at.
  if (!entries.some(({ name }) => name.includes('\ufffd'))) return isText(undefined);
  const names = readdirSync(folder, { encoding: 'buffer' });
  return isText(new Set(names.flatMap((name) => (isUtf8(name) ? [name.toString('utf8')] : []))));
}

/** Why an entry that is neither file, folder nor link cannot become an object, as a clause. */
export function kindProblem(entry: Pick<Dirent, 'isFIFO' | 'isSocket'>): string {
  if (entry.isFIFO()) return 'it is a pipe, not a file';
  return entry.isSocket() ? 'it is a socket, not a file' : 'it is a device, not a file';
}

export const NO_TEXT = 'its name is no valid UTF-8 text';
export const DANGLING = 'it is a link to what is not there';
