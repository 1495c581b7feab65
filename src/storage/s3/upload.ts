/** Uploads to S3: small files at once, large ones in parts that go side by side. */
import { lookup } from 'mrmime';
import type { Stretch } from '../file-stretch.ts';
import { metadataHeaders } from '../metadata.ts';
import { uploadInParts } from './multipart.ts';
import { PART, sendStretch, type Upload } from './stretch.ts';

const MIB = 1024 * 1024;
/** S3 allows parts of 5 MiB to 5 GiB, and so many of them. */
const MOST_PARTS = 10_000;
/** A file goes in parts when it has more than this many: parts go side by side, and are repeated one by one. */
const FEWEST_PARTS = 4;

/** Uploads the file. Answers the object's tag. @throws what `failure` makes */
export async function uploadFile(upload: Upload): Promise<string> {
  const { http, target, file, size, partBytes = PART } = upload;
  const headers = {
    'content-type': contentType(file, target.key),
    ...metadataHeaders(METADATA, upload.options.metadata),
  };
  if (size > FEWEST_PARTS * partBytes) return uploadInParts(upload, headers, partsOf(file, size, partBytes));
  const request = { operation: 'PutObject', ...target, headers } as const;
  const how = (await http.isAws(target.bucket).catch(rethrow(upload))) ? 'checksum' : 'hash';
  return (await sendStretch(upload, request, { file, start: 0, length: size }, how)).etag;
}

/** Equal parts, larger than usual where there would be too many. */
export function partsOf(file: string, size: number, partBytes = PART): readonly Stretch[] {
  const part = Math.max(partBytes, Math.ceil(size / MOST_PARTS / MIB) * MIB);
  return Array.from({ length: Math.ceil(size / part) }, (_, index) => {
    const start = index * part;
    return { file, start, length: Math.min(part, size - start) };
  });
}

/** Rule: "Working with object metadata" in Amazon S3's user guide. */
export const METADATA = 'x-amz-meta-';

function contentType(file: string, key: string): string {
  return lookup(key) ?? lookup(file) ?? 'application/octet-stream';
}

function rethrow({ failure }: Upload): (thrown: unknown) => never {
  return (thrown) => {
    throw failure(thrown);
  };
}
