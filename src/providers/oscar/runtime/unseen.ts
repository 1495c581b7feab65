/**
 * What jobs have done that a cluster does not show. A job that another service's output starts belongs to the user whose
 * keys wrote that, which are the cluster's own; users see jobs of their own only, but all that is in their buckets.
 * Rule: OSCAR, `MakeJobHandler` and `MakeJobsInfoHandler`.
 */
import { objectUri } from '../../../storage/uri.ts';
import type { Invocation } from '../../../workflow/invocation.ts';
import type { Workflow } from '../../../workflow/model.ts';
import type { OscarStep } from '../dialect/step.ts';
import type { Located } from './deps.ts';
import { takes } from './placement.ts';
import type { Look } from './written.ts';

/** Outputs that no job in sight has written, each as an invocation that succeeded; of steps that other services start. */
export async function unseen(
  { step, workflow, isAdmin }: Located,
  seen: readonly Invocation[],
  since: string | undefined,
  look: Look,
): Promise<readonly Invocation[]> {
  if (isAdmin || since === undefined || !isFedByServices(step, workflow)) return [];
  const told = new Set(seen.flatMap(({ outputs }) => outputs.map(({ uri }) => uri)));
  const found = await Promise.all(
    step.outputs.map(async (output) => {
      const objects = await look.list(output);
      return objects.flatMap(({ key, size, modified }): readonly Invocation[] => {
        const uri = objectUri(output.store, output.bucket, key);
        const isNew = modified.toISOString() >= since;
        if (!isNew || key.endsWith('/') || told.has(uri) || !takes(output, key)) return [];
        const at = modified.toISOString();
        const reason = 'its job belongs to another user of the cluster, and is known by what it wrote';
        const times = { startedAt: at, endedAt: at };
        return [
          {
            id: `${uri}@${at}`,
            step: step.id,
            status: 'succeeded',
            outputs: [{ uri, size }],
            ...times,
            reason,
          },
        ];
      });
    }),
  );
  return found.flat();
}

function isFedByServices(step: OscarStep, { links, steps }: Workflow): boolean {
  const services = new Set(steps.flatMap(({ id, provider }) => (provider === 'oscar' ? [id] : [])));
  return links.some(({ from, to }) => to === step.id && services.has(from));
}
