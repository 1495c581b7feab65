/** Which steps of a workflow take over jobs of one another. Pure. */
import type { Replica } from '../fdl/schema/index.ts';
import type { Step, Workflow } from './model.ts';

/** The address of a step of the same file. */
const STEP_URL = /^\$\{url:([^}]*)\}$/;

/** By step: those that may run in its place, for the same input. Members that are no steps of the file do not count. */
export function standIns({ steps }: Workflow): ReadonlyMap<string, readonly string[]> {
  const found = steps.flatMap((step) => {
    if (step.provider !== 'oscar' || step.replicas.length === 0) return [];
    const others = steps.filter(
      (other) => other !== step && step.replicas.some((each) => means(each, other)),
    );
    return [[step.id, others.map(({ id }) => id)] as const];
  });
  return new Map(found);
}

function means({ type = 'oscar', url, cluster_id, service_name }: Replica, step: Step): boolean {
  if (type.toLowerCase() === 'endpoint') return STEP_URL.exec(url?.trim() ?? '')?.[1]?.trim() === step.id;
  return step.provider === 'oscar' && step.cluster === cluster_id && step.name === service_name;
}
