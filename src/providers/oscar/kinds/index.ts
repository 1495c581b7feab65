/** All kinds of objects on clusters, bound to a workflow. */
import type { Kinds } from '../../../deploy/resource.ts';
import { bucketKind } from './bucket/index.ts';
import type { KindDeps } from './deps.ts';
import { serviceKind } from './service/index.ts';
import { triggerKind } from './trigger/index.ts';
import { volumeKind } from './volume/index.ts';

const KINDS = {
  'oscar/bucket': bucketKind,
  'oscar/service': serviceKind,
  'oscar/trigger': triggerKind,
  'oscar/volume': volumeKind,
} as const;

/** The table of kinds for the deploy engine. */
export function oscarKinds(deps: KindDeps): Kinds {
  const bound = Object.entries(KINDS).map(([name, kind]) => [name, kind(deps)] as const);
  const kinds = Object.fromEntries(bound) as Kinds;
  if (!deps.services) return kinds;
  const untouched = Object.entries(kinds).map(([name, kind]) => [name, { ...kind, list: async () => [] }]);
  return { ...Object.fromEntries(untouched), 'oscar/service': kinds['oscar/service'] } as Kinds;
}
