/** The FDL file of a crate, for another cluster and with another name. Whatever else stands in it stays as it is. */
import { FdlError } from '../../../errors.ts';
import { parseTree } from '../../../fdl/parse.ts';
import { makeSource } from '../../../fdl/source.ts';
import { childOf, type MapNode, type TreeNode } from '../../../fdl/tree.ts';
import { SERVICE_NAME } from '../dialect/checks.ts';

export interface Adaptation {
  readonly cluster: string;
  /** Name of its service, instead of its own. */
  readonly name?: string | undefined;
}

/** A service of the file: the entry of its cluster, and what it says. */
interface Service {
  readonly cluster: TreeNode;
  readonly body: MapNode;
}

/** What a text is replaced by, at its offsets. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** @throws FdlError `crate-invalid`, `usage` */
export function adaptFdl(file: string, text: string, { cluster, name }: Adaptation): string {
  const services = servicesOf(file, text);
  const edits = services.map((each) => ({ ...spanOf(each.cluster), text: scalar(cluster) }));
  if (name === undefined) return edited(text, edits);
  if (!SERVICE_NAME.test(name)) {
    const hint = 'Use up to 39 lower-case letters, digits and "-".';
    throw new FdlError('usage', `--name "${name}" is no name for a service`, { hint, exitCode: 2 });
  }
  const [only] = services;
  if (!only || services.length > 1) {
    const hint = 'Leave out --name, and change the names in the file that is written.';
    throw new FdlError('usage', `${file} has ${services.length} services, and --name is one name`, {
      hint,
      exitCode: 2,
    });
  }
  return edited(text, [...edits, ...renamed(only.body, text, name)]);
}

/** Paths of scripts that its services run, as the file writes them; not such as stand in the file itself. */
export function scriptsOf(file: string, text: string): readonly string[] {
  return servicesOf(file, text).flatMap(({ body }) => {
    const script = childOf(body, 'script');
    return script?.kind === 'scalar' && script.text !== '' && !script.text.includes('\n')
      ? [script.text]
      : [];
  });
}

function servicesOf(file: string, text: string): readonly Service[] {
  const { root, diagnostics } = parseTree(makeSource(file, text));
  const list = childOf(childOf(root, 'functions'), 'oscar');
  const services = (list?.kind === 'list' ? list.items : []).flatMap((item) =>
    item.kind !== 'map'
      ? []
      : item.entries.flatMap(({ key, value }) =>
          value.kind === 'map' ? [{ cluster: key, body: value }] : [],
        ),
  );
  if (services.length > 0) return services;
  const [problem] = diagnostics;
  const why = problem?.message ?? 'it has no service below functions.oscar';
  const hint = 'Have the crate checked: fdl hub validate.';
  throw new FdlError('crate-invalid', `${file} cannot be used: ${why}`, { hint, place: problem?.place });
}

/** A new name, also where folders and addresses have the old one: two services with one input folder would share its files. */
function renamed(body: MapNode, text: string, name: string): readonly Edit[] {
  const own = childOf(body, 'name');
  if (own?.kind !== 'scalar') return [];
  const edits: Edit[] = [{ ...spanOf(own), text: scalar(name) }];
  const walk = (node: TreeNode): void => {
    if (node.kind === 'list') node.items.forEach(walk);
    if (node.kind === 'map')
      for (const { key, value } of node.entries)
        if (key.text !== 'image' && key.text !== 'script') walk(value);
    if (node.kind !== 'scalar' || node === own) return;
    const before = text.slice(node.start, node.end);
    const after = replaceSegment(before, own.text, name);
    if (after !== before) edits.push({ ...spanOf(node), text: after });
  };
  walk(body);
  return edits;
}

function replaceSegment(text: string, old: string, name: string): string {
  const segments = text.split('/');
  if (segments.length < 2) return text;
  // Quotes stay where they are.
  return segments
    .map((each) => (each.replace(/["']/g, '') === old ? each.replace(old, () => name) : each))
    .join('/');
}

/** A text as YAML has it: without quotes where it can be nothing else. Rule: https://yaml.org/type/bool.html for older readers. */
function scalar(text: string): string {
  const isWord = /^[a-z][a-z0-9-]*$/i.test(text) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(text);
  return isWord ? text : JSON.stringify(text);
}

function spanOf({ start, end }: TreeNode): { readonly start: number; readonly end: number } {
  return { start, end };
}

function edited(text: string, edits: readonly Edit[]): string {
  return [...edits]
    .sort((a, b) => b.start - a.start)
    .reduce((whole, { start, end, text: put }) => whole.slice(0, start) + put + whole.slice(end), text);
}
