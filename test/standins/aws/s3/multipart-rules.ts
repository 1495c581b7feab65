/**
 * Uploads in parts, with the rules for checksums that moto does not know: parts may have a checksum only of the algorithm
 * that was named when the upload began, and the end names the checksum of each part.
 * Rules, with the answers of S3: https://github.com/apache/opendal/pull/4533 (no algorithm was named),
 * https://github.com/apache/opendal/pull/4580 (no checksums at the end) and
 * https://github.com/versity/versitygw/issues/1342 (a part without one).
 */
import { type ApiRequest, type Rules, settled } from '../core/api.ts';
import { AwsFault } from '../core/fault.ts';
import { childrenOf, findAll, parseXml, textAt } from '../core/xml.ts';

const ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;

export function multipartRules(): Rules {
  /** Algorithm by the id of the upload; nothing where none was named. */
  const uploads = new Map<string, string | undefined>();
  return {
    's3:CreateMultipartUpload': async (request, next) => {
      const reply = await settled(await next());
      if (reply.status >= 300) return reply;
      const id = textAt(parseXml(reply.body.toString()), 'UploadId') ?? '';
      uploads.set(id, request.headers['x-amz-checksum-algorithm']?.toUpperCase());
      return reply;
    },
    's3:UploadPart': async (request, next) => {
      checkPart(uploads, request);
      return next();
    },
    's3:CompleteMultipartUpload': async (request, next) => {
      const algorithm = uploads.get(request.query.get('uploadId') ?? '');
      if (algorithm !== undefined) checkEnd(algorithm, (await request.body()).toString());
      return next();
    },
  };
}

/** The algorithm of the checksum that comes with a body, in a header or after it. */
function algorithmOf({ headers }: ApiRequest): string | undefined {
  const after = headers['x-amz-trailer']?.replace('x-amz-checksum-', '').toUpperCase();
  return after ?? ALGORITHMS.find((each) => `x-amz-checksum-${each.toLowerCase()}` in headers);
}

function checkPart(uploads: ReadonlyMap<string, string | undefined>, request: ApiRequest): void {
  const wanted = uploads.get(request.query.get('uploadId') ?? '');
  const given = algorithmOf(request);
  if (given === wanted) return;
  const name = (algorithm: string | undefined) => algorithm?.toLowerCase() ?? 'null';
  const message = `Checksum Type mismatch occurred, expected checksum Type: ${name(wanted)}, actual checksum Type: ${name(given)}`;
  throw new AwsFault('InvalidRequest', message);
}

function checkEnd(algorithm: string, source: string): void {
  const field = `Checksum${algorithm}`;
  for (const part of findAll(parseXml(source), 'Part')) {
    if (childrenOf(part, field).length > 0) continue;
    const number = textAt(part, 'PartNumber');
    const message = `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`;
    throw new AwsFault('InvalidRequest', message);
  }
}
