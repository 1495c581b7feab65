/** Applying plans to the made-up provider. */
import { type ApplyContext, applyPlan } from '../../src/deploy/apply.ts';
import type { ApplyEvent } from '../../src/deploy/events.ts';
import type { Report } from '../../src/deploy/outcome.ts';
import type { Plan } from '../../src/deploy/plan.ts';
import type { Resource } from '../../src/deploy/resource.ts';
import { planFor, type World } from './made-up.ts';

/** Applies a plan; events go to `events`. */
export function applyTo(
  world: World,
  plan: Plan,
  more: Partial<ApplyContext> = {},
  events: ApplyEvent[] = [],
): Promise<Report> {
  const signal = new AbortController().signal;
  const context = { kinds: world.kinds, signal, emit: (event: ApplyEvent) => events.push(event), ...more };
  return applyPlan(plan, context).then(({ report }) => report);
}

/** Plans and applies. */
export async function deploy(world: World, desired: readonly Resource[], more: Partial<ApplyContext> = {}) {
  return applyTo(world, await planFor(world, desired), more);
}

/** Plans and applies the removal of everything. */
export async function remove(world: World, desired: readonly Resource[], more: Partial<ApplyContext> = {}) {
  return applyTo(world, await planFor(world, desired, { remove: true }), more);
}

/** `id: status` of every outcome, in order. */
export function statuses(report: Report): readonly string[] {
  return report.outcomes.map(({ id, action, status }) => `${action} ${id}: ${status}`);
}
