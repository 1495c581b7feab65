import { expect, test } from 'vitest';
import type { ApplyEvent } from '../../src/deploy/events.ts';
import { ref } from '../../src/deploy/resource.ts';
import { applyTo, deploy, statuses } from './apply-to.ts';
import { madeUpWorld, planFor, thing, type World } from './made-up.ts';

const changes = (world: World) =>
  world.calls.filter(({ op }) => op === 'reconcile' || op === 'delete').map(({ op, id }) => `${op} ${id}`);

/** Deploys the first, and gives the plan from there to the second. */
async function change(first: ReturnType<typeof thing>[], second: ReturnType<typeof thing>[]) {
  const world = madeUpWorld();
  await deploy(world, first);
  const plan = await planFor(world, second);
  world.calls.length = 0;
  return { world, plan };
}

test('a replaced object is deleted and made, and what refers to it is updated', async () => {
  const user = thing('user', { base: ref('base', 'arn') });
  const { world, plan } = await change(
    [thing('base', { fixed: 1 }), user],
    [thing('base', { fixed: 2 }), user],
  );
  const old = world.things.get('base')?.attrs['arn'];
  const report = await applyTo(world, plan);
  expect(statuses(report)).toEqual(['replace base: done', 'update user: done']);
  expect(changes(world)).toEqual(['delete base', 'reconcile base', 'reconcile user']);
  const arn = world.things.get('base')?.attrs['arn'];
  expect(arn).not.toBe(old);
  expect(world.things.get('user')?.attrs['base']).toBe(arn);
});

test('replaced objects that depend on each other are deleted in reverse order, also with one in between', async () => {
  const between = thing('between', { base: ref('base', 'arn') });
  const top = thing('top', { fixedTo: ref('base', 'arn'), between: ref('between', 'arn') });
  const [first, second] = [1, 2].map((fixed) => [thing('base', { fixed }), between, top]);
  const { world, plan } = await change(first ?? [], second ?? []);
  const report = await applyTo(world, plan);
  expect(statuses(report)).toEqual(['replace base: done', 'update between: done', 'replace top: done']);
  expect(changes(world)).toEqual([
    'delete top',
    'delete base',
    'reconcile base',
    'reconcile between',
    'reconcile top',
  ]);
});

test('nothing is deleted before what it needs to be made again is there', async () => {
  const top = (fixed: number) => thing('top', { fixed, side: ref('side', 'arn'), base: ref('base', 'arn') });
  const desired = (fixed: number) => [thing('side', { size: fixed }), thing('base', { fixed }), top(fixed)];
  const { world, plan } = await change(desired(1), desired(2));
  world.hooks = { before: ({ id }) => (id === 'side' ? Promise.reject(new Error('no')) : undefined) };
  const report = await applyTo(world, plan);
  expect(statuses(report)).toEqual(['update side: failed', 'replace base: skipped', 'replace top: skipped']);
  expect(world.things.size).toBe(3);
});

test('an object that was deleted but could not be made again is told as such', async () => {
  const top = (fixed: number) => thing('top', { fixed, base: ref('base', 'arn') });
  const { world, plan } = await change(
    [thing('base', { fixed: 1 }), top(1)],
    [thing('base', { fixed: 2 }), top(2)],
  );
  world.hooks = { before: ({ op }) => (op === 'reconcile' ? Promise.reject(new Error('no')) : undefined) };
  const events: ApplyEvent[] = [];
  const report = await applyTo(world, plan, {}, events);
  expect(statuses(report)).toEqual(['replace base: failed', 'replace top: skipped']);
  expect(report.outcomes[0]?.reason).toBe('deleted, but not made again');
  expect(report.outcomes[1]?.reason).toBe('deleted, but not made again: waited for base, which failed');
  expect(events.map(({ type }) => type).sort()).toEqual(['finished', 'finished', 'started', 'started']);
  world.hooks = {};
  await deploy(world, [thing('base', { fixed: 2 }), top(2)]);
  expect([...world.things.keys()].sort()).toEqual(['base', 'top']);
});

test('the time of a replacement counts from its deletion', async () => {
  const { world, plan } = await change([thing('base', { fixed: 1 })], [thing('base', { fixed: 2 })]);
  let clock = 0;
  world.hooks = {
    before: () => {
      clock += 10;
    },
  };
  const events: ApplyEvent[] = [];
  await applyTo(world, plan, { now: () => clock }, events);
  expect(events.at(-1)).toMatchObject({ type: 'finished', elapsedMs: 20 });
});

test('an object that its kind does not delete is not replaced', async () => {
  const store = (fixed: number) => thing('store', { fixed, content: true }, { kind: 'made/store' });
  const { world, plan } = await change([store(1)], [store(2), thing('user', {}, { dependsOn: ['store'] })]);
  const report = await applyTo(world, plan);
  expect(report.outcomes[0]).toMatchObject({
    status: 'failed',
    error: { code: 'not-replaced', message: /it is not empty/, hint: /change of fixed/ },
  });
  expect(statuses(report)[1]).toBe('create user: skipped');
  expect(world.things.get('store')?.attrs['fixed']).toBe(1);
});

test('a signal between the two halves of a replacement is told', async () => {
  const { world, plan } = await change([thing('base', { fixed: 1 })], [thing('base', { fixed: 2 })]);
  const controller = new AbortController();
  world.hooks = { after: () => controller.abort() };
  const report = await applyTo(world, plan, { signal: controller.signal });
  expect(report.outcomes[0]).toMatchObject({
    status: 'cancelled',
    reason: 'deleted, but not made again: interrupted before it started',
  });
});
