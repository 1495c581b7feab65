/**
 * An S3 server in memory: buckets, objects, lists, uploads in parts, tags. It takes every signature.
 * Rules: "Error responses" in S3's API reference.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

interface Stored {
  readonly bytes: Buffer;
  readonly type: string;
  readonly modified: Date;
  readonly etag: string;
}

interface Bucket {
  readonly objects: Map<string, Stored>;
  readonly uploads: Map<string, Map<number, Buffer>>;
  tags: string;
}

export interface MemoryS3 {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

interface Request {
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

type Buckets = Map<string, Bucket>;

export async function startMemoryS3(): Promise<MemoryS3> {
  const buckets: Buckets = new Map();
  const server = createServer(async (incoming, response) => {
    const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://s3');
    const [bucket = '', ...key] = pathname.slice(1).split('/').map(decodeURIComponent);
    const headers = incoming.headers as Record<string, string | undefined>;
    const body = plainBody(await buffer(incoming), headers);
    const request = { method: incoming.method ?? '', bucket, key: key.join('/'), query: searchParams };
    const reply = answer(buckets, { ...request, headers, body });
    const length = Buffer.byteLength(reply.body ?? '');
    response.writeHead(reply.status, { 'content-length': length, ...reply.headers });
    response.end(incoming.method === 'HEAD' ? undefined : reply.body);
  });
  // On a busy machine a client would use a connection that was just given up.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Without the frames of `aws-chunked`. */
function plainBody(body: Buffer, headers: Readonly<Record<string, string | undefined>>): Buffer {
  if (!headers['content-encoding']?.includes('aws-chunked')) return body;
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.toString('latin1', at, end), 16);
    if (!size) break;
    parts.push(body.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  return Buffer.concat(parts);
}

function answer(buckets: Buckets, request: Request): Reply {
  const { method, bucket: name, key } = request;
  if (name === '') return listBuckets(buckets);
  const bucket = buckets.get(name);
  if (key === '' && method === 'PUT' && request.query.size === 0) return createBucket(buckets, name);
  if (!bucket) return failure(404, 'NoSuchBucket');
  return key === '' ? onBucket(buckets, bucket, request) : onObject(buckets, bucket, request);
}

function listBuckets(buckets: Buckets): Reply {
  const rows = [...buckets.keys()].sort().map((name) => `<Bucket><Name>${name}</Name></Bucket>`);
  return xml(
    `<ListAllMyBucketsResult><Owner><ID>minio</ID></Owner><Buckets>${rows.join('')}</Buckets></ListAllMyBucketsResult>`,
  );
}

function createBucket(buckets: Buckets, name: string): Reply {
  if (buckets.has(name)) return failure(409, 'BucketAlreadyOwnedByYou');
  buckets.set(name, { objects: new Map(), uploads: new Map(), tags: '' });
  return { status: 200 };
}

function onBucket(buckets: Buckets, bucket: Bucket, request: Request): Reply {
  const { method, query, body, bucket: name } = request;
  if (query.has('tagging')) return tagging(bucket, method, body);
  if (query.has('location')) return xml('<LocationConstraint></LocationConstraint>');
  if (method === 'HEAD') return { status: 200 };
  if (method === 'GET') return listObjects(name, bucket, query);
  if (method === 'POST' && query.has('delete')) {
    for (const [, key = ''] of body.toString().matchAll(/<Key>(.*?)<\/Key>/g))
      bucket.objects.delete(text(key));
    return xml('<DeleteResult></DeleteResult>');
  }
  if (method !== 'DELETE') return failure(405, 'MethodNotAllowed');
  if (bucket.objects.size > 0) return failure(409, 'BucketNotEmpty');
  buckets.delete(name);
  return { status: 204 };
}

function tagging(bucket: Bucket, method: string, body: Buffer): Reply {
  if (method === 'GET') return bucket.tags ? xml(bucket.tags) : failure(404, 'NoSuchTagSet');
  bucket.tags = method === 'PUT' ? body.toString() : '';
  return { status: 204 };
}

function listObjects(name: string, bucket: Bucket, query: URLSearchParams): Reply {
  const prefix = query.get('prefix') ?? '';
  const start = query.get('continuation-token') ?? query.get('start-after') ?? query.get('marker') ?? '';
  const limit = Number(query.get('max-keys') ?? 1000);
  const keys = [...bucket.objects.keys()].filter((key) => key.startsWith(prefix) && key > start).sort();
  const page = keys.slice(0, limit);
  const rows = page.map((key) => {
    const object = bucket.objects.get(key);
    return `<Contents><Key>${escaped(key)}</Key><LastModified>${object?.modified.toISOString()}</LastModified><ETag>&quot;${object?.etag}&quot;</ETag><Size>${object?.bytes.length}</Size></Contents>`;
  });
  const isTruncated = keys.length > limit;
  const next = isTruncated
    ? `<NextContinuationToken>${escaped(page.at(-1) ?? '')}</NextContinuationToken>`
    : '';
  return xml(
    `<ListBucketResult><Name>${escaped(name)}</Name><IsTruncated>${isTruncated}</IsTruncated><KeyCount>${page.length}</KeyCount>${next}${rows.join('')}</ListBucketResult>`,
  );
}

function onObject(buckets: Buckets, bucket: Bucket, request: Request): Reply {
  const { method, key, query, headers } = request;
  if (query.has('uploadId') || query.has('uploads')) return onUpload(bucket, request);
  if (method === 'DELETE') {
    bucket.objects.delete(key);
    return { status: 204 };
  }
  if (method === 'PUT')
    return headers['x-amz-copy-source'] ? copy(buckets, bucket, request) : put(bucket, request);
  const object = bucket.objects.get(key);
  if (!object) return failure(404, 'NoSuchKey');
  const [, first, last] = /bytes=(\d+)-(\d*)/.exec(headers['range'] ?? '') ?? [];
  const shared = {
    etag: `"${object.etag}"`,
    'last-modified': object.modified.toUTCString(),
    'content-type': object.type,
  };
  if (method === 'HEAD') {
    return { status: 200, headers: { ...shared, 'content-length': String(object.bytes.length) } };
  }
  if (first === undefined) return { status: 200, headers: shared, body: object.bytes };
  const end = Math.min(last ? Number(last) : object.bytes.length - 1, object.bytes.length - 1);
  const range = `bytes ${first}-${end}/${object.bytes.length}`;
  const body = object.bytes.subarray(Number(first), end + 1);
  return { status: 206, headers: { ...shared, 'content-range': range }, body };
}

function put(bucket: Bucket, { key, body, headers }: Request): Reply {
  const etag = keep(bucket, key, body, headers['content-type']);
  return { status: 200, headers: { etag: `"${etag}"` } };
}

function keep(bucket: Bucket, key: string, bytes: Buffer, type = 'application/octet-stream'): string {
  const etag = createHash('md5').update(bytes).digest('hex');
  bucket.objects.set(key, { bytes, type, modified: new Date(), etag });
  return etag;
}

function copy(buckets: Buckets, bucket: Bucket, { key, headers }: Request): Reply {
  const [from = '', ...path] = decodeURIComponent(headers['x-amz-copy-source'] ?? '')
    .replace(/^\//, '')
    .split('/');
  const source = buckets.get(from)?.objects.get(path.join('/'));
  if (!source) return failure(404, 'NoSuchKey');
  const etag = keep(bucket, key, source.bytes, source.type);
  return xml(`<CopyObjectResult><ETag>&quot;${etag}&quot;</ETag></CopyObjectResult>`);
}

function onUpload(bucket: Bucket, { method, key, query, body }: Request): Reply {
  const id = query.get('uploadId') ?? '';
  if (query.has('uploads')) {
    const made = randomUUID();
    bucket.uploads.set(made, new Map());
    return xml(`<InitiateMultipartUploadResult><UploadId>${made}</UploadId></InitiateMultipartUploadResult>`);
  }
  const parts = bucket.uploads.get(id);
  if (!parts) return failure(404, 'NoSuchUpload');
  if (method === 'PUT') {
    parts.set(Number(query.get('partNumber')), body);
    return { status: 200, headers: { etag: `"${createHash('md5').update(body).digest('hex')}"` } };
  }
  bucket.uploads.delete(id);
  if (method === 'DELETE') return { status: 204 };
  const ordered = [...parts.entries()].sort(([a], [b]) => a - b).map(([, part]) => part);
  const etag = keep(bucket, key, Buffer.concat(ordered));
  return xml(
    `<CompleteMultipartUploadResult><ETag>&quot;${etag}&quot;</ETag></CompleteMultipartUploadResult>`,
  );
}

function xml(body: string): Reply {
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
}

/** An error as S3 writes it. */
export function failure(status: number, code: string, message = code): Reply {
  const body = `<Error><Code>${code}</Code><Message>${escaped(message)}</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body };
}

function escaped(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A value of XML as text. */
export function text(value: string): string {
  const named = value.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"');
  return named
    .replaceAll('&apos;', "'")
    .replace(/&#x([0-9a-f]+);/gi, (_, code) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replaceAll('&amp;', '&');
}
