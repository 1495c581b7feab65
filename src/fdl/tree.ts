/** YAML as a tree in which every key and value knows where it stands. */

/** Offsets are into the source; `end` is the first offset behind the node. */
interface Span {
  readonly start: number;
  readonly end: number;
}

export interface ScalarNode extends Span {
  readonly kind: 'scalar';
  /** As written, without quotes: `1.10` stays `1.10`. */
  readonly text: string;
  /** Without quotes: such a text may stand for a number, a boolean or nothing. */
  readonly plain: boolean;
}

export interface ListNode extends Span {
  readonly kind: 'list';
  readonly items: readonly TreeNode[];
}

export interface Entry {
  readonly key: ScalarNode;
  readonly value: TreeNode;
}

export interface MapNode extends Span {
  readonly kind: 'map';
  readonly entries: readonly Entry[];
}

export type TreeNode = ScalarNode | ListNode | MapNode;

/** Keys and indexes from the root to a node. */
export type Path = readonly (string | number)[];

/** The entry of a map with this key. */
export function entryOf(node: TreeNode | undefined, key: string): Entry | undefined {
  return node?.kind === 'map' ? node.entries.find((entry) => entry.key.text === key) : undefined;
}

/** The value of a map at this key. */
export function childOf(node: TreeNode | undefined, key: string): TreeNode | undefined {
  return entryOf(node, key)?.value;
}

/** The map with another value at a key that it has. */
export function replaceEntry(map: MapNode, key: string, value: TreeNode): MapNode {
  return {
    ...map,
    entries: map.entries.map((entry) => (entry.key.text === key ? { ...entry, value } : entry)),
  };
}

/** The node at a path, if there is one. */
export function nodeAt(root: TreeNode, path: Path): TreeNode | undefined {
  return path.reduce<TreeNode | undefined>(
    (node, step) => (node?.kind === 'list' ? node.items[Number(step)] : childOf(node, String(step))),
    root,
  );
}

/**
 * The scalar at a path; for a map or a list its key, since that is what people look for. Where the path leads nowhere,
 * the key of the deepest section on the way.
 */
export function locate(root: TreeNode, path: Path): TreeNode {
  let node: TreeNode = root;
  let key: TreeNode = root;
  for (const step of path) {
    const entry: Entry | undefined = entryOf(node, String(step));
    const item = node.kind === 'list' ? node.items[Number(step)] : undefined;
    const next: TreeNode | undefined = entry?.value ?? item;
    if (!next) return key;
    key = entry?.key ?? next;
    node = next;
  }
  return node.kind === 'scalar' ? node : key;
}

const NULL = /^(~|null|Null|NULL)?$/;
const TRUE = /^(true|True|TRUE)$/;
const FALSE = /^(false|False|FALSE)$/;
const INTEGER = /^([-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$/;
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;

/** Whether a node is empty: nothing, `~` or `null`. */
export function isNull(node: TreeNode): boolean {
  return node.kind === 'scalar' && node.plain && NULL.test(node.text);
}

/** The value of a scalar by YAML 1.2's core schema. */
export function scalarValue({ text, plain }: ScalarNode): string | number | boolean | null {
  if (!plain) return text;
  if (NULL.test(text)) return null;
  if (TRUE.test(text)) return true;
  if (FALSE.test(text)) return false;
  if (INTEGER.test(text) || FLOAT.test(text)) return Number(text);
  return text;
}

/** Plain data, as a schema validator wants it. Maps have no prototype, so that a key `__proto__` is a key like others. */
export function toData(node: TreeNode): unknown {
  if (node.kind === 'scalar') return scalarValue(node);
  if (node.kind === 'list') return node.items.map(toData);
  const data: Record<string, unknown> = Object.create(null);
  for (const { key, value } of node.entries) data[key.text] = toData(value);
  return data;
}
