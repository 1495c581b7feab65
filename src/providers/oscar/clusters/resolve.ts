/** From everything that is known of a cluster to how it is reached. */

import { FdlError } from '../../../errors.ts';
import { nearest } from '../../../fdl/suggest.ts';
import { Secret } from '../../../secret.ts';
import { needValue, unsetIn } from '../../../unset.ts';
import type { Workflow } from '../../../workflow/model.ts';
import { accessWarnings, type ClusterAccess, type Login } from '../api/authorization.ts';
import { isOscar } from '../dialect/step.ts';
import {
  type ClusterDefinition,
  type Environment,
  endpointOf,
  fromEnvironment,
  loginOf,
  present,
  type StoredCluster,
  sameServer,
  variablePart,
} from './definition.ts';
import { keepToken, type StoredClusters } from './stored.ts';

/** What OSCAR-CLI takes for the default cluster, whatever that is. */
const DEFAULT_ID = 'default-cluster';

interface ClusterSources {
  /** From the command line. */
  readonly flag?: ClusterDefinition | undefined;
  readonly environment: Environment;
  /** From the FDL file. */
  readonly file?: ClusterDefinition | undefined;
  readonly stored: StoredClusters;
}

type ClusterOrigin = 'flag' | 'environment' | 'file' | StoredCluster['source'];

export interface ResolvedCluster {
  readonly access: ClusterAccess;
  /** Where the endpoint comes from. */
  readonly origin: ClusterOrigin;
  /** Whole sentences. */
  readonly warnings: readonly string[];
}

/**
 * How a cluster is reached: flag, environment, file, then what is stored. What is given for this very call may be
 * spread over flag, environment and file. A stored login goes only to the server that it is stored for: an FDL file of
 * somebody else must not be able to send it elsewhere.
 * @throws FdlError `cluster-unknown` (no endpoint), `cluster-login-missing`, `cluster-invalid`, `value-unset`
 */
export function resolveCluster(id: string, sources: ClusterSources): ResolvedCluster {
  const { given, stored } = layersOf(id, sources);
  const source = [...given, ...stored].find(({ definition }) => definition.endpoint);
  if (!source?.definition.endpoint) throw unknownCluster(id, sources.stored);
  needValue(source.definition.endpoint, `the endpoint of the cluster "${id}"`);
  const endpoint = checkedEndpoint(id, source.definition.endpoint);
  const own = stored.filter(({ definition }) => sameServer(definition.endpoint, endpoint));
  const merged: ClusterDefinition = Object.assign({}, ...given.map(({ definition }) => definition).reverse());
  const login = loginOf(merged) ?? storedLogin(merged, own, sources.environment);
  if (!login) throw noLogin(id, merged);
  const layers = [merged, ...own.map(({ definition }) => definition)];
  const access: ClusterAccess = {
    ...{ id, endpoint, login },
    verifyTls: layers.find(({ verifyTls }) => verifyTls !== undefined)?.verifyTls ?? true,
    ca: layers.find(({ ca }) => ca !== undefined)?.ca,
  };
  return { access, origin: source.origin, warnings: accessWarnings(access) };
}

interface Layer {
  /** What it is stored as. */
  readonly id?: string;
  readonly origin: ClusterOrigin;
  readonly definition: ClusterDefinition;
}

function layersOf(id: string, { flag = {}, environment, file = {}, stored }: ClusterSources) {
  const given: readonly Layer[] = [
    { origin: 'flag', definition: present(flag) },
    { origin: 'environment', definition: fromEnvironment(environment, id) },
    { origin: 'file', definition: present(file) },
  ];
  const isKnown = stored.clusters.some((cluster) => cluster.id === id);
  const meant = id === DEFAULT_ID && !isKnown ? stored.defaultCluster : id;
  const layers = stored.clusters
    .filter((cluster) => cluster.id === meant)
    .map(({ id: stored, source, definition }): Layer => ({ id: stored, origin: source, definition }));
  return { given, stored: layers };
}

/** A stored login; where the user is given, only that user's. */
function storedLogin(
  { user }: ClusterDefinition,
  layers: readonly Layer[],
  environment: Environment,
): Login | undefined {
  return layers
    .filter(({ definition }) => user === undefined || definition.user === user)
    .map(({ id, origin, definition }) => {
      const login = loginOf(definition);
      // Files of other tools are never written.
      if (login?.kind !== 'refresh-token' || origin !== 'fdl' || id === undefined) return login;
      return { ...login, keep: (token: Secret) => keepToken(environment, id, token) };
    })
    .find((login) => login !== undefined);
}

/** @throws FdlError `cluster-invalid` */
export function checkedEndpoint(id: string, text: string): string {
  const endpoint = endpointOf(text);
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const isHttp = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url && isHttp && !url.username && !url.password && !url.search && !url.hash) return endpoint;
  // The text is not shown where it may have a password in it.
  const shown = text.includes('@') ? 'the endpoint' : `the endpoint "${text}"`;
  throw new FdlError('cluster-invalid', `${shown} of cluster ${id} is no URL of a server`, {
    hint: 'Write it as https://oscar.example.org, without user, password or query.',
    exitCode: 2,
  });
}

function unknownCluster(id: string, { clusters }: StoredClusters): FdlError {
  const meant = nearest(id, new Set(clusters.map((cluster) => cluster.id)));
  const guess = meant && meant !== id ? `Did you mean ${meant}? Else store it` : 'Store it';
  const hint = `${guess}: fdl cluster add ${id} https://HOST --user NAME; or set FDL_CLUSTER_${variablePart(id)}_ENDPOINT, or "clusters.${id}" in the file.`;
  return new FdlError('cluster-unknown', `nothing says where the cluster "${id}" is`, { hint });
}

function noLogin(id: string, { user }: ClusterDefinition): FdlError {
  const what = user ? `no password of ${user}` : 'no login';
  const part = `FDL_CLUSTER_${variablePart(id)}`;
  const hint = `Store one: fdl cluster add ${id}; or set ${part}_USER and ${part}_PASSWORD, or ${part}_TOKEN. A stored login counts for the endpoint that it is stored with.`;
  return new FdlError('cluster-login-missing', `there is ${what} for the cluster "${id}"`, { hint });
}

/** What an FDL file says of a cluster: under `clusters`, or as SCAR has it, in one of its services. */
export function fileDefinition(workflow: Workflow, id: string): ClusterDefinition {
  const declared = workflow.clusters.find((cluster) => cluster.id === id);
  const services = workflow.steps.flatMap((step) =>
    isOscar(step) && step.cluster === id ? [step.settings] : [],
  );
  const withAccess = services.find(({ endpoint }) => endpoint);
  const own = withAccess && {
    endpoint: withAccess.endpoint,
    user: withAccess.auth_user,
    password: withAccess.auth_password,
    verifyTls: withAccess.ssl_verify,
  };
  const { endpoint, user, password, verifyTls } = declared ?? {};
  const under = { endpoint, user, password, verifyTls: verifyTls === false ? false : undefined };
  const definition = { ...present(own ?? {}), ...present(under) };
  // A login that is not known may still be stored.
  const isKnown = ([field, value]: [string, unknown]) =>
    field === 'endpoint' || (value instanceof Secret || typeof value === 'string' ? !unsetIn(value) : true);
  return Object.fromEntries(Object.entries(definition).filter(isKnown));
}
