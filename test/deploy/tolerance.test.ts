/** Plans of which a part can not be read. */
import { expect, test } from 'vitest';
import { ref } from '../../src/deploy/resource.ts';
import { FdlError } from '../../src/errors.ts';
import { Secret } from '../../src/secret.ts';
import { applyTo, deploy, statuses } from './apply-to.ts';
import { idsOf, madeUpWorld, planFor, thing, type World } from './made-up.ts';

const DOWN = new FdlError('oscar-unreachable', 'cluster down, token abcdef', { hint: 'Start it.' });

/** Reading any of these fails. */
function unreadable(world: World, ...ids: readonly string[]): World {
  world.hooks = {
    before: ({ op, id }) => {
      if (op === 'read' && ids.includes(id)) throw DOWN;
    },
  };
  return world;
}

const lost = thing('lost', { token: new Secret('abcdef') });
const user = thing('user', { lost: ref('lost', 'arn') });
const users = thing('users-user', {}, { dependsOn: ['user'] });
const other = thing('other');
const all = [lost, user, users, other];

test('the rest is planned; what depends on it is unknown too, and not even read', async () => {
  const world = unreadable(madeUpWorld(), 'lost');
  await expect(planFor(world, all)).rejects.toBe(DOWN);
  world.calls.length = 0;
  const plan = await planFor(world, all, { tolerant: true });
  expect([...idsOf(world, 'read')].sort()).toEqual(['lost', 'other']);
  const { actions, summary } = plan.toJSON();
  const error = { code: 'oscar-unreachable', message: 'cluster down, token (secret)', hint: 'Start it.' };
  expect(summary).toMatchObject({ create: 1, unknown: 3 });
  expect(actions).toMatchObject([
    { action: 'unknown', id: 'lost', changes: [], error },
    { action: 'unknown', id: 'user', waitsFor: 'lost' },
    { action: 'unknown', id: 'users-user', waitsFor: 'lost' },
    { action: 'create', id: 'other' },
  ]);
});

test('applied, the rest is done, and what was not is named with the reason', async () => {
  const world = unreadable(madeUpWorld(), 'lost');
  const report = await applyTo(world, await planFor(world, all, { tolerant: true }));
  expect(statuses(report)).toEqual([
    'unknown lost: failed',
    'unknown user: skipped',
    'unknown users-user: skipped',
    'create other: done',
  ]);
  expect(report).toMatchObject({
    ok: false,
    interrupted: false,
    summary: { create: 1, failed: 1, skipped: 2 },
  });
  expect(report.outcomes[0]?.error).toMatchObject({ code: 'oscar-unreachable', hint: 'Start it.' });
  expect(report.outcomes[2]?.reason).toBe('waited for lost, which failed');
  world.hooks = {};
  expect((await deploy(world, all)).ok).toBe(true);
});

test('where nothing at all can be read, it is just the error', async () => {
  const world = unreadable(madeUpWorld(), 'lost');
  await expect(planFor(world, [lost, user], { tolerant: true })).rejects.toBe(DOWN);
});

test('a signal is not tolerated', async () => {
  const world = madeUpWorld();
  const controller = new AbortController();
  world.hooks = {
    before: ({ id }) => {
      if (id === 'lost') controller.abort();
      controller.signal.throwIfAborted();
    },
  };
  const how = { tolerant: true, signal: controller.signal, concurrency: 1 };
  const plan = planFor(world, [other, lost, user], how);
  await expect(plan).rejects.toMatchObject({ code: 'interrupted', exitCode: 130 });
});

test('nothing is replaced that something unread may use', async () => {
  const world = madeUpWorld();
  const base = (size: number) => thing('base', { fixedSize: size }, { kind: 'made/base' });
  const above = thing('above', { base: ref('base', 'arn') });
  await deploy(world, [base(1), above, other]);
  unreadable(world, 'above');
  const report = await applyTo(world, await planFor(world, [base(2), above, other], { tolerant: true }));
  expect([...statuses(report)].sort()).toEqual([
    'keep other: kept',
    'replace base: skipped',
    'unknown above: failed',
  ]);
  expect(world.things.get('base')?.attrs['fixedSize']).toBe(1);
  expect(idsOf(world, 'delete')).toEqual([]);
});

test('removal goes on where one kind can not be listed, but not to what its objects may use', async () => {
  const world = madeUpWorld();
  await deploy(world, [
    thing('part'),
    thing('base', {}, { kind: 'made/base' }),
    thing('store', {}, { kind: 'made/store' }),
  ]);
  world.hooks = {
    before: ({ op, id }) => {
      if (op === 'list' && id === 'made/base') throw DOWN;
    },
  };
  const report = await applyTo(world, await planFor(world, [], { remove: true, tolerant: true }));
  expect([...statuses(report)].sort()).toEqual([
    'delete part: done',
    'delete store: skipped',
    'unknown made/base: failed',
  ]);
});
