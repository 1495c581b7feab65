/**
 * What an answer of a server must look like before anything reads it. A shape says what of a value is wrong, as a clause
 * such as "jobs.upper-1.status is 3, not a text"; nothing where it is right. Fields that no shape names may be anything.
 */
import { isObject } from './json.ts';

/** `at` names the value in the clause; it is empty for the whole answer. */
export type Shape = (value: unknown, at: string) => string | undefined;

function wrong(value: unknown, at: string, wanted: string): string {
  return `${at || 'it'} is ${kindOf(value)}, not ${wanted}`;
}

/** What a value is, for people: what is in texts, lists and objects may be a secret. */
function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string' && value !== '') return 'a text';
  return isObject(value) ? 'an object' : JSON.stringify(value);
}

export const aText: Shape = (value, at) =>
  typeof value === 'string' ? undefined : wrong(value, at, 'a text');

export const aNumber: Shape = (value, at) =>
  typeof value === 'number' ? undefined : wrong(value, at, 'a number');

export const aFlag: Shape = (value, at) =>
  typeof value === 'boolean' ? undefined : wrong(value, at, 'true or false');

/** A text that is not empty. */
export const filledText: Shape = (value, at) =>
  typeof value === 'string' && value !== '' ? undefined : wrong(value, at, 'a text with something in it');

/** May be absent, or null, which servers written in Go send for what is empty. */
export function maybe(shape: Shape): Shape {
  return (value, at) => (value === undefined || value === null ? undefined : shape(value, at));
}

/** Any of some shapes; what is wrong, the first one says. */
export function either(first: Shape, ...others: readonly Shape[]): Shape {
  return (value, at) =>
    others.some((shape) => shape(value, at) === undefined) ? undefined : first(value, at);
}

export function listOf(shape: Shape): Shape {
  return (value, at) =>
    Array.isArray(value)
      ? firstOf(value.map((each, index) => () => shape(each, `${at}[${index}]`)))
      : wrong(value, at, 'a list');
}

/** An object with any names. */
export function mapOf(shape: Shape): Shape {
  return (value, at) =>
    isObject(value)
      ? firstOf(
          Object.entries(value).map(
            ([name, each]) =>
              () =>
                shape(each, below(at, name)),
          ),
        )
      : wrong(value, at, 'an object');
}

/** An object with some fields, and any others. */
export function withFields(fields: Readonly<Record<string, Shape>>): Shape {
  return (value, at) =>
    isObject(value)
      ? firstOf(
          Object.entries(fields).map(([name, shape]) => () => {
            // Whatever an object inherits is no answer.
            return shape(Object.hasOwn(value, name) ? value[name] : undefined, below(at, name));
          }),
        )
      : wrong(value, at, 'an object');
}

function below(at: string, name: string): string {
  return at === '' ? name : `${at}.${name}`;
}

function firstOf(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const problem = check();
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** A value without the fields that are null, which stand for none: nobody has to ask for both. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const set = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(set.map(([name, each]) => [name, withoutNulls(each)]));
}
