import { expect, test } from 'vitest';
import type { ApplyEvent } from '../../src/deploy/events.ts';
import { ref } from '../../src/deploy/resource.ts';
import { FdlError } from '../../src/errors.ts';
import { applyTo, deploy, statuses } from './apply-to.ts';
import { gate, idsOf, madeUpWorld, planFor, thing, type World } from './made-up.ts';

const attr = (world: World, id: string, name: string) => world.things.get(id)?.attrs[name];

test('references get the attributes of what was made before', async () => {
  const world = madeUpWorld();
  const user = thing('user', { list: [{ role: ref('role', 'arn') }] });
  const report = await deploy(world, [user, thing('role')]);
  expect(report).toMatchObject({ ok: true, interrupted: false, summary: { create: 2, keep: 0, failed: 0 } });
  expect(attr(world, 'user', 'list')).toEqual([{ role: attr(world, 'role', 'arn') }]);
});

test('a second apply makes no call that changes anything', async () => {
  const world = madeUpWorld();
  const desired = [
    thing('role'),
    thing('user', { role: ref('role', 'arn') }, { dependsOn: ['log'] }),
    thing('log'),
  ];
  await deploy(world, desired);
  world.calls.length = 0;
  const report = await deploy(world, desired);
  expect(idsOf(world, 'reconcile', 'delete')).toEqual([]);
  expect(report.summary).toMatchObject({ keep: 3, create: 0, update: 0 });
  expect(statuses(report)).toEqual(['keep role: kept', 'keep log: kept', 'keep user: kept']);
});

test('a resource starts as soon as what it depends on is done, while others still run', async () => {
  const slow = { a: gate(), b: gate() };
  const world = madeUpWorld();
  const plan = await planFor(world, [
    thing('a'),
    thing('b'),
    thing('after a', { a: ref('a', 'arn') }),
    thing('after both', { a: ref('a', 'arn'), b: ref('b', 'arn') }),
  ]);
  world.hooks = { before: ({ id }) => slow[id as 'a' | 'b']?.passed };
  const applied = applyTo(world, plan);
  await Promise.all([world.started('reconcile', 'a'), world.started('reconcile', 'b')]);
  slow.a.open();
  await world.started('reconcile', 'after a');
  expect(idsOf(world, 'reconcile')).toEqual(['a', 'b', 'after a']);
  slow.b.open();
  expect((await applied).ok).toBe(true);
  expect(idsOf(world, 'reconcile')).toEqual(['a', 'b', 'after a', 'after both']);
});

test('no more run at the same time than allowed: 32 by default', async () => {
  const many = Array.from({ length: 50 }, (_, n) => thing(`${n}`));
  const mostAtOnce = async (concurrency?: number) => {
    const world = madeUpWorld();
    const plan = await planFor(world, many, { concurrency: 1 });
    await applyTo(world, plan, { concurrency });
    return world.mostAtOnce;
  };
  expect([await mostAtOnce(), await mostAtOnce(3), await mostAtOnce(1)]).toEqual([32, 3, 1]);
});

test('an update that changes an attribute unannounced updates what refers to it', async () => {
  const world = madeUpWorld();
  const user = thing('user', { roleVersion: ref('role', 'version') });
  await deploy(world, [thing('role', { size: 1 }), user]);
  const plan = await planFor(world, [thing('role', { size: 2 }), user]);
  expect(plan.summary).toMatchObject({ update: 1, keep: 1 });
  const report = await applyTo(world, plan);
  expect(statuses(report)).toEqual(['update role: done', 'update user: done']);
  expect(attr(world, 'user', 'roleVersion')).toBe(attr(world, 'role', 'version'));
});

test('but it does not replace what nobody agreed to replace; the next apply does', async () => {
  const world = madeUpWorld();
  const user = thing('user', { fixedVersion: ref('role', 'version') });
  const desired = [thing('role', { size: 2 }), user];
  await deploy(world, [thing('role', { size: 1 }), user]);
  const report = await deploy(world, desired);
  expect(report.outcomes[1]).toMatchObject({
    status: 'failed',
    error: { code: 'plan-outdated', message: expect.stringContaining('fixedVersion') },
  });
  const next = await deploy(world, desired);
  expect(statuses(next)).toEqual(['keep role: kept', 'replace user: done']);
});

test('what keeps its attributes through an update does not touch what refers to it', async () => {
  const world = madeUpWorld();
  const user = thing('user', { role: ref('role', 'arn') });
  await deploy(world, [thing('role', { size: 1 }), user]);
  const report = await deploy(world, [thing('role', { size: 2 }), user]);
  expect(statuses(report)).toEqual(['update role: done', 'keep user: kept']);
});

test('an object of others that is used as it is stays as it is', async () => {
  const world = madeUpWorld();
  const attrs = { self: 'bucket', size: 1, arn: 'arn:theirs' };
  world.things.set('bucket', { kind: 'made/shared', owner: 'other', attrs });
  const shared = { ...world.kinds['made/shared'], changes: () => [{ path: 'size', before: 1, after: 2 }] };
  const kinds = { ...world.kinds, 'made/shared': shared } as typeof world.kinds;
  const desired = [
    thing('bucket', { size: 2 }, { kind: 'made/shared' }),
    thing('user', { to: ref('bucket', 'arn') }),
  ];
  const report = await applyTo(world, await planFor(world, desired, { kinds }), { kinds });
  expect(statuses(report)).toEqual(['keep bucket: kept', 'create user: done']);
  expect(world.things.get('bucket')?.attrs).toBe(attrs);
  expect(attr(world, 'user', 'to')).toBe('arn:theirs');
});

test('a reference to an attribute that was not given is an error that names it', async () => {
  const world = madeUpWorld();
  const report = await deploy(world, [thing('role'), thing('user', { role: ref('role', 'nonsense') })]);
  expect(report.outcomes[1]).toMatchObject({
    status: 'failed',
    error: { code: 'ref-missing', message: 'user needs nonsense of role, which has no such attribute' },
  });
  expect(idsOf(world, 'reconcile')).toEqual(['role']);
});

test('a failure skips what depends on it and names it; everything else is done', async () => {
  const world = madeUpWorld();
  const plan = await planFor(world, [
    thing('a'),
    thing('b', { a: ref('a', 'arn') }, { step: 'first' }),
    thing('c', {}, { dependsOn: ['b'] }),
    thing('other'),
    thing('after other', {}, { dependsOn: ['other'] }),
  ]);
  const failure = new FdlError('quota', 'No room for a.', { hint: 'Ask for more.' });
  world.hooks = { before: ({ id }) => (id === 'a' ? Promise.reject(failure) : undefined) };
  const report = await applyTo(world, plan);
  const base = { action: 'create', kind: 'made/part' };
  const error = { code: 'quota', message: 'No room for a.', hint: 'Ask for more.' };
  expect(report.outcomes).toEqual([
    { ...base, id: 'a', status: 'failed', error },
    { ...base, id: 'b', step: 'first', status: 'skipped', reason: 'waited for a, which failed' },
    { ...base, id: 'c', status: 'skipped', reason: 'waited for a, which failed' },
    { ...base, id: 'other', status: 'done' },
    { ...base, id: 'after other', status: 'done' },
  ]);
  expect(report).toMatchObject({ ok: false, interrupted: false });
  expect(report.summary).toEqual({
    ...{ create: 2, update: 0, replace: 0, delete: 0, keep: 0 },
    ...{ failed: 1, skipped: 2, cancelled: 0 },
  });
});

test('an error of no kind of ours is told with its message', async () => {
  const world = madeUpWorld();
  const plan = await planFor(world, [thing('a')]);
  world.hooks = { after: () => Promise.reject(new TypeError('x is not a function')) };
  const report = await applyTo(world, plan);
  expect(report.outcomes[0]?.error).toEqual({
    code: 'apply-failed',
    message: 'x is not a function',
  });
});

test('what is there already is kept although something upstream failed, what comes after is not made', async () => {
  const world = madeUpWorld();
  const middle = thing('middle', {}, { dependsOn: ['top'] });
  await deploy(world, [thing('top', { size: 1 }), middle]);
  const plan = await planFor(world, [
    thing('top', { size: 2 }),
    middle,
    thing('new', {}, { dependsOn: ['middle'] }),
  ]);
  world.hooks = { before: () => Promise.reject(new Error('no')) };
  const report = await applyTo(world, plan);
  expect(statuses(report)).toEqual(['update top: failed', 'keep middle: kept', 'create new: skipped']);
  expect(report.outcomes[2]?.reason).toBe('waited for top, which failed');
});

test('events tell the start, what goes on, and the end of each resource', async () => {
  let clock = 1000;
  const world = madeUpWorld();
  await deploy(world, [thing('old')]);
  const plan = await planFor(world, [thing('old'), thing('new', {}, { step: 'first' })]);
  world.hooks = {
    before: (_, { progress }) => {
      clock += 30;
      progress('waiting');
      clock += 12;
    },
  };
  const events: ApplyEvent[] = [];
  await applyTo(world, plan, { now: () => clock }, events);
  const subject = { action: 'create', kind: 'made/part', id: 'new', step: 'first' };
  const kept = { action: 'keep', kind: 'made/part', id: 'old', status: 'kept' };
  expect(events.filter(({ type }) => type !== 'finished')).toEqual([
    { type: 'started', subject },
    { type: 'progress', subject, message: 'waiting', elapsedMs: 30 },
  ]);
  expect(events.filter(({ type }) => type === 'finished')).toEqual([
    { type: 'finished', outcome: kept, elapsedMs: 0 },
    { type: 'finished', outcome: { ...subject, status: 'done' }, elapsedMs: 42 },
  ]);
});
