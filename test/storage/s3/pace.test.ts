import { expect, it } from 'vitest';
import { openPace } from '../../../src/storage/s3/pace.ts';

/** Requests that end when the test says so. */
function requests(most: number) {
  const pace = openPace((thrown) => thrown === 'busy', most);
  const under: { answer(): void; refuse(): void }[] = [];
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const ask = () => {
    const answered = pace(
      () =>
        new Promise<void>((resolve, reject) => {
          under.push({ answer: resolve, refuse: () => reject('busy') });
        }),
    );
    answered.catch(() => {});
  };
  return { under, settle, ask };
}

it('fewer requests go at the same time where the server is busy, and more again as it answers', async () => {
  const { under, settle, ask } = requests(8);
  for (let count = 0; count < 40; count += 1) ask();
  await settle();
  expect(under).toHaveLength(8);
  for (const each of under.splice(0)) each.refuse();
  await settle();
  // All eight failed for one reason.
  expect(under).toHaveLength(4);
  for (let round = 0; round < 3; round += 1) {
    for (const each of under.splice(0)) each.answer();
    await settle();
  }
  expect(under.length).toBeGreaterThan(4);
  expect(under.length).toBeLessThan(8);
});

it('one at least goes on', async () => {
  const { under, settle, ask } = requests(2);
  for (let count = 0; count < 5; count += 1) ask();
  for (let count = 0; count < 4; count += 1) {
    await settle();
    under.shift()?.refuse();
  }
  await settle();
  expect(under).toHaveLength(1);
});
