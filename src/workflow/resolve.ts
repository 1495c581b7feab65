/** FDL document → workflow: references and defaults resolved, steps named, outputs linked to inputs. */
import { dirname, resolve } from 'node:path';
import { type Diagnostic, error } from '../fdl/diagnostic.ts';
import type { Document } from '../fdl/document.ts';
import type { AwsFunction, OscarService } from '../fdl/schema/index.ts';
import type { Path } from '../fdl/tree.ts';
import type { Text } from '../secret.ts';
import type { Store } from '../storage/store.ts';
import { awsStep } from './aws-steps.ts';
import { linksOf } from './links.ts';
import type { Cluster, OscarStep, Step, Workflow } from './model.ts';
import { workflowName } from './name.ts';
import { oscarStep } from './oscar-steps.ts';
import { defined, type StepContext } from './steps.ts';
import { storeTable } from './stores.ts';

export interface ResolveOptions {
  /** Instead of the file's own name. */
  readonly name?: string | undefined;
  /** Where paths count from that are not found beside the file. */
  readonly workingDirectory: string;
  /** Whether scripts must exist on this machine. */
  readonly localFiles: boolean;
}

export interface Resolved {
  readonly workflow: Workflow;
  readonly diagnostics: readonly Diagnostic[];
  /** Path of each step's entry in the file. */
  readonly paths: ReadonlyMap<string, Path>;
}

type Entry =
  | { readonly provider: 'aws'; readonly path: Path; readonly name: string; readonly settings: AwsFunction }
  | {
      readonly provider: 'oscar';
      readonly path: Path;
      readonly name: string;
      readonly cluster: string;
      readonly settings: OscarService;
    };

/** Builds the workflow of a document. Steps whose entry has no name are reported and left out. */
export function resolveWorkflow(document: Document, options: ResolveOptions): Resolved {
  const entries = entriesOf(document);
  const named = entries.filter(({ name }) => name !== '');
  const clusterIds = new Set(entries.flatMap((entry) => (entry.provider === 'oscar' ? [entry.cluster] : [])));
  const folder = dirname(resolve(document.source.file));
  const context: StepContext = {
    document,
    table: storeTable(document, [...clusterIds, ...Object.keys(document.fdl.clusters ?? {})]),
    bases: { fdl: folder, working: options.workingDirectory, check: options.localFiles },
  };
  const ids = stepIds(named);
  const diagnostics: Diagnostic[] = [...missingNames(document, entries), ...duplicates(document, named, ids)];
  const steps: Step[] = [];
  const paths = new Map<string, Path>();
  for (const [index, entry] of named.entries()) {
    const id = ids[index] ?? entry.name;
    if (paths.has(id)) continue;
    const made =
      entry.provider === 'aws'
        ? awsStep(context, { id, path: entry.path }, entry.settings)
        : oscarStep(context, { id, path: entry.path, cluster: entry.cluster }, entry.settings);
    steps.push(made.step);
    for (const found of made.diagnostics) diagnostics.push(found);
    paths.set(id, entry.path);
  }
  const workflow: Workflow = {
    name: workflowName(document.source.file, document.fdl.name, options.name),
    file: document.source.file,
    steps,
    links: linksOf(steps),
    stores: usedStores(steps, context),
    clusters: clustersOf(document, clusterIds),
  };
  return { workflow, diagnostics, paths };
}

/** In the order of the file. */
function entriesOf({ fdl }: Document): readonly Entry[] {
  const aws = (fdl.functions?.aws ?? []).map(
    (settings, index): Entry => ({
      provider: 'aws',
      path: ['functions', 'aws', index],
      name: settings.lambda?.name?.trim() ?? '',
      settings,
    }),
  );
  const oscar = (fdl.functions?.oscar ?? []).flatMap((services, index) =>
    Object.entries(services).map(
      ([cluster, settings]): Entry => ({
        provider: 'oscar',
        path: ['functions', 'oscar', index, cluster],
        name: settings.name?.trim() ?? '',
        cluster,
        settings,
      }),
    ),
  );
  const providers = Object.keys(fdl.functions ?? {});
  return providers.indexOf('oscar') < providers.indexOf('aws') ? [...oscar, ...aws] : [...aws, ...oscar];
}

/** The name, or with the cluster (or `aws`) in front where two entries use one name. */
function stepIds(entries: readonly Entry[]): readonly string[] {
  const scopes = new Map<string, Set<string>>();
  for (const entry of entries) {
    scopes.set(entry.name, (scopes.get(entry.name) ?? new Set()).add(scopeOf(entry)));
  }
  return entries.map((entry) => {
    const shared = (scopes.get(entry.name)?.size ?? 0) > 1;
    return shared ? `${scopeOf(entry)}/${entry.name}` : entry.name;
  });
}

function scopeOf(entry: Entry): string {
  return entry.provider === 'aws' ? 'aws' : entry.cluster;
}

function missingNames(document: Document, entries: readonly Entry[]): readonly Diagnostic[] {
  if (entries.length === 0) {
    const hint = 'List steps below "functions.aws" or "functions.oscar".';
    return [error('no-functions', 'the file defines no function', document.place(['functions']), { hint })];
  }
  return entries.flatMap((entry) => {
    if (entry.name !== '') return [];
    const section = entry.provider === 'aws' ? [...entry.path, 'lambda'] : entry.path;
    const what = entry.provider === 'aws' ? 'the function' : 'the service';
    const hint = `Add "name:"${entry.provider === 'aws' ? ' below "lambda:"' : ''}.`;
    return [error('missing-name', `${what} has no name`, document.place(section), { hint })];
  });
}

function duplicates(
  document: Document,
  entries: readonly Entry[],
  ids: readonly string[],
): readonly Diagnostic[] {
  const first = new Map<string, number>();
  return ids.flatMap((id, index) => {
    const path = entries[index]?.path ?? [];
    const name = entries[index]?.provider === 'aws' ? [...path, 'lambda', 'name'] : [...path, 'name'];
    const place = document.place(name);
    const line = first.get(id);
    if (line === undefined) {
      first.set(id, place.line);
      return [];
    }
    const hint = 'Give each step a name of its own.';
    return [
      error('duplicate-step', `the step "${id}" is defined twice, first on line ${line}`, place, { hint }),
    ];
  });
}

/** The stores that steps refer to; what is declared and unused is left out, so that nobody asks for its credentials. */
function usedStores(steps: readonly Step[], { table }: StepContext): readonly Store[] {
  const used = new Map<string, Store>();
  for (const { store, namespace } of steps.flatMap(({ inputs, outputs }) => [...inputs, ...outputs])) {
    used.set(store, table.get(store) ?? undeclared(store, namespace));
  }
  for (const step of steps) {
    const mounted = step.provider === 'oscar' ? mountedStore(step, table) : undefined;
    if (mounted) used.set(mounted.id, mounted);
  }
  return [...used.values()];
}

/** The declared store that a service mounts a folder of. */
function mountedStore({ settings: { mount } }: OscarStep, table: StepContext['table']): Store | undefined {
  const id = mount?.storage_provider?.trim() ?? '';
  const store = table.get(id) ?? table.get(id.toLowerCase()) ?? table.get(`${id.toLowerCase()}.default`);
  return store?.place && store;
}

function undeclared(id: string, namespace: string): Store {
  const [kind = 'minio', ...name] = id.split('.');
  return {
    id,
    kind: kind as Store['kind'],
    name: name.join('.'),
    namespace,
    verifyTls: true,
    credentials: {},
  };
}

function clustersOf({ fdl, place }: Document, used: ReadonlySet<string>): readonly Cluster[] {
  const declared = fdl.clusters ?? {};
  return [...new Set([...used, ...Object.keys(declared)])].map((id) => {
    const entry = declared[id];
    return {
      id,
      verifyTls: entry?.ssl_verify !== false,
      ...defined({
        endpoint: entry?.endpoint,
        user: entry?.auth_user as string | undefined,
        password: entry?.auth_password as Text | undefined,
        place: entry && place(['clusters', id]),
      }),
    };
  });
}
