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
  const starts = shortest(prefixes, (text, start) => text.startsWith(start));
  const ends = shortest(suffixes, (text, end) => text.endsWith(end));
  return starts.flatMap((start) => ends.map((suffix) => ({ prefix: folder + start, suffix })));
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
    ...(prefixes.length > 0 ? [`start with ${prefixes.join(' or ')}`] : []),
    ...(suffixes.length > 0 ? [`end with ${suffixes.join(' or ')}`] : []),
  ];
  return parts.length > 0 ? parts.join(' and ') : undefined;
}
