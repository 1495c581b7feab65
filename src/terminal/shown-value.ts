/** Which texts of a JSON document are for people. */
import { withoutCredentials } from '../secret.ts';

/** Fields with what scripts printed and with sentences; all others name things, and programs look for these names. */
const FREE_TEXT: readonly string[] = [
  ...['message', 'hint', 'reason', 'error', 'log', 'result', 'text', 'notes', 'note', 'warning'],
];

/**
 * A value as JSON may show it: secrets are masked in free text, and only there, since a name such as `acme-test-files`
 * is no secret because somebody's secret is `test`. What is a credential in itself is hidden everywhere.
 */
export function shownValue(value: unknown, mask: (text: string) => string, field = ''): unknown {
  if (typeof value === 'string') return FREE_TEXT.includes(field) ? mask(value) : withoutCredentials(value);
  if (Array.isArray(value)) return value.map((each) => shownValue(each, mask, field));
  if (typeof value !== 'object' || value === null) return value;
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function')
    return shownValue((value as { toJSON(): unknown }).toJSON(), mask, field);
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, shownValue(each, mask, name)]),
  );
}
