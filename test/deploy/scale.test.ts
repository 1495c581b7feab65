import { expect, test } from 'vitest';
import { type Props, type Resource, ref } from '../../src/deploy/resource.ts';
import { deploy, remove } from './apply-to.ts';
import { idsOf, madeUpWorld, planFor, thing } from './made-up.ts';

/** Counts how often properties of the resources are looked at. */
function counted(resources: readonly Resource[], count: () => void): readonly Resource[] {
  const watch = <T extends object>(target: T): T =>
    new Proxy(target, {
      get: (object, key, receiver) => {
        count();
        return Reflect.get(object, key, receiver);
      },
    });
  return resources.map((resource) =>
    watch({
      ...resource,
      props: watch<Props>({ ...resource.props }),
      dependsOn: watch([...resource.dependsOn]),
    }),
  );
}

/** Steps of a workflow: each with a role, a log, and one step after the other; one hub that all of them use. */
function workflowOf(steps: number): readonly Resource[] {
  const hub = thing('hub', {}, { kind: 'made/base' });
  const each = Array.from({ length: steps }, (_, n) => [
    thing(
      `step ${n}`,
      { role: ref(`role ${n}`, 'arn'), hub: ref('hub', 'arn') },
      { dependsOn: [`log ${n}`] },
    ),
    thing(`role ${n}`, { hub: ref('hub', 'arn') }, { kind: 'made/image' }),
    thing(`log ${n}`),
    thing(`link ${n}`, { from: ref(`step ${n}`, 'arn') }, { dependsOn: n > 0 ? [`step ${n - 1}`] : [] }),
  ]);
  return [hub, ...each.flat()];
}

/** Everything that a deployment and its removal do with so many steps. */
async function costOf(steps: number) {
  let looks = 0;
  const world = madeUpWorld();
  const desired = counted(workflowOf(steps), () => {
    looks += 1;
  });
  const created = await deploy(world, desired);
  const tasks = (await planFor(world, desired)).tasks;
  const named = await planFor(world, desired, { remove: true });
  const orphans = await planFor(world, [], { remove: true });
  const waits = [tasks, named.tasks, orphans.tasks].map((each) =>
    each.reduce((sum, task) => sum + task.after.length, 0),
  );
  const calls = world.calls.length;
  const removed = await remove(world, []);
  expect([created.ok, removed.ok, world.things.size]).toEqual([true, true, 0]);
  return { resources: desired.length, looks, waits, calls, reads: idsOf(world, 'read').length };
}

test('the work grows with the number of resources, not with its square', async () => {
  const small = await costOf(125);
  const large = await costOf(500);
  expect(large.resources).toBe(2001);
  expect(large.reads).toBe(2 * large.resources);
  expect(large.calls).toBe(3 * large.resources + 2 * Object.keys(madeUpWorld().kinds).length);
  const growth = large.resources / small.resources;
  expect(large.looks / small.looks).toBeLessThan(1.1 * growth);
  for (const [index, waits] of large.waits.entries()) {
    expect(waits / (small.waits[index] ?? 0)).toBeLessThan(1.1 * growth);
    expect(waits).toBeLessThan(4 * large.resources);
  }
});

test('replacing the hub of them all still does', async () => {
  const waitsOf = async (steps: number) => {
    const world = madeUpWorld();
    await deploy(world, workflowOf(steps));
    const [, ...others] = workflowOf(steps);
    const plan = await planFor(world, [thing('hub', { fixed: 2 }, { kind: 'made/base' }), ...others]);
    expect(plan.summary).toMatchObject({ replace: 1, update: 2 * steps });
    return plan.tasks.reduce((sum, task) => sum + task.after.length, 0);
  };
  expect((await waitsOf(100)) / (await waitsOf(25))).toBeLessThan(4.4);
});
