/** Clusters in environment variables, for CI: `FDL_CLUSTER_<ID>_ENDPOINT` and its companions. */
import { Secret } from '../../../secret.ts';
import type { ClusterDefinition } from './definition.ts';
import { definitionOf } from './entry.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const FIELDS = {
  ENDPOINT: 'endpoint',
  USER: 'auth_user',
  PASSWORD: 'auth_password',
  TOKEN: 'token',
  REFRESH_TOKEN: 'refresh_token',
  SSL_VERIFY: 'ssl_verify',
} as const;

/** The part of a variable's name that stands for an id: `my-lab` → `MY_LAB`. */
export function variablePart(id: string): string {
  return id.toUpperCase().replace(/[^A-Z0-9]/g, '_');
}

/** What the environment says of a cluster. */
export function fromEnvironment(environment: Environment, id: string): ClusterDefinition {
  const entries = Object.entries(FIELDS).map(([suffix, field]) => [
    field,
    environment[`FDL_CLUSTER_${variablePart(id)}_${suffix}`],
  ]);
  return definitionOf(Object.fromEntries(entries));
}

/** Ids of clusters whose endpoint is in the environment, as far as the names of variables tell them. */
export function idsInEnvironment(environment: Environment): readonly string[] {
  return Object.keys(environment).flatMap((name) => {
    const [, part] = /^FDL_CLUSTER_(.+)_ENDPOINT$/.exec(name) ?? [];
    return part && environment[name] ? [part.toLowerCase().replaceAll('_', '-')] : [];
  });
}

/** All values of the environment that are secrets of clusters. */
export function secretsInEnvironment(environment: Environment): readonly Secret[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    value && /^FDL_CLUSTER_.+_(PASSWORD|TOKEN)$/.test(name) ? [new Secret(value)] : [],
  );
}
