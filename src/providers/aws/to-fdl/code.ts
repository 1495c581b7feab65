/** The code of a function, as AWS Lambda gives it back: a zip archive behind an address that works for some minutes. */
import { inflateRawSync } from 'node:zlib';
import { readBounded } from '../../../bounds.ts';
import { FdlError, messageOf } from '../../../errors.ts';
import { openAgent } from '../../../network.ts';

/** Bytes: archives with an image of udocker in them may be larger, and are not looked at. */
const LIMITS = { bytes: 64 * 1024 * 1024, ms: 120_000 } as const;

/** Downloads an archive. @throws FdlError `code-unreadable` */
export async function downloadCode(location: string, signal: AbortSignal): Promise<Buffer> {
  const unreadable = (why: string, cause?: unknown) =>
    new FdlError('code-unreadable', `its code cannot be downloaded: ${why}`, { cause });
  const agent = await openAgent();
  try {
    const { origin, pathname, search } = new URL(location);
    const answer = await agent.request({ origin, path: pathname + search, method: 'GET', signal });
    if (answer.statusCode !== 200) throw unreadable(`HTTP status ${answer.statusCode}`);
    return await readBounded(answer.body, LIMITS, unreadable);
  } catch (thrown) {
    if (signal.aborted) throw signal.reason;
    throw thrown instanceof FdlError ? thrown : unreadable(messageOf(thrown), thrown);
  } finally {
    await agent.destroy();
  }
}

const END = 0x06054b50;
const ENTRY = 0x02014b50;

/**
 * A file of a zip archive; nothing where there is none, or where it is no archive. Rule: PKWARE's APPNOTE, 4.3; without the
 * extensions for more than 4 GiB, which no function has.
 */
export function fileOfZip(archive: Buffer, wanted: string): Buffer | undefined {
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0 || end + 22 > archive.length || archive.readUInt32LE(end) !== END) return undefined;
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (at + 46 > archive.length || archive.readUInt32LE(at) !== ENTRY) return undefined;
    const nameLength = archive.readUInt16LE(at + 28);
    if (archive.toString('utf8', at + 46, at + 46 + nameLength) === wanted) return contentOf(archive, at);
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return undefined;
}

function contentOf(archive: Buffer, entry: number): Buffer | undefined {
  const local = archive.readUInt32LE(entry + 42);
  if (local + 30 > archive.length) return undefined;
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const packed = archive.subarray(start, start + archive.readUInt32LE(entry + 20));
  if (archive.readUInt16LE(entry + 10) === 0) return packed;
  // A file that says it is small and is not ends here.
  return inflateRawSync(packed, { maxOutputLength: LIMITS.bytes });
}
