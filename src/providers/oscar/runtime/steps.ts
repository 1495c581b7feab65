/** Services as they are set up on clusters: whether they are there, in what state, and at which address. */

import type { DeployedStep, DeployedWorkflow, Missed } from '../../runtime.ts';
import { ownerOf } from '../annotations.ts';
import { type DeploymentAnswer, exposedUrl, isExposed, type ServiceAnswer } from '../api/answers.ts';
import { OscarError } from '../api/error.ts';
import type { OpenCluster } from '../clusters/open.ts';
import type { Located, OscarRuntimeDeps } from './deps.ts';

/** The service of a step, or nothing where its cluster has none that belongs to the workflow. */
export async function ownService(
  { client, step, workflow }: Located,
  { signal }: Pick<OscarRuntimeDeps, 'signal'>,
): Promise<ServiceAnswer | undefined> {
  const service = await client.service(step.name, signal);
  return service && ownerOf(service)?.workflow === workflow.name ? service : undefined;
}

/** The steps that are there. Those of a cluster that does not answer are of a state that says so. */
export async function deployedSteps(
  located: readonly Located[],
  deps: OscarRuntimeDeps,
): Promise<readonly DeployedStep[]> {
  const found = await Promise.all(
    located.map(async (each) => {
      try {
        const service = await ownService(each, deps);
        return service ? [await deployedStep(each.step.id, service, each, deps.signal)] : [];
      } catch (thrown) {
        if (!(thrown instanceof OscarError && thrown.code === 'oscar-unreachable')) throw thrown;
        const state = `unknown: ${thrown.message}`;
        return [
          { step: each.step.id, provider: 'oscar', mode: 'service', place: each.client.cluster, state },
        ];
      }
    }),
  );
  return found.flat();
}

/** Everything on the clusters that are configured. `missed` is told of those that do not answer, else they throw. */
export async function deployedWorkflows(
  { known, signal }: OscarRuntimeDeps,
  missed: Missed | undefined,
): Promise<readonly DeployedWorkflow[]> {
  const found = await Promise.all(
    (await known()).map((cluster) =>
      stepsOn(cluster, signal).catch((thrown) => {
        signal.throwIfAborted();
        if (!missed) throw thrown;
        missed(thrown);
        return [];
      }),
    ),
  );
  const workflows = new Map<string, DeployedStep[]>();
  for (const { workflow, deployed } of found.flat()) {
    workflows.set(workflow, [...(workflows.get(workflow) ?? []), deployed]);
  }
  return [...workflows]
    .map(([workflow, steps]) => ({ workflow, steps: steps.sort((a, b) => (a.step < b.step ? -1 : 1)) }))
    .sort((a, b) => (a.workflow < b.workflow ? -1 : 1));
}

interface OwnStep {
  readonly workflow: string;
  readonly deployed: DeployedStep;
}

async function stepsOn(cluster: OpenCluster, signal: AbortSignal): Promise<readonly OwnStep[]> {
  const services = await cluster.client.services(signal);
  const owned = services.map(async (service): Promise<readonly OwnStep[]> => {
    const owner = ownerOf(service);
    if (!owner) return [];
    const deployed = await deployedStep(owner.step, service, cluster, signal);
    return [{ workflow: owner.workflow, deployed }];
  });
  return (await Promise.all(owned)).flat();
}

async function deployedStep(
  step: string,
  service: ServiceAnswer,
  { client, endpoint }: OpenCluster,
  signal: AbortSignal,
): Promise<DeployedStep> {
  const serves = isExposed(service) || Boolean(service['kserve']);
  const state = serves ? await stateOf(service, client, signal) : 'ready';
  const url = exposedUrl(service, endpoint);
  const place = client.cluster;
  return { step, provider: 'oscar', mode: 'service', place, state, ...(url !== undefined && { url }) };
}

/** Services that only run jobs have no pods of their own: they are ready as soon as they are there. */
async function stateOf(
  { name }: ServiceAnswer,
  client: OpenCluster['client'],
  signal: AbortSignal,
): Promise<string> {
  try {
    const deployment = await client.deployment(name, signal);
    return deployment.resource_kind === 'unavailable' ? 'ready' : stateText(deployment);
  } catch (thrown) {
    // Releases before 4.0 do not tell.
    if (thrown instanceof OscarError && thrown.code === 'oscar-unsupported') return 'ready';
    throw thrown;
  }
}

function stateText({ state, reason }: DeploymentAnswer): string {
  return state === 'ready' || !reason ? state : `${state}: ${reason.trim().replace(/\.$/, '')}`;
}
