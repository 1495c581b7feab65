/** The buckets of a cluster's own MinIO, over its REST API. */
import { pageTokens } from '../../../bounds.ts';
import { type BucketAnswer, type ListedObject, objectsOf, type PresignedUrl } from './answers.ts';
import { type Ask, endlessList, get, JSON_BODY, parsed, unlessAbsent } from './ask.ts';
import { OscarError } from './error.ts';
import { BUCKET, BUCKETS, OBJECTS, PRESIGNED } from './shapes.ts';

/** Calls that concern buckets. All may throw `OscarError`. */
export interface BucketCalls {
  /** Makes a bucket; a path makes an empty folder in it, too. */
  createBucket(path: string, access?: BucketAccess, signal?: AbortSignal): Promise<void>;
  /** All buckets that one sees. Since 3.6.0. */
  buckets(signal?: AbortSignal): Promise<readonly BucketAnswer[]>;
  /** A bucket with what is known of it, or nothing where there is none. Since 3.6.5. */
  bucket(name: string, signal?: AbortSignal): Promise<BucketAnswer | undefined>;
  /** Says who may use a bucket. What a release does not do of it, it does not say. */
  updateBucket(name: string, access: BucketAccess, signal?: AbortSignal): Promise<void>;
  /** Removes a bucket with all that is in it. An absent one is success. */
  removeBucket(name: string, signal?: AbortSignal): Promise<void>;
  /** Whether anybody has a bucket of that name; a release that does not tell says no. */
  hasBucket(name: string, signal?: AbortSignal): Promise<boolean>;
  /** The objects of a bucket whose key starts with `prefix`, page by page. Since 3.6.4. */
  objects(bucket: string, prefix: string, signal?: AbortSignal): AsyncIterable<ListedObject>;
  /** A URL for one object that needs no keys. Since 3.6.4. `seconds` from 60 on. */
  presign(request: PresignRequest, signal?: AbortSignal): Promise<PresignedUrl>;
}

/** Who may use a bucket. */
export interface BucketAccess {
  readonly visibility?: string | undefined;
  /** Ids of users, for `restricted`. */
  readonly allowedUsers?: readonly string[] | undefined;
}

interface PresignRequest {
  readonly bucket: string;
  readonly key: string;
  readonly operation: 'upload' | 'download';
  readonly seconds: number;
}

const BUCKETS_PATH = '/system/buckets';
/** Milliseconds: every object is deleted before there is an answer. */
const REMOVAL_TIMEOUT = 320_000;

/** Its buckets. */
export function bucketCalls(ask: Ask): BucketCalls {
  const post = (path: string, body: object, signal: AbortSignal | undefined) => {
    const request = { method: 'POST', path, body: JSON.stringify(body), headers: JSON_BODY } as const;
    return ask.send({ ...request, repeat: 'unsent', signal });
  };
  return {
    createBucket: async (path, access, signal) => {
      // Up to 3.6.3 it is called `bucket_path`.
      await post(BUCKETS_PATH, { bucket_name: path, bucket_path: path, ...bodyOf(access) }, signal);
    },
    buckets: async (signal) => ((await get(ask, BUCKETS_PATH, BUCKETS, signal)) ?? []) as BucketAnswer[],
    bucket: async (name, signal) => {
      try {
        return (await get(ask, bucketPath(name), BUCKET, signal)) as BucketAnswer;
      } catch (error) {
        // Rule: OSCAR, `MakeGetHandler`, which fails at the list of the objects of a bucket that is not there.
        const said = error instanceof OscarError ? (error.said ?? '') : '';
        if (/NoSuchBucket/.test(said)) return undefined;
        throw error;
      }
    },
    updateBucket: async (name, access, signal) => {
      const body = JSON.stringify({ bucket_name: name, bucket_path: name, ...bodyOf(access) });
      const request = { method: 'PUT', path: BUCKETS_PATH, body, headers: JSON_BODY } as const;
      await ask.send({ ...request, repeat: 'always', signal });
    },
    removeBucket: async (name, signal) => {
      const request = { method: 'DELETE', path: bucketPath(name), repeat: 'always' } as const;
      await unlessAbsent(() => ask.send({ ...request, timeoutMs: REMOVAL_TIMEOUT, signal }));
    },
    hasBucket: async (name, signal) => {
      const path = `${bucketPath(name)}/presign`;
      try {
        // Rule: OSCAR, `MakePresignHandler`: it looks whether the bucket is there before it looks whose it is.
        await post(path, { object_key: 'any', operation: 'download', expires_in: 60 }, signal);
      } catch (error) {
        const isUnknown = error instanceof OscarError && /-(not-found|unsupported)$/.test(error.code);
        return !isUnknown;
      }
      return true;
    },
    objects: (bucket, prefix, signal) => objectPages(ask, bucket, prefix, signal),
    presign: async ({ bucket, key, operation, seconds }, signal) => {
      const path = `${bucketPath(bucket)}/presign`;
      const { body } = await post(path, { object_key: key, operation, expires_in: seconds }, signal);
      const url = parsed(ask, path, body, PRESIGNED) as PresignedUrl & { readonly object_key?: string };
      // Rule: OSCAR, `MakePresignHandler`: spaces and slashes at both ends are cut off, which is another object.
      if ((url.object_key ?? key) === key) return url;
      const message = `${ask.whom} gives no URL for "${key}" in bucket "${bucket}": it reads the key as "${url.object_key}"`;
      const hint = 'Use a name without spaces and slashes at its ends, or the MinIO of the cluster itself.';
      throw new OscarError('oscar-refused', message, { hint });
    },
  };
}

function bucketPath(name: string): string {
  return `${BUCKETS_PATH}/${encodeURIComponent(name)}`;
}

function bodyOf({ visibility, allowedUsers }: BucketAccess = {}): object {
  return {
    ...(visibility !== undefined && { visibility }),
    ...(allowedUsers !== undefined && { allowed_users: allowedUsers }),
  };
}

/** Old releases list the whole bucket, whatever prefix is asked for. */
async function* objectPages(
  ask: Ask,
  bucket: string,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<ListedObject> {
  const path = bucketPath(bucket);
  let page = '';
  const unseen = pageTokens((why) => endlessList(ask, path, why));
  for (;;) {
    const query = new URLSearchParams({ ...(prefix && { prefix }), ...(page && { page }) }).toString();
    const at = query ? `${path}?${query}` : path;
    const { objects, next } = objectsOf(await get(ask, at, OBJECTS, signal));
    yield* objects.filter(({ key }) => key.startsWith(prefix));
    if (next === undefined) return;
    page = unseen(next);
  }
}
