/** The workflow as a picture in SVG; dagre (https://github.com/dagrejs/dagre) says where everything goes. */
import { Graph, layout } from '@dagrejs/dagre';
import { pictureOf } from '../workflow/draw.ts';
import type { Workflow } from '../workflow/model.ts';
import { type Html, html } from './html.ts';

/** Units of the view box for a character, a line, and what stands around text. */
const CHARACTER = 7;
const LINE = 17;
const PADDING = 10;
/** Characters of a line; longer ones lose their beginning, since names differ at their ends. */
const LONGEST = 34;

interface Box {
  readonly id: string;
  readonly lines: readonly string[];
  readonly kind: 'step' | 'folder' | 'final';
}

/** From the inputs, at the top, to the results. */
export function workflowPicture(workflow: Workflow): Html {
  const { folders, steps, edges } = pictureOf(workflow);
  const boxes: readonly Box[] = [
    ...folders.map(
      ({ id, label, isFinal }) => ({ id, lines: [label], kind: isFinal ? 'final' : 'folder' }) as const,
    ),
    ...steps.map(({ id, lines }) => ({ id, lines, kind: 'step' }) as const),
  ];
  const graph = new Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 24, ranksep: 34, marginx: 4, marginy: 4 });
  for (const box of boxes) graph.setNode(box.id, sizeOf(box));
  for (const { from, to, label } of edges) {
    const width = label.length * CHARACTER;
    graph.setEdge(from, to, { label, width, height: label ? LINE : 0, labelpos: 'r' });
  }
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  const arrows = graph.edges().map((edge) => arrow(graph.edge(edge)));
  return html`<svg role="img" aria-label="${`The workflow ${workflow.name}: ${steps.length} steps`}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-size="12" font-family="system-ui, sans-serif" fill="currentColor">
<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0,0L8,4L0,8z"/></marker></defs>
${arrows}${boxes.map((box) => drawnBox(box, graph.node(box.id)))}</svg>`;
}

function sizeOf({ lines }: Box): { width: number; height: number } {
  const longest = Math.max(...lines.map((line) => short(line).length));
  return { width: longest * CHARACTER + 2 * PADDING, height: lines.length * LINE + 2 * PADDING - 4 };
}

function short(text: string): string {
  return text.length > LONGEST ? `…${text.slice(1 - LONGEST)}` : text;
}

interface Placed {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function drawnBox({ lines, kind }: Box, { x, y, width, height }: Placed): Html {
  const [left, top] = [x - width / 2, y - height / 2];
  const round = kind === 'step' ? 6 : kind === 'final' ? height / 2 : 0;
  const texts = lines.map((line, index) => {
    const weight = kind === 'step' && index === 0 ? 'bold' : 'normal';
    const at = top + PADDING + LINE * (index + 0.7);
    return html`<text x="${x}" y="${at}" text-anchor="middle" font-weight="${weight}">${short(line)}</text>`;
  });
  return html`<g><title>${lines.join('\n')}</title><rect class="${kind}" x="${left}" y="${top}" width="${width}" height="${height}" rx="${round}"/>${texts}</g>`;
}

interface Drawn {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly label?: string;
  readonly x?: number;
  readonly y?: number;
}

function arrow({ points, label, x, y }: Drawn): Html {
  const path = points.map((point, index) => `${index === 0 ? 'M' : 'L'}${point.x},${point.y}`).join('');
  const text = label ? html`<text x="${x}" y="${y}" text-anchor="middle">${label}</text>` : undefined;
  return html`<path class="arrow" d="${path}" marker-end="url(#tip)"/>${text}`;
}
