/**
 * Non-breaking spaces come with text copied from web pages. YAML takes them for letters, so that a key has an
 * invisible letter more, or an indentation is none. Where they can only be meant as spaces (in the indentation, at the
 * end of a line, behind `:` and `-`) they are read as spaces.
 */
import type { Source } from './source.ts';

export interface Spaces {
  /** The source with ordinary spaces: of the same length, so offsets stay. */
  readonly text: string;
  /** Offset of the first replaced character of each run. */
  readonly replaced: readonly number[];
}

/** Whole runs, whatever surrounds them: looking for their surroundings here would take squared time. */
const RUN = /[ \t\u00a0]+/g;
const BEFORE = new Set(['', '\r', '\n', ':', '-', '?']);
const BEHIND = new Set(['', '\r', '\n']);

export function ordinarySpaces({ text }: Source): Spaces {
  if (!text.includes('\u00a0')) return { text, replaced: [] };
  const replaced: number[] = [];
  const cleaned = text.replace(RUN, (run, offset: number) => {
    const isEdge = BEFORE.has(text.charAt(offset - 1)) || BEHIND.has(text.charAt(offset + run.length));
    if (!isEdge || !run.includes('\u00a0')) return run;
    replaced.push(offset + run.indexOf('\u00a0'));
    return run.replaceAll('\u00a0', ' ');
  });
  return { text: cleaned, replaced };
}
