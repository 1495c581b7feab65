/** What a failed command says. */
import { FdlError, messageOf } from '../errors.ts';
import type { Style } from './style.ts';

/** The error for people: what, where, and what to change. */
export function errorText(thrown: unknown, style: Style): string {
  const where = thrown instanceof FdlError && thrown.place ? `${placeText(thrown)}: ` : '';
  const lines = [`${where}${style('red', 'error')}: ${messageOf(thrown)}`];
  if (thrown instanceof FdlError && thrown.hint) lines.push(`  ${style('cyan', 'hint')}: ${thrown.hint}`);
  // Nobody planned for it: where it happened is what a report of it needs.
  if (!(thrown instanceof FdlError) && thrown instanceof Error && thrown.stack) lines.push(thrown.stack);
  return lines.join('\n');
}

function placeText({ place }: FdlError): string {
  return place ? `${place.file}:${place.line}:${place.column}` : '';
}

/** The error for programs. */
export function errorJson(thrown: unknown, mask: (text: string) => string): object {
  const message = mask(messageOf(thrown));
  if (!(thrown instanceof FdlError)) return { error: { code: 'internal', message } };
  const { code, hint, place, details } = thrown;
  return { error: { code, message, hint: hint && mask(hint), ...place, ...details } };
}
