/** `${env:NAME}` and `${env:NAME:-default}` in the values of a file. Everything else with `${` stays as it is. */

export type Environment = Readonly<Record<string, string | undefined>>;

interface Interpolated {
  readonly text: string;
  /** Values that came from the environment; defaults are not among them, they stand in the file. */
  readonly values: readonly string[];
  /** Names that the environment lacks and that have no default; their references stay, as `${env:NAME}`. */
  readonly missing: readonly string[];
}

const REFERENCE = /\$\{env:([^}]*)\}/g;
const NAME = /^\s*([^:\s]+)\s*(?::-(.*))?$/s;

/** As in a shell, a default also stands in for a variable that is set but empty. */
export function interpolate(text: string, environment: Environment): Interpolated {
  const end = text.lastIndexOf('}') + 1;
  if (!text.includes('${env:') || end === 0) return { text, values: [], missing: [] };
  const values: string[] = [];
  const missing: string[] = [];
  const result = text.slice(0, end).replace(REFERENCE, (whole, inner: string) => {
    const [, name, fallback] = NAME.exec(inner) ?? [];
    if (name === undefined) return whole;
    const found = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (found !== undefined && (found !== '' || fallback === undefined)) {
      values.push(found);
      return found;
    }
    if (fallback !== undefined) return fallback;
    missing.push(name);
    return `\${env:${name}}`;
  });
  return { text: result + text.slice(end), values, missing };
}
