import { expect, test } from 'vitest';
import type { PlanEvent } from '../../src/deploy/events.ts';
import { ref } from '../../src/deploy/resource.ts';
import { FdlError } from '../../src/errors.ts';
import { deploy } from './apply-to.ts';
import { gate, idsOf, madeUpWorld, planFor, thing } from './made-up.ts';

const role = thing('role', { name: 'r' }, { kind: 'made/base' });
const step = thing('step', { role: ref('role', 'arn'), memory: 512 }, { step: 'first' });

const actions = (plan: { readonly actions: readonly { readonly action: string; readonly id: string }[] }) =>
  plan.actions.map(({ action, id }) => `${action} ${id}`);

test('a plan for an empty world, as JSON', async () => {
  const plan = await planFor(madeUpWorld(), [step, role]);
  expect(JSON.parse(JSON.stringify(plan))).toEqual({
    workflow: 'demo',
    actions: [
      {
        action: 'create',
        kind: 'made/base',
        id: 'role',
        changes: [
          { path: 'self', before: null, after: 'role' },
          { path: 'name', before: null, after: 'r' },
        ],
      },
      {
        action: 'create',
        kind: 'made/part',
        id: 'step',
        step: 'first',
        changes: [
          { path: 'self', before: null, after: 'step' },
          { path: 'role', before: null, after: '(known after apply)' },
          { path: 'memory', before: null, after: 512 },
        ],
      },
    ],
    summary: { create: 2, update: 0, replace: 0, delete: 0, keep: 0, unknown: 0 },
    orphans: [],
    unlisted: [],
  });
});

test('a plan for what is there already keeps everything', async () => {
  const world = madeUpWorld();
  await deploy(world, [step, role]);
  const plan = await planFor(world, [step, role]);
  expect(plan.toJSON()).toMatchObject({
    actions: [
      { action: 'keep', id: 'role', changes: [] },
      { action: 'keep', id: 'step', changes: [] },
    ],
    summary: { keep: 2, create: 0 },
  });
});

test('only the property that differs is a change', async () => {
  const world = madeUpWorld();
  await deploy(world, [step, role]);
  const plan = await planFor(world, [thing('step', { ...step.props, memory: 1024 }), role]);
  expect(plan.toJSON().actions[1]).toEqual({
    action: 'update',
    kind: 'made/part',
    id: 'step',
    changes: [{ path: 'memory', before: 512, after: 1024 }],
  });
});

test('a change that demands it replaces, and what refers to the object is updated', async () => {
  const world = madeUpWorld();
  await deploy(world, [thing('role', { fixed: 1 }), step]);
  const plan = await planFor(world, [thing('role', { fixed: 2 }), step]);
  expect(actions(plan)).toEqual(['replace role', 'update step']);
  expect(plan.toJSON().actions[0]?.changes).toEqual([{ path: 'fixed', before: 1, after: 2, replace: true }]);
  expect(plan.toJSON().actions[1]?.changes).toEqual([
    { path: 'role', before: world.things.get('role')?.attrs['arn'], after: '(known after apply)' },
  ]);
});

test('what refers to an object that is gone is updated', async () => {
  const world = madeUpWorld();
  await deploy(world, [role, step]);
  world.things.delete('role');
  expect(actions(await planFor(world, [role, step]))).toEqual(['create role', 'update step']);
});

test('an unknown reference is a change also where its kind does not compare the property', async () => {
  const world = madeUpWorld();
  const blind = {
    ...world.kinds,
    'made/part': { ...world.kinds['made/part'], changes: () => [] },
  } as typeof world.kinds;
  const nested = thing('step', { deep: { roles: [ref('role', 'arn')] } });
  await deploy(world, [thing('role', { fixed: 1 }, { kind: 'made/base' }), nested]);
  const plan = await planFor(world, [thing('role', { fixed: 2 }, { kind: 'made/base' }), nested], {
    kinds: blind,
  });
  expect(plan.toJSON().actions[1]).toMatchObject({
    action: 'update',
    changes: [{ path: 'deep.roles[0]', before: null, after: '(known after apply)' }],
  });
});

test('references within a property that has changed are no changes of their own', async () => {
  const world = madeUpWorld();
  await deploy(world, [thing('user', { map: { A: 'x' }, list: ['y'] })]);
  const user = thing('user', { map: { A: ref('role', 'arn') }, list: [ref('role', 'arn')] });
  const plan = await planFor(world, [thing('role'), user]);
  expect(plan.actions.at(-1)?.changes.map(({ path }) => path)).toEqual(['map', 'list']);
});

test('a kind is asked to compare with unknown references left in, but reads with what is there now', async () => {
  const world = madeUpWorld();
  const subscription = thing('subscription', { fixedTo: ref('role', 'arn') });
  await deploy(world, [thing('role', { fixed: 1 }), subscription]);
  const old = world.things.get('role')?.attrs['arn'];
  const part = world.kinds['made/part'];
  const seen: unknown[] = [];
  const spying = {
    ...part,
    read: (...[props, call]: Parameters<NonNullable<typeof part>['read']>) => {
      if (props['fixedTo']) seen.push(props['fixedTo']);
      return part?.read(props, call);
    },
  };
  const kinds = { ...world.kinds, 'made/part': spying } as typeof world.kinds;
  const plan = await planFor(world, [thing('role', { fixed: 2 }), subscription], { kinds });
  expect(seen).toEqual([old]);
  expect(actions(plan)).toEqual(['replace role', 'replace subscription']);
});

test('attributes that an update may change are unknown after it, the others are not', async () => {
  const world = madeUpWorld();
  const image = (script: string) => thing('image', { script }, { kind: 'made/image' });
  const byVersion = thing('by version', { image: ref('image', 'version') });
  const byArn = thing('by arn', { image: ref('image', 'arn') });
  await deploy(world, [image('one'), byVersion, byArn]);
  const plan = await planFor(world, [image('two'), byVersion, byArn]);
  expect(actions(plan)).toEqual(['update image', 'update by version', 'keep by arn']);
});

test('an object of others is refused by name, and all of them at once', async () => {
  const world = madeUpWorld();
  await deploy(world, [thing('a'), thing('b'), thing('c')]);
  for (const id of ['a', 'c'])
    world.things.set(id, { kind: 'made/part', owner: 'other', attrs: { self: id } });
  const refused = planFor(world, [thing('a'), thing('b'), thing('c')]);
  await expect(refused).rejects.toMatchObject({
    code: 'not-owned',
    message: 'a, c exist, but this workflow did not make it',
    hint: expect.stringContaining('--adopt'),
  });
});

test('an object of others is used as it is where the kind says so', async () => {
  const world = madeUpWorld();
  const attrs = { self: 'bucket', size: 1, arn: 'arn:theirs' };
  world.things.set('bucket', { kind: 'made/shared', owner: 'other', attrs });
  const bucket = thing('bucket', { size: 2 }, { kind: 'made/shared' });
  const user = thing('user', { bucket: ref('bucket', 'arn') });
  const plan = await planFor(world, [bucket, user]);
  expect(actions(plan)).toEqual(['keep bucket', 'create user']);
  expect(plan.toJSON().actions[1]?.changes).toContainEqual({
    path: 'bucket',
    before: null,
    after: 'arn:theirs',
  });
});

test('upstream is read first, and what does not depend on each other at the same time', async () => {
  const slow = { a: gate(), b: gate() };
  const world = madeUpWorld({ before: ({ id }) => slow[id as 'a' | 'b']?.passed });
  const planning = planFor(world, [
    thing('after a', {}, { dependsOn: ['a'] }),
    thing('a'),
    thing('b'),
    thing('c'),
  ]);
  await Promise.all([world.started('read', 'a'), world.started('read', 'b'), world.started('read', 'c')]);
  expect(idsOf(world, 'read')).not.toContain('after a');
  slow.a.open();
  await world.started('read', 'after a');
  slow.b.open();
  await planning;
  expect(world.mostAtOnce).toBe(3);
});

test('no more reads run at the same time than allowed', async () => {
  const world = madeUpWorld({ before: () => Promise.resolve() });
  const many = Array.from({ length: 20 }, (_, n) => thing(`${n}`));
  await planFor(world, many, { concurrency: 3 });
  expect(world.mostAtOnce).toBe(3);
  expect(new Set(world.calls.map(({ op }) => op))).toEqual(new Set(['read']));
});

test('a read that fails ends the others and is what the plan fails with', async () => {
  const forbidden = new Error('forbidden');
  let told: unknown;
  const world = madeUpWorld({
    before: async ({ id }, { signal }) => {
      if (id === 'b') throw forbidden;
      await new Promise((go) => signal.addEventListener('abort', go));
      told = signal.reason;
    },
  });
  await expect(
    planFor(world, [thing('a'), thing('b'), thing('after', {}, { dependsOn: ['b'] })]),
  ).rejects.toBe(forbidden);
  expect(told).toBe(forbidden);
  expect(idsOf(world, 'read')).toEqual(['a', 'b']);
});

test('a signal interrupts a plan', async () => {
  const controller = new AbortController();
  const world = madeUpWorld({ before: () => controller.abort() });
  const planning = planFor(world, [thing('a'), thing('b', {}, { dependsOn: ['a'] })], {
    signal: controller.signal,
  });
  await expect(planning).rejects.toMatchObject({ code: 'interrupted', exitCode: 130 });
  expect(idsOf(world, 'read')).toEqual(['a']);
});

test('a resource of an unknown kind, a circle and a lost dependency fail before anything is read', async () => {
  const world = madeUpWorld();
  const circle = [thing('x', { y: ref('y', 'arn') }), thing('y', {}, { dependsOn: ['x'] })];
  await expect(planFor(world, circle)).rejects.toMatchObject({ code: 'graph-cycle', message: /x → y → x/ });
  await expect(planFor(world, [thing('x', { y: ref('y', 'arn') })])).rejects.toMatchObject({
    code: 'graph-unknown',
  });
  const odd = planFor(world, [thing('x'), thing('y', {}, { kind: 'toString' })]);
  await expect(odd).rejects.toBeInstanceOf(FdlError);
  await expect(odd).rejects.toMatchObject({ code: 'graph-kind', message: /y is of the kind toString/ });
  expect(world.calls).toEqual([]);
});

test('planning tells what was read and what kinds say', async () => {
  const events: PlanEvent[] = [];
  const world = madeUpWorld({ before: ({ id }, { progress }) => progress(`looking for ${id}`) });
  await planFor(world, [thing('b', {}, { dependsOn: ['a'] }), thing('a')], {
    onProgress: (event) => events.push(event),
  });
  expect(events).toEqual([
    { type: 'reading', id: 'a', message: 'looking for a' },
    { type: 'read', id: 'a', done: 1, total: 2 },
    { type: 'reading', id: 'b', message: 'looking for b' },
    { type: 'read', id: 'b', done: 2, total: 2 },
  ]);
});
