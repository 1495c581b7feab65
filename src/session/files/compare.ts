/** Whether what is to be moved is there already. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** What is known of a file or an object without reading it. */
export interface State {
  /** Bytes. */
  readonly size: number;
  readonly modified: Date;
  /** Of objects. */
  readonly etag?: string | undefined;
  /** Of files of this machine. */
  readonly file?: string | undefined;
}

export interface CompareOptions {
  /** Compare content by checksums, rather than by time. */
  readonly checksum?: boolean | undefined;
}

/**
 * Whether the target has what the source has: the same size, and it is not older than the source (stores know seconds);
 * with `checksum`, the same content by checksums, as far as the store's tags tell.
 */
export async function isUnchanged(
  source: State,
  target: State,
  { checksum }: CompareOptions,
): Promise<boolean> {
  if (source.size !== target.size) return false;
  if (checksum) return hasSameContent(source, target);
  return secondsOf(target) >= secondsOf(source);
}

function secondsOf({ modified }: State): number {
  return Math.floor(modified.getTime() / 1000);
}

async function hasSameContent(source: State, target: State): Promise<boolean> {
  const [one, other] = [source, target];
  if (one.file !== undefined && other.file !== undefined)
    return (await md5Of(one.file)) === (await md5Of(other.file));
  if (one.file !== undefined) return hasTag(one.file, other);
  if (other.file !== undefined) return hasTag(other.file, one);
  return one.etag !== undefined && one.etag === other.etag;
}

const MIB = 1024 * 1024;

/** Bytes of parts that programs commonly send: of this one, the AWS CLI and SDKs, rclone, MinIO's mc. */
const COMMON_PARTS = [16, 8, 5, 10, 15, 32, 50, 64, 100, 128, 256, 512].map((parts) => parts * MIB);

/**
 * Whether a file has the content of an object. Rule: the tag of an object that was sent at once is its MD5, that of one in
 * parts the MD5 of the MD5s of its parts, a hyphen, and their number; all other tags tell nothing, and then it counts as changed.
 */
async function hasTag(file: string, { size, etag = '' }: State): Promise<boolean> {
  const [, digest, parts] = /^([0-9a-f]{32})(?:-(\d+))?$/i.exec(etag) ?? [];
  if (digest === undefined) return false;
  if (parts === undefined) return (await md5Of(file)) === digest.toLowerCase();
  const sizes = COMMON_PARTS.filter((part) => Math.ceil(size / part) === Number(parts));
  for (const part of sizes) if ((await md5OfParts(file, part)) === digest.toLowerCase()) return true;
  return false;
}

async function md5Of(file: string): Promise<string> {
  const hash = createHash('md5');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** `part`: bytes. */
async function md5OfParts(file: string, part: number): Promise<string> {
  const whole = createHash('md5');
  let [hash, left] = [createHash('md5'), part];
  for await (const chunk of createReadStream(file)) {
    for (let rest = chunk as Buffer; rest.length > 0; ) {
      if (left === 0) {
        whole.update(hash.digest());
        [hash, left] = [createHash('md5'), part];
      }
      const piece = rest.subarray(0, left);
      hash.update(piece);
      left -= piece.length;
      rest = rest.subarray(piece.length);
    }
  }
  return whole.update(hash.digest()).digest('hex');
}
