import { expect, test } from 'vitest';
import { ref } from '../../src/deploy/resource.ts';
import { applyTo, deploy, remove, statuses } from './apply-to.ts';
import { gate, idsOf, madeUpWorld, planFor, thing } from './made-up.ts';

const role = thing('role', {}, { kind: 'made/base' });
const step = thing('step', { role: ref('role', 'arn') }, { step: 'first' });
const trigger = thing('trigger', { step: ref('step', 'arn') }, { kind: 'made/store' });

test('the plan deletes what is there, dependants first, whatever their ranks', async () => {
  const world = madeUpWorld();
  await deploy(world, [role, step, trigger]);
  const plan = await planFor(world, [role, step, trigger], { remove: true });
  expect(plan.toJSON()).toEqual({
    workflow: 'demo',
    actions: [
      { action: 'delete', kind: 'made/store', id: 'trigger', changes: [] },
      { action: 'delete', kind: 'made/part', id: 'step', step: 'first', changes: [] },
      { action: 'delete', kind: 'made/base', id: 'role', changes: [] },
    ],
    summary: { create: 0, update: 0, replace: 0, delete: 3, keep: 0, unknown: 0 },
    orphans: [],
    unlisted: [],
  });
  const report = await applyTo(world, plan);
  expect(idsOf(world, 'delete')).toEqual(['trigger', 'step', 'role']);
  expect(report).toMatchObject({ ok: true, summary: { delete: 3 } });
  expect(world.things.size).toBe(0);
  expect((await planFor(world, [role, step, trigger], { remove: true })).actions).toEqual([]);
});

test('the order holds through a resource that is gone already', async () => {
  const world = madeUpWorld();
  await deploy(world, [role, step, trigger]);
  world.things.delete('step');
  const slow = gate();
  world.hooks = { before: ({ op, id }) => (op === 'delete' && id === 'trigger' ? slow.passed : undefined) };
  const removed = remove(world, [role, step, trigger]);
  await world.started('delete', 'trigger');
  await new Promise((go) => setImmediate(go));
  expect(idsOf(world, 'delete')).toEqual(['trigger']);
  slow.open();
  await removed;
  expect(world.things.size).toBe(0);
});

test('what the file no longer names goes by rank, each when all of the lower ranks are gone', async () => {
  const world = madeUpWorld();
  const of = (kind: string) => thing(`a ${kind}`, {}, { kind: `made/${kind}` });
  await deploy(world, [of('store'), of('base'), of('part'), of('image'), thing('b part')]);
  const slow = gate();
  world.hooks = { before: ({ op, id }) => (op === 'delete' && id === 'a part' ? slow.passed : undefined) };
  const removed = remove(world, []);
  await world.started('delete', 'b part');
  await new Promise((go) => setImmediate(go));
  expect([...world.things.keys()].sort()).toEqual(['a base', 'a image', 'a part', 'a store']);
  slow.open();
  expect((await removed).ok).toBe(true);
  expect(idsOf(world, 'delete')).toEqual(['a part', 'b part', 'a image', 'a base', 'a store']);
});

test('an orphan goes before what is named and of a higher rank, and after what is of a lower one', async () => {
  const world = madeUpWorld();
  const orphan = thing('orphan', {}, { kind: 'made/image' });
  await deploy(world, [role, step, orphan]);
  await remove(world, [role, step]);
  expect(idsOf(world, 'delete')).toEqual(['step', 'orphan', 'role']);
});

test('an orphan goes before all that something of a higher rank needs, however far down', async () => {
  const world = madeUpWorld();
  await deploy(world, [role, step, trigger, thing('orphan', {}, { kind: 'made/shared' })]);
  await remove(world, [role, step, trigger]);
  expect(idsOf(world, 'delete')).toEqual(['orphan', 'trigger', 'step', 'role']);
});

test('ranks that contradict dependencies give way', async () => {
  const world = madeUpWorld();
  const user = thing('user', { part: ref('part', 'arn') }, { kind: 'made/store' });
  await deploy(world, [thing('part'), user, role]);
  const report = await remove(world, [thing('part'), user]);
  expect(report.ok).toBe(true);
  expect(idsOf(world, 'delete')).toEqual(['role', 'user', 'part']);
});

test('what is gone already does not hold back what it needed', async () => {
  const world = madeUpWorld();
  const user = thing('user', { part: ref('part', 'arn') }, { kind: 'made/store' });
  await deploy(world, [thing('part'), user, thing('orphan', {}, { kind: 'made/image' })]);
  world.things.delete('user');
  await remove(world, [thing('part'), user]);
  expect(idsOf(world, 'delete')).toEqual(['part', 'orphan']);
});

test('of several reasons not to delete an object, a failure is told', async () => {
  const world = madeUpWorld();
  const store = thing('store', { content: true, key: ref('key', 'arn') }, { kind: 'made/store' });
  const user = thing('user', { key: ref('key', 'arn') });
  await deploy(world, [thing('key'), store, user]);
  world.hooks = {
    before: ({ op, id }) => (op === 'delete' && id === 'user' ? Promise.reject(new Error('no')) : undefined),
  };
  const report = await remove(world, [thing('key'), store, user]);
  expect(report.outcomes.find(({ id }) => id === 'key')).toMatchObject({
    status: 'skipped',
    reason: 'waited for user, which failed',
  });
});

test('independent objects go at the same time', async () => {
  const world = madeUpWorld();
  const many = Array.from({ length: 5 }, (_, n) => thing(`${n}`));
  await deploy(world, many);
  const slow = gate();
  world.hooks = { before: ({ op }) => (op === 'delete' ? slow.passed : undefined) };
  const removed = remove(world, many);
  await Promise.all(many.map(({ id }) => world.started('delete', id)));
  slow.open();
  expect((await removed).summary.delete).toBe(5);
});

test('a failure keeps what the object needs; everything else goes', async () => {
  const world = madeUpWorld();
  await deploy(world, [role, step, trigger, thing('other')]);
  world.hooks = {
    before: ({ op, id }) => (op === 'delete' && id === 'step' ? Promise.reject(new Error('no')) : undefined),
  };
  const report = await remove(world, [role, step, trigger, thing('other')]);
  expect(Object.fromEntries(report.outcomes.map(({ id, status }) => [id, status]))).toEqual({
    trigger: 'done',
    other: 'done',
    step: 'failed',
    role: 'skipped',
  });
  expect([...world.things.keys()]).toEqual(['role', 'step']);
});

test('an object that its kind does not delete stays with what it needs, and all else goes', async () => {
  const world = madeUpWorld();
  const store = thing('store', { content: true, key: ref('key', 'arn') }, { kind: 'made/store' });
  const desired = [thing('key', {}, { kind: 'made/base' }), store, step, role];
  await deploy(world, desired);
  const report = await remove(world, desired);
  expect(report.ok).toBe(true);
  expect(report.summary).toMatchObject({ delete: 2, keep: 2 });
  expect(report.outcomes.filter(({ status }) => status === 'kept')).toMatchObject([
    { id: 'store', reason: 'it is not empty' },
    { id: 'key', reason: 'needed by store, which stays' },
  ]);
  expect([...world.things.keys()]).toEqual(['key', 'store']);
});

test('an orphan that stays holds back nothing that is only of a higher rank', async () => {
  const world = madeUpWorld();
  const kinds = {
    ...world.kinds,
    'made/last': { ...world.kinds['made/base'], rank: 50 },
  } as typeof world.kinds;
  const store = thing('store', { content: true }, { kind: 'made/store' });
  await deploy(world, [store]);
  world.things.set('last', { kind: 'made/base', owner: 'demo', attrs: { self: 'last' } });
  const { 'made/base': _, ...others } = kinds;
  const report = await applyTo(
    { ...world, kinds: others },
    await planFor(world, [], { kinds: others, remove: true }),
  );
  expect(statuses(report)).toEqual(['delete store: kept', 'delete last: done']);
});

test('objects of others stay', async () => {
  const world = madeUpWorld();
  await deploy(world, [step, role]);
  world.things.set('theirs', { kind: 'made/part', owner: 'other', attrs: { self: 'theirs' } });
  await remove(world, [step, role, thing('theirs')]);
  expect([...world.things.keys()]).toEqual(['theirs']);
});

test('a signal leaves the rest for the next time', async () => {
  const world = madeUpWorld();
  await deploy(world, [role, step, trigger]);
  const controller = new AbortController();
  const plan = await planFor(world, [role, step, trigger], { remove: true });
  world.hooks = { after: ({ op }) => (op === 'delete' ? controller.abort() : undefined) };
  const report = await applyTo(world, plan, { signal: controller.signal });
  expect(statuses(report)).toEqual([
    'delete trigger: done',
    'delete step: cancelled',
    'delete role: cancelled',
  ]);
  await remove(world, [role, step, trigger]);
  expect(world.things.size).toBe(0);
});

test('a kind that can not be listed fails the plan', async () => {
  const world = madeUpWorld({
    before: ({ id }) => (id === 'made/base' ? Promise.reject(new Error('forbidden')) : undefined),
  });
  await expect(planFor(world, [], { remove: true })).rejects.toThrow('forbidden');
});

test('what would stay is said beforehand, and left alone with what it needs; what may stay is tried', async () => {
  const world = madeUpWorld();
  const key = thing('key', {}, { kind: 'made/base' });
  const full = thing('full', { heavy: true, key: ref('key', 'arn') }, { kind: 'made/store' });
  const perhaps = thing('perhaps', { maybe: true }, { kind: 'made/store' });
  await deploy(world, [key, full, perhaps, step, role]);
  const plan = await planFor(world, [key, full, perhaps, step, role], { remove: true });
  const said = plan.toJSON().actions.map(({ action, id, stays }) => [action, id, stays]);
  expect(said).toEqual(
    expect.arrayContaining([
      ['keep', 'full', 'has files'],
      ['delete', 'perhaps', 'if it has files'],
      ['delete', 'step', undefined],
    ]),
  );
  expect(plan.summary).toMatchObject({ delete: 4, keep: 1 });
  const report = await applyTo(world, plan);
  expect(report.ok).toBe(true);
  expect(report.outcomes.find(({ id }) => id === 'full')).toMatchObject({
    status: 'kept',
    reason: 'has files',
  });
  expect(report.outcomes.find(({ id }) => id === 'key')?.reason).toBe('needed by full, which stays');
  expect([...idsOf(world, 'delete')].sort()).toEqual(['perhaps', 'role', 'step']);
});
