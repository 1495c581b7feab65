/** A workflow as Mermaid and as Graphviz dot. */
import { finalOutputs } from './links.ts';
import type { Folder, Output, Workflow } from './model.ts';

/** A folder as people name it: `s3://bucket/prefix`. The name `default` is left out. */
export function folderUri({ store, bucket, prefix }: Folder): string {
  return `${store.replace(/\.default$/, '')}://${bucket}${prefix ? `/${prefix}` : ''}`;
}

/** Which files go to an output, as a shell would write it: `*.wav`; empty for all. */
export function filterText({ prefixes, suffixes }: Output): string {
  const fronts = prefixes.length > 0 ? prefixes : [''];
  const ends = suffixes.length > 0 ? suffixes : [''];
  const patterns = fronts.flatMap((front) => ends.map((end) => `${front}*${end}`));
  return patterns.join('') === '*' ? '' : patterns.join(', ');
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

/** Folders and steps as nodes, and what flows between them. */
export interface Picture {
  readonly folders: readonly { id: string; label: string; isFinal: boolean }[];
  readonly steps: readonly { id: string; lines: readonly string[] }[];
  readonly edges: readonly Edge[];
}

/** Folders and steps as nodes: a folder that one step writes and another reads is one node. */
export function pictureOf(workflow: Workflow): Picture {
  const { steps, links } = workflow;
  const finals = new Set(finalOutputs(steps, links).map(({ step, output }) => step.outputs[output]));
  const folders = new Map<string, { id: string; label: string; isFinal: boolean }>();
  const folderId = (folder: Folder) => {
    const key = `${folder.namespace}/${folder.bucket}/${folder.prefix}`;
    const isFinal = finals.has(folder as Output);
    const node = folders.get(key) ?? { id: `f${folders.size + 1}`, label: folderUri(folder), isFinal };
    folders.set(key, { ...node, isFinal: node.isFinal || isFinal });
    return node.id;
  };
  const stepIds = new Map(steps.map(({ id }, index) => [id, `s${index + 1}`]));
  const edges = steps.flatMap((step) => {
    const id = stepIds.get(step.id) ?? '';
    const reads = step.inputs.map((folder) => ({ from: folderId(folder), to: id, label: '' }));
    const writes = step.outputs.map((each) => ({ from: id, to: folderId(each), label: filterText(each) }));
    return [...reads, ...writes];
  });
  // An output below the folder that a step listens to feeds it as well.
  const nested = links.flatMap(({ from, to, output, input }) => {
    const written = steps.find(({ id }) => id === from)?.outputs[output];
    const read = steps.find(({ id }) => id === to)?.inputs[input];
    return written && read && written.prefix !== read.prefix
      ? [{ from: folderId(written), to: folderId(read), label: '' }]
      : [];
  });
  const boxes = steps.map((step) => ({
    id: stepIds.get(step.id) ?? '',
    lines: [step.id, step.where, ...(step.image ? [step.image] : [])],
  }));
  const all = [...edges, ...nested];
  const once = [...new Map(all.map((edge) => [JSON.stringify(edge), edge])).values()];
  return { folders: [...folders.values()], steps: boxes, edges: once };
}

/** For READMEs and wikis: https://mermaid.js.org/syntax/flowchart.html */
export function mermaidText(workflow: Workflow): string {
  const { folders, steps, edges } = pictureOf(workflow);
  const quote = (...texts: readonly string[]) => `"${texts.map(mermaidEscaped).join('<br/>')}"`;
  return [
    'flowchart TD',
    ...folders.map(
      ({ id, label, isFinal }) => `  ${id}${isFinal ? '[(' : '[/'}${quote(label)}${isFinal ? ')]' : '/]'}`,
    ),
    ...steps.map(({ id, lines }) => `  ${id}[${quote(...lines)}]`),
    ...edges.map(({ from, to, label }) => `  ${from} -->${label ? `|${quote(label)}|` : ''} ${to}`),
  ].join('\n');
}

/** https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters */
export function mermaidEscaped(text: string): string {
  const codes: Readonly<Record<string, string>> = { '#': '#35;', '"': '#quot;', '<': '#lt;', '>': '#gt;' };
  return text.replace(/[#"<>]/g, (found) => codes[found] ?? '').replace(/\s+/g, ' ');
}

/** For Graphviz: https://graphviz.org/doc/info/lang.html */
export function dotText(workflow: Workflow): string {
  const { folders, steps, edges } = pictureOf(workflow);
  const quote = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const lines = (texts: readonly string[]) => quote(texts.join('\n')).replaceAll('\n', '\\n');
  return [
    `digraph ${quote(workflow.name)} {`,
    '  node [fontname="Helvetica", fontsize=11];',
    ...folders.map(
      ({ id, label, isFinal }) =>
        `  ${id} [label=${quote(label)}, shape=${isFinal ? 'cylinder' : 'folder'}];`,
    ),
    ...steps.map((step) => `  ${step.id} [label=${lines(step.lines)}, shape=box, style=rounded];`),
    ...edges.map(({ from, to, label }) => `  ${from} -> ${to}${label ? ` [label=${quote(label)}]` : ''};`),
    '}',
  ].join('\n');
}
