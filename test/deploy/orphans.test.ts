/** What a workflow owns and its file no longer names. */
import { expect, test } from 'vitest';
import { ref } from '../../src/deploy/resource.ts';
import { applyTo, deploy, statuses } from './apply-to.ts';
import { idsOf, madeUpWorld, planFor, thing, type World } from './made-up.ts';

const role = thing('role', {}, { kind: 'made/base' });
const step = thing('step', { role: ref('role', 'arn') });
const oldRole = thing('old-role', {}, { kind: 'made/base' });
const oldStep = thing('old-step', { role: ref('old-role', 'arn') });

/** A world where all four were deployed. */
async function before(): Promise<World> {
  const world = madeUpWorld();
  await deploy(world, [role, step, oldRole, oldStep]);
  world.calls.length = 0;
  return world;
}

const shortly = (plan: Awaited<ReturnType<typeof planFor>>) =>
  plan.actions.map(({ action, id }) => `${action} ${id}`);

test('nobody looks for them unless asked', async () => {
  const world = await before();
  const plan = await planFor(world, [role, step]);
  expect(plan.orphans).toEqual([]);
  expect(idsOf(world, 'list')).toEqual([]);
});

test('named: the plan knows them and leaves them; each kind is listed once', async () => {
  const world = await before();
  const plan = await planFor(world, [role, step], { orphans: 'name' });
  expect(shortly(plan)).toEqual(['keep role', 'keep step']);
  expect(plan.toJSON().orphans).toEqual([
    { kind: 'made/part', id: 'old-step' },
    { kind: 'made/base', id: 'old-role' },
  ]);
  expect([...idsOf(world, 'list')].sort()).toEqual(Object.keys(world.kinds).sort());
  await applyTo(world, plan);
  expect(world.things.has('old-step')).toBe(true);
});

test('pruned: deleted by rank, after everything else is as it should be', async () => {
  const world = await before();
  const changed = thing('step', { role: ref('role', 'arn'), memory: 1 });
  const plan = await planFor(world, [role, changed], { orphans: 'delete' });
  expect(shortly(plan)).toEqual(['keep role', 'update step', 'delete old-step', 'delete old-role']);
  expect(plan.orphans).toEqual([]);
  world.calls.length = 0;
  const report = await applyTo(world, plan);
  expect(report.ok).toBe(true);
  expect(world.calls.map(({ op, id }) => `${op} ${id}`)).toEqual([
    'reconcile step',
    'delete old-step',
    'delete old-role',
  ]);
  const again = await planFor(world, [role, changed], { orphans: 'delete' });
  expect(shortly(again)).toEqual(['keep role', 'keep step']);
});

test('nothing is pruned when an update fails: what failed may still use it', async () => {
  const world = await before();
  const plan = await planFor(world, [role, thing('step', { memory: 1 })], { orphans: 'delete' });
  world.hooks = {
    before: ({ op }) => {
      if (op === 'reconcile') throw new Error('no');
    },
  };
  const report = await applyTo(world, plan);
  expect(statuses(report)).toEqual([
    'keep role: kept',
    'update step: failed',
    'delete old-step: skipped',
    'delete old-role: skipped',
  ]);
  expect(report.outcomes[2]?.reason).toBe('waited for step, which failed');
});

test('a kind that can not be listed stops nothing where orphans are only named', async () => {
  const world = await before();
  world.hooks = { before: refuse('list', 'made/part') };
  const plan = await planFor(world, [role, step], { orphans: 'name' });
  expect(shortly(plan)).toEqual(['keep role', 'keep step']);
  expect(plan.toJSON()).toMatchObject({
    orphans: [{ id: 'old-role' }],
    unlisted: [{ kind: 'made/part', error: { code: 'read-failed', message: 'list made/part refused' } }],
  });
});

test('where they are to go, it fails, and keeps back what its objects may need', async () => {
  const world = await before();
  world.hooks = { before: refuse('list', 'made/part') };
  await expect(planFor(world, [role, step], { orphans: 'delete' })).rejects.toThrow('refused');
  const plan = await planFor(world, [role, step], { orphans: 'delete', tolerant: true });
  expect(statuses(await applyTo(world, plan))).toEqual([
    'keep role: kept',
    'keep step: kept',
    'unknown made/part: failed',
    'delete old-role: skipped',
  ]);
});

test('what a kind lists with an error is not known, and the rest goes', async () => {
  const world = await before();
  const list = async () => [{ id: 'lost', attrs: {}, error: new Error('cluster down') }];
  const stays = () => Promise.reject(new Error('nobody looked at it'));
  const store = { ...world.kinds['made/store'], list, stays };
  const kinds = { ...world.kinds, 'made/store': store } as World['kinds'];
  const plan = await planFor(world, [], { kinds, remove: true });
  const report = await applyTo(world, plan, { kinds });
  expect(statuses(report)).toContain('unknown lost: failed');
  expect(report.summary).toMatchObject({ delete: 4, failed: 1 });
  expect(world.things.size).toBe(0);
});

test('scopes do not wait for each other', async () => {
  const world = madeUpWorld();
  const id = (scope: string, name: string) => `made/${scope}/x/${name}`;
  const all = ['a', 'b'].flatMap((scope) => [
    thing(id(scope, 'role'), {}, { kind: 'made/base' }),
    thing(id(scope, 'step')),
  ]);
  await deploy(world, all);
  world.hooks = { before: refuse('delete', id('a', 'step')) };
  const report = await applyTo(world, await planFor(world, [], { remove: true }));
  expect([...statuses(report)].sort()).toEqual([
    'delete made/a/x/role: skipped',
    'delete made/a/x/step: failed',
    'delete made/b/x/role: done',
    'delete made/b/x/step: done',
  ]);
});

function refuse(op: string, id: string) {
  return (call: { readonly op: string; readonly id: string }) => {
    if (call.op === op && call.id === id) throw new Error(`${op} ${id} refused`);
  };
}
