/**
 * The building blocks of the FDL schema. A field is a piece of JSON Schema that also carries, in its type, what a
 * normalised value of it looks like: `Value<typeof field>`. The schema is what editors and ajv read; `normalise`
 * walks the same pieces to turn what people write (`cpu: 1.10`, `suffix: wav`, `memory: "512"`) into one form.
 */
import type { Text } from '../../secret.ts';

/** How a scalar of this field is read. `text` takes the source as it stands, so `1.10` stays `1.10`. */
export type Scalar = 'text' | 'secret' | 'integer' | 'number' | 'flag';

/** What a field says of itself, for people and for editors. */
export interface About {
  readonly title?: string;
  readonly description: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  /** Releases that know the field, as `OSCAR 3.4.0` or `OSCAR 2.5.0–4.0.0`; several tools separated by commas. */
  readonly since?: string;
  /** What to write instead, where a field is out of use. */
  readonly deprecated?: string;
}

declare const value: unique symbol;

/** A JSON Schema with the type of its normalised value. */
export interface Field<T = unknown> {
  readonly [value]?: T;
  readonly [keyword: string]: unknown;
}

/** The normalised value of a field. */
export type Value<F> = F extends Field<infer T> ? T : never;

/** `${…}`: a value that is only known after interpolation passes every check of the schema. */
const INTERPOLATED = '\\$\\{';

function about(texts: About): Record<string, unknown> {
  const { since, deprecated, ...rest } = texts;
  const parts = [rest.description, since && `Since: ${since}.`, deprecated && `Deprecated: ${deprecated}`];
  return {
    ...rest,
    description: parts.filter(Boolean).join(' '),
    ...(since && { 'x-since': since }),
    ...(deprecated && { deprecated: true, deprecationMessage: deprecated }),
  };
}

const SCALAR_TYPES = ['string', 'number', 'boolean', 'null'];

/** What a text says of itself. */
interface AboutText extends About {
  /** The values that work, in any case of letters: another one is a warning, since the older tools read it. */
  readonly values?: readonly string[];
  /** It names something public (`x-public`): it may be shown even where its value came from the environment. */
  readonly public?: boolean;
  /** It is the path of a file on this machine (`x-file`). */
  readonly file?: boolean;
  /** It is one word (`x-word`): in a list, an item of several words is several items. */
  readonly word?: boolean;
}

/** A text; numbers and booleans are taken as written. */
export function text(texts: AboutText): Field<string> {
  const { values, public: shown, file, word, ...rest } = texts;
  return {
    type: SCALAR_TYPES,
    'x-scalar': 'text',
    ...(values && { anyOf: [{ enum: [...values] }, { pattern: anyCase(values) }] }),
    ...((shown || values) && { 'x-public': true }),
    ...(file && { 'x-file': true }),
    ...(word && { 'x-word': true }),
    ...about(rest),
  };
}

function anyCase(values: readonly string[]): string {
  const letters = (word: string) =>
    word.replace(/[a-zA-Z]/g, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`);
  return `^(${values.map(letters).join('|')})?$|${INTERPOLATED}`;
}

/** A text that is hidden in every output. */
export function secret(texts: About): Field<Text> {
  return { type: SCALAR_TYPES, 'x-scalar': 'secret', ...about(texts) };
}

/**
 * The value of an environment variable: a text as written, or a `Secret` where it came from the environment of this
 * machine (`x-environment`).
 */
export function variable(texts: About): Field<Text> {
  return { type: SCALAR_TYPES, 'x-scalar': 'text', 'x-environment': true, ...about(texts) };
}

/** Data of any shape that is handed on as it is. */
export function anything(texts: About): Field {
  return about(texts);
}

/** A whole number. `min` and `max` are not enforced here: limits of a service are checked where it is deployed. */
export function integer(texts: About): Field<number> {
  const pattern = `^\\s*[+-]?[0-9]+\\s*$|${INTERPOLATED}`;
  return { type: ['integer', 'string', 'null'], pattern, 'x-scalar': 'integer', ...about(texts) };
}

/** A number that may have a fraction. */
export function decimal(texts: About): Field<number> {
  const pattern = `^\\s*[+-]?[0-9]+(\\.[0-9]+)?\\s*$|${INTERPOLATED}`;
  return { type: ['number', 'string', 'null'], pattern, 'x-scalar': 'number', ...about(texts) };
}

/** True or false; the spellings of YAML 1.1 (`yes`, `on`) count too, since SCAR reads them. */
export function flag(texts: About): Field<boolean> {
  const pattern = `^\\s*([Tt]rue|TRUE|[Ff]alse|FALSE|[Yy]es|YES|[Nn]o|NO|[Oo]n|ON|[Oo]ff|OFF)\\s*$|${INTERPOLATED}`;
  return { type: ['boolean', 'string', 'null'], pattern, 'x-scalar': 'flag', ...about(texts) };
}

/** A list. One item without a list around it counts as a list of one, where the items are scalars. */
export function list<T>(item: Field<T>, texts: About): Field<readonly T[]> {
  const single = item['x-scalar'] ? limitsOf(item) : { type: ['null'] };
  return { ...single, type: ['array', ...single.type], items: item, ...about(texts) };
}

/** What a scalar field demands of its value, without what it says of itself. */
function limitsOf(item: Field): { readonly type: readonly string[]; readonly [keyword: string]: unknown } {
  const { type, pattern, anyOf } = item as { type: string[]; pattern?: unknown; anyOf?: unknown };
  return { type, ...(pattern !== undefined && { pattern }), ...(anyOf !== undefined && { anyOf }) };
}

/** A map with names that the user chooses. */
export function record<T>(item: Field<T>, texts: About): Field<Readonly<Record<string, T>>> {
  return { type: ['object', 'null'], additionalProperties: item, ...about(texts) };
}

/** A map with fields that the language defines; every field may be missing. */
export function section<F extends Readonly<Record<string, Field>>>(
  fields: F,
  texts: About & { readonly required?: readonly (keyof F & string)[] },
): Field<{ readonly [K in keyof F]?: Value<F[K]> }> {
  const { required, ...rest } = texts;
  return {
    type: ['object', 'null'],
    properties: fields,
    additionalProperties: false,
    ...(required && { required }),
    ...about(rest),
  };
}

// What `environment` sections are made of.

/** Variables by name; `since` as in `About`. */
export function variables(since: string) {
  return record(variable({ title: 'Variable', description: 'Value of one environment variable.' }), {
    title: 'Variables',
    description: 'Environment variables by name. Values that come from `${env:…}` are kept as secrets.',
    examples: [{ THRESHOLD: '0.5' }],
    since,
  });
}

/** Secret variables by name. */
export function secrets(since: string) {
  return record(secret({ title: 'Secret', description: 'Value of one secret environment variable.' }), {
    title: 'Secrets',
    description: 'Environment variables whose values are stored as secrets and never shown.',
    examples: [{ API_TOKEN: '${env:API_TOKEN}' }],
    since,
  });
}
