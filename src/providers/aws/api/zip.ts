/** Zip archives of one file, as AWS Lambda takes functions: the same bytes for the same file, wherever they are made. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

export interface Archive {
  readonly bytes: Uint8Array;
  /** SHA-256 in hexadecimal digits. */
  readonly digest: string;
}

/** Version of the format that is needed to read it: 2.0. */
const VERSION = 20;
/** The first day that the format knows: time would make every archive another one. */
const DAY = 0x21;
/** A file that everybody may read, as Unix notes it. Lambda runs functions as some user. */
const READABLE = (0o100644 << 16) >>> 0;
const UNIX = 3 << 8;

/** Packs a file as it is: another release of zlib would press it otherwise. Rule: PKWARE's APPNOTE, 4.3. */
export function archiveOf(name: string, content: Uint8Array): Archive {
  const path = Buffer.from(name);
  const about = aboutFile(path, content);
  const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), about, path, content]);
  const entry = Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), version(), about, placement(), path]);
  const bytes = Buffer.concat([local, entry, endOf(local.length, entry.length)]);
  return { bytes, digest: createHash('sha256').update(bytes).digest('hex') };
}

/** What both headers of a file say: nothing of it is packed. */
function aboutFile(path: Buffer, content: Uint8Array): Buffer {
  const about = Buffer.alloc(26);
  about.writeUInt16LE(VERSION, 0);
  about.writeUInt16LE(DAY, 8);
  about.writeUInt32LE(crc32(content), 10);
  about.writeUInt32LE(content.length, 14);
  about.writeUInt32LE(content.length, 18);
  about.writeUInt16LE(path.length, 22);
  return about;
}

/** By what the archive was made. */
function version(): Buffer {
  const made = Buffer.alloc(2);
  made.writeUInt16LE(UNIX | VERSION, 0);
  return made;
}

/** The rest of the entry: no comment, the first disk, the rights of the file, and that it is the first one. */
function placement(): Buffer {
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(READABLE, 6);
  return rest;
}

function endOf(start: number, length: number): Buffer {
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(length, 12);
  end.writeUInt32LE(start, 16);
  return end;
}
