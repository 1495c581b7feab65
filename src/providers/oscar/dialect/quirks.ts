/** Forms of `functions.oscar` that real files have: services without a cluster, and fields that have moved since. */
import { type Diagnostic, error, warning } from '../../../fdl/diagnostic.ts';
import type { Quirk } from '../../../fdl/language.ts';
import { placeAt, type Source } from '../../../fdl/source.ts';
import {
  childOf,
  type Entry,
  entryOf,
  isNull,
  type MapNode,
  replaceEntry,
  type TreeNode,
} from '../../../fdl/tree.ts';

/** Items of `functions.oscar` that are a service where a map of cluster id to service is due. */
export function withoutCluster(root: MapNode, source: Source): readonly Diagnostic[] {
  const list = childOf(childOf(root, 'functions'), 'oscar');
  const items = list?.kind === 'list' ? list.items : [];
  return items.flatMap((item) => {
    const named = entryOf(item, 'name') ?? entryOf(item, 'image');
    if (named?.value.kind !== 'scalar' || isNull(named.value)) return [];
    const message = 'a service stands here without the id of its cluster';
    const hint = 'Put a line "- my-cluster:" above it, and indent the fields of the service below that.';
    return [error('missing-cluster', message, placeAt(source, item.start), { hint })];
  });
}

/** The services below `functions`. */
export function services(functions: TreeNode | undefined): readonly TreeNode[] {
  const list = childOf(functions, 'oscar');
  const items = list?.kind === 'list' ? list.items : [];
  return items.flatMap((item) => (item.kind === 'map' ? item.entries.map(({ value }) => value) : []));
}

/**
 * Clusters with nothing below them, beside functions of AWS: SCAR reads such a file, and its own sample of all fields has
 * such a line. Elsewhere a service is missing.
 */
export const bodiless: Quirk = (root, source) => {
  const functions = childOf(root, 'functions');
  const list = childOf(functions, 'oscar');
  const beside = childOf(functions, 'aws');
  const hasOthers = beside?.kind === 'list' && beside.items.length > 0;
  if (functions?.kind !== 'map' || list?.kind !== 'list' || !hasOthers) return { root, diagnostics: [] };
  const isBodiless = (item: TreeNode): item is MapNode =>
    item.kind === 'map' && item.entries.length > 0 && item.entries.every(({ value }) => isNull(value));
  const diagnostics = list.items.filter(isBodiless).flatMap(({ entries }) =>
    entries.map(({ key }) => {
      const message = `"${key.text}" has no service below it, and is left out`;
      const hint = 'Write a service below it, indented, or remove the line.';
      return warning('empty-service', message, placeAt(source, key.start), { hint });
    }),
  );
  if (diagnostics.length === 0) return { root, diagnostics };
  const items = list.items.filter((item) => !isBodiless(item));
  const left = replaceEntry(functions, 'oscar', { ...list, items });
  return { root: replaceEntry(root, 'functions', left), diagnostics };
};

interface Move {
  readonly from: readonly [section: string, field: string];
  readonly to: readonly [section: string, ...fields: string[]];
}

const MOVES: readonly Move[] = [
  { from: ['expose', 'port'], to: ['expose', 'api_port'] },
  { from: ['expose_options', 'port'], to: ['expose', 'api_port'] },
  { from: ['expose_options', 'max_replicas'], to: ['expose', 'max_scale'] },
  { from: ['expose_options', 'top_cpu'], to: ['expose', 'cpu_threshold'] },
  { from: ['kserve', 'model_format'], to: ['kserve', 'inference', 'model_format'] },
];

/** Fields that moved between releases of OSCAR are read where they stand today, unless there is a value already. */
export const movedFields: Quirk = (root, source) => {
  const diagnostics: Diagnostic[] = [];
  const service = (node: TreeNode) =>
    node.kind === 'map' ? MOVES.reduce((moved, each) => move(moved, each, source, diagnostics), node) : node;
  const item = (node: TreeNode): TreeNode =>
    node.kind === 'map' ? { ...node, entries: node.entries.map((each) => within(each, service)) } : node;
  const functions = childOf(root, 'functions');
  const list = childOf(functions, 'oscar');
  if (functions?.kind !== 'map' || list?.kind !== 'list') return { root, diagnostics };
  const moved = replaceEntry(functions, 'oscar', { ...list, items: list.items.map(item) });
  return { root: replaceEntry(root, 'functions', moved), diagnostics };
};

function within({ key, value }: Entry, change: (node: TreeNode) => TreeNode): Entry {
  return { key, value: change(value) };
}

function move(service: MapNode, { from, to }: Move, source: Source, diagnostics: Diagnostic[]): MapNode {
  const section = childOf(service, from[0]);
  const entry = entryOf(section, from[1]);
  if (section?.kind !== 'map' || !entry || isNull(entry.value)) return service;
  const target = withValue(service, to, entry);
  if (target === service) return service;
  const message = `"${from.join('.')}" is out of use; it is read as "${to.join('.')}"`;
  const place = placeAt(source, entry.key.start);
  diagnostics.push(warning('deprecated', message, place, { hint: `Write "${to.join('.')}" instead.` }));
  const rest = childOf(target, from[0]);
  const entries = rest?.kind === 'map' ? rest.entries.filter(({ key }) => key.text !== from[1]) : [];
  return entries.length > 0
    ? replaceEntry(target, from[0], { ...section, entries })
    : { ...target, entries: target.entries.filter(({ key }) => key.text !== from[0]) };
}

/** The map with the value of `moved` at a path, or the same map where a value is there already. */
function withValue(map: MapNode, [name, ...rest]: readonly string[], moved: Entry): MapNode {
  if (name === undefined) return map;
  const present = entryOf(map, name);
  const free = !present || isNull(present.value);
  if (!free && (rest.length === 0 || present.value.kind !== 'map')) return map;
  const { key, value } = moved;
  const empty: MapNode = { kind: 'map', entries: [], start: key.start, end: value.end };
  const inner = free ? empty : (present.value as MapNode);
  const changed = rest.length === 0 ? value : withValue(inner, rest, moved);
  if (changed === inner) return map;
  const named: Entry = { key: { ...key, text: name }, value: changed };
  const others = map.entries.filter((entry) => entry !== present);
  return { ...map, entries: [...others, free ? named : { key: present.key, value: changed }] };
}
