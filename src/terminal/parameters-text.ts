/** The parameters of a file with their values, as a line for people. */
import type { ParameterValues } from '../fdl/parameters.ts';
import type { Style } from './style.ts';

const LONGEST = 60;

type Mask = (text: string) => string;

/** `parameters: STAGE=test, MEMORY=512`; nothing where the file has none. What is secret is hidden before a value is cut. */
export function parametersText(
  parameters: ParameterValues,
  style: Style,
  mask: Mask = (text) => text,
): string | undefined {
  const each = Object.entries(parametersJson(parameters, mask)).map(
    ([name, value]) => `${name}=${shown(value)}`,
  );
  return each.length > 0 ? `${style('dim', 'parameters:')} ${each.join(', ')}` : undefined;
}

/** The same for programs: a value that is a secret somewhere, such as a password of a cluster, is hidden. */
export function parametersJson(parameters: ParameterValues, mask: Mask): ParameterValues {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => {
      const text = mask(String(value));
      return [name, value === null || text === String(value) ? value : text];
    }),
  );
}

function shown(value: ParameterValues[string]): string {
  if (value === null || value === undefined) return '(no value)';
  const text = /^[^\s,"]+$/.test(String(value)) ? String(value) : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
