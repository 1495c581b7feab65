/** Finds Node in the files of an image, all libraries that it needs, and the licences of these. */
import { open } from 'node:fs/promises';
import path from 'node:path';
import { FdlError } from '../../errors.ts';
import type { Architecture } from '../platform.ts';
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

// Reads what a program or library of Linux needs before it can start. Rule: System V ABI, "Object Files" and
// "Program Loading and Dynamic Linking"; 64 bits, little end first, as on x86-64 and AArch64.

/** Reads bytes of a file; fewer where it ends. */
type ReadAt = (position: number, length: number) => Promise<Buffer>;

interface Elf {
  /** Absent for a processor that is not ours. */
  readonly architecture?: Architecture;
  /** Path of the program that loads this one and its libraries; libraries name none. */
  readonly loader?: string;
  /** Names of the libraries that it links to. */
  readonly needed: readonly string[];
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  /** Bytes in the file. */
  readonly size: number;
}

const MACHINES: Readonly<Record<number, Architecture>> = { 62: 'x86_64', 183: 'arm64' };
const SEGMENT = { load: 1, dynamic: 2, loader: 3 } as const;
const DYNAMIC = { end: 0, needed: 1, strings: 5 } as const;

/** Bytes: more than any table of segments or libraries has. */
const LARGEST_TABLE = 1024 * 1024;
const LONGEST_NAME = 4096;

/** Reads a file; nothing where it is no such program or library. */
export async function readElf(read: ReadAt): Promise<Elf | undefined> {
  const head = await read(0, 64);
  const is64LittleEndian =
    head.length === 64 && head.readUInt32BE(0) === 0x7f454c46 && head.readUInt16BE(4) === 0x0201;
  if (!is64LittleEndian) return undefined;
  const architecture = MACHINES[head.readUInt16LE(18)];
  const segments = await readSegments(read, head);
  const loader = segments.find(({ type }) => type === SEGMENT.loader);
  return {
    ...(architecture && { architecture }),
    ...(loader && { loader: await readName(read, loader.offset) }),
    needed: await readNeeded(read, segments),
  };
}

async function readSegments(read: ReadAt, head: Buffer): Promise<readonly Segment[]> {
  const at = Number(head.readBigUInt64LE(32));
  const [width, count] = [head.readUInt16LE(54), head.readUInt16LE(56)];
  const table = await read(at, width * count);
  return Array.from({ length: Math.floor(table.length / Math.max(width, 56)) }, (_, index) => {
    const entry = table.subarray(index * width);
    return {
      type: entry.readUInt32LE(0),
      offset: Number(entry.readBigUInt64LE(8)),
      address: Number(entry.readBigUInt64LE(16)),
      size: Number(entry.readBigUInt64LE(32)),
    };
  });
}

async function readNeeded(read: ReadAt, segments: readonly Segment[]): Promise<readonly string[]> {
  const dynamic = segments.find(({ type }) => type === SEGMENT.dynamic);
  if (!dynamic) return [];
  const entries = dynamicEntries(await read(dynamic.offset, Math.min(dynamic.size, LARGEST_TABLE)));
  const strings = entries.find(({ tag }) => tag === DYNAMIC.strings)?.value;
  const offset = strings === undefined ? undefined : offsetOf(strings, segments);
  if (offset === undefined) return [];
  const needed = entries.filter(({ tag }) => tag === DYNAMIC.needed);
  return Promise.all(needed.map(({ value }) => readName(read, offset + value)));
}

function dynamicEntries(table: Buffer) {
  const count = Math.floor(table.length / 16);
  const entries = Array.from({ length: count }, (_, index) => ({
    tag: Number(table.readBigInt64LE(index * 16)),
    value: Number(table.readBigUInt64LE(index * 16 + 8)),
  }));
  const end = entries.findIndex(({ tag }) => tag === DYNAMIC.end);
  return end < 0 ? entries : entries.slice(0, end);
}

/** Where in the file is what the program finds at an address. */
function offsetOf(address: number, segments: readonly Segment[]): number | undefined {
  const segment = segments.find(
    (each) => each.type === SEGMENT.load && address >= each.address && address < each.address + each.size,
  );
  return segment && address - segment.address + segment.offset;
}

async function readName(read: ReadAt, offset: number): Promise<string> {
  const bytes = await read(offset, LONGEST_NAME);
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}
