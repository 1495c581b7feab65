/** Objects that become files of one folder: which of them can, beside each other and beside what is there. */
import { existsSync, lstatSync, mkdtempSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../make-folder.ts';
import { keyProblem } from './key.ts';

/** An object, and the path that it is to have below the folder, with slashes between names. */
interface KeyedObject {
  readonly uri: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

interface Refusal {
  /** As a clause. */
  readonly reason: string;
  /** What to change, as a sentence. */
  readonly hint: string;
}

interface Placement<T> {
  readonly files: readonly { readonly object: T; readonly file: string }[];
  /** Those that would leave the folder, be no file, or take another one's place. */
  readonly refused: readonly (Refusal & { readonly object: T })[];
}

/** What is known of the file system; by default, it is asked. */
interface FileSystem {
  readonly platform?: string | undefined;
  /** Whether `a` and `A` are one name in a folder. */
  readonly foldsNames?: (dir: string) => boolean;
}

/**
 * Says for each object which file below `dir` it becomes, or why it may become none. Links in the folder are not
 * followed, because whoever names the keys would choose then where files go. Of two objects with one path the first
 * stays, and of a file and a folder with one name the folder. Where the file system takes `a` and `A` for one name, so
 * does this. Objects of one path and one size count as the same: a step may write one result to two stores.
 */
export function placeFiles<T extends KeyedObject>(
  dir: string,
  objects: readonly T[],
  { platform, foldsNames = fileSystemFolds }: FileSystem = {},
): Placement<T> {
  const files: { object: T; file: string }[] = [];
  const refused: (Refusal & { object: T })[] = [];
  const linked = linkFinder(dir);
  const fit = objects.filter((object) => keyProblem(object.path, platform) === undefined);
  const rivals = rivalFinder(dir, fit, foldsNames);
  for (const object of objects) {
    const refusal = unfit(object.path, platform) ?? linked(object.path) ?? rivals(object);
    if (refusal) refused.push({ object, ...refusal });
    else files.push({ object, file: path.join(dir, object.path) });
  }
  return { files, refused };
}

const OTHER_KEY = 'Copy such an object to another key in its store, and get that one.';

function unfit(key: string, platform: string | undefined): Refusal | undefined {
  const problem = keyProblem(key, platform);
  return problem === undefined
    ? undefined
    : { reason: `no file can have its key as a path: ${problem}`, hint: OTHER_KEY };
}

function linkFinder(dir: string): (key: string) => Refusal | undefined {
  const find = linkAbove(dir);
  return (key) => {
    const link = find(key);
    if (link === undefined) return undefined;
    const reason = `"${link}" is a link, which is not followed`;
    return { reason, hint: 'Remove the link, or name the folder that it points to.' };
  };
}

/** Finds the first link among the folders below `dir` that lead to a file, as a path. Each folder is looked at once. */
export function linkAbove(dir: string): (key: string) => string | undefined {
  const isLink = new Map<string, boolean>();
  const look = (folder: string) => {
    const known = isLink.get(folder);
    if (known !== undefined) return known;
    const link = lstatSync(path.join(dir, folder), { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
    isLink.set(folder, link);
    return link;
  };
  return (key) => {
    const link = foldersOf(key).find(look);
    return link === undefined ? undefined : path.join(dir, link);
  };
}

/** `a` and `a/b` of `a/b/c`. */
function foldersOf(key: string): readonly string[] {
  const names = key.split('/').slice(0, -1);
  return names.map((_name, index) => names.slice(0, index + 1).join('/'));
}

/** Finds what takes the place of an object: one that came before, or those in the folder of its name. */
function rivalFinder<T extends KeyedObject>(
  dir: string,
  fit: readonly T[],
  foldsNames: (dir: string) => boolean,
): (object: T) => Refusal | undefined {
  const fold = mayFold(fit) && foldsNames(dir) ? folded : (key: string) => key;
  const folders = new Map(
    fit.flatMap(({ path: key, uri }) => foldersOf(fold(key)).map((each) => [each, uri])),
  );
  const taken = new Map<string, T>();
  return (object) => {
    const key = fold(object.path);
    const below = folders.get(key);
    if (below !== undefined) return rival(`it would be a file, and ${below} needs a folder of its name`);
    const first = taken.get(key);
    if (first === undefined) taken.set(key, object);
    const isSame = first === undefined || (first.path === object.path && first.size === object.size);
    return isSame ? undefined : rival(`${first.uri} becomes the same file`);
  };
}

function rival(reason: string): Refusal {
  return { reason, hint: 'Get one of them by its name to a folder of its own: fdl get NAME -o FOLDER.' };
}

/**
 * What names have in common that a file system takes for one where it folds case. Systems differ in which letters they fold
 * (`ſ` and `s`, `ß` and `ss`, composed and decomposed ones): what any of them folds is folded here.
 */
function folded(key: string): string {
  return key.normalize('NFD').toUpperCase().toLowerCase().normalize('NFC');
}

/** Whether it matters if names are folded: asking the file system takes a moment. */
function mayFold(objects: readonly KeyedObject[]): boolean {
  const names = new Set(objects.flatMap(({ path: key }) => [key, ...foldersOf(key)]));
  return new Set([...names].map(folded)).size < names.size;
}

/** Whether `a` and `A` are one name in a folder, which is made if need be; no where nothing can be written there. */
function fileSystemFolds(dir: string): boolean {
  try {
    makeFolder(dir);
    const probe = mkdtempSync(path.join(dir, '.fdl-part-a'));
    const isOne = existsSync(path.join(dir, path.basename(probe).toUpperCase()));
    rmdirSync(probe);
    return isOne;
  } catch {
    return false;
  }
}
