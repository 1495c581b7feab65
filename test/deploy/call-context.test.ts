/** What calls of kinds are told about when they come. */
import { expect, test } from 'vitest';
import type { CallContext } from '../../src/deploy/resource.ts';
import { deploy } from './apply-to.ts';
import { type Call, madeUpWorld, thing } from './made-up.ts';

test('a plan says that nothing changes meanwhile; what is carried out, whether the plan found the object', async () => {
  const told: string[] = [];
  const before = ({ op, id }: Call, { planning = false, absent = false }: CallContext) =>
    void told.push(`${op} ${id}${planning ? ', planning' : ''}${absent ? ', absent' : ''}`);
  const world = madeUpWorld({ before });
  await deploy(world, [thing('one', { size: 1 })]);
  await deploy(world, [thing('one', { size: 2 })]);
  expect(told).toEqual([
    'read one, planning',
    'reconcile one, absent',
    'read one, planning',
    'reconcile one',
  ]);
});
