/** The files of an image as a container sees them: its layers, one over the other. */
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { FdlError, messageOf } from '../../errors.ts';
import { withRetry } from '../../retry.ts';
import { allDone, openSlots } from '../../slots.ts';
import type { Descriptor } from '../manifest.ts';
import { openBlob } from '../registry/blobs.ts';
import type { RegistryClient } from '../registry/client.ts';
import { verified } from '../registry/digest.ts';
import type { Repository } from '../registry/endpoint.ts';
import { RegistryError } from '../registry/error.ts';
import type { EntryKind } from '../tar/header.ts';
import { readTar, type TarEntry } from '../tar/reader.ts';

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

// Reads the layers of a runtime image, and saves those files that Node may need.

/** Layers that are read at the same time. */
const LAYERS = 3;

/** Node itself, also under the name that Debian gives it. */
const PROGRAM = /(^|\/)bin\/(node|nodejs)$/;
/** Libraries where loaders look for them: `lib` folders and those of one architecture in them. */
const LIBRARY = /(^|\/)lib(32|64|x32)?(\/[^/]+)?\/[^/]+\.so(\.[^/]*)?$/;
/** Their terms: in the folder above Node's, and where Debian has them. */
const LICENCE =
  /^(([^/]+\/){0,3}LICENSE|usr\/share\/(doc\/(nodejs|libc6|lib(stdc\+\+|gcc|atomic)[^/]*|gcc-[^/]+)\/copyright|common-licenses\/L?GPL-[0-9.]+))$/;

/**
 * The files of an image; programs called `node`, libraries and their licences are saved in `folder`.
 * @throws RegistryError `image-not-found`, `image-denied`, `registry-failed`
 */
export async function scanImage(
  client: RegistryClient,
  at: Repository,
  layers: readonly Descriptor[],
  folder: string,
): Promise<Tree> {
  const slot = openSlots(LAYERS);
  const scanned = layers.map((layer, index) => {
    const scan = () => scanLayer(client, at, layer, path.join(folder, `${index}-`));
    return slot(() => withRetry(scan, client.retry));
  });
  return mergeLayers(await allDone(scanned));
}

async function scanLayer(
  client: RegistryClient,
  at: Repository,
  layer: Descriptor,
  prefix: string,
): Promise<readonly TreeEntry[]> {
  const blob = Readable.from(verified(await openBlob(client, at, layer.digest, 1), layer));
  const scan = (archive: AsyncIterable<Uint8Array>) => scanArchive(archive, prefix);
  try {
    // A media type ends in `+gzip` (OCI) or `.gzip` (Docker), or the archive is not packed.
    if (!layer.mediaType.endsWith('gzip')) return await pipeline(blob, scan);
    return await pipeline(blob, createGunzip(), scan);
  } catch (error) {
    if (error instanceof FdlError) throw error;
    // Damage is often noticed before the end of the layer, where its digest would tell.
    const message = `the layer ${layer.digest} of ${at.repository} cannot be read: ${messageOf(error)}`;
    throw new RegistryError('registry-failed', message, { retryable: true, cause: error });
  }
}

async function scanArchive(
  archive: AsyncIterable<Uint8Array>,
  prefix: string,
): Promise<readonly TreeEntry[]> {
  const entries: TreeEntry[] = [];
  for await (const entry of readTar(archive)) {
    const { path: name, kind, target } = entry;
    const file = isWanted(entry) ? `${prefix}${entries.length}` : undefined;
    if (file !== undefined) await pipeline(Readable.from(entry.content()), createWriteStream(file));
    entries.push({ path: name, kind, target, ...(file !== undefined && { file }) });
  }
  return entries;
}

function isWanted({ kind, path: name }: TarEntry): boolean {
  return kind === 'file' && [PROGRAM, LIBRARY, LICENCE].some((each) => each.test(name));
}
