/** Answers of servers as they should not be: right ones with something in them exchanged, for property tests. */
import fc from 'fast-check';

/** Values that a wrong server puts where something else belongs. */
const ODD = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e300,
    '',
    'x',
    '<html>',
    [],
    [null],
    {},
    { a: null },
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

/** The value with one to three places of it exchanged, removed or added. */
export function mutated(value: unknown): fc.Arbitrary<unknown> {
  const changes = fc.array(fc.tuple(fc.nat(), fc.boolean(), ODD), { minLength: 1, maxLength: 3 });
  return changes.map((list) => list.reduce<unknown>((now, change) => exchanged(now, ...change), value));
}

function exchanged(value: unknown, place: number, removes: boolean, odd: unknown): unknown {
  const paths = pathsOf(value);
  const path = paths[place % paths.length] ?? [];
  return at(value, path, removes && path.length > 0 ? undefined : odd);
}

/** All places of a value, itself first. */
function pathsOf(value: unknown): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [[]];
  const inner = Object.entries(value).flatMap(([key, each]) => pathsOf(each).map((path) => [key, ...path]));
  return [[], ...inner];
}

function at(value: unknown, [key, ...rest]: readonly string[], odd: unknown): unknown {
  if (key === undefined) return odd;
  const inner = at((value as Record<string, unknown>)[key], rest, odd);
  if (Array.isArray(value))
    return value.map((each, index) => (String(index) === key ? (inner ?? null) : each));
  return { ...(value as object), [key]: inner };
}
