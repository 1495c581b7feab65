import { expect, test } from 'vitest';
import { dependantsOf, inOrder, resourceGraph } from '../../src/deploy/graph.ts';
import { ref } from '../../src/deploy/resource.ts';
import { thing } from './made-up.ts';

const node = (id: string, ...after: string[]) => ({ id, after });
const ids = (nodes: readonly { readonly id: string }[]) => nodes.map(({ id }) => id);

test('what is in order already stays as it is', () => {
  const nodes = [node('c'), node('a'), node('b', 'c'), node('d')];
  expect(ids(inOrder(nodes))).toEqual(['c', 'a', 'b', 'd']);
});

test('a node moves behind what comes before it, and the rest keeps its order', () => {
  const nodes = [node('function', 'role', 'image'), node('image'), node('other'), node('role')];
  expect(ids(inOrder(nodes))).toEqual(['role', 'image', 'function', 'other']);
});

test('a chain that is longer than the call stack is put in order', () => {
  const length = 20_000;
  const chain = Array.from({ length }, (_, n) => (n + 1 < length ? node(`${n}`, `${n + 1}`) : node(`${n}`)));
  const ordered = ids(inOrder(chain));
  expect(ordered[0]).toBe(`${length - 1}`);
  expect(ordered.at(-1)).toBe('0');
});

test.each([
  ['graph-duplicate', 'a/x', [node('a/x'), node('b'), node('a/x')]],
  ['graph-unknown', 'a depends on lost', [node('a', 'lost')]],
  ['graph-cycle', 'b → c → d → b', [node('a', 'b'), node('b', 'c'), node('c', 'd'), node('d', 'b')]],
  ['graph-cycle', 'a → a', [node('a', 'a')]],
])('%s names %s', (code, names, nodes) => {
  expect(() => inOrder(nodes)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(names) }),
  );
});

test('a resource depends on what it names and on what its properties refer to, each once', () => {
  const arns = [ref('role', 'arn'), ref('role', 'name')];
  const user = thing(
    'user',
    { deep: { list: arns }, direct: ref('image', 'uri') },
    { dependsOn: ['role', 'log'] },
  );
  const graph = resourceGraph([user, thing('role'), thing('image'), thing('log')]);
  expect(graph.find(({ id }) => id === 'user')?.after).toEqual(['role', 'log', 'image']);
});

test('dependants are the other direction', () => {
  const dependants = dependantsOf([node('a'), node('b', 'a'), node('c', 'a', 'b')]);
  expect(Object.fromEntries(dependants)).toEqual({ a: ['b', 'c'], b: ['c'], c: [] });
});
