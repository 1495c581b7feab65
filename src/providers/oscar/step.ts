/** The steps of a workflow that are services of clusters. */
import type { Workflow } from '../../workflow/model.ts';
import { isOscar, type OscarStep } from './dialect/step.ts';

/** The steps of a workflow that are on clusters: all, or the one that is asked for. */
export function oscarSteps({ steps }: Workflow, id?: string): readonly OscarStep[] {
  return steps.filter(isOscar).filter((step) => id === undefined || step.id === id);
}
