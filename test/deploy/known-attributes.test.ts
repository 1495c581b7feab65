/** What is known of the resources once a plan is carried out. */
import { expect, test } from 'vitest';
import { applyPlan } from '../../src/deploy/apply.ts';
import type { Resource } from '../../src/deploy/resource.ts';
import { idsOf, madeUpWorld, planFor, thing, type World } from './made-up.ts';

async function attrsAfter(world: World, desired: readonly Resource[], remove = false) {
  const plan = await planFor(world, desired, { remove });
  const { signal } = new AbortController();
  return (await applyPlan(plan, { kinds: world.kinds, signal, emit: () => {} })).attrs;
}

const made = thing('made', { size: 1 });
const full = thing('full', { content: 'files' }, { kind: 'made/store' });

test('what was made, and what was there already', async () => {
  const world = madeUpWorld();
  const first = await attrsAfter(world, [made]);
  const { arn } = first.get('made') ?? {};
  expect(arn).toMatch(/^arn:made:/);
  const second = await attrsAfter(world, [made, full]);
  expect(second.get('made')?.['arn']).toBe(arn);
  expect(second.has('full')).toBe(true);
  expect(idsOf(world, 'reconcile')).toEqual(['made', 'full']);
});

test('not what failed to be made, nor what is gone; what stays', async () => {
  const world = madeUpWorld({
    before: ({ op, id }) => {
      if (op === 'reconcile' && id === 'never') throw new Error('no');
    },
  });
  const all = [made, full, thing('never')];
  expect([...(await attrsAfter(world, all)).keys()].sort()).toEqual(['full', 'made']);
  expect([...(await attrsAfter(world, all, true)).keys()]).toEqual(['full']);
});
