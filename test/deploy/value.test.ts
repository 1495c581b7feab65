import { expect, test } from 'vitest';
import { Ref, ref, type Value } from '../../src/deploy/resource.ts';
import { leavesOf, refsIn, resolveRefs, sameValue, secretsIn } from '../../src/deploy/value.ts';
import { Secret } from '../../src/secret.ts';

const same: readonly (readonly [string, Value, Value])[] = [
  ['maps in another order', { a: 1, b: [true, null] }, { b: [true, null], a: 1 }],
  ['undefined and missing', { a: 1, b: undefined }, { a: 1 }],
  ['secrets with one text', { key: new Secret('hunter22') }, { key: new Secret('hunter22') }],
  ['references to one attribute', ref('a', 'arn'), ref('a', 'arn')],
];

const different: readonly (readonly [string, Value, Value])[] = [
  ['secrets with other texts', new Secret('hunter22'), new Secret('hunter23')],
  ['a secret and its text', new Secret('hunter22'), 'hunter22'],
  ['a text and its secret', 'hunter22', new Secret('hunter22')],
  ['a reference and what it looks like', ref('a', 'arn'), { id: 'a', attr: 'arn' }],
  ['references to two attributes', ref('a', 'arn'), ref('a', 'name')],
  ['references to one attribute of two', ref('a', 'arn'), ref('b', 'arn')],
  ['lists of which one item differs', [1, 2], [1, 3]],
  ['lists of which one is longer', [1, 2], [1, 2, 3]],
  ['a list and a map', [1], { 0: 1 }],
  ['null and nothing', { a: null }, {}],
  ['a number and its text', 1, '1'],
];

test.each(same)('%s are the same', (_, a, b) => {
  expect([sameValue(a, b), sameValue(b, a)]).toEqual([true, true]);
});

test.each(different)('%s are not the same', (_, a, b) => {
  expect([sameValue(a, b), sameValue(b, a)]).toEqual([false, false]);
});

test('paths name maps by keys and lists by numbers', () => {
  const value = { role: 'r', environment: { A: 1 }, layers: [{ arn: 'x' }, 'y'] };
  expect([...leavesOf(value)].map(({ path }) => path)).toEqual([
    'role',
    'environment.A',
    'layers[0].arn',
    'layers[1]',
  ]);
});

test('references are found wherever they are', () => {
  const props = { role: ref('role', 'arn'), list: [{ uri: ref('image', 'uri') }], plain: 'text' };
  expect(refsIn(props).map(({ path, ref: { id, attr } }) => [path, id, attr])).toEqual([
    ['role', 'role', 'arn'],
    ['list[0].uri', 'image', 'uri'],
  ]);
});

test('known references get their values, the others stay, and the original is as it was', () => {
  const props = { role: ref('role', 'arn'), list: [ref('image', 'uri')], key: new Secret('hunter22') };
  const resolved = resolveRefs(props, ({ id }) => (id === 'role' ? 'arn:role' : undefined));
  expect(resolved).toEqual({ role: 'arn:role', list: [new Ref('image', 'uri')], key: props.key });
  expect(props.role).toBeInstanceOf(Ref);
});

test('secrets are found wherever they are', () => {
  expect(secretsIn({ a: [new Secret('one')], b: { c: new Secret('two') }, d: 'three' })).toEqual([
    'one',
    'two',
  ]);
});
