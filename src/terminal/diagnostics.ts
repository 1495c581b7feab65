/** Findings as text (`file:line:column`, the line, a mark, a hint) and as JSON. */
import type { Diagnostic } from '../fdl/diagnostic.ts';
import { excerptOf } from '../fdl/excerpt.ts';
import type { Source } from '../fdl/source.ts';
import type { Style } from './style.ts';

/** One finding, as compilers show theirs. */
export function diagnosticText(diagnostic: Diagnostic, source: Source | undefined, style: Style): string {
  const { severity, message, hint, place, code } = diagnostic;
  const where = `${place.file}:${place.line}:${place.column}`;
  const label = style(severity === 'error' ? 'red' : 'yellow', severity);
  const lines = [`${style('bold', where)}: ${label}: ${message} ${style('dim', `[${code}]`)}`];
  if (source?.text) {
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
