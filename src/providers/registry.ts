/** All providers, by what a step names or a command line asks for. Each is loaded when a workflow needs it. */
import { FdlError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { kindOfStore } from '../storage/kinds.ts';
import type { Storage } from '../storage/storage.ts';
import type { Store } from '../storage/store.ts';
import type { StorageUri } from '../storage/uri.ts';
import type { Step, Workflow } from '../workflow/model.ts';
import type { PriceList } from '../workflow/prices.ts';
import { localHome } from './local/home.ts';
import { isSettled as isQueueSettled } from './local/queue-state.ts';
import type { DeviceLogin } from './oscar/api/device-login.ts';
import type { FdlFile } from './oscar/clusters/definitions.ts';
import type { Clusters, ClustersContext } from './oscar/clusters/known.ts';
import { clusterStores, isOscar } from './oscar/dialect/step.ts';
import type { Hub, HubContext } from './oscar/hub/index.ts';
import type { Part } from './parts.ts';
import type { Provider, ProviderContext } from './provider.ts';
import type { CallMode } from './runtime.ts';

export type { ClusterAtHand } from './oscar/clusters/at-hand.ts';
export type { Access, Bucket, Visibility } from './oscar/clusters/buckets.ts';
export type { ClusterDefinition } from './oscar/clusters/definition.ts';
export type { FdlFile } from './oscar/clusters/definitions.ts';
export type { ClusterAnswer, Clusters, ClustersContext, KnownCluster } from './oscar/clusters/known.ts';
export type {
  ClusterNode,
  ClusterStatus,
  Metric,
  Metrics,
  PodsLog,
  ServiceCall,
  UseBy,
  UseGroup,
} from './oscar/clusters/monitor.ts';
export type { Limit, Quota } from './oscar/clusters/quotas.ts';
export type { Service, ServiceState } from './oscar/clusters/services.ts';
export type { Volume } from './oscar/clusters/volumes.ts';
export type { Crate } from './oscar/hub/crate.ts';
export type { CheckedCrate, CrateInfo, CrateWorkflow, Hub, HubContext, HubList } from './oscar/hub/index.ts';

/** What `--local` stands for. */
const LOCAL = 'local';

interface Entry {
  readonly load: (context: ProviderContext) => Promise<Provider>;
  /** Whether it is the one to open a store where a workflow has several providers. */
  readonly opens?: (store: Store) => boolean;
  /** Whether steps of others use stores that only it knows. */
  readonly helps?: (workflow: Workflow) => boolean;
  /** What another tool made there, as an FDL file, under the name of the provider. */
  readonly exports?: (context: ProviderContext) => Promise<FdlFile>;
  /** Whether there is something to ask when no file names it. */
  readonly isConfigured: (context: ProviderContext) => boolean | Promise<boolean>;
}

const PROVIDERS: Readonly<Record<string, Entry>> = {
  [LOCAL]: {
    load: async (context) => (await import('./local/index.ts')).localProvider(context),
    isConfigured: () => true,
  },
  aws: {
    load: async (context) => (await import('./aws/index.ts')).awsProvider(context),
    opens: ({ kind }) => kind === 's3',
    exports: async (context) => (await import('./aws/to-fdl/index.ts')).exportScar(context),
    isConfigured: async (context) => (await import('./aws/configured.ts')).isConfigured(context),
  },
  oscar: {
    load: async (context) => (await import('./oscar/index.ts')).oscarProvider(context),
    opens: ({ kind }) => kind === 'minio',
    helps: (workflow) => clusterStores(workflow).length > 0,
    isConfigured: async (context) => (await import('./oscar/clusters/open.ts')).isConfigured(context),
  },
};

/**
 * The provider of a workflow: this machine where that is asked for, else what its steps name, as one.
 * @throws FdlError `provider-missing`: this release cannot deploy to it
 */
export async function providerFor(
  workflow: Workflow,
  local: boolean,
  context: ProviderContext,
): Promise<Provider> {
  const names = local
    ? [LOCAL]
    : [...new Set([...workflow.steps.map(({ provider }) => provider), ...helpers(workflow)])];
  const parts = await Promise.all(names.map((name) => loadPart(name, context)));
  const [only] = parts;
  if (only && parts.length === 1) return only.provider;
  const { composeProviders } = await import('./composite.ts');
  return composeProviders(parts, context.signal);
}

/** Providers without a step of the workflow whose stores its steps use: the MinIO of a cluster, which only it knows. */
function helpers(workflow: Workflow): readonly string[] {
  return Object.entries(PROVIDERS).flatMap(([name, { helps }]) => (helps?.(workflow) ? [name] : []));
}

async function loadPart(name: string, context: ProviderContext): Promise<Part> {
  const entry = PROVIDERS[name];
  if (entry) return { name, provider: await entry.load(context), opens: entry.opens };
  throw new FdlError('provider-missing', `this release of fdl cannot deploy to ${name}`, {
    hint: 'Add --local, which runs every step on this machine.',
  });
}

/** A workflow with the provider of its steps. */
export interface Opened {
  /** With what only the provider knows of it. */
  readonly workflow: Workflow;
  readonly provider: Provider;
}

/**
 * As `providerFor`, and completes the workflow with what the provider knows of it.
 * @throws FdlError also where the provider does not have what is asked for
 */
export async function openProvider(
  workflow: Workflow,
  local: boolean,
  context: ProviderContext,
  mode: CallMode = {},
): Promise<Opened> {
  const provider = await providerFor(workflow, local, context);
  provider.runtime.check(workflow, mode);
  const complete = mode.list ? undefined : await provider.complete?.(workflow);
  return { workflow: complete ?? workflow, provider };
}

/**
 * Whether nothing is left to do, nor to try again, as far as this is known without asking anybody. It is to cost little:
 * a pipeline may ask often.
 */
export function isSettled(workflow: Workflow, local: boolean, { environment }: ProviderContext): boolean {
  return local && isQueueSettled(localHome(workflow, environment));
}

/** The providers that may have something set up when no file says where: all that are configured here. */
export async function configuredProviders(
  local: boolean,
  context: ProviderContext,
): Promise<readonly Part[]> {
  const entries = Object.entries(PROVIDERS).filter(([name]) => !local || name === LOCAL);
  const configured = await Promise.all(entries.map(([, { isConfigured }]) => isConfigured(context)));
  const names = entries.flatMap(([name], index) => (configured[index] ? [name] : []));
  return Promise.all(names.map((name) => loadPart(name, context)));
}

/** The providers to look at before something is done: this machine, and those of the workflow, else all that are configured. */
export async function partsToCheck(
  workflow: Workflow | undefined,
  local: boolean,
  context: ProviderContext,
): Promise<readonly Part[]> {
  if (!workflow || local) return configuredProviders(local, context);
  const names = [LOCAL, ...workflow.steps.map(({ provider }) => provider), ...helpers(workflow)];
  return Promise.all([...new Set(names)].map((name) => loadPart(name, context)));
}

/** Prices that are known here. */
export interface PriceBook {
  readonly lists: readonly PriceList[];
  /** The names of what may have a price. */
  readonly items: readonly string[];
  /** The unit that a price is for; nothing where nothing of that name is charged for. */
  unitOf(item: string): string | undefined;
}

/** The prices of all providers that have some. */
export async function priceBook(): Promise<PriceBook> {
  const { ITEMS, PRICE_LISTS, unitOf } = await import('./aws/charges/prices.ts');
  return { lists: PRICE_LISTS, items: ITEMS, unitOf };
}

/** Whether a provider of that name knows what another tool made there. */
export function hasExport(name: string): boolean {
  return Object.hasOwn(PROVIDERS, name) && PROVIDERS[name]?.exports !== undefined;
}

/** What another tool made at a provider, as an FDL file; nothing where no provider of that name knows such a tool. */
export function exportOf(name: string, context: ProviderContext): Promise<FdlFile> | undefined {
  return Object.hasOwn(PROVIDERS, name) ? PROVIDERS[name]?.exports?.(context) : undefined;
}

/** The id of the cluster that a step is on; nothing where it is on none. */
export function clusterOf(step: Step): string | undefined {
  return isOscar(step) ? step.cluster : undefined;
}

/** Logs in at an OIDC issuer in a browser; answers the refresh token. Throws as `deviceLogin`. */
export async function logInByCode(login: DeviceLogin): Promise<Secret> {
  return (await import('./oscar/api/device-login.ts')).deviceLogin(login);
}

/** Opens a collection of services that are ready to be deployed. Throws as `openHub` of the hub. */
export async function openHub(context: HubContext): Promise<Hub> {
  return (await import('./oscar/hub/index.ts')).openHub(context);
}

/**
 * The clusters that are known here without a workflow, whose logins are kept for all workflows.
 * @throws FdlError `config-invalid`
 */
export async function openKnownClusters(context: ClustersContext): Promise<Clusters> {
  return (await import('./oscar/clusters/known.ts')).openKnownClusters(context);
}

/**
 * Opens a store that is known here without a workflow: that of a cluster, by the name of the cluster, or of the default
 * one. Nothing where there is none of that name.
 * @throws FdlError `config-invalid`, `cluster-unknown`, and why a cluster does not answer
 */
export async function openKnownStorage(
  { provider, name }: Pick<StorageUri, 'provider' | 'name'>,
  context: ClustersContext,
): Promise<{ readonly id: string; readonly storage: Storage } | undefined> {
  if (!kindOfStore(provider).ofClusters) return undefined;
  return (await import('./oscar/minio-store.ts')).openKnownMinio(name, context);
}
