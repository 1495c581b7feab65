/** Findings as text (`file:line:column`, the line, a mark, a hint) and as JSON. */
import { type Place, presentable } from '../errors.ts';
import { type Diagnostic, UNPRINTABLE } from '../fdl/diagnostic.ts';
import { endOfSecretName } from '../fdl/secret-name.ts';
import { lineText, type Source } from '../fdl/source.ts';
import { withoutCredentials } from '../secret.ts';
import { countOf } from './amount.ts';
import type { Style } from './style.ts';

/** One finding, as compilers show theirs. */
export function diagnosticText(diagnostic: Diagnostic, source: Source | undefined, style: Style): string {
  const { severity, message, hint, place, code } = diagnostic;
  const where = `${place.file}:${place.line}:${place.column}`;
  const label = style(severity === 'error' ? 'red' : 'yellow', severity);
  const lines = [`${style('bold', where)}: ${label}: ${message} ${style('dim', `[${code}]`)}`];
  if (source?.text && source.file === place.file) {
    const { line, text, indent } = excerptOf(source, place);
    const gutter = String(line).padStart(5);
    lines.push(`${style('dim', `${gutter} |`)} ${text}`, `${style('dim', '      |')} ${' '.repeat(indent)}^`);
  }
  if (hint) lines.push(`      ${style('cyan', 'hint')}: ${hint}`);
  return lines.join('\n');
}

/** `2 errors, 1 warning`. */
export function countText(diagnostics: readonly Diagnostic[]): string {
  const count = (severity: string, word: string) => {
    const number = diagnostics.filter((each) => each.severity === severity).length;
    return number > 0 ? [`${number} ${word}${number === 1 ? '' : 's'}`] : [];
  };
  return [...count('error', 'error'), ...count('warning', 'warning')].join(', ');
}

/** The verdict on a file that can be read, but not used where it is to run. */
export function keptText(findings: number, where: 'cloud' | 'local', style: Style): string {
  const kept = where === 'local' ? 'cannot be run here' : 'cannot be deployed';
  return `${style('red', `reads well, but ${kept}`)}: ${countOf(findings, 'finding')}`;
}

// The line that a finding is about, with a mark below it, and without the secrets that stand in it.

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

// What a failed command says.

/** The error for people: what, where, and what to change; with `debug` also where in the program it came from. */
export function errorText(thrown: unknown, style: Style, debug = false): string {
  const { message, hint, place } = presentable(thrown);
  const where = place ? `${place.file}:${place.line}:${place.column}: ` : '';
  const lines = [`${where}${style('red', 'error')}: ${message}`];
  if (hint) lines.push(`  ${style('cyan', 'hint')}: ${hint}`);
  if (debug) lines.push(...stacksOf(thrown));
  return lines.join('\n');
}

function stacksOf(thrown: unknown): readonly string[] {
  return thrown instanceof Error ? [thrown.stack ?? thrown.message, ...stacksOf(thrown.cause)] : [];
}

/** The error for programs. */
export function errorJson(thrown: unknown, mask: (text: string) => string): object {
  const { code, message, hint, place, details } = presentable(thrown);
  return { error: { code, message: mask(message), hint: hint && mask(hint), ...place, ...details } };
}
