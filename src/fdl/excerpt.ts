/** The line that a finding is about, with a mark below it, and without the secrets that stand in it. */
import type { Place } from '../errors.ts';
import { withoutCredentials } from '../secret.ts';
import { UNPRINTABLE } from './diagnostic.ts';
import { endOfSecretName } from './secret-name.ts';
import { lineText, type Source } from './source.ts';

const WIDTH = 100;

export interface Excerpt {
  readonly line: number;
  readonly text: string;
  /** Characters before the one that is meant. */
  readonly indent: number;
}

/**
 * What stands behind or below a name that sounds like a secret is left out. The name decides and not the field, because
 * a file with a syntax error has no fields, and because variables of an environment have names of their own.
 */
export function excerptOf(source: Source, place: Place): Excerpt {
  const open = withoutCredentials(withoutSecrets(source, place.line));
  const whole = open.replaceAll('\t', ' ').replace(UNPRINTABLE, (found) => '·'.repeat(found.length));
  const from = place.column > WIDTH ? place.column - WIDTH / 2 : 0;
  const text = `${from > 0 ? '…' : ''}${whole.slice(from, from + WIDTH)}`;
  const indent = Math.max(0, Math.min(place.column - 1 - from + (from > 0 ? 1 : 0), text.length));
  return { line: place.line, text, indent };
}

function withoutSecrets(source: Source, line: number): string {
  const text = lineText(source, line);
  const owner = ownerOf(source, line);
  if (owner !== undefined) {
    const name = owner === 'section' ? endOfKey(text) : -1;
    return name < 0 ? `${' '.repeat(startOf(text))}…` : `${text.slice(0, name)} …`;
  }
  const end = endOfSecretName(text);
  return end < 0 || text.slice(end).trim() === '' ? text : `${text.slice(0, end)} …`;
}

/** Behind the colon of the key that a line starts with, or -1. */
function endOfKey(text: string): number {
  const colon = text.search(/:(\s|$)/);
  return colon < 0 ? -1 : colon + 1;
}

/** Where the content of a line starts, behind the dashes of list items. */
function startOf(text: string): number {
  return /^(?:[ \t]|-(?=\s))*/.exec(text)?.[0].length ?? 0;
}

/** A section of secrets by their names, whose names may be shown. */
const SECTION = /^[\s-]*(secrets|headers):\s*$/i;

/**
 * Whether a line is part of what stands above it: of a `value` that is secret, or a `section` of such values. What
 * stands above is less indented; where an indentation is wrong, it is the line before that leaves something open.
 */
function ownerOf(source: Source, line: number): 'value' | 'section' | undefined {
  const text = lineText(source, line);
  let column = endOfKey(text) < 0 ? Number.POSITIVE_INFINITY : startOf(text);
  let isAdjacent = true;
  let isDirect = true;
  for (let above = line - 1; above > 0 && (column > 0 || isAdjacent); above--) {
    if (!isAdjacent && !startsBefore(source, above, column)) continue;
    const other = lineText(source, above);
    const start = startOf(other);
    if (start === other.length || other[start] === '#') continue;
    const encloses = start < column && endOfKey(other) >= 0;
    if (!encloses && !isAdjacent) continue;
    const end = endOfSecretName(other);
    const value = other.slice(end).trim();
    if (end >= 0 && encloses) return isDirect && SECTION.test(other) ? 'section' : 'value';
    if (end >= 0 && (value === '' || leavesOpen(value))) return value === '' ? 'section' : 'value';
    if (encloses) {
      column = start;
      isDirect = false;
    }
    isAdjacent = false;
  }
  return undefined;
}

/** Whether a line may be less indented than `column`: asked of every line above, of which there may be many. */
function startsBefore({ text, lineStarts }: Source, line: number, column: number): boolean {
  const from = lineStarts[line - 1] ?? 0;
  for (let at = from; at < from + column && at < text.length; at++) {
    if (!' \t-'.includes(text.charAt(at))) return true;
  }
  return false;
}

function leavesOpen(value: string): boolean {
  const quote = /^["']/.exec(value)?.[0];
  return quote !== undefined && value.split(quote).length % 2 === 0;
}
