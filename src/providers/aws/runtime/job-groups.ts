/** The queues of a workflow, and which of its jobs belong to which step. */
import { allDone } from '../../../slots.ts';
import type { Workflow } from '../../../workflow/model.ts';
import { type AwsFacts, stepDeployments } from '../facts.ts';
import { machinesOf } from '../machines.ts';
import type { Site } from '../site.ts';
import { awsSteps } from '../step.ts';
import type { SiteOf } from './sources.ts';

/** A queue, with the steps whose jobs wait in it. */
export interface JobGroup {
  readonly site: Site;
  readonly queue: string;
  /** Ids of steps by the names of their job definitions. */
  readonly steps: ReadonlyMap<string, string>;
}

/** The queues of the steps that are asked for. Names follow from the whole workflow; the account makes no difference. */
export async function jobGroups(
  workflow: Workflow,
  step: string | undefined,
  siteOf: SiteOf,
): Promise<readonly JobGroup[]> {
  const places = await allDone(
    awsSteps(workflow).map(async (each) => {
      return [each.id, { site: await siteOf(each), account: '', partition: '' }] as const;
    }),
  );
  const facts: AwsFacts = new Map(places);
  return machinesOf(stepDeployments(workflow, facts)).flatMap(({ site, queue, steps: all }) => {
    const asked = all.filter((deployment) => step === undefined || deployment.step.id === step);
    const steps = new Map(asked.map((deployment) => [deployment.step.name, deployment.step.id]));
    return steps.size === 0 ? [] : [{ site, queue, steps }];
  });
}
