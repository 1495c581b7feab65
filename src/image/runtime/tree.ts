import type { EntryKind } from '../tar/header.ts';

export interface TreeEntry {
  /** Without `/` at its ends. */
  readonly path: string;
  readonly kind: EntryKind;
  /** Of a link: see `TarEntry`. */
  readonly target: string;
  /** Where the content was saved, if it was. */
  readonly file?: string;
}

/** By path. */
export type Tree = ReadonlyMap<string, TreeEntry>;

/** Links that lead to links, as many as Linux follows. */
const LONGEST_CHAIN = 40;

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

/**
 * Lays the entries of layers over each other, the lowest first. Rule: OCI image specification, "Applying Changesets":
 * `.wh.NAME` removes what lower layers have under a name, `.wh..wh..opq` what they have in the folder; an entry
 * replaces what is there, except that folders are merged.
 */
export function mergeLayers(layers: readonly (readonly TreeEntry[])[]): Tree {
  let tree: Tree = new Map();
  for (const layer of layers) tree = overlaid(tree, layer);
  return tree;
}

function overlaid(lower: Tree, layer: readonly TreeEntry[]): Tree {
  const entries = layer.filter((entry) => !isWhiteout(entry));
  const paths = (some: readonly TreeEntry[]) => new Set(some.map(({ path }) => path));
  const removed = new Set(layer.filter(isWhiteout).map(({ path }) => hiddenBy(path)));
  const others = paths(entries.filter((entry) => !isFolder(entry)));
  const folders = paths(entries.filter(isFolder));
  const hides = (above: string) => removed.has(above) || removed.has(`${above}/`) || others.has(above);
  const isKept = ([path, entry]: readonly [string, TreeEntry]) =>
    !removed.has(path) && !pathsAbove(path).some(hides) && (isFolder(entry) || !folders.has(path));
  const kept = [...lower].filter(isKept);
  return new Map([...kept, ...entries.map((entry) => [entry.path, entry] as const)]);
}

function isFolder({ kind }: TreeEntry): boolean {
  return kind === 'directory';
}

function isWhiteout({ path }: TreeEntry): boolean {
  return path.slice(path.lastIndexOf('/') + 1).startsWith(WHITEOUT);
}

/** The path that a whiteout hides; with `/` behind it for what is in a folder. */
function hiddenBy(path: string): string {
  const slash = path.lastIndexOf('/') + 1;
  const name = path.slice(slash);
  const folder = path.slice(0, slash);
  return name === OPAQUE ? folder : folder + name.slice(WHITEOUT.length);
}

/** The folders that a path is in, the outermost first; '' is the root. */
function pathsAbove(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return ['', ...parts.map((_, index) => parts.slice(0, index + 1).join('/'))];
}

/** The entry that a path leads to, over symbolic links in all its parts, and hard links at its end. */
export function lookUp(tree: Tree, path: string): TreeEntry | undefined {
  let rest = path.split('/').filter((part) => part !== '');
  let at: readonly string[] = [];
  for (let links = 0; rest.length > 0; ) {
    const [part = '', ...others] = rest;
    rest = others;
    if (part === '.' || part === '..') {
      at = part === '.' ? at : at.slice(0, -1);
      continue;
    }
    const entry = tree.get([...at, part].join('/'));
    if (entry?.kind !== 'symlink') {
      at = [...at, part];
      continue;
    }
    links += 1;
    if (links > LONGEST_CHAIN) return undefined;
    if (entry.target.startsWith('/')) at = [];
    rest = [...entry.target.split('/').filter((each) => each !== ''), ...rest];
  }
  const found = tree.get(at.join('/'));
  return found?.kind === 'hardlink' ? tree.get(found.target) : found;
}
