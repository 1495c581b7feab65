/**
 * Non-breaking spaces come with text copied from web pages. YAML takes them for letters, so that a key has an
 * invisible letter more, or an indentation is none. Where they can only be meant as spaces (in the indentation, at the
 * end of a line, behind `:` and `-`) they are read as spaces.
 */
import type { Source } from './source.ts';

export interface Spaces {
  /** The source with ordinary spaces: of the same length, so offsets stay. */
  readonly text: string;
  /** Offset of the first replaced character of each line. */
  readonly replaced: readonly number[];
}

const EDGES = /^[ \t\u00a0]+|(?<=[:\-?])[ \t\u00a0]+|[ \t\u00a0]+(?=\r?$)/gm;

export function ordinarySpaces({ text }: Source): Spaces {
  if (!text.includes('\u00a0')) return { text, replaced: [] };
  const replaced: number[] = [];
  const cleaned = text.replace(EDGES, (run, offset: number) => {
    if (run.includes('\u00a0')) replaced.push(offset + run.indexOf('\u00a0'));
    return run.replaceAll('\u00a0', ' ');
  });
  return { text: cleaned, replaced };
}
