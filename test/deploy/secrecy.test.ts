import { expect, test } from 'vitest';
import type { ApplyEvent, PlanEvent } from '../../src/deploy/events.ts';
import { ref } from '../../src/deploy/resource.ts';
import { Secret } from '../../src/secret.ts';
import { applyTo, deploy } from './apply-to.ts';
import { madeUpWorld, planFor, thing } from './made-up.ts';

const OLD = 'old-hunter22';
const NEW = 'new-hunter23';

const store = (key: string) =>
  thing('store', { keys: { user: 'me', key: new Secret(key) }, token: new Secret(key) });

test('no secret is in the JSON of a plan, before or after', async () => {
  const world = madeUpWorld();
  const first = await planFor(world, [store(OLD)]);
  await applyTo(world, first);
  const second = await planFor(world, [store(NEW)]);
  expect(second.toJSON().actions[0]?.changes).toEqual([
    { path: 'keys', before: { user: 'me', key: '(secret)' }, after: { user: 'me', key: '(secret)' } },
    { path: 'token', before: '(secret)', after: '(secret)' },
  ]);
  expect(JSON.stringify([first, second])).not.toMatch(/hunter/);
});

test('what is there in plain is hidden beside a secret that it is to become', async () => {
  const world = madeUpWorld();
  const attrs = { self: 'store', keys: { user: 'me', key: OLD }, token: OLD };
  world.things.set('store', { kind: 'made/part', owner: 'demo', attrs });
  const plan = await planFor(world, [store(NEW)]);
  expect(plan.actions[0]?.action).toBe('update');
  expect(JSON.stringify(plan)).not.toMatch(/hunter/);
});

test('a secret that did not change is no change', async () => {
  const world = madeUpWorld();
  await deploy(world, [store(OLD)]);
  expect((await planFor(world, [store(OLD)])).summary.keep).toBe(1);
});

test('errors, reasons and progress are masked, also for secrets that only a call gave', async () => {
  const world = madeUpWorld();
  const made = thing('made', { password: ref('store', 'token') });
  const events: (ApplyEvent | PlanEvent)[] = [];
  world.hooks = { before: (_, { progress }) => progress(`reading with ${NEW}`) };
  const plan = await planFor(world, [store(NEW), made], { onProgress: (event) => events.push(event) });
  world.hooks = {
    before: ({ id }, { progress }) => {
      progress(`trying ${NEW}`);
      if (id === 'made') throw new Error(`refused: given-hunter24 and ${NEW}`);
    },
  };
  const part = world.kinds['made/part'];
  const kinds = {
    ...world.kinds,
    'made/part': {
      ...part,
      reconcile: async (...[props, call]: Parameters<NonNullable<typeof part>['reconcile']>) => ({
        ...(await part?.reconcile(props, call)),
        given: new Secret('given-hunter24'),
      }),
    },
  } as typeof world.kinds;
  const report = await applyTo(world, plan, { kinds, emit: (event) => events.push(event) });
  expect(report.outcomes[1]?.error?.message).toBe('refused: (secret) and (secret)');
  expect(events.flatMap((event) => ('message' in event ? event.message : []))).toContain('trying (secret)');
  expect(JSON.stringify([report, events])).not.toMatch(/hunter/);
});

test('the reason why an object stays is masked', async () => {
  const world = madeUpWorld();
  await deploy(world, [store(OLD)]);
  const part = { ...world.kinds['made/part'], delete: async () => ({ kept: `${OLD} opens it` }) };
  const kinds = { ...world.kinds, 'made/part': part } as typeof world.kinds;
  const report = await applyTo(world, await planFor(world, [], { remove: true }), { kinds });
  expect(report.outcomes[0]).toMatchObject({ status: 'kept', reason: '(secret) opens it' });
});

test('a secret reaches the object itself', async () => {
  const world = madeUpWorld();
  await deploy(world, [store(NEW), thing('user', { token: ref('store', 'token') })]);
  const token = world.things.get('user')?.attrs['token'];
  expect(token instanceof Secret && token.reveal()).toBe(NEW);
});
