/** Which fields of a service a release knows: what it does not know is left out, and said. */
import type { Props, Value } from '../../../../deploy/resource.ts';
import { isBranch, isList } from '../../../../deploy/value.ts';
import { isSince } from '../../api/release.ts';

/** The first release of fields that came after 3.0, and the first that does not have them any more. */
const SPANS: Readonly<Record<string, readonly [since: string, until?: string]>> = {
  interlink_node_name: ['3.1.0'],
  'expose.api_port': ['3.1.0'],
  'expose.nodePort': ['3.1.0'],
  'expose.rewrite_target': ['3.1.0'],
  'expose.default_command': ['3.1.0'],
  'expose.set_auth': ['3.1.0'],
  'expose.port': ['2.7.1', '3.1.0'],
  expose_options: ['2.7.0', '2.7.1'],
  mount: ['3.2.0'],
  delegation: ['3.3.0', '4.1.0'],
  replicas: ['2.5.0', '4.1.0'],
  rescheduler_threshold: ['2.5.1', '4.1.0'],
  isolation_level: ['3.3.1'],
  bucket_list: ['3.3.1'],
  'environment.Variables': ['2.0.0', '3.4.0'],
  'environment.variables': ['3.4.0'],
  'environment.secrets': ['3.4.0'],
  'storage_providers.rucio': ['3.4.0'],
  visibility: ['3.6.0'],
  'expose.health_path': ['3.6.5'],
  namespace: ['3.6.5'],
  'expose.probe_mode': ['4.0.0'],
  volume: ['4.0.0'],
  ephemeral_storage_request: ['4.1.0'],
  federation: ['4.1.0'],
  'expose.auth_type': ['4.1.0'],
  'mount.options': ['4.1.0'],
  kserve: ['4.1.0'],
};

export interface Pruned {
  readonly service: Props;
  /** Paths of what was left out. */
  readonly dropped: readonly string[];
}

/** The service without what is not set, and without what the release does not know. */
export function pruned(service: Props, release: string): Pruned {
  const dropped: string[] = [];
  return { service: walk(service, '', release, dropped), dropped };
}

function walk(branch: Props, prefix: string, release: string, dropped: string[]): Props {
  const entries = Object.entries(branch).flatMap(([key, value]): readonly (readonly [string, Value])[] => {
    const path = prefix + key;
    if (isUnset(value)) return [];
    const [since, until] = SPANS[path] ?? [];
    const isKnown = (!since || isSince(release, since)) && !(until && isSince(release, until));
    if (!isKnown) {
      dropped.push(path);
      return [];
    }
    const inner = isBranch(value) && prefix === '' ? walk(value, `${path}.`, release, dropped) : value;
    return isUnset(inner) ? [] : [[key, inner]];
  });
  return Object.fromEntries(entries);
}

function isUnset(value: Value): boolean {
  if (isList(value)) return value.length === 0;
  return value === undefined || value === null || (isBranch(value) && Object.keys(value).length === 0);
}
