/** Which steps of a file may take over jobs of a service. */
import type { Step } from '../../../workflow/model.ts';
import type { Replica } from './schema/index.ts';
import { isOscar } from './step.ts';

/** The address of a step of the same file. */
const STEP_URL = /^\$\{url:([^}]*)\}$/;

/** Ids of those that may run in the place of a step, for the same input. Members that are no steps of the file do not count. */
export function standIns(step: Step, steps: readonly Step[]): readonly string[] {
  if (!isOscar(step) || step.replicas.length === 0) return [];
  const others = steps.filter((other) => other !== step && step.replicas.some((each) => means(each, other)));
  return others.map(({ id }) => id);
}

function means({ type = 'oscar', url, cluster_id, service_name }: Replica, step: Step): boolean {
  if (type.toLowerCase() === 'endpoint') return STEP_URL.exec(url?.trim() ?? '')?.[1]?.trim() === step.id;
  return isOscar(step) && step.cluster === cluster_id && step.name === service_name;
}
