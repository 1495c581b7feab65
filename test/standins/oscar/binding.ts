/** JSON → service and service → JSON, as the server's language does it: strict in types, lenient in everything else. */
import type { FieldSpec, FieldType } from './fields.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
/** Plain data that handlers change in place, as the server does. */
// biome-ignore lint/suspicious/noExplicitAny: fields are checked by the binding, at run time
export type Service = Record<string, any>;

/** Why a body was refused, in the words of the server. */
export class BindingError extends Error {}

/** Reads a body. Unknown fields are left out, cases of letters do not count, `null` is nothing. */
export function bind(fields: readonly FieldSpec[], body: string): Service {
  let parsed: Json;
  try {
    parsed = JSON.parse(body) as Json;
  } catch (error) {
    throw new BindingError(body === '' ? 'EOF' : `invalid character: ${(error as Error).message}`);
  }
  const service = struct(fields, parsed, '');
  checkRequired(service);
  return service;
}

function struct(fields: readonly FieldSpec[], value: Json, path: string): Service {
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw wrongType(value, path, 'types.Service');
  const bound: Service = {};
  for (const [key, item] of Object.entries(value)) {
    const field =
      fields.find(({ name }) => name === key) ??
      fields.find(({ name }) => name.toLowerCase() === key.toLowerCase());
    if (!field || item === null) continue;
    const read = decode(field, item as Json, path ? `${path}.${field.name}` : field.name);
    bound[field.name] = field.type === 'map' ? { ...bound[field.name], ...(read as object) } : read;
  }
  return bound;
}

function decode(field: FieldSpec, value: Json, path: string): unknown {
  const { type, fields } = field;
  if (type === 'struct' || type === 'pointer') return struct(fields, value, path);
  if (type === '[]struct') return list(value, path, type).map((item) => struct(fields, item, path));
  if (type === '{}struct') {
    return mapOf(value, path, type, (item) => struct(fields, item, path));
  }
  if (type === 'map') return mapOf(value, path, type, (item) => scalar('string', item, path));
  if (type.startsWith('[]')) {
    const inner = type.slice(2) as FieldType;
    return list(value, path, type).map((item) => scalar(inner, item, path));
  }
  return scalar(type, value, path);
}

function list(value: Json, path: string, type: FieldType): readonly Json[] {
  if (!Array.isArray(value)) throw wrongType(value, path, type);
  return value;
}

function mapOf(value: Json, path: string, type: FieldType, read: (item: Json) => unknown): object {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw wrongType(value, path, type);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, read(item as Json)]));
}

function scalar(type: FieldType, value: Json, path: string): unknown {
  if (value === null) return type === 'string' ? '' : 0;
  const isRight =
    type === 'string' || type === 'bool'
      ? typeof value === (type === 'bool' ? 'boolean' : 'string')
      : Number.isInteger(value) && (type !== 'uint' || Number(value) >= 0);
  if (!isRight) throw wrongType(value, path, type);
  return value;
}

function wrongType(value: Json, path: string, type: string): BindingError {
  const what = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  const field = path ? `Go struct field Service.${path}` : 'Go value';
  return new BindingError(`json: cannot unmarshal ${what} into ${field} of type ${type}`);
}

function checkRequired(service: Service): void {
  const problem = (field: string, tag: string) =>
    new BindingError(
      `Key: 'Service.${field}' Error:Field validation for '${field}' failed on the '${tag}' tag`,
    );
  if (!service['name']) throw problem('Name', 'required');
  if ([...service['name']].length > 39) throw problem('Name', 'max');
  if (!service['image']) throw problem('Image', 'required');
  if (!service['script']) throw problem('Script', 'required');
}

/** The answer: every field that the release knows is there, with the zero of its type where nothing was set. */
export function answerOf(fields: readonly FieldSpec[], value: Service): Json {
  const entries = fields.flatMap(({ name, type, omitEmpty, fields: inner }) => {
    const shown = shownValue(type, inner, value[name]);
    return omitEmpty && isEmpty(shown) ? [] : [[name, shown] as const];
  });
  return Object.fromEntries(entries);
}

function shownValue(type: FieldType, fields: readonly FieldSpec[], value: unknown): Json {
  if (type === 'pointer') return value === undefined ? null : answerOf(fields, value as Service);
  if (type === 'struct') return answerOf(fields, (value ?? {}) as Service);
  if (type === '[]struct') return ((value ?? []) as Service[]).map((item) => answerOf(fields, item));
  if (type === '{}struct') {
    const items = Object.entries((value ?? {}) as Record<string, Service>);
    return Object.fromEntries(items.map(([key, item]) => [key, answerOf(fields, item)]));
  }
  const zero = type === 'map' ? {} : type.startsWith('[]') ? [] : type === 'string' ? '' : 0;
  return (value ?? (type === 'bool' ? false : zero)) as Json;
}

function isEmpty(value: Json): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return !value;
}
