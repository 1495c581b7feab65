/** The parameters of a file with their values, as a line for people. */
import type { ParameterValues } from '../fdl/parameters.ts';
import type { Style } from './style.ts';

const LONGEST = 60;

/** `parameters: STAGE=test, MEMORY=512`; nothing where the file has none. */
export function parametersText(parameters: ParameterValues, style: Style): string | undefined {
  const each = Object.entries(parameters).map(([name, value]) => `${name}=${shown(value)}`);
  return each.length > 0 ? `${style('dim', 'parameters:')} ${each.join(', ')}` : undefined;
}

function shown(value: ParameterValues[string]): string {
  if (value === null || value === undefined) return '(no value)';
  const text = /^[^\s,"]+$/.test(String(value)) ? String(value) : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
