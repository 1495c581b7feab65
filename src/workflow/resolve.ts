/** FDL document → workflow: references and defaults resolved, steps named, outputs linked to inputs. */

import { dirname, resolve } from 'node:path';
import { type Diagnostic, error } from '../fdl/diagnostic.ts';
import type { Document } from '../fdl/document.ts';
import type { Path } from '../fdl/tree.ts';
import { isStoreKind } from '../storage/kinds.ts';
import type { Store } from '../storage/store.ts';
import type { Dialect, Entry } from './dialect.ts';
import { linksOf } from './links.ts';
import type { Cluster, Step, Workflow } from './model.ts';
import { workflowName } from './name.ts';
import { notificationsOf } from './notifications.ts';
import type { StepContext } from './steps.ts';
import { bareStore, loginsInEndpoints, storeTable } from './store-references.ts';

interface ResolveOptions {
  /** Instead of the file's own name. */
  readonly name?: string | undefined;
  /** Where paths count from that are not found beside the file. */
  readonly workingDirectory: string;
  /** Whether scripts must exist on this machine. */
  readonly localFiles: boolean;
  readonly dialects: readonly Dialect[];
}

interface Resolved {
  readonly workflow: Workflow;
  readonly diagnostics: readonly Diagnostic[];
  /** Path of each step's entry in the file. */
  readonly paths: ReadonlyMap<string, Path>;
}

interface OwnEntry extends Entry {
  readonly dialect: Dialect;
}

/** Builds the workflow of a document. Steps whose entry has no name are reported and left out. */
export function resolveWorkflow(document: Document, options: ResolveOptions): Resolved {
  const { dialects } = options;
  const entries = entriesOf(document, dialects);
  const named = entries.filter(({ name }) => name !== '');
  const clusters = clustersOf(document, entries, dialects);
  const folder = dirname(resolve(document.source.file));
  const context: StepContext = {
    document,
    table: storeTable(
      document,
      clusters.map(({ id }) => id),
    ),
    bases: { fdl: folder, working: options.workingDirectory, check: options.localFiles },
  };
  const ids = stepIds(named);
  const { notifications, diagnostics: ofTargets } = notificationsOf(document);
  const missing = entries.length === 0 ? [noFunctions(document, dialects)] : missingNames(document, entries);
  const diagnostics: Diagnostic[] = [
    ...loginsInEndpoints(document),
    ...ofTargets,
    ...missing,
    ...duplicates(document, named, ids),
  ];
  const steps: Step[] = [];
  const others: Store[] = [];
  const paths = new Map<string, Path>();
  for (const [index, entry] of named.entries()) {
    const id = ids[index] ?? entry.name;
    if (paths.has(id)) continue;
    const made = entry.dialect.step(context, { ...entry, id });
    steps.push(made.step);
    others.push(...(made.stores ?? []));
    for (const found of made.diagnostics) diagnostics.push(found);
    paths.set(id, entry.path);
  }
  const stores = usedStores(steps, others, context);
  const unusedStores = unusedAmong(context.table, stores);
  const workflow: Workflow = {
    name: workflowName(document.source.file, document.fdl.name, options.name),
    file: document.source.file,
    steps: withStandIns(steps, dialects),
    links: linksOf(steps),
    stores,
    ...(unusedStores.length > 0 && { unusedStores }),
    clusters,
    ...(notifications && { notifications }),
  };
  return { workflow, diagnostics, paths };
}

/** In the order of the file. */
function entriesOf({ fdl }: Document, dialects: readonly Dialect[]): readonly OwnEntry[] {
  return Object.entries(fdl.functions ?? {}).flatMap(([name, list]) => {
    const dialect = dialects.find((each) => each.name === name);
    const entries = dialect?.entries(list, ['functions', name]) ?? [];
    return dialect ? entries.map((entry) => ({ ...entry, dialect })) : [];
  });
}

/** Needs all steps, since these are others of the same file. */
function withStandIns(steps: readonly Step[], dialects: readonly Dialect[]): readonly Step[] {
  return steps.map((step) => {
    const dialect = dialects.find(({ name }) => name === step.provider);
    const standIns = dialect?.standIns?.(step, steps) ?? [];
    return standIns.length > 0 ? { ...step, standIns } : step;
  });
}

/** The name, or with the cluster (or the provider) in front where two entries use one name. */
function stepIds(entries: readonly Entry[]): readonly string[] {
  const scopes = new Map<string, Set<string>>();
  for (const { name, scope } of entries) scopes.set(name, (scopes.get(name) ?? new Set()).add(scope));
  return entries.map(({ name, scope }) => {
    const shared = (scopes.get(name)?.size ?? 0) > 1;
    return shared ? `${scope}/${name}` : name;
  });
}

function noFunctions(document: Document, dialects: readonly Dialect[]): Diagnostic {
  const lists = dialects.map(({ name }) => `"functions.${name}"`);
  const hint = `List steps below ${lists.join(' or ')}.`;
  return error('no-functions', 'the file defines no function', document.place(['functions']), { hint });
}

function missingNames(document: Document, entries: readonly OwnEntry[]): readonly Diagnostic[] {
  return entries.flatMap(({ name, path, dialect: { naming } }) => {
    if (name !== '') return [];
    const place = document.place([...path, ...naming.section]);
    return [error('missing-name', `${naming.what} has no name`, place, { hint: naming.hint })];
  });
}

function duplicates(
  document: Document,
  entries: readonly OwnEntry[],
  ids: readonly string[],
): readonly Diagnostic[] {
  const first = new Map<string, number>();
  return entries.flatMap(({ path, dialect: { naming } }, index) => {
    const id = ids[index] ?? '';
    const place = document.place([...path, ...naming.section, 'name']);
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
function usedStores(
  steps: readonly Step[],
  others: readonly Store[],
  { table }: StepContext,
): readonly Store[] {
  const used = new Map<string, Store>();
  for (const { store: id } of steps.flatMap(({ inputs, outputs }) => [...inputs, ...outputs])) {
    const known = table.get(id);
    for (const store of known ? [known] : undeclared(id)) used.set(id, store);
  }
  for (const store of others) used.set(store.id, store);
  return [...used.values()];
}

/** What the file declares besides. */
function unusedAmong(table: StepContext['table'], used: readonly Store[]): readonly Store[] {
  const ids = new Set(used.map(({ id }) => id));
  return [...new Set(table.values())].filter(({ id, place }) => place !== undefined && !ids.has(id));
}

function undeclared(id: string): readonly Store[] {
  const [kind = '', ...name] = id.split('.');
  return isStoreKind(kind) ? [bareStore(kind, name.join('.'))] : [];
}

function clustersOf(
  document: Document,
  entries: readonly OwnEntry[],
  dialects: readonly Dialect[],
): readonly Cluster[] {
  return dialects.flatMap((dialect) => {
    const own = entries.filter((entry) => entry.dialect === dialect);
    const used = new Set(own.flatMap(({ cluster }) => cluster ?? []));
    return dialect.clusters?.(document, [...used]) ?? [];
  });
}
