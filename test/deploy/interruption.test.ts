import { expect, test } from 'vitest';
import { ref } from '../../src/deploy/resource.ts';
import { FdlError } from '../../src/errors.ts';
import { applyTo, deploy, statuses } from './apply-to.ts';
import { gate, idsOf, madeUpWorld, planFor, thing } from './made-up.ts';

const chain = [thing('a'), thing('b', { a: ref('a', 'arn') }), thing('c', { b: ref('b', 'arn') })];

test('after the signal nothing starts, and what runs may end well', async () => {
  const world = madeUpWorld();
  const controller = new AbortController();
  const plan = await planFor(world, chain);
  world.hooks = { before: ({ id }) => (id === 'b' ? controller.abort() : undefined) };
  const report = await applyTo(world, plan, { signal: controller.signal });
  expect(statuses(report)).toEqual(['create a: done', 'create b: done', 'create c: cancelled']);
  expect(report.outcomes[2]?.reason).toBe('interrupted before it started');
  expect(report).toMatchObject({ ok: false, interrupted: true, summary: { create: 2, cancelled: 1 } });
  expect(idsOf(world, 'reconcile')).toEqual(['a', 'b']);
});

const abortError = () => Object.assign(new Error('aborted'), { name: 'AbortError' });

test.each([
  ['the reason of the signal', (signal: AbortSignal) => signal.reason],
  ['an AbortError', abortError],
  [
    'an error that an AbortError caused',
    () => new FdlError('storage-failed', 'No.', { cause: abortError() }),
  ],
])('what runs gets the signal, and is cancelled when it throws %s', async (_, thrown) => {
  const world = madeUpWorld();
  const controller = new AbortController();
  const plan = await planFor(world, chain);
  world.hooks = {
    before: async (__, { signal }) => {
      await new Promise((go) => signal.addEventListener('abort', go));
      throw thrown(signal);
    },
  };
  const applied = applyTo(world, plan, { signal: controller.signal });
  await world.started('reconcile', 'a');
  controller.abort();
  const report = await applied;
  expect(statuses(report)).toEqual(['create a: cancelled', 'create b: cancelled', 'create c: cancelled']);
  expect(report.outcomes[0]?.reason).toBe('interrupted while it was under way');
  expect(report.interrupted).toBe(true);
});

test('a failure of its own is a failure also after the signal', async () => {
  const world = madeUpWorld();
  const controller = new AbortController();
  const plan = await planFor(world, [thing('a')]);
  world.hooks = {
    before: () => {
      controller.abort();
      throw new Error('disk full');
    },
  };
  const report = await applyTo(world, plan, { signal: controller.signal });
  expect(statuses(report)).toEqual(['create a: failed']);
  expect(report.interrupted).toBe(true);
});

test('an AbortError without a signal is a failure', async () => {
  const world = madeUpWorld();
  const plan = await planFor(world, [thing('a')]);
  world.hooks = { before: () => Promise.reject(abortError()) };
  expect(statuses(await applyTo(world, plan))).toEqual(['create a: failed']);
});

test('with everything running at the same time, all that run are waited for', async () => {
  const world = madeUpWorld();
  const controller = new AbortController();
  const slow = gate();
  const plan = await planFor(world, [thing('a'), thing('b'), thing('c')]);
  world.hooks = { before: () => slow.passed };
  const applied = applyTo(world, plan, { signal: controller.signal, concurrency: 2 });
  await Promise.all([world.started('reconcile', 'a'), world.started('reconcile', 'b')]);
  controller.abort();
  slow.open();
  expect(statuses(await applied)).toEqual(['create a: done', 'create b: done', 'create c: cancelled']);
});

test('a signal before the start cancels everything but what is kept', async () => {
  const world = madeUpWorld();
  await deploy(world, [thing('old')]);
  const plan = await planFor(world, [thing('old'), thing('new')]);
  world.calls.length = 0;
  const report = await applyTo(world, plan, { signal: AbortSignal.abort() });
  expect(statuses(report)).toEqual(['keep old: kept', 'create new: cancelled']);
  expect(world.calls).toEqual([]);
});

test('a signal after the last resource interrupts nothing', async () => {
  const world = madeUpWorld();
  const controller = new AbortController();
  const plan = await planFor(world, [thing('a')]);
  world.hooks = { after: () => controller.abort() };
  const report = await applyTo(world, plan, { signal: controller.signal });
  expect(report).toMatchObject({ ok: true, interrupted: false });
});
