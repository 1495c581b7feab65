import { expect, test } from 'vitest';
import { openMemory } from '../src/memory.ts';

test('a question is asked once, also while its answer is still to come', async () => {
  const memory = openMemory();
  let asked = 0;
  const ask = async () => {
    asked += 1;
    return asked;
  };
  expect(await Promise.all([memory('a', ask), memory('a', ask)])).toEqual([1, 1]);
  expect(await memory('a', ask)).toBe(1);
  expect(await memory('b', ask)).toBe(2);
});

test('what failed is asked again', async () => {
  const memory = openMemory();
  const failed = memory('a', () => Promise.reject(new Error('no')));
  await expect(failed).rejects.toThrow('no');
  expect(await memory('a', async () => 'yes')).toBe('yes');
});
