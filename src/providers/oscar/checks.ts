/** Whether clusters can be reached and logged in to. */
import type { Workflow } from '../../workflow/model.ts';
import { type Check, good } from '../check.ts';
import type { OpenCluster, OpenedClusters } from './clusters/open.ts';
import { clusterIds } from './facts.ts';

/** One check for each cluster of the workflow; without one, for all that are known here. */
export function oscarChecks(clusters: OpenedClusters, workflow: Workflow | undefined): readonly Check[] {
  if (!workflow) {
    return [
      {
        about: 'clusters',
        run: async (signal) => {
          const all = await clusters.known();
          return Promise.all(all.map((each) => asked(each, signal)));
        },
      },
    ];
  }
  return clusterIds(workflow).map((id) => ({
    about: `cluster ${id}`,
    run: async (signal) => asked(await clusters.open(workflow, id), signal),
  }));
}

async function asked({ client, endpoint }: OpenCluster, signal: AbortSignal) {
  // Both take the login.
  const [{ version }] = await Promise.all([client.info(signal), client.services(signal)]);
  return good(`${endpoint} is OSCAR ${version}, and takes the login`);
}
