/**
 * Services of `functions.oscar` → steps, and what a file says beside them: clusters, their MinIO as a store, and steps that
 * may run in the place of another one. Defaults are those of OSCAR.
 */
import { type Diagnostic, warning } from '../../../fdl/diagnostic.ts';
import type { Document } from '../../../fdl/document.ts';
import type { StorageEntry } from '../../../fdl/schema/index.ts';
import type { Path } from '../../../fdl/tree.ts';
import { reveal } from '../../../secret.ts';
import type { Store } from '../../../storage/store.ts';
import type { StoreKind } from '../../../store-kinds.ts';
import { hasBuckets } from '../../../workflow/checks/names.ts';
import type { Entry, MadeStep, NamedEntry } from '../../../workflow/dialect.ts';
import type { Cluster, Limits, Step, Workflow } from '../../../workflow/model.ts';
import { resolveScript } from '../../../workflow/scripts.ts';
import {
  defined,
  LONGEST_PATH,
  readFolders,
  type StepContext,
  variablesOf,
} from '../../../workflow/steps.ts';
import { OSCAR_DEFAULTS, parseMebibytes, parseQuantity } from './quantity.ts';
import type { Clusters, OscarService, Replica } from './schema/index.ts';

/** A service of an OSCAR cluster; `settings` is its entry of `functions.oscar`. */
export interface OscarStep extends Step {
  readonly provider: 'oscar';
  readonly cluster: string;
  readonly settings: OscarService;
  readonly replicas: readonly Replica[];
}

export function isOscar(step: Step): step is OscarStep {
  return step.provider === 'oscar';
}

/** Clusters tell their services of new files in all these stores: not in S3. */
const HEARD: readonly StoreKind[] = ['minio', 'onedata', 'webdav', 'rucio'];

type Services = Readonly<Record<string, OscarService>>;

/** A service with the id of its cluster. */
export interface ServiceEntry extends NamedEntry<OscarService> {
  readonly cluster: string;
}

/** The entries of `functions.oscar`: maps of cluster id to service. */
export function oscarEntries(list: unknown, path: Path): readonly Entry<OscarService>[] {
  return ((list ?? []) as readonly Services[]).flatMap((services, index) =>
    Object.entries(services).map(([cluster, settings]) => {
      const name = settings.name?.trim() ?? '';
      return { path: [...path, index, cluster], name, scope: cluster, cluster, settings };
    }),
  );
}

/** One step and what is to be said of its entry. */
export function oscarStep(context: StepContext, entry: ServiceEntry): MadeStep {
  const { document, bases } = context;
  const { cluster, settings } = entry;
  const inputs = foldersOf(context, entry, 'input', settings);
  const outputs = foldersOf(context, entry, 'output', settings);
  const scriptPlace = document.place([...entry.path, 'script']);
  const { script, diagnostics } = resolveScript(settings.script, scriptPlace, bases, entry.id);
  const step: OscarStep = {
    id: entry.id,
    name: settings.name ?? '',
    provider: 'oscar',
    cluster,
    mode: 'service',
    where: `oscar ${cluster}`,
    ...defined({ image: settings.image, script }),
    inputs: inputs.folders,
    outputs: outputs.folders,
    environment: variablesOf(settings.environment),
    limits: limitsOf(settings),
    serves: servesOnly(settings),
    ...(hasAddress(settings) && { hasAddress: true }),
    listensTo: HEARD,
    // The field says the opposite of its name: with it, the input is not downloaded.
    ...(settings.file_stage_in && { fetchesInput: true }),
    hidesInput: true,
    place: document.place(entry.path),
    settings,
    replicas: settings.federation?.members ?? settings.replicas ?? [],
  };
  const mounted = mountedStore(settings, context.table);
  return {
    step,
    diagnostics: [...inputs.diagnostics, ...outputs.diagnostics, ...diagnostics],
    ...(mounted && { stores: [mounted] }),
  };
}

/** The declared store that a service mounts a folder of. */
function mountedStore({ mount }: OscarService, table: StepContext['table']): Store | undefined {
  const id = mount?.storage_provider?.trim() ?? '';
  const store = table.get(id) ?? table.get(id.toLowerCase()) ?? table.get(`${id.toLowerCase()}.default`);
  return store?.place && store;
}

function foldersOf(
  context: StepContext,
  entry: ServiceEntry,
  key: 'input' | 'output',
  settings: OscarService,
) {
  const written = settings[key] ?? [];
  const meant = written.map((each) => ({ ...each, path: withBucket(each, settings.name) }));
  const { folders, diagnostics } = readFolders(context, entry, key, meant, `minio.${entry.cluster}`);
  const notes = written.flatMap((each, index) => {
    if (!each.path || meant[index]?.path === each.path) return [];
    const place = context.document.place([...entry.path, key, index, 'path']);
    const message = `"${each.path}" is read as the folder "${meant[index]?.path}": bucket and folder`;
    const hint = `Write "${meant[index]?.path}", or "bucket/folder"; OSCAR before 4.1.0 takes the word for a bucket.`;
    return [warning('path-without-bucket', message, place, { hint, step: entry.id })];
  });
  if (key === 'output') return { folders, diagnostics: [...diagnostics, ...notes] };
  const unfiltered = folders.map((folder) => ({ ...folder, prefixes: [], suffixes: [] }));
  return {
    folders: unfiltered,
    diagnostics: [...diagnostics, ...notes, ...filterNotes(context, entry, written)],
  };
}

/** OSCAR's manager has MinIO tell of all files in a folder, and its supervisor works on all. */
function filterNotes(
  { document }: StepContext,
  { path, id }: ServiceEntry,
  inputs: readonly StorageEntry[],
): readonly Diagnostic[] {
  return inputs.flatMap((input, index) =>
    (['suffix', 'prefix'] as const).flatMap((field) => {
      if (!input[field]?.length) return [];
      const message = `"${field}" of an input has no effect on OSCAR: every file in the folder starts "${id}"`;
      const hint = 'Give these files a folder of their own, or let the script leave the others out.';
      return [
        warning('filter-without-effect', message, document.place([...path, 'input', index, field]), {
          hint,
          step: id,
        }),
      ];
    }),
  );
}

/**
 * On S3 and MinIO a path of one word is a folder in the bucket named like the service.
 * Rule: OSCAR since 4.1.0, `normalizeStoragePaths`; before, it was a bucket, which inputs could not use.
 */
function withBucket({ path = '', storage_provider }: StorageEntry, service: string | undefined): string {
  if (path.length > LONGEST_PATH) return path;
  const words = path.trim().replace(/^\/+|\/+$/g, '');
  const [kind = ''] = (storage_provider ?? 'minio').trim().toLowerCase().split('.');
  return (kind === '' || hasBuckets(kind)) && words !== '' && !words.includes('/') && service
    ? `${service}/${words}`
    : path;
}

function limitsOf({ memory, cpu, enable_gpu }: OscarService): Limits {
  return {
    ...defined({
      memoryMib: parseMebibytes(memory ?? OSCAR_DEFAULTS.memory),
      cpus: parseQuantity(cpu ?? OSCAR_DEFAULTS.cpu),
    }),
    gpus: enable_gpu ? 1 : 0,
  };
}

/** A service without a script, or an exposed one that listens to no files, answers requests only. */
function servesOnly({ script, expose, kserve, input }: OscarService): boolean {
  return script === undefined || ((expose !== undefined || kserve !== undefined) && !input?.length);
}

/** A port of the cluster's nodes is no address: nobody here knows the nodes. */
function hasAddress({ expose }: OscarService): boolean {
  const { api_port: ports = [], port, nodePort = [] } = expose ?? {};
  return [...ports, port ?? 0].some((each) => each > 0) && !nodePort.some((each) => each > 0);
}

/** The steps of a workflow that are on clusters: all, or the one that is asked for. */
export function oscarSteps({ steps }: Workflow, id?: string): readonly OscarStep[] {
  return steps.filter(isOscar).filter((step) => id === undefined || step.id === id);
}

/**
 * Stores that are called like a cluster of the file, and of which the file does not say all that it takes. Completed
 * ones count as well: they are not the file's any more.
 */
export function clusterStores({ stores, clusters }: Workflow): readonly Store[] {
  const ids = new Set(clusters.map(({ id }) => id));
  return stores.filter(
    (store) =>
      store.kind === 'minio' && ids.has(store.name) && (store.place === undefined || isLacking(store)),
  );
}

/** Whether it takes more to reach a store than is known of it. */
export function isLacking({ endpoint, credentials }: Store): boolean {
  const keys = ['access_key', 'secret_key'].map((name) => reveal(credentials[name] ?? ''));
  return endpoint === undefined || keys.includes('');
}

/** Those that services are for, and those that are declared. */
export function clustersOf({ fdl, place }: Document, used: readonly string[]): readonly Cluster[] {
  const declared = (fdl['clusters'] ?? {}) as Clusters;
  return [...new Set([...used, ...Object.keys(declared)])].map((id) => {
    const entry = declared[id];
    return {
      id,
      verifyTls: entry?.ssl_verify !== false,
      ...defined({
        endpoint: entry?.endpoint,
        user: entry?.auth_user,
        password: entry?.auth_password,
        place: entry && place(['clusters', id]),
      }),
    };
  });
}

/** The address of a step of the same file. */
const STEP_URL = /^\$\{url:([^}]*)\}$/;

/** Ids of those that may run in the place of a step, for the same input. Members that are no steps of the file do not count. */
export function standIns(step: Step, steps: readonly Step[]): readonly string[] {
  if (!isOscar(step) || step.replicas.length === 0) return [];
  const others = steps.filter((other) => other !== step && step.replicas.some((each) => means(each, other)));
  return others.map(({ id }) => id);
}

/** The services of a file that may hand jobs to one of its services. */
export function delegatorsOf(step: OscarStep, steps: readonly Step[]): readonly OscarStep[] {
  const others = steps.filter(isOscar).filter((other) => other !== step);
  return others.filter(({ replicas }) => replicas.some((each) => means(each, step)));
}

function means({ type = 'oscar', url, cluster_id, service_name }: Replica, step: Step): boolean {
  if (type.toLowerCase() === 'endpoint') return STEP_URL.exec(url?.trim() ?? '')?.[1]?.trim() === step.id;
  return isOscar(step) && step.cluster === cluster_id && step.name === service_name;
}
