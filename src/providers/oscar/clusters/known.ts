/** The OSCAR clusters that are known here without a workflow: in fdl's configuration, OSCAR-CLI's, SCAR's and the environment. */
import { FdlError } from '../../../errors.ts';
import { nearest } from '../../../fdl/suggest.ts';
import { certificatesWith } from '../../../network.ts';
import { Secret } from '../../../secret.ts';
import type { ProviderContext } from '../../provider.ts';
import type { ClusterConfig, ClusterInfo, MinioAnswer, ServiceAnswer } from '../api/answers.ts';
import { openClient } from '../api/client.ts';
import { atHand, type ClusterAtHand } from './at-hand.ts';
import {
  type ClusterDefinition,
  type Environment,
  endpointOf,
  fromEnvironment,
  loginOf,
  sameServer,
  secretsInEnvironment,
} from './definition.ts';
import { forget, keep } from './keyring.ts';
import { checkedEndpoint, type ResolvedCluster, resolveCluster } from './resolve.ts';
import { changeConfig, knownIds, readStored, type StoredClusters } from './stored.ts';
import { tryLogin, withClient } from './trial.ts';

/** What a list says of a known cluster. */
export interface KnownCluster {
  readonly id: string;
  readonly endpoint: string | undefined;
  /** `none` where nothing in full is known. */
  readonly login: 'basic' | 'token' | 'refresh-token' | 'oidc-agent' | 'none';
  readonly user: string | undefined;
  readonly verifyTls: boolean;
  /** The file with certificates of its own authority. */
  readonly ca: string | undefined;
  /** The secret of its login is in the keyring of the system. */
  readonly keyring: boolean;
  /** Where its endpoint is from: `environment`, `fdl`, `oscar-cli` or `scar`. */
  readonly source: string;
  readonly file: string | undefined;
  readonly default: boolean;
}

/** What a cluster says of itself. */
export interface ClusterAnswer {
  readonly resolved: ResolvedCluster;
  readonly info: ClusterInfo;
  readonly config: ClusterConfig;
  readonly services: readonly ServiceAnswer[];
}

interface ClusterAddition {
  readonly id: string;
  /** Where it is; by default where it is known to be. */
  readonly endpoint?: string | undefined;
  /** How to log in. */
  readonly login: ClusterDefinition;
  /** Its certificate counts. */
  readonly verifyTls: boolean;
  /** A file with certificates of its own authority, in PEM. */
  readonly ca?: string | undefined;
  /** It must answer before it is stored. */
  readonly check: boolean;
  /** False leaves the keyring of the system alone: all of it goes into the file. */
  readonly keyring: boolean;
}

interface StoredAddition {
  readonly endpoint: string;
  /** Its release, if it was asked. */
  readonly version: string | undefined;
  /** The file that it is stored in. */
  readonly file: string;
  /** The secret of its login is not in the file, but in the keyring of the system. */
  readonly keyring: boolean;
}

export interface Clusters {
  readonly defaultCluster: string | undefined;
  /** Each cluster once: stored ones first, then those of the environment. Nothing is contacted. */
  list(): readonly KnownCluster[];
  /**
   * The default cluster.
   * @throws FdlError `cluster-unknown`
   */
  requireDefault(): string;
  /**
   * Makes a cluster the default; answers the file that says so.
   * @throws FdlError `cluster-unknown`, `config-invalid`, `config-unwritable`
   */
  setDefault(id: string): Promise<string>;
  /**
   * Where a cluster is that is to be stored, before anybody is asked for a login.
   * @throws FdlError `cluster-invalid`
   */
  endpointFor(id: string, endpoint?: string): string;
  /**
   * Stores a cluster.
   * @throws FdlError `cluster-invalid`, `config-invalid`, `config-unwritable`, and why it does not answer
   */
  add(addition: ClusterAddition): Promise<StoredAddition>;
  /**
   * Forgets a cluster that fdl stored; answers the file, and where it is known from all the same.
   * @throws FdlError `cluster-unknown`, `cluster-foreign`, `config-invalid`, `config-unwritable`
   */
  remove(id: string): Promise<{ readonly file: string; readonly stillIn: string | undefined }>;
  /**
   * Asks a cluster what it is.
   * @throws FdlError `cluster-unknown`, `cluster-login-missing`, `cluster-invalid`, and why it does not answer
   */
  ask(id: string): Promise<ClusterAnswer>;
  /** Asks a cluster for its MinIO alone. Throws as `ask`. */
  minio(id: string): Promise<{ readonly resolved: ResolvedCluster; readonly minio: MinioAnswer }>;
  /** Works with a cluster, and lets go of it. Throws as `ask`. */
  use<T>(id: string, work: (cluster: ClusterAtHand) => Promise<T>): Promise<T>;
}

/** What openers of clusters get of the world. */
export interface ClustersContext extends Pick<ProviderContext, 'environment' | 'signal'> {
  /** Takes whole sentences. */
  readonly warn: (warning: string) => void;
  /** Takes texts that no output may show, as soon as they are known. */
  readonly hide: (secrets: readonly string[]) => void;
}

/**
 * Reads what is known of clusters; what is secret is hidden from now on.
 * @throws FdlError `config-invalid`
 */
export async function openKnownClusters(context: ClustersContext): Promise<Clusters> {
  const { environment, signal, hide, warn } = context;
  const stored = await readStored(environment);
  // What is in the keyring is hidden once it is asked for.
  const inFiles = stored.clusters.filter(({ definition }) => definition.keyring === undefined);
  const secrets = inFiles.flatMap(({ definition }) => Object.values(definition));
  hide(textsOf([...secrets, ...secretsInEnvironment(environment)]));
  for (const warning of stored.warnings) warn(warning);
  const ids = knownIds(environment, stored);
  const { defaultCluster } = stored;
  const requireKnown = (id: string) => {
    if (!ids.includes(id)) throw unknownCluster(id, ids);
  };
  const resolve = (id: string) => {
    const resolved = resolveCluster(id, { environment, stored });
    for (const warning of resolved.warnings) warn(warning);
    return resolved;
  };
  const forgetOwn = (id: string) => {
    for (const each of stored.clusters.filter((cluster) => cluster.id === id)) {
      const problem = forget(id, each.definition, environment);
      if (problem !== undefined)
        warn(`A login of the cluster ${id} may still be in the keyring of the system: ${problem}.`);
    }
  };
  const endpointFor = (id: string, endpoint?: string) => {
    requireId(id);
    if (endpoint !== undefined) return checkedEndpoint(id, endpoint);
    const found = stored.clusters.find((cluster) => cluster.id === id && cluster.definition.endpoint);
    if (!found?.definition.endpoint) throw endpointMissing(id);
    return endpointOf(found.definition.endpoint);
  };
  return {
    defaultCluster,
    list: () =>
      ids.map((id) => ({
        id,
        ...definitionOfKnown(id, environment, stored),
        default: id === defaultCluster,
      })),
    requireDefault: () => {
      const id = defaultCluster ?? (ids.length === 1 ? ids[0] : undefined);
      if (id === undefined) throw noDefault(ids);
      return id;
    },
    setDefault: async (id) => {
      requireKnown(id);
      return changeConfig(environment, { defaultCluster: id });
    },
    endpointFor,
    add: async ({ id, login, verifyTls, ca, check, keyring, ...given }) => {
      // Whatever is stored can be used.
      certificatesWith(ca);
      const endpoint = endpointFor(id, given.endpoint);
      const definition = { endpoint, ...login, ...(!verifyTls && { verifyTls }), ca };
      // An issuer may give another token in the place of the one that is tried.
      const tried: { version?: string; refreshToken?: Secret } = check
        ? await tryLogin(id, definition, { environment, signal, warn })
        : {};
      const { version, ...newer } = tried;
      const isFirst = stored.clusters.length === 0;
      forgetOwn(id);
      const kept: ReturnType<typeof keep> = keyring
        ? keep(id, { ...definition, ...newer }, environment)
        : { definition: { ...definition, ...newer } };
      if (kept.problem !== undefined)
        warn(
          `The keyring of the system does not take the login, so that it is in the file: ${kept.problem}.`,
        );
      const file = await changeConfig(environment, {
        clusters: { [id]: kept.definition },
        ...(isFirst && { defaultCluster: id }),
      });
      return { endpoint, version, file, keyring: kept.definition.keyring !== undefined };
    },
    remove: async (id) => {
      requireKnown(id);
      const sources = stored.clusters.filter((cluster) => cluster.id === id);
      if (!sources.some(({ source }) => source === 'fdl')) throw notOurs(id, sources[0]?.file);
      forgetOwn(id);
      const file = await changeConfig(environment, {
        clusters: { [id]: undefined },
        ...(defaultCluster === id && { defaultCluster: null }),
      });
      return { file, stillIn: sources.find(({ source }) => source !== 'fdl')?.file };
    },
    ask: (id) => {
      const resolved = resolve(id);
      return withClient(openClient(resolved.access, { environment }), async (client) => {
        const [info, config, services] = await Promise.all([
          client.info(signal),
          client.config(signal),
          client.services(signal),
        ]);
        hide([config.minio.secret_key]);
        return { resolved, info, config, services };
      });
    },
    minio: async (id) => {
      const resolved = resolve(id);
      const { minio } = await withClient(openClient(resolved.access, { environment }), (client) =>
        client.config(signal),
      );
      hide([minio.secret_key]);
      return { resolved, minio };
    },
    use: (id, work) => {
      const { access } = resolve(id);
      const client = openClient(access, { environment });
      return withClient(client, (opened) => work(atHand(opened, access.endpoint, signal)));
    },
  };
}

/** The cluster as `resolveCluster` would take it, whether or not that is enough to reach it. */
function definitionOfKnown(
  id: string,
  environment: Environment,
  { clusters }: StoredClusters,
): Omit<KnownCluster, 'id' | 'default'> {
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
    ca: layers.map(({ ca }) => ca).find((each) => each !== undefined),
    keyring: layers.find((each) => loginOf(each) !== undefined)?.keyring !== undefined,
    source: isStored ? (found?.source ?? 'fdl') : 'environment',
    file: isStored ? found?.file : undefined,
  };
}

function textsOf(values: readonly unknown[]): readonly string[] {
  return values.flatMap((value) => (value instanceof Secret ? [value.reveal()] : []));
}

function requireId(id: string): void {
  // It stands before storage URIs and in names of variables.
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(id)) return;
  const hint = 'Use letters, digits, "-", "_" and ".", as in lab-2.';
  throw new FdlError('cluster-invalid', `"${id}" cannot be the id of a cluster`, { hint, exitCode: 2 });
}

function endpointMissing(id: string): FdlError {
  const hint = `Add its URL: fdl cluster add ${id} https://HOST …`;
  return new FdlError('cluster-invalid', `nothing says where the cluster "${id}" is`, { hint, exitCode: 2 });
}

function unknownCluster(id: string, ids: readonly string[]): FdlError {
  const meant = nearest(id, ids);
  const hint = meant ? `Did you mean ${meant}?` : 'fdl cluster ls lists them; fdl cluster add stores one.';
  return new FdlError('cluster-unknown', `there is no cluster "${id}"`, { hint, exitCode: 2 });
}

function noDefault(ids: readonly string[]): FdlError {
  const hint =
    ids.length > 0
      ? `Name one of ${ids.join(', ')}, or choose one for good: fdl cluster default ID.`
      : 'Store one: fdl cluster add ID https://HOST --user NAME.';
  return new FdlError('cluster-unknown', 'there is no default cluster', { hint, exitCode: 2 });
}

function notOurs(id: string, file: string | undefined): FdlError {
  const hint = file
    ? 'Remove it with the tool that the file belongs to.'
    : 'Unset its variables, FDL_CLUSTER_….';
  const message = `the cluster "${id}" comes from ${file ?? 'the environment'}, which fdl does not write`;
  return new FdlError('cluster-foreign', message, { hint, exitCode: 2 });
}
