/** The provider that runs steps as services of OSCAR clusters. */

import { FdlError } from '../../errors.ts';
import type { Delay } from '../../retry.ts';
import type { Workflow } from '../../workflow/model.ts';
import type { Deployer, Provider, ProviderContext } from '../provider.ts';
import { oscarChecks } from './checks.ts';
import type { OpenCluster } from './clusters/open.ts';
import { type OpenedClusters, openClusters } from './clusters/open.ts';
import { describeOscar, oscarTargets } from './describe.ts';
import { oscarDesired, oscarEndpoint, oscarNotes } from './desired.ts';
import { oscarSteps } from './dialect/step.ts';
import { type AskCluster, askCluster, completeStores, type OscarFacts, oscarFacts } from './facts.ts';
import type { KindDeps, Site } from './kinds/deps.ts';
import { oscarKinds } from './kinds/index.ts';
import { oscarRuntime } from './runtime/index.ts';
import { siteOf } from './site.ts';
import { failureOf } from './step-payload.ts';

interface Deps {
  readonly clusters: OpenedClusters;
  readonly ask: AskCluster;
  readonly signal: AbortSignal;
  readonly force: boolean;
  readonly offline: boolean;
  /** The only services to remove. */
  readonly services?: readonly string[] | undefined;
  readonly delay?: Delay | undefined;
}

/** Binds the provider to the clusters that files, environment and configuration name. Nothing is contacted yet. */
export function oscarProvider(context: ProviderContext, delay?: Delay): Provider {
  const { signal, options } = context;
  const clusters = openClusters(context, { delay });
  const force = options?.force === true;
  const offline = options?.offline === true;
  const minio = once(signal, async (workflow, id) => {
    const { client, ca } = await clusters.open(workflow, id);
    return { minio: (await client.config(signal)).minio, ca };
  });
  const ask = once(signal, (workflow, id) => askCluster(workflow, id, { clusters, signal, minio }));
  const deps: Deps = { clusters, signal, ask, force, offline, services: options?.services, delay };
  return {
    complete: async (workflow) =>
      deps.offline
        ? (await import('./offline-facts.ts')).offlineStores(workflow)
        : completeStores(workflow, minio),
    checks: (workflow) => oscarChecks(clusters, workflow),
    deployer: oscarDeployer(deps),
    runtime: oscarRuntime({ open: clusters.open, known: clusters.known, signal, delay }),
  };
}

/** Each cluster is asked once, and what it answers counts for the whole command. */
function once<T>(
  signal: AbortSignal,
  ask: (workflow: Workflow, id: string) => Promise<T>,
): (workflow: Workflow, id: string) => Promise<T | { readonly failure: unknown }> {
  const asked = new Map<string, Promise<T | { readonly failure: unknown }>>();
  return (workflow, id) => {
    const answer =
      asked.get(id) ??
      ask(workflow, id).catch((failure: unknown) => {
        signal.throwIfAborted();
        // What the command line or the file is to blame for stops everything before anything is done.
        if (failure instanceof FdlError && failure.exitCode === 2) throw failure;
        return { failure };
      });
    asked.set(id, answer);
    return answer;
  };
}

function oscarDeployer(deps: Deps): Deployer {
  // Of the clusters that answered: kinds are asked for without waiting.
  const opened = new Map<string, OpenCluster>();
  return {
    resolve: async (workflow, purpose) => {
      if (deps.offline) return (await import('./offline-facts.ts')).offlineFacts(workflow, deps.clusters);
      const facts = await oscarFacts(workflow, purpose, deps);
      for (const [id, outcome] of facts.clusters) {
        if (!('failure' in outcome)) opened.set(id, await deps.clusters.open(workflow, id));
      }
      return facts;
    },
    desired: (workflow, facts, neighbours) => oscarDesired(workflow, facts as OscarFacts, neighbours),
    kinds: (workflow, facts, { deleteData }) =>
      oscarKinds(kindDeps(workflow, facts as OscarFacts, deleteData, opened, deps)),
    endpoint: (workflow, step) => oscarEndpoint(workflow, step),
    targets: (_workflow, facts) => oscarTargets(facts as OscarFacts),
    describe: (_workflow, _facts, action) => describeOscar(action),
    notes: (workflow, facts) => oscarNotes(workflow, facts as OscarFacts),
  };
}

function kindDeps(
  workflow: Workflow,
  facts: OscarFacts,
  deleteData: boolean,
  opened: ReadonlyMap<string, OpenCluster>,
  { delay, force, services }: Deps,
): KindDeps {
  const sites = new Map<string, Site>();
  for (const [id, outcome] of facts.clusters) {
    const client = opened.get(id)?.client;
    if (client && !('failure' in outcome)) sites.set(id, siteOf(id, client, outcome, facts.closed.has(id)));
  }
  const nothing = { endpoint: () => undefined };
  return {
    workflow: workflow.name,
    removes: facts.purpose === 'remove',
    deleteData,
    force,
    services,
    clusters: [...facts.clusters.keys()],
    known: oscarDesired(workflow, { ...facts, purpose: 'remove' }, nothing),
    site: (id) => sites.get(id) ?? raise(facts, id),
    requireStep: (id) => {
      const step = facts.purpose === 'apply' ? oscarSteps(workflow, id)[0] : undefined;
      const failure = step && id !== undefined ? failureOf(workflow, step, facts) : undefined;
      if (failure !== undefined) throw failure;
    },
    alone: openQueue(),
    delay,
  };
}

function raise({ clusters }: OscarFacts, id: string): never {
  const outcome = clusters.get(id);
  if (outcome && 'failure' in outcome) throw outcome.failure;
  throw new FdlError('cluster-unknown', `the workflow has no cluster "${id}"`);
}

/** Tasks of one key one after the other. */
function openQueue(): KindDeps['alone'] {
  const last = new Map<string, Promise<unknown>>();
  return (key, task) => {
    const done = (last.get(key) ?? Promise.resolve()).then(task, task);
    last.set(key, done);
    return done;
  };
}
