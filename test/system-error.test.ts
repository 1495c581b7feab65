import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { messageOf } from '../src/errors.ts';

function saidOf(act: () => unknown): string {
  try {
    act();
  } catch (thrown) {
    return messageOf(thrown);
  }
  throw new Error('nothing went wrong');
}

test.each([
  [
    'a variable',
    () => spawn('sh', { env: { LOGIN: 'se\0cret' } }),
    'the variable "LOGIN" has a NUL character',
  ],
  ['a path', () => readFileSync('se\0cret'), 'a value has a NUL character'],
])('%s with a NUL is named, and its value is not shown', (_what, act, message) => {
  expect(saidOf(act)).toBe(message);
});
