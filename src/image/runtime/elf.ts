/**
 * Reads what a program or library of Linux needs before it can start. Rule: System V ABI, "Object Files" and
 * "Program Loading and Dynamic Linking"; 64 bits, little end first, as on x86-64 and AArch64.
 */
import type { Architecture } from '../platform.ts';

/** Reads bytes of a file; fewer where it ends. */
type ReadAt = (position: number, length: number) => Promise<Buffer>;

export interface Elf {
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
