/** The buckets of a cluster's own MinIO, and who may use them. */
import { FdlError } from '../../../errors.ts';
import { withRetry } from '../../../retry.ts';
import { BUCKET_NAMES, isBucketName } from '../../../storage/bucket-name.ts';
import type { BucketAnswer, ServiceAnswer } from '../api/answers.ts';
import type { BucketAccess } from '../api/bucket-calls.ts';
import type { OscarClient } from '../api/calls.ts';
import { OscarError } from '../api/error.ts';
import { ATTEMPTS, orAgain } from '../api/restarting.ts';

/** Who may use a bucket: its owner; some users; everybody whom the cluster knows. */
export type Visibility = 'private' | 'restricted' | 'public';

export interface Bucket {
  readonly name: string;
  /** Absent of one that only the administrator may use. */
  readonly visibility: Visibility | undefined;
  /** Id of a user; absent where the cluster does not tell. */
  readonly owner: string | undefined;
  readonly allowedUsers: readonly string[];
  /** Objects and bytes as MinIO counted them last; absent before OSCAR 4.1.0. */
  readonly objects: number | undefined;
  readonly bytes: number | undefined;
  /** Bytes that it may have; absent where nothing limits it. */
  readonly maxBytes: number | undefined;
}

export interface Access {
  readonly visibility?: Visibility | undefined;
  /** Ids of users who may use a restricted bucket: these and no others. */
  readonly allowedUsers?: readonly string[] | undefined;
}

export interface Buckets {
  /** All that one sees. Since OSCAR 3.6.0. */
  list(): Promise<readonly Bucket[]>;
  /** @throws FdlError `bucket-unknown` */
  read(name: string): Promise<Bucket>;
  /** @throws FdlError `usage`, `bucket-exists`, `user-unknown`, `bucket-access` where it is made and is not as asked */
  create(name: string, access: Access): Promise<Bucket>;
  /** @throws FdlError `bucket-unknown`, `user-unknown`, `bucket-access` */
  update(name: string, access: Access): Promise<Bucket>;
  /** What goes with a bucket. @throws FdlError `bucket-unknown` */
  contents(name: string): Promise<Contents>;
  /** Removes a bucket with all that is in it. */
  remove(name: string): Promise<void>;
}

export interface Contents {
  /** Whether anything but empty folders is in it. */
  readonly isEmpty: boolean;
  /** Services that read or write there. */
  readonly services: readonly string[];
}

export function openBuckets(client: OscarClient, signal: AbortSignal): Buckets {
  const read = async (name: string) => {
    const answer = await repeated(signal, () => answerOf(client, name, signal));
    if (answer) return bucketOf(answer);
    const hint = `fdl bucket ls --cluster ${client.cluster} lists those that you see.`;
    throw new FdlError('bucket-unknown', `cluster ${client.cluster} has no bucket "${name}"`, { hint });
  };
  const settled = async (name: string, access: Access) => {
    const bucket = await read(name);
    requireAccess(client.cluster, bucket, access);
    return bucket;
  };
  return {
    list: async () =>
      (await repeated(signal, () => client.buckets(signal)))
        .map(bucketOf)
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    read,
    create: async (name, access) => {
      // A name with a "/" would make a bucket with a folder in it.
      if (!isBucketName(name))
        throw new FdlError('usage', `"${name}" is no name of a bucket`, { hint: BUCKET_NAMES, exitCode: 2 });
      await repeated(signal, async (attempt) => {
        try {
          await client.createBucket(name, filled(access), signal);
        } catch (error) {
          if (!(error instanceof OscarError && /already/.test(error.said ?? '')))
            throw unknownUser(client.cluster, access, error) ?? error;
          // An attempt that was cut may have made it.
          if (attempt === 1) throw exists(client.cluster, name, error);
        }
      });
      return settled(name, access);
    },
    update: async (name, access) => {
      await read(name);
      await repeated(signal, () =>
        client.updateBucket(name, filled(access), signal).catch((error: unknown) => {
          throw unknownUser(client.cluster, access, error) ?? error;
        }),
      );
      return settled(name, access);
    },
    contents: async (name) => {
      await read(name);
      const services = await client.services(signal);
      return {
        isEmpty: await isEmpty(client, name, signal),
        services: services.filter((service) => uses(service, name)).map((service) => service.name),
      };
    },
    remove: (name) => repeated(signal, () => client.removeBucket(name, signal)),
  };
}

/** Where a bucket is for somebody who has no keys of the cluster yet. Rule: OSCAR, `CreateAddGroup`, and MinIO's answer. */
function unknownUser(cluster: string, { allowedUsers = [] }: Access, cause: unknown): FdlError | undefined {
  if (!(cause instanceof OscarError && /specified user does not exist/i.test(cause.said ?? '')))
    return undefined;
  const who = allowedUsers.length === 1 ? `the user ${allowedUsers[0]}` : `one of ${allowedUsers.join(', ')}`;
  const hint = 'Write their ids as the cluster knows them; each of them must have used the cluster once.';
  return new FdlError('user-unknown', `cluster ${cluster} does not know ${who}`, { hint, cause });
}

/** Does again what a restart of MinIO cuts. */
function repeated<T>(signal: AbortSignal, run: (attempt: number) => Promise<T>): Promise<T> {
  const attempt = async (count: number) => {
    try {
      return await run(count);
    } catch (error) {
      throw error instanceof OscarError ? orAgain(error) : error;
    }
  };
  return withRetry(attempt, { attempts: ATTEMPTS, signal });
}

function exists(cluster: string, name: string, cause: OscarError): FdlError {
  const hint = 'Choose another name: all users of a cluster share them.';
  return new FdlError('bucket-exists', `cluster ${cluster} has a bucket "${name}" already`, { hint, cause });
}

/**
 * Releases before 3.6.5 tell of a bucket only in their list. Later ones deny users what nobody has. Rule: OSCAR,
 * `MakeGetHandler` of buckets, which asks for the rights before the bucket.
 */
async function answerOf(
  client: OscarClient,
  name: string,
  signal: AbortSignal,
): Promise<BucketAnswer | undefined> {
  try {
    return await client.bucket(name, signal);
  } catch (error) {
    if (!(error instanceof OscarError)) throw error;
    if (error.code === 'oscar-denied' && !(await client.hasBucket(name, signal))) return undefined;
    if (error.code !== 'oscar-unsupported') throw error;
    return (await client.buckets(signal)).find((each) => each.bucket_name === name);
  }
}

const VISIBILITIES: readonly string[] = ['private', 'restricted', 'public'] satisfies Visibility[];

function bucketOf({ bucket_name, visibility = '', owner, ...answer }: BucketAnswer): Bucket {
  return {
    name: bucket_name,
    visibility: VISIBILITIES.includes(visibility) ? (visibility as Visibility) : undefined,
    owner: owner || undefined,
    allowedUsers: answer.allowed_users ?? [],
    objects: answer.storage_usage?.objects,
    bytes: answer.storage_usage?.used_bytes,
    maxBytes: answer.storage_quota?.max_bytes || undefined,
  };
}

/** Users are named for restricted buckets alone. */
function filled({ visibility, allowedUsers }: Access): BucketAccess {
  return { visibility: visibility ?? (allowedUsers ? 'restricted' : undefined), allowedUsers };
}

/**
 * Holds that a bucket is as it was asked for. Rule: OSCAR, `MakeCreateHandler` and `MakeUpdateHandler` of buckets, which
 * answer success where they changed nothing: for the administrator, and for who does not own the bucket.
 */
function requireAccess(cluster: string, { name, ...bucket }: Bucket, access: Access): void {
  const { visibility, allowedUsers } = filled(access);
  const missing = (allowedUsers ?? []).filter((user) => !bucket.allowedUsers.includes(user));
  // Nobody but the administrator may use a bucket of the administrator, which is as private as can be.
  const isSeen = visibility === undefined || (bucket.visibility ?? 'private') === visibility;
  if (isSeen && missing.length === 0) return;
  const wanted = isSeen ? `open to ${missing.join(', ')}` : `${visibility}`;
  const message = `bucket "${name}" is there, but cluster ${cluster} did not make it ${wanted}`;
  const hint =
    'Only the user who owns a bucket can share it, which the administrator cannot: log in with OIDC.';
  throw new FdlError('bucket-access', message, { hint });
}

/** Whether nothing but folder markers is in a bucket; where a release cannot tell, it says no. */
async function isEmpty(client: OscarClient, name: string, signal: AbortSignal): Promise<boolean> {
  try {
    for await (const { key } of client.objects(name, '', signal)) if (!key.endsWith('/')) return false;
    return true;
  } catch (error) {
    if (error instanceof OscarError && error.code === 'oscar-unsupported') return false;
    throw error;
  }
}

interface Path {
  readonly storage_provider?: string;
  readonly path?: string;
}

/** Whether a service reads, writes or mounts a bucket of its own cluster. */
function uses({ input, output, mount }: ServiceAnswer, bucket: string): boolean {
  const paths = [input, output, mount].flat() as readonly (Path | undefined)[];
  return paths.some((entry) => {
    const isOwn = /^minio(\.default)?$/.test(entry?.storage_provider ?? '');
    return isOwn && entry?.path?.replace(/^\/+/, '').split('/')[0] === bucket;
  });
}
