/** Uploads in parts that somebody began and did not end: what is there of the same file need not be sent again. */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../../json.ts';
import { readPieces, type Stretch } from '../file-stretch.ts';
import { checksumText, crc32Of } from './checksum.ts';
import { answerText, dropped, type S3Request } from './http.ts';
import type { Proof, Sent, Upload } from './stretch.ts';
import { elementsOf, readElement, textOf } from './xml.ts';

/** An upload in parts that goes on. */
export interface Multipart {
  readonly id: string;
  readonly how: Proof;
  /** The parts that are there, by their index. */
  readonly sent: ReadonlyMap<number, Sent>;
}

interface Begun {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** Milliseconds after which nobody goes on with an upload. */
const ABANDONED = 24 * 60 * 60 * 1000;

/**
 * The latest upload to this key with parts that are stretches of the file, if there is one. Older ones, of which nothing has
 * been heard for a day, are given up, since their parts are paid for. A server that does not say what it has is not asked
 * twice: its upload begins anew.
 */
export async function findUnfinished(
  upload: Upload,
  stretches: readonly Stretch[],
): Promise<Multipart | undefined> {
  const all = await begunUploads(upload).catch(() => []);
  upload.options.signal?.throwIfAborted();
  const [latest, ...older] = [...all].sort((a, b) => b.time - a.time);
  const found = latest && (await partsThere(upload, latest.id, stretches).catch(() => undefined));
  upload.options.signal?.throwIfAborted();
  const { http, target } = upload;
  for (const { id, time } of found || !latest ? older : [latest, ...older]) {
    if (Date.now() - time < ABANDONED) continue;
    const query = { uploadId: id };
    await http.send({ operation: 'AbortMultipartUpload', ...target, query }).then(dropped, () => undefined);
  }
  return found;
}

async function read(upload: Upload, request: Omit<S3Request, 'bucket' | 'signal'>): Promise<JsonObject> {
  const { http, target, options } = upload;
  const { bucket } = target;
  const answer = await http.send({ ...request, bucket, signal: options.signal });
  return readElement(await answerText(answer, bucket)) ?? {};
}

/** The uploads to this very key. There may be more of other keys, which have it as their prefix. */
async function begunUploads(upload: Upload): Promise<readonly Begun[]> {
  const { key } = upload.target;
  const query = { uploads: '', prefix: key, 'encoding-type': 'url' };
  const page = await read(upload, { operation: 'ListMultipartUploads', query });
  const isEncoded = page['EncodingType'] === 'url';
  return elementsOf(page['Upload']).flatMap((each) => {
    const name = textOf(each['Key']) ?? '';
    const id = textOf(each['UploadId']);
    const isSame = (isEncoded ? decodeURIComponent(name.replaceAll('+', ' ')) : name) === key;
    return isSame && id !== undefined ? [{ id, time: Date.parse(textOf(each['Initiated']) ?? '') || 0 }] : [];
  });
}

/** The parts of an upload that are stretches of the file; nothing where none is. */
async function partsThere(
  upload: Upload,
  id: string,
  stretches: readonly Stretch[],
): Promise<Multipart | undefined> {
  const sent = new Map<number, Sent>();
  let how: Proof = 'hash';
  let marker = '0';
  do {
    const query = { uploadId: id, 'part-number-marker': marker };
    const page = await read(upload, { operation: 'ListParts', key: upload.target.key, query });
    const kind = `${page['ChecksumAlgorithm']} ${page['ChecksumType']}`;
    // Another way of checksums, such as one for each part alone, is not what the rest would be sent with.
    if (page['ChecksumAlgorithm'] && kind !== 'CRC32 FULL_OBJECT') return undefined;
    how = page['ChecksumAlgorithm'] ? 'checksum' : 'hash';
    for (const part of elementsOf(page['Part'])) {
      const index = Number(textOf(part['PartNumber'])) - 1;
      const same = await sameStretch(stretches[index], part, how);
      if (same) sent.set(index, same);
    }
    const next = page['IsTruncated'] === 'true' ? textOf(page['NextPartNumberMarker']) : undefined;
    marker = Number(next) > Number(marker) ? (next as string) : '';
  } while (marker !== '');
  return sent.size > 0 ? { id, how, sent } : undefined;
}

/** What is known of a part, if it is this stretch: by its checksum, else by its tag, which is the MD5 of the part. */
async function sameStretch(
  stretch: Stretch | undefined,
  part: JsonObject,
  how: Proof,
): Promise<Sent | undefined> {
  if (!stretch || Number(textOf(part['Size'])) !== stretch.length) return undefined;
  const etag = (textOf(part['ETag']) ?? '').replaceAll('"', '');
  if (how === 'checksum') {
    const sum = await crc32Of(readPieces(stretch));
    return textOf(part['ChecksumCRC32']) === checksumText(sum) ? { etag, sum } : undefined;
  }
  const hash = createHash('md5');
  for await (const piece of readPieces(stretch)) hash.update(piece);
  return hash.digest('hex') === etag ? { etag, sum: undefined } : undefined;
}
