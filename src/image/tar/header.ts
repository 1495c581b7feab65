/** The header blocks of tar archives. Rule: POSIX.1-2017, pax, "ustar Interchange Format", and GNU tar's extensions. */

/** Bytes of a header, and what all content is padded to. */
export const BLOCK = 512;

export type EntryKind = 'file' | 'directory' | 'symlink' | 'hardlink' | 'other';

export interface Header {
  readonly name: string;
  readonly kind: EntryKind;
  /** The letter that says the kind; `x`, `g`, `L` and `K` are about the entry that follows. */
  readonly type: string;
  readonly mode: number;
  /** Bytes of content. */
  readonly size: number;
  /** Where a link points to. */
  readonly target: string;
}

const KINDS: Readonly<Record<string, EntryKind>> = {
  '\0': 'file',
  '0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '5': 'directory',
  '7': 'file',
};

/** Where the fields of a header are: offset and length. */
const FIELD = {
  name: [0, 100],
  mode: [100, 8],
  owner: [108, 8],
  group: [116, 8],
  size: [124, 12],
  time: [136, 12],
  sum: [148, 8],
  type: [156, 1],
  target: [157, 100],
  magic: [257, 8],
  prefix: [345, 155],
} as const;

/**
 * Reads a header.
 * @throws Error the block is none: its checksum is wrong
 */
export function readHeader(block: Buffer): Header {
  if (number(block, FIELD.sum) !== checksum(block)) throw new Error('a header of the archive is damaged');
  const type = block.toString('latin1', 156, 157);
  const magic = block.toString('latin1', 257, 263);
  // GNU's format of old uses these bytes for something else.
  const prefix = magic === 'ustar\0' ? text(block, FIELD.prefix) : '';
  const name = text(block, FIELD.name);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    kind: KINDS[type] ?? 'other',
    type,
    mode: number(block, FIELD.mode),
    size: number(block, FIELD.size),
    target: text(block, FIELD.target),
  };
}

/** Writes a header with owner, group and time 0. Names over 100 bytes are cut: `pax.ts` writes them whole. */
export function writeHeader(header: Omit<Header, 'kind'>): Buffer {
  const block = Buffer.alloc(BLOCK);
  const put = ([offset, length]: readonly [number, number], value: string) =>
    block.write(value, offset, length, 'utf8');
  const octal = (value: number, length: number) => value.toString(8).padStart(length - 1, '0');
  put(FIELD.name, header.name);
  put(FIELD.mode, octal(header.mode, 8));
  put(FIELD.owner, octal(0, 8));
  put(FIELD.group, octal(0, 8));
  put(FIELD.size, octal(header.size, 12));
  put(FIELD.time, octal(0, 12));
  put(FIELD.type, header.type);
  put(FIELD.target, header.target);
  put(FIELD.magic, 'ustar\x0000');
  put(FIELD.sum, `${octal(checksum(block), 7)}\0 `);
  return block;
}

function text(block: Buffer, [offset, length]: readonly [number, number]): string {
  const bytes = block.subarray(offset, offset + length);
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? length : end);
}

function number(block: Buffer, field: readonly [number, number]): number {
  const [offset, length] = field;
  // GNU tar and others write what octal digits cannot hold as a binary number, marked by the first bit.
  if ((block[offset] ?? 0) & 0x80) return Number(block.readBigUInt64BE(offset + length - 8));
  return Number.parseInt(text(block, field).trim() || '0', 8);
}

/** The sum of all bytes, those of the sum itself counted as spaces. */
function checksum(block: Buffer): number {
  const [offset, length] = FIELD.sum;
  const own = block.subarray(offset, offset + length);
  const sum = (bytes: Buffer) => bytes.reduce((total, byte) => total + byte, 0);
  return sum(block) - sum(own) + 0x20 * length;
}

// Extended headers of tar archives: names and sizes that do not fit a block. Rule: POSIX.1-2017, pax.

/** Reads records: `LENGTH KEY=VALUE\n`, the length counting itself. */
export function readPax(bytes: Buffer): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(0x20, at);
    const length = Number.parseInt(bytes.toString('latin1', at, space), 10);
    if (space < 0 || !(length > space - at)) throw new Error('an extended header of the archive is damaged');
    const record = bytes.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    values[record.slice(0, equals)] = record.slice(equals + 1);
    at += length;
  }
  return values;
}

/** Writes records. */
export function writePax(values: Readonly<Record<string, string>>): Buffer {
  return Buffer.from(Object.entries(values).map(record).join(''));
}

function record([key, value]: readonly [string, string]): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  // The digits of the length count too, and may make it one digit longer.
  const length = bytes + String(bytes).length;
  return `${bytes + String(length).length}${rest}`;
}
