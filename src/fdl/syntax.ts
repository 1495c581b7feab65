/** What is wrong with text that is no YAML. */
import type { YAMLException } from 'js-yaml';
import { type Diagnostic, error } from './diagnostic.ts';
import { placeAt, type Source } from './source.ts';

/** The parser's complaint as a finding. */
export function syntaxError(source: Source, thrown: YAMLException): Diagnostic {
  const offset = Math.min(thrown.mark?.position ?? 0, Math.max(source.text.length - 1, 0));
  const reason = withoutValues(thrown.reason);
  return error('yaml-syntax', `not valid YAML: ${reason}`, placeAt(source, offset), {
    hint: hintFor(reason),
  });
}

/** The parser quotes what it took for a tag or a handle, which may be a password that starts with `!`. */
function withoutValues(reason: string): string {
  return reason.replace(/: .*$/s, '').replace(/ "[^"]*"/g, '');
}

function hintFor(reason: string): string {
  if (/\btabs?\b/.test(reason)) return 'Indent with spaces.';
  if (/\btag\b/.test(reason)) return 'Put a value that starts with "!" into quotes.';
  if (/\b(alias|anchor)\b/.test(reason)) return 'Put a value that starts with "*" or "&" into quotes.';
  if (/non-printable|null byte/.test(reason)) return 'Remove the control character.';
  if (/within a/.test(reason)) return 'Close the quote or bracket that is open here.';
  if (/nesting/.test(reason)) return 'FDL needs fewer than 20 levels.';
  if (/indentation|multiline key|separator/.test(reason)) {
    return 'Align the line with its neighbours, write a space behind each colon and dash, and put a value that contains ": " into quotes.';
  }
  return 'Check indentation, quotes and brackets at this place and just above it.';
}
