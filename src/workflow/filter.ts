/** Which objects below a folder a step takes: of an input those that start it, of an output those that go there. */
import type { Filter, Folder } from './model.ts';

/** The start and the end of keys in a bucket; empty for any. */
export interface KeyPattern {
  readonly prefix: string;
  readonly suffix: string;
}

/** A folder with what is to be of its files. */
export type FilteredFolder = Pick<Folder, 'prefix'> & Partial<Filter>;

/**
 * The patterns of all keys that belong into a folder. None is part of another: of the endings `.gz` and `.tar.gz`, the
 * first alone says it all.
 */
export function keyPatterns({ prefix, prefixes = [], suffixes = [] }: FilteredFolder): readonly KeyPattern[] {
  const folder = prefix === '' ? '' : `${prefix}/`;
  const [starts, ends] = [shortestStarts(prefixes), shortestEnds(suffixes)];
  return starts.flatMap((start) => ends.map((suffix) => ({ prefix: folder + start, suffix })));
}

function shortestStarts(prefixes: readonly string[]): readonly string[] {
  return shortest(prefixes, (text, start) => text.startsWith(start));
}

function shortestEnds(suffixes: readonly string[]): readonly string[] {
  return shortest(suffixes, (text, end) => text.endsWith(end));
}

/** Those of the texts that no other one is a part of; the empty text, which is a part of all, where there are none. */
function shortest(
  texts: readonly string[],
  isPart: (text: string, part: string) => boolean,
): readonly string[] {
  const all = [...new Set(texts.length === 0 ? [''] : texts)];
  return all.filter((text) => !all.some((part) => part !== text && isPart(text, part)));
}

/** Whether an object with this key belongs into the folder. */
export function takesKey(folder: FilteredFolder, key: string): boolean {
  return keyPatterns(folder).some(({ prefix, suffix }) => key.startsWith(prefix) && key.endsWith(suffix));
}

/** Whether there may be a key that fits both patterns. */
export function mayOverlap(a: KeyPattern, b: KeyPattern): boolean {
  const starts = a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix);
  return starts && (a.suffix.endsWith(b.suffix) || b.suffix.endsWith(a.suffix));
}

/** Whether an object may belong into both folders, which are in one bucket. */
export function mayShare(a: FilteredFolder, b: FilteredFolder): boolean {
  return keyPatterns(a).some((one) => keyPatterns(b).some((other) => mayOverlap(one, other)));
}

/** What the names of a folder's files must be like, for people; nothing where all are taken. */
export function filterText({ prefixes = [], suffixes = [] }: Partial<Filter>): string | undefined {
  const parts = [
    ...namesThat('start with', shortestStarts(prefixes)),
    ...namesThat('end with', shortestEnds(suffixes)),
  ];
  return parts.length > 0 ? parts.join(' and ') : undefined;
}

/** In quotes where one could not be told from the words around it; nothing where any name will do. */
function namesThat(what: string, texts: readonly string[]): readonly string[] {
  if (texts.includes('')) return [];
  const shown = texts.map((text) => (/\s/.test(text) ? JSON.stringify(text) : text));
  return [`${what} ${shown.join(' or ')}`];
}
