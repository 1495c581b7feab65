/**
 * Schemas of what commands print, written so that the compiler holds them against the types in the code: an object names
 * every field of its type and no other, and a choice every value. They are JSON Schema, draft 07, with fields that are
 * closed: what no schema names, no command prints.
 */

/** A JSON Schema of the values that a `T` becomes as JSON. */
export type Schema<T> = Readonly<Record<string, unknown>> & { readonly [type]?: T };
declare const type: unique symbol;

/** A field that may be absent. */
export interface Optional<T> {
  readonly optional: Schema<T>;
}

export type Fields<T> = {
  readonly [K in keyof T]-?: undefined extends T[K] ? Optional<Exclude<T[K], undefined>> : Schema<T[K]>;
};

export const text = (description: string): Schema<string> => ({ type: 'string', description });

/** A whole number; its description names the unit. */
export const integer = (description: string): Schema<number> => ({ type: 'integer', description });

/** A number, whole or not; its description names the unit. */
export const amount = (description: string): Schema<number> => ({ type: 'number', description });

export const flag = (description: string): Schema<boolean> => ({ type: 'boolean', description });

/** A moment. */
export const time = (description: string): Schema<string> => ({
  type: 'string',
  format: 'date-time',
  pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$',
  description: `${description} (ISO 8601, UTC)`,
});

/** One of some texts, each with what it means. */
export const oneOf = <T extends string>(
  description: string,
  meanings: Readonly<Record<T, string>>,
): Schema<T> => ({
  type: 'string',
  enum: Object.keys(meanings),
  description: `${description}: ${Object.entries(meanings)
    .map(([value, meaning]) => (meaning === '' ? `\`${value}\`` : `\`${value}\` (${meaning})`))
    .join(', ')}`,
});

export const optional = <T>(schema: Schema<T>): Optional<T> => ({ optional: schema });

export const list = <T>(description: string, items: Schema<T>): Schema<T[]> => ({
  type: 'array',
  items,
  description,
});

/** An object with names of the user's own. */
export const map = <T>(description: string, values: Schema<T>): Schema<Readonly<Record<string, T>>> => ({
  type: 'object',
  additionalProperties: values,
  description,
});

/** Any JSON value. */
export const anything = (description: string): Schema<never> => ({ description });

/** An object of somebody else, whose fields are not ours to name. */
export const foreign = (description: string): Schema<never> => ({ type: 'object', description });

/** One of several documents. */
export const either = <T>(...schemas: readonly Schema<T>[]): Schema<T> => ({ anyOf: schemas });

/** An object with these fields and no others. `T` is the type in the code that it is held against. */
export function object<T extends object>(description: string, fields: Fields<T>): Schema<T> {
  const entries = Object.entries(fields) as [string, Schema<unknown> | Optional<unknown>][];
  const properties = entries.map(([name, field]) => [name, isOptional(field) ? field.optional : field]);
  const required = entries.flatMap(([name, field]) => (isOptional(field) ? [] : [name]));
  return {
    type: 'object',
    description,
    properties: Object.fromEntries(properties),
    required,
    additionalProperties: false,
  };
}

function isOptional(field: Schema<unknown> | Optional<unknown>): field is Optional<unknown> {
  return 'optional' in field;
}
