/** Holds values against the constraints of their shapes: required, min, max, pattern, enum, deprecated, types. */
import { type Member, type Model, type Shape, shapeOf } from './model.ts';

/** That a value does not keep to a rule. */
export interface Breach {
  readonly member: string;
  readonly value: unknown;
  readonly rule: string;
  readonly says: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** What of a value breaks the rules of a shape. Blobs are texts in base64, or `undefined` where nobody read them. */
export function breaches(model: Model, shapeName: string, value: unknown, at = ''): readonly Breach[] {
  const shape = shapeOf(model, shapeName);
  const breach = (rule: string, says: string): Breach => {
    return { member: at, value, rule, says: `${says}; shape ${shapeName} of ${model.source}` };
  };
  const wrongType = typeBreach(shape, value);
  if (wrongType) return [breach('type', wrongType)];
  if (shape.type === 'structure') return ofStructure(model, shape, value as Fields, at, breach);
  const own = limits(shape, value).map(([rule, says]) => breach(rule, says));
  const inner = (member: Member | undefined, each: unknown, where: string) =>
    member ? breaches(model, member.shape, each, where) : [];
  if (shape.type === 'list') {
    const all = (value as readonly unknown[]).flatMap((each, i) => inner(shape.member, each, `${at}[${i}]`));
    return [...own, ...all];
  }
  if (shape.type === 'map') {
    const all = Object.entries(value as Fields).flatMap(([key, each]) => [
      ...inner(shape.key, key, `${at}{${key}} as a key`),
      ...inner(shape.value, each, `${at}{${key}}`),
    ]);
    return [...own, ...all];
  }
  return own;
}

function ofStructure(
  model: Model,
  { members = {}, required = [], union = false }: Shape,
  value: Fields,
  at: string,
  breach: (rule: string, says: string) => Breach,
): readonly Breach[] {
  const where = (name: string) => (at === '' ? name : `${at}.${name}`);
  const given = Object.keys(value).filter((name) => value[name] !== undefined && value[name] !== null);
  const missing = required.filter((name) => !given.includes(name));
  return [
    ...missing.map((name) => ({
      ...breach('required', 'is required'),
      member: where(name),
      value: undefined,
    })),
    ...(union && given.length !== 1 ? [breach('union', 'has exactly one member')] : []),
    ...given.flatMap((name): readonly Breach[] => {
      const member = members[name];
      const about = { member: where(name), value: value[name] };
      if (!member) return [{ ...breach('unknown', 'there is no such member'), ...about }];
      const old = member.deprecated === true;
      return [
        ...(old ? [{ ...breach('deprecated', member.deprecatedMessage ?? 'is deprecated'), ...about }] : []),
        ...breaches(model, member.shape, value[name], where(name)),
      ];
    }),
  ];
}

const NUMBERS = new Set(['integer', 'long', 'float', 'double']);

function typeBreach({ type }: Shape, value: unknown): string | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const right =
    type === 'string' || type === 'character'
      ? typeof value === 'string'
      : type === 'list'
        ? Array.isArray(value)
        : type === 'map' || type === 'structure'
          ? isObject
          : type === 'boolean'
            ? typeof value === 'boolean'
            : type === 'integer' || type === 'long'
              ? Number.isInteger(value)
              : !NUMBERS.has(type) || typeof value === 'number';
  return right ? undefined : `has the type ${type}`;
}

function limits(shape: Shape, value: unknown): readonly (readonly [rule: string, says: string])[] {
  const { min, max, pattern, type } = shape;
  const size = sizeOf(type, value);
  const text = typeof value === 'string' && type !== 'blob' ? value : undefined;
  return [
    ...(size !== undefined && min !== undefined && size < min ? [['min', `at least ${min}`] as const] : []),
    ...(size !== undefined && max !== undefined && size > max ? [['max', `at most ${max}`] as const] : []),
    ...(text !== undefined && pattern !== undefined && !expression(pattern).test(text)
      ? [['pattern', pattern] as const]
      : []),
    ...(text !== undefined && shape.enum && !shape.enum.includes(text)
      ? [['enum', `one of ${shape.enum.join(', ')}`] as const]
      : []),
  ];
}

function sizeOf(type: string, value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (type === 'blob') return typeof value === 'string' ? Buffer.from(value, 'base64').length : undefined;
  if (typeof value === 'string') return [...value].length;
  if (Array.isArray(value)) return value.length;
  return type === 'map' ? Object.keys(value as Fields).length : undefined;
}

const compiled = new Map<string, RegExp>();

/** A pattern means the whole text. Rule: "Member must satisfy regular expression pattern", which services answer. */
function expression(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known) return known;
  const [, flags = '', rest = pattern] = /^\(\?(i)\)(.*)$/s.exec(pattern) ?? [];
  const made = withFlags(`^(?:${rest})$`, `s${flags}`);
  compiled.set(pattern, made);
  return made;
}

function withFlags(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, `u${flags}`);
  } catch {
    // Escapes that are allowed without the `u` alone.
    return new RegExp(source, flags);
  }
}
