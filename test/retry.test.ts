import { expect, it } from 'vitest';
import { withRetry } from '../src/retry.ts';

class Momentary extends Error {
  readonly retryable = true;
}

const delay = async () => {};

it('what is repeated within is not repeated around it', async () => {
  let calls = 0;
  const inner = async () => {
    calls += 1;
    throw new Momentary('cut');
  };
  const wrapped = () =>
    withRetry(inner, { delay }).catch((cause: unknown) => {
      throw Object.assign(new Momentary('a piece failed', { cause }));
    });
  await expect(withRetry(() => withRetry(inner, { delay }), { delay })).rejects.toThrow('cut');
  expect(calls).toBe(5);
  await expect(withRetry(wrapped, { delay })).rejects.toThrow('a piece failed');
  expect(calls).toBe(10);
});

it('what is tried once within is repeated around it', async () => {
  let calls = 0;
  const once = () =>
    withRetry(
      async () => {
        calls += 1;
        throw new Momentary('cut');
      },
      { delay, attempts: 1 },
    );
  await expect(withRetry(once, { delay, attempts: 3 })).rejects.toThrow('cut');
  expect(calls).toBe(3);
});
