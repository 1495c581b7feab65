/** Finds Node in the files of an image, all libraries that it needs, and the licences of these. */

import { open } from 'node:fs/promises';
import path from 'node:path';
import { FdlError } from '../../errors.ts';
import type { Architecture } from '../platform.ts';
import { type Elf, readElf } from './elf.ts';
import { lookUp, type Tree } from './tree.ts';

/** Node and what it needs: files of this machine. */
export interface RuntimeFiles {
  readonly node: string;
  /** Name of the program that loads Node; one of the libraries. */
  readonly loader: string;
  /** Files by the names that programs know them by. */
  readonly libraries: ReadonlyMap<string, string>;
  /** Texts that must go with what is copied, by what they are for. */
  readonly licences: ReadonlyMap<string, string>;
}

/** Where the image is from and what it is for. */
interface RuntimeQuestion {
  readonly image: string;
  readonly architecture: Architecture;
  /** The image's `PATH`. */
  readonly searchPath: string;
}

const TRIPLETS: Readonly<Record<Architecture, string>> = {
  x86_64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
};

/** Where Debian keeps the terms of Node and of what it links to, and the texts that these name. */
const LICENCES: Readonly<Record<string, string>> = {
  node: '/usr/share/doc/nodejs/copyright',
  libc6: '/usr/share/doc/libc6/copyright',
  'libstdc++6': '/usr/share/doc/libstdc++6/copyright',
  'libgcc-s1': '/usr/share/doc/libgcc-s1/copyright',
  libatomic1: '/usr/share/doc/libatomic1/copyright',
  'GPL-2': '/usr/share/common-licenses/GPL-2',
  'GPL-3': '/usr/share/common-licenses/GPL-3',
  'LGPL-2.1': '/usr/share/common-licenses/LGPL-2.1',
};

/** What glibc before 2.34 opens by itself to find the address of a host: no program links to it. */
const OPENED_BY_LIBC: readonly string[] = ['libnss_files.so.2', 'libnss_dns.so.2'];

/**
 * Finds Node along the image's `PATH`, and its libraries where loaders look for them, those of libraries included.
 * @throws FdlError `runtime-invalid`: there is no Node, a library is missing, or it is for another processor
 */
export async function findRuntime(tree: Tree, question: RuntimeQuestion): Promise<RuntimeFiles> {
  const folders = [...question.searchPath.split(':'), '/usr/local/bin', '/usr/bin', '/bin'];
  const program = folders
    .map((folder) => path.posix.join(folder, 'node'))
    .find((at) => lookUp(tree, at)?.file);
  const node = program === undefined ? undefined : lookUp(tree, program)?.file;
  const elf = node === undefined ? undefined : await readFileElf(node);
  if (program === undefined || node === undefined || !elf)
    throw invalid(question, 'it has no program "node"');
  if (elf.architecture !== question.architecture)
    throw invalid(question, `its Node is not for ${question.architecture}`);
  if (elf.loader === undefined) throw invalid(question, 'its Node is linked statically');
  const loaderFile = lookUp(tree, elf.loader)?.file;
  if (loaderFile === undefined) throw invalid(question, `${elf.loader} is missing`);
  const loader = path.posix.basename(elf.loader);
  const bin = path.posix.dirname(program);
  const find = finder(tree, bin, question.architecture);
  const found = await withDependencies(elf.needed, new Map([[loader, loaderFile]]), find, question);
  const extra = OPENED_BY_LIBC.filter((name) => find(name) !== undefined);
  const libraries = await withDependencies(extra, found, find, question);
  return { node, loader, libraries, licences: findLicences(tree, bin) };
}

/** Node's own archives have `LICENSE` beside `bin`. What an image has removed, nobody can copy. */
function findLicences(tree: Tree, bin: string): ReadonlyMap<string, string> {
  const places = [...Object.entries(LICENCES), ['node', path.posix.join(bin, '../LICENSE')] as const];
  const found = places.flatMap(([name, at]) => {
    const file = lookUp(tree, at)?.file;
    return file === undefined ? [] : [[name, file] as const];
  });
  return new Map(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A function that finds the file of a library; those of the folder beside Node count first. */
function finder(tree: Tree, bin: string, architecture: Architecture) {
  const triplet = TRIPLETS[architecture];
  const usual = [
    `/lib/${triplet}`,
    `/usr/lib/${triplet}`,
    '/lib64',
    '/usr/lib64',
    '/lib',
    '/usr/lib',
    '/usr/local/lib',
  ];
  const folders = [path.posix.join(bin, '../lib'), ...usual];
  return (name: string) =>
    folders.map((folder) => lookUp(tree, `${folder}/${name}`)?.file).find((file) => file);
}

async function withDependencies(
  names: readonly string[],
  known: ReadonlyMap<string, string>,
  find: (name: string) => string | undefined,
  question: RuntimeQuestion,
): Promise<ReadonlyMap<string, string>> {
  let found = known;
  for (const name of names) {
    if (found.has(name)) continue;
    const file = find(name);
    const elf = file === undefined ? undefined : await readFileElf(file);
    if (file === undefined || !elf) throw invalid(question, `the library ${name} is missing`);
    found = await withDependencies(elf.needed, new Map([...found, [name, file]]), find, question);
  }
  return found;
}

async function readFileElf(file: string): Promise<Elf | undefined> {
  const handle = await open(file);
  try {
    return await readElf(async (position, length) => {
      // A damaged file may point anywhere.
      if (!Number.isSafeInteger(position)) return Buffer.alloc(0);
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
      return buffer.subarray(0, bytesRead);
    });
  } finally {
    await handle.close();
  }
}

function invalid({ image }: RuntimeQuestion, why: string): FdlError {
  return new FdlError('runtime-invalid', `the image ${image} cannot give Node to others: ${why}`, {
    hint: 'Name an image of Node, such as node:22-bookworm-slim, in FDL_RUNTIME_IMAGE.',
  });
}
