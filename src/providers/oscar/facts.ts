/**
 * What must be read before it is known what a workflow is to look like on its clusters, and what clusters say of their own
 * MinIO, which other steps may use as a store.
 */
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { hasCode } from '../../errors.ts';
import { answersProxied, isProxied } from '../../network.ts';
import type { Text } from '../../secret.ts';
import type { Store } from '../../storage/store.ts';
import type { Workflow } from '../../workflow/model.ts';
import type { Purpose } from '../provider.ts';
import { readScript } from '../script.ts';
import { ADMINISTRATOR } from './annotations.ts';
import type { MinioAnswer } from './api/answers.ts';
import type { OpenedClusters } from './clusters/open.ts';
import { fileDefinition, type ResolvedCluster } from './clusters/resolve.ts';
import { clusterStores, isLacking, oscarSteps } from './dialect/step.ts';
import type { MemberCluster } from './kinds/service/federation.ts';
import { reachOf } from './minio-store.ts';

/** What is known of a cluster that answered. */
export interface ClusterFacts {
  /** URL without a slash at its end. */
  readonly endpoint: string;
  /** A file with certificates of its own authority, in PEM. */
  readonly ca?: string | undefined;
  /** Such as `4.1.2`. */
  readonly release: string;
  readonly minio: MinioAnswer;
  /** Whose the services are that this login makes. */
  readonly owner: string;
  /** It has a serverless backend, beside plain jobs. */
  readonly isServerless: boolean;
  /** The OIDC refresh token of the login, where that has one. */
  readonly refreshToken?: Text | undefined;
}

/** What a cluster is, or why it does not say. */
export type ClusterOutcome = ClusterFacts | { readonly failure: unknown };

export interface OscarFacts {
  readonly purpose: Purpose;
  /** By id: of all clusters whose services or buckets the workflow needs. */
  readonly clusters: ReadonlyMap<string, ClusterOutcome>;
  /** Texts by the id of the step. */
  readonly scripts: ReadonlyMap<string, string>;
  /** By id: clusters that members of federations are on, as far as it is known how to reach them. */
  readonly members: ReadonlyMap<string, MemberCluster>;
  /** Ids of clusters whose MinIO cannot be reached from this machine: they look after their buckets alone. */
  readonly closed: ReadonlySet<string>;
  /** What people should know of how clusters are reached. */
  readonly warnings: readonly string[];
}

/** Asks a cluster once, whoever needs it. */
export type AskCluster = (workflow: Workflow, id: string) => Promise<ClusterOutcome>;

/** The MinIO of a cluster, or why it does not say. */
export type MinioOutcome = Pick<ClusterFacts, 'minio' | 'ca'> | { readonly failure: unknown };

/** Asks a cluster for its MinIO alone, and once. */
export type AskMinio = (workflow: Workflow, id: string) => Promise<MinioOutcome>;

interface FactsDeps {
  readonly clusters: OpenedClusters;
  readonly signal: AbortSignal;
  readonly ask: AskCluster;
}

/**
 * Asks all clusters at the same time; one that fails is among the facts.
 * @throws FdlError `script-unreadable`
 */
export async function oscarFacts(
  workflow: Workflow,
  purpose: Purpose,
  { clusters, ask, signal }: FactsDeps,
): Promise<OscarFacts> {
  const ids = clusterIds(workflow);
  const outcomes = await Promise.all(ids.map(async (id) => [id, await ask(workflow, id)] as const));
  const known = new Map(outcomes);
  const reached = ids.filter((id) => !('failure' in (known.get(id) ?? { failure: undefined })));
  const accesses = await Promise.all(reached.map((id) => clusters.resolve(workflow, id)));
  return {
    purpose,
    clusters: known,
    closed: new Set(await closedAmong(known, signal)),
    scripts: purpose === 'remove' ? new Map() : scriptsOf(workflow),
    members: purpose === 'remove' ? new Map() : await membersOf(workflow, clusters),
    warnings: accesses.flatMap(({ warnings }) => warnings),
  };
}

/** The clusters that steps run on, and those whose MinIO steps use. */
export function clusterIds(workflow: Workflow): readonly string[] {
  const own = oscarSteps(workflow).map(({ cluster }) => cluster);
  return [...new Set([...own, ...clusterStores(workflow).map(({ name }) => name)])];
}

async function closedAmong(
  clusters: ReadonlyMap<string, ClusterOutcome>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found = await Promise.all(
    [...clusters].map(async ([id, outcome]) => {
      const isOpen = 'failure' in outcome || (await isReachable(outcome.minio.endpoint, signal));
      return isOpen ? [] : [id];
    }),
  );
  signal.throwIfAborted();
  return found.flat();
}

/** @throws what says why it does not answer */
export async function askCluster(
  workflow: Workflow,
  id: string,
  {
    clusters,
    signal,
    minio: askMinio,
  }: Pick<FactsDeps, 'clusters' | 'signal'> & { readonly minio: AskMinio },
): Promise<ClusterFacts> {
  const { client, endpoint, isAdmin } = await clusters.open(workflow, id);
  const { login } = (await clusters.resolve(workflow, id)).access;
  const [info, found] = await Promise.all([client.info(signal), askMinio(workflow, id)]);
  if ('failure' in found) throw found.failure;
  const { minio, ca } = found;
  return {
    endpoint,
    ca,
    release: info.version,
    minio,
    // Rule: OSCAR, `CreateSecretForOIDC`: the access key of a user is the user's id.
    owner: isAdmin ? ADMINISTRATOR : minio.access_key,
    isServerless: info.serverless_backend !== undefined && info.serverless_backend !== null,
    ...(login.kind === 'refresh-token' && { refreshToken: login.token }),
  };
}

export function scriptsOf(workflow: Workflow): ReadonlyMap<string, string> {
  return new Map(
    oscarSteps(workflow).flatMap(({ id, script }) =>
      script ? [[id, readScript(script).toString('utf8')] as const] : [],
    ),
  );
}

/** The clusters that members of federations are on; nobody is asked. */
export async function membersOf(
  workflow: Workflow,
  clusters: OpenedClusters,
): Promise<ReadonlyMap<string, MemberCluster>> {
  const ids = oscarSteps(workflow).flatMap(({ replicas }) =>
    replicas.flatMap(({ type = 'oscar', cluster_id: id }) =>
      type.toLowerCase() === 'oscar' && id ? [id] : [],
    ),
  );
  const found = await Promise.all(
    [...new Set(ids)].map(async (id) => {
      const resolved = await clusters.resolve(workflow, id).catch(() => undefined);
      const member = resolved ? memberOf(resolved) : undeclaredMember(workflow, id);
      return member ? [[id, member] as const] : [];
    }),
  );
  return new Map(found.flat());
}

function memberOf({ access: { endpoint, verifyTls, login } }: ResolvedCluster): MemberCluster {
  if (login.kind !== 'basic') return { endpoint, verifyTls };
  return { endpoint, verifyTls, user: login.user, password: login.password };
}

/** Without a login from here, the cluster itself may still have one: a token of its federation. */
function undeclaredMember(workflow: Workflow, id: string): MemberCluster | undefined {
  const { endpoint, verifyTls = true } = fileDefinition(workflow, id);
  return endpoint ? { endpoint, verifyTls } : undefined;
}

/** The workflow with what its clusters say of their stores; a store of one that does not answer has its failure. */
export async function completeStores(workflow: Workflow, ask: AskMinio): Promise<Workflow> {
  const unknown = clusterStores(workflow).filter(isLacking);
  const found = await Promise.all(
    unknown.map(async (store) => {
      const outcome = await ask(workflow, store.name);
      const { failure } = { failure: undefined, ...outcome };
      const known = 'failure' in outcome ? { ...store, failure } : completed(store, outcome);
      return [store.id, known] as const;
    }),
  );
  const known = new Map(found);
  if (known.size === 0) return workflow;
  return { ...workflow, stores: workflow.stores.map((store) => known.get(store.id) ?? store) };
}

/** It is not the file's any more: what the cluster says counts. */
function completed({ place: _, ...store }: Store, { minio, ca }: Pick<ClusterFacts, 'minio' | 'ca'>): Store {
  return { ...store, ...reachOf(minio, ca) };
}

/** Milliseconds for a connection to be made, and between two tries. */
const TIMEOUT = 4000;
const PAUSE = 700;
/** A server that just restarts refuses connections for a moment. */
const TRIES = 3;

/** Tries to connect; no byte is sent. */
async function isReachable(endpoint: string, signal: AbortSignal): Promise<boolean> {
  if (!URL.canParse(endpoint)) return false;
  if (isProxied(endpoint)) return answersProxied(endpoint, TIMEOUT, signal);
  const { hostname, port, protocol } = new URL(endpoint);
  const host = hostname.replace(/^\[|\]$/g, '');
  const at = { host, port: Number(port) || (protocol === 'http:' ? 80 : 443) };
  for (let left = TRIES; ; left -= 1) {
    const answer = await tryOnce(at, signal);
    if (answer !== 'refused' || left === 1) return answer === 'open';
    await wait(PAUSE, undefined, { signal });
  }
}

type Answer = 'open' | 'refused' | 'silent';

function tryOnce(at: { readonly host: string; readonly port: number }, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = connect(at);
    const end = (answer: Answer) => {
      signal.removeEventListener('abort', stop);
      socket.destroy();
      resolve(answer);
    };
    const stop = () => end('silent');
    signal.addEventListener('abort', stop);
    socket.setTimeout(TIMEOUT, stop);
    socket.once('connect', () => end('open'));
    socket.once('error', (error) => end(hasCode(error, 'ECONNREFUSED') ? 'refused' : 'silent'));
  });
}
