/** What a list says of a known cluster. */
import {
  type ClusterDefinition,
  type Environment,
  endpointOf,
  fromEnvironment,
  loginOf,
  sameServer,
} from './definition.ts';
import type { StoredClusters } from './stored.ts';

export interface ListedCluster {
  readonly endpoint: string | undefined;
  /** `none` where nothing in full is known. */
  readonly login: 'basic' | 'token' | 'refresh-token' | 'oidc-agent' | 'none';
  readonly user: string | undefined;
  readonly verifyTls: boolean;
  /** Where its endpoint is from: `environment`, `fdl`, `oscar-cli` or `scar`. */
  readonly source: string;
  readonly file: string | undefined;
}

/** The cluster as `resolveCluster` would take it, whether or not that is enough to reach it. */
export function definitionOfKnown(
  id: string,
  environment: Environment,
  { clusters }: StoredClusters,
): ListedCluster {
  const own = fromEnvironment(environment, id);
  const stored = clusters.filter((cluster) => cluster.id === id);
  const found = stored.find(({ definition }) => definition.endpoint);
  const endpoint = own.endpoint ?? found?.definition.endpoint;
  const isStored = own.endpoint === undefined;
  const fitting = stored.filter(({ definition }) => sameServer(definition.endpoint, endpoint));
  const layers: readonly ClusterDefinition[] = [own, ...fitting.map(({ definition }) => definition)];
  const login = layers.map(loginOf).find((each) => each !== undefined);
  const flag = layers.map(({ verifyTls }) => verifyTls).find((each) => each !== undefined);
  return {
    endpoint: endpoint === undefined ? undefined : endpointOf(endpoint),
    login: login?.kind ?? 'none',
    user: login?.kind === 'basic' ? login.user : undefined,
    verifyTls: flag ?? true,
    source: isStored ? (found?.source ?? 'fdl') : 'environment',
    file: isStored ? found?.file : undefined,
  };
}
