/** What would be made for a workflow as a picture: each object, and what must be there before it. */
import type { ResourceNode } from '../deploy/graph.ts';
import { shortId, shortKind } from './plan-text.ts';
import type { Style } from './style.ts';

/** One line for each object, and below it what it waits for. */
export function resourcesText(workflow: string, graph: readonly ResourceNode[], style: Style): string {
  const names = namesOf(graph);
  const lines = graph.flatMap(({ id, after }) => [
    `  ${names.get(id)}`,
    ...after.map((before) => style('dim', `    ← ${names.get(before) ?? before}`)),
  ]);
  return [style('bold', workflow), ...lines].join('\n');
}

/** A flowchart: an arrow leads from what is made first to what needs it. */
export function resourcesMermaid(graph: readonly ResourceNode[]): string {
  const keys = keysOf(graph);
  const nodes = graph.map(({ id, resource: { kind } }) => {
    return `  ${keys.get(id)}["${escaped(shortKind(kind))}<br>${escaped(shortId(id))}"]`;
  });
  return ['flowchart LR', ...nodes, ...edgesOf(graph).map(([from, to]) => `  ${from} --> ${to}`)].join('\n');
}

/** The same for Graphviz. */
export function resourcesDot(graph: readonly ResourceNode[]): string {
  const keys = keysOf(graph);
  const nodes = graph.map(({ id, resource: { kind } }) => {
    return `  ${keys.get(id)} [label=${JSON.stringify(`${shortKind(kind)}\n${shortId(id)}`)}];`;
  });
  const edges = edgesOf(graph).map(([from, to]) => `  ${from} -> ${to};`);
  return ['digraph resources {', '  rankdir=LR;', '  node [shape=box];', ...nodes, ...edges, '}'].join('\n');
}

function namesOf(graph: readonly ResourceNode[]): ReadonlyMap<string, string> {
  return new Map(graph.map(({ id, resource: { kind } }) => [id, `${shortKind(kind)} ${shortId(id)}`]));
}

function keysOf(graph: readonly ResourceNode[]): ReadonlyMap<string, string> {
  return new Map(graph.map(({ id }, index) => [id, `r${index + 1}`]));
}

function edgesOf(graph: readonly ResourceNode[]): readonly (readonly [from: string, to: string])[] {
  const keys = keysOf(graph);
  return graph.flatMap(({ id, after }) =>
    after.map((before) => [keys.get(before) ?? '', keys.get(id) ?? ''] as const),
  );
}

function escaped(text: string): string {
  return text.replaceAll('"', '#quot;');
}
