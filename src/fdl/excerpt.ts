/** The line that a finding is about, with a mark below it, and without the secrets that stand in it. */
import type { Place } from '../errors.ts';
import { lineText, type Source } from './source.ts';

const SECRET_KEY = /^(.*(?:secret|pass|token|key|credential)[^:]*:\s*).+$/i;
const WIDTH = 100;

export interface Excerpt {
  readonly line: number;
  readonly text: string;
  /** Characters before the one that is meant. */
  readonly indent: number;
}

/**
 * A line whose key sounds like a secret is cut behind the key. The name decides and not the field, because a file with
 * a syntax error has no fields, and because variables of an environment have names of their own.
 */
export function excerptOf(source: Source, place: Place): Excerpt {
  const whole = lineText(source, place.line).replaceAll('\t', ' ').replace(SECRET_KEY, '$1…');
  const from = place.column > WIDTH ? place.column - WIDTH / 2 : 0;
  const text = `${from > 0 ? '…' : ''}${whole.slice(from, from + WIDTH)}`;
  const indent = Math.min(place.column - 1 - from + (from > 0 ? 1 : 0), text.length);
  return { line: place.line, text, indent };
}
