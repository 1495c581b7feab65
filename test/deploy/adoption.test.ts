/** Taking over what the workflow did not make. */
import { expect, test } from 'vitest';
import type { Resource } from '../../src/deploy/resource.ts';
import { applyTo, statuses } from './apply-to.ts';
import { idsOf, madeUpWorld, planFor, thing, WORKFLOW, type World } from './made-up.ts';

function put(world: World, { id, kind, props }: Resource, owner: string): void {
  world.things.set(id, { kind, owner, attrs: { ...props, arn: `arn:${id}` } });
}

const fn = thing('fn', { memory: 512 });

test('without a word it is refused, with one it is an update that says who had it', async () => {
  const world = madeUpWorld();
  put(world, thing('fn', { memory: 128 }), 'somebody');
  await expect(planFor(world, [fn])).rejects.toMatchObject({
    code: 'not-owned',
    hint: expect.stringContaining('--adopt'),
  });
  const plan = await planFor(world, [fn], { adopt: true });
  expect(plan.actions).toMatchObject([
    {
      action: 'update',
      changes: [
        { path: 'owner', before: 'others', after: WORKFLOW },
        { path: 'memory', before: 128, after: 512 },
      ],
    },
  ]);
});

test('an object that is as it should be is still taken over, once', async () => {
  const world = madeUpWorld();
  put(world, fn, 'somebody');
  const report = await applyTo(world, await planFor(world, [fn], { adopt: true }));
  expect(statuses(report)).toEqual(['update fn: done']);
  expect(world.things.get('fn')?.owner).toBe(WORKFLOW);
  const again = await planFor(world, [fn], { adopt: true });
  expect(again.actions.map(({ action }) => action)).toEqual(['keep']);
});

test('what may be shared stays with its owner', async () => {
  const world = madeUpWorld();
  const shared = thing('bucket', {}, { kind: 'made/shared' });
  put(world, shared, 'somebody');
  const plan = await planFor(world, [shared], { adopt: true });
  expect(plan.actions.map(({ action }) => action)).toEqual(['keep']);
  await applyTo(world, plan);
  expect(world.things.get('bucket')?.owner).toBe('somebody');
  expect(idsOf(world, 'reconcile')).toEqual([]);
});
