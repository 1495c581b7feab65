import { expect, test } from 'vitest';
import { mapBounded, walkGraph } from '../../src/deploy/concurrency.ts';
import { gate } from './made-up.ts';

/** Lets everything happen that can happen without a gate being opened. */
const settled = () => new Promise((go) => setImmediate(go));

test('as many run at the same time as the limit says, and results come in the order of the items', async () => {
  const gates = [gate(), gate(), gate(), gate()];
  const started: number[] = [];
  const results = mapBounded(gates, 2, async ({ passed }, index) => {
    started.push(index);
    await passed;
    return index * 10;
  });
  await settled();
  expect(started).toEqual([0, 1]);
  gates[1]?.open();
  await settled();
  expect(started).toEqual([0, 1, 2]);
  for (const { open } of gates) open();
  expect(await results).toEqual([0, 10, 20, 30]);
});

test('after a failure nothing starts, what runs is waited for, and the first failure is thrown', async () => {
  const slow = gate();
  const started: number[] = [];
  let ended = false;
  const results = mapBounded([0, 1, 2, 3], 2, async (item) => {
    started.push(item);
    if (item === 1) throw new Error('first');
    await slow.passed;
    ended = true;
    throw new Error('second');
  });
  const failure = results.catch((thrown: Error) => ({ thrown, ended }));
  await settled();
  slow.open();
  expect(await failure).toEqual({ thrown: new Error('first'), ended: true });
  expect(started).toEqual([0, 1]);
});

test('a function that throws before it returns a promise is a failure too', async () => {
  const broken = (): Promise<void> => {
    throw new Error('at once');
  };
  await expect(mapBounded([1], 1, broken)).rejects.toThrow('at once');
});

test.each([0, -1])('a limit of %i still lets one run', async (limit) => {
  expect(await mapBounded([1, 2], limit, async (item) => item)).toEqual([1, 2]);
});

test('a node is visited as soon as those before it are done, while others still run', async () => {
  const gates = { a: gate(), b: gate() };
  const visited: string[] = [];
  const nodes = [
    { id: 'a', after: [] },
    { id: 'b', after: [] },
    { id: 'after a', after: ['a'] },
    { id: 'after both', after: ['a', 'b'] },
  ];
  const walked = walkGraph(nodes, 8, async ({ id }) => {
    visited.push(id);
    await gates[id as 'a' | 'b']?.passed;
  });
  await settled();
  expect(visited).toEqual(['a', 'b']);
  gates.a.open();
  await settled();
  expect(visited).toEqual(['a', 'b', 'after a']);
  gates.b.open();
  await walked;
  expect(visited).toEqual(['a', 'b', 'after a', 'after both']);
});

test('nothing after a node that failed is visited', async () => {
  const visited: string[] = [];
  const nodes = [
    { id: 'a', after: [] },
    { id: 'b', after: ['a'] },
  ];
  const walked = walkGraph(nodes, 8, async ({ id }) => {
    visited.push(id);
    throw new Error(`${id} failed`);
  });
  await expect(walked).rejects.toThrow('a failed');
  expect(visited).toEqual(['a']);
});
