/** What a failed command says. */
import { presentable } from '../errors.ts';
import type { Style } from './style.ts';

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
