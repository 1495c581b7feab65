/** Programs and libraries with nothing in them but what they need. */

export interface ElfParts {
  /** 62 is x86-64, 183 AArch64. */
  readonly machine?: number;
  readonly loader?: string;
  readonly needed: readonly string[];
}

/** Where the file is in memory when it is loaded; different from its offsets, as in real ones. */
const ADDRESS = 0x400000;

/** The bytes of an ELF file of 64 bits, little end first: header, segments, loader's name, names, table of libraries. */
export function craftElf({ machine = 62, loader, needed }: ElfParts): Buffer {
  const segments = loader === undefined ? 2 : 3;
  const loaderAt = 64 + segments * 56;
  const names = `\0${needed.map((name) => `${name}\0`).join('')}`;
  const path = loader === undefined ? '' : `${loader}\0`;
  const namesAt = loaderAt + path.length;
  const tableAt = namesAt + names.length;
  const entries = [
    ...needed.map((name) => [1, names.indexOf(`\0${name}\0`) + 1] as const),
    [5, ADDRESS + namesAt] as const,
    [0, 0] as const,
  ];
  const size = tableAt + entries.length * 16;
  const load = segment(1, 0, size);
  const dynamic = segment(2, tableAt, entries.length * 16);
  const interpreter = loader === undefined ? [] : [segment(3, loaderAt, path.length)];
  const table = Buffer.concat(entries.map(([tag, value]) => numbers(tag, value)));
  return Buffer.concat([
    header(machine, segments),
    load,
    dynamic,
    ...interpreter,
    Buffer.from(path + names),
    table,
  ]);
}

function header(machine: number, segments: number): Buffer {
  const bytes = Buffer.alloc(64);
  bytes.write('\x7fELF\x02\x01\x01', 'latin1');
  bytes.writeUInt16LE(3, 16);
  bytes.writeUInt16LE(machine, 18);
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(segments, 56);
  return bytes;
}

function segment(type: number, offset: number, size: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(type);
  return Buffer.concat([head, numbers(offset, ADDRESS + offset, ADDRESS + offset, size, size, 8)]);
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  for (const [index, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), index * 8);
  return bytes;
}
