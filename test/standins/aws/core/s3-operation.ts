/** Which operation of S3 a request means. Buckets are the first part of the path. */
import type { Recognised } from './routes.ts';

/** Parts of a bucket that have a query parameter of their own, with the name in operations. */
const BUCKET_PARTS: Readonly<Record<string, string>> = {
  notification: 'BucketNotificationConfiguration',
  tagging: 'BucketTagging',
  policy: 'BucketPolicy',
  encryption: 'BucketEncryption',
  publicAccessBlock: 'PublicAccessBlock',
  location: 'BucketLocation',
  versioning: 'BucketVersioning',
  lifecycle: 'BucketLifecycleConfiguration',
  acl: 'BucketAcl',
  cors: 'BucketCors',
  ownershipControls: 'BucketOwnershipControls',
};

const VERBS: Readonly<Record<string, string>> = { GET: 'Get', PUT: 'Put', DELETE: 'Delete', POST: 'Post' };

/** The operation of a request, with `Bucket` and `Key`. */
export function recogniseS3(
  method: string,
  path: string,
  query: URLSearchParams,
  headers: Readonly<Record<string, string>>,
): Recognised {
  const [, bucket = '', rawKey = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  const [Bucket, Key] = [decodeURIComponent(bucket), decodeURIComponent(rawKey)];
  if (Bucket === '') return { operation: 'ListBuckets', params: {} };
  if (Key === '') return { operation: bucketOperation(method, query), params: { Bucket } };
  const copied = 'x-amz-copy-source' in headers;
  return { operation: objectOperation(method, query, copied), params: { Bucket, Key } };
}

function bucketOperation(method: string, query: URLSearchParams): string {
  const part = Object.keys(BUCKET_PARTS).find((name) => query.has(name));
  if (part)
    return `${VERBS[method]}${BUCKET_PARTS[part]}`.replace(
      'DeleteBucketLifecycleConfiguration',
      'DeleteBucketLifecycle',
    );
  if (method === 'HEAD') return 'HeadBucket';
  if (method === 'PUT') return 'CreateBucket';
  if (method === 'DELETE') return 'DeleteBucket';
  if (method === 'POST') return query.has('delete') ? 'DeleteObjects' : 'PostObject';
  if (query.has('versions')) return 'ListObjectVersions';
  if (query.has('uploads')) return 'ListMultipartUploads';
  return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects';
}

function objectOperation(method: string, query: URLSearchParams, copied: boolean): string {
  const upload = query.has('uploadId');
  if (query.has('tagging')) return `${VERBS[method]}ObjectTagging`;
  if (query.has('acl')) return `${VERBS[method]}ObjectAcl`;
  if (method === 'PUT')
    return upload ? `UploadPart${copied ? 'Copy' : ''}` : copied ? 'CopyObject' : 'PutObject';
  if (method === 'POST') return query.has('uploads') ? 'CreateMultipartUpload' : 'CompleteMultipartUpload';
  if (method === 'DELETE') return upload ? 'AbortMultipartUpload' : 'DeleteObject';
  if (method === 'HEAD') return 'HeadObject';
  return upload ? 'ListParts' : query.has('attributes') ? 'GetObjectAttributes' : 'GetObject';
}
