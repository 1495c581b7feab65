/** All kinds of objects on clusters, bound to a workflow. */
import type { Kinds, ResourceKind } from '../../deploy/resource.ts';
import type { KindDeps } from './kind-deps.ts';
import { bucketKind } from './kinds/bucket.ts';
import { serviceKind } from './kinds/service.ts';
import { triggerKind } from './kinds/trigger.ts';
import { volumeKind } from './kinds/volume.ts';

const KINDS = {
  'oscar/bucket': bucketKind,
  'oscar/service': serviceKind,
  'oscar/trigger': triggerKind,
  'oscar/volume': volumeKind,
} as const;

/** The table of kinds for the deploy engine. */
export function oscarKinds(deps: KindDeps): Kinds {
  const bound = Object.entries(KINDS).map(([name, kind]) => [name, kind(deps) as unknown as ResourceKind]);
  return Object.fromEntries(bound) as Kinds;
}
