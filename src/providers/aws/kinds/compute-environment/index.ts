/** Compute environments of AWS Batch: the machines that jobs run on. */
import type { CallContext, Observed, ResourceKind } from '../../../../deploy/resource.ts';
import { isOwned } from '../../api/tags.ts';
import { awsId } from '../../site.ts';
import type { AwsDeps } from '../deps.ts';
import { ownedOf, taggedCandidates } from '../listing.ts';
import {
  type ComputeEnvironmentAttrs,
  type ComputeEnvironmentProps,
  ENVIRONMENT_RULES,
  environmentChanges,
} from './properties.ts';
import { type EnvironmentKey, readEnvironment } from './read.ts';
import { deleteEnvironment, reconcileEnvironment } from './write.ts';

export type { ComputeEnvironmentAttrs, ComputeEnvironmentProps } from './properties.ts';

const PREFIX = 'compute-environment/';

export function computeEnvironmentKind(
  deps: AwsDeps,
): ResourceKind<ComputeEnvironmentProps, ComputeEnvironmentAttrs> {
  const read = async (key: EnvironmentKey, call: CallContext) =>
    observed(deps, await readEnvironment(deps, key, call));
  return {
    title: 'compute environment',
    rank: 60,
    read,
    rules: ENVIRONMENT_RULES,
    changes: environmentChanges,
    reconcile: (props, call) => reconcileEnvironment(deps, props, call),
    async delete({ site, name }, call) {
      await deleteEnvironment(deps, { site, name }, call);
      return undefined;
    },
    async list(_workflow, call) {
      const candidates = await taggedCandidates<EnvironmentKey>(deps, call, (site, { service, resource }) => {
        if (service !== 'batch' || !resource.startsWith(PREFIX)) return undefined;
        const name = resource.slice(PREFIX.length);
        return { id: awsId(site, 'compute-environment', name), props: { site, name } };
      });
      const identity = ({ arn }: ComputeEnvironmentAttrs) => arn;
      return ownedOf({ kind: 'aws/compute-environment', candidates, identity }, deps, read, call);
    },
  };
}

function observed(
  { workflow }: AwsDeps,
  attrs: ComputeEnvironmentAttrs | undefined,
): Observed<ComputeEnvironmentAttrs> | undefined {
  return attrs && { owned: isOwned(attrs.tags, workflow), attrs };
}
