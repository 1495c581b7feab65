/** A cluster's MinIO as far as deploying needs it: buckets, whose they are, and what they tell of new files. */
import type { Bucket, NotificationConfiguration } from '@aws-sdk/client-s3';
import { pageTokens } from '../../../bounds.ts';
import { FdlError, messageOf } from '../../../errors.ts';
import { type Delay, withRetry } from '../../../retry.ts';
import { hideCredentials } from '../../../secret.ts';
import { StorageError } from '../../../storage/error.ts';
import { connectS3, type S3Connection } from '../../../storage/s3/client.ts';
import { PAGE, s3Error } from '../../../storage/s3/error.ts';
import { COUNTED, type Counted } from '../../stays.ts';
import type { MinioAnswer } from './answers.ts';

export type Tags = Readonly<Record<string, string>>;

/** All calls may throw `StorageError`; a bucket that is not there is none of them where the answer may be nothing. */
export interface Minio {
  buckets(): Promise<readonly string[]>;
  tags(bucket: string): Promise<Tags | undefined>;
  setTags(bucket: string, tags: Tags): Promise<void>;
  /** A bucket of ours that is there already is success. */
  create(bucket: string): Promise<void>;
  notifications(bucket: string): Promise<NotificationConfiguration | undefined>;
  /** @throws FdlError `minio-arn` where MinIO does not know a destination (yet) */
  setNotifications(bucket: string, config: NotificationConfiguration): Promise<void>;
  /** Whether there is no file in it; what only marks a folder is none. */
  isEmpty(bucket: string): Promise<boolean>;
  /** Files in it, of the first thousand objects; what only marks a folder is none. */
  count(bucket: string): Promise<Counted>;
  has(bucket: string, key: string): Promise<boolean>;
  /** Deletes one object; none is success. */
  drop(bucket: string, key: string): Promise<void>;
  /** Deletes the bucket with its markers of folders, or with everything. Fails where a file has come meanwhile. */
  remove(bucket: string, withContent: boolean): Promise<void>;
}

export interface MinioOptions {
  readonly signal: AbortSignal;
  /** Nothing was changed that could have restarted it: who waits for a plan waits less. */
  readonly planning?: boolean | undefined;
  readonly delay?: Delay | undefined;
  /** Whether a bucket is there that these keys must not use; without it, what is denied is. */
  readonly isThere?: ((bucket: string) => Promise<boolean>) | undefined;
}

type Sdk = typeof import('./minio-sdk.ts');

interface Connected {
  readonly sdk: Sdk;
  readonly client: S3Connection['client'];
}

/** Registering a service restarts MinIO, which is away for some seconds: these tries go on for about half a minute. */
const ATTEMPTS = 10;
const ATTEMPTS_OF_PLAN = 3;

/** Makes what calls it, with certificates of the cluster's own authority in the file `ca`, all over one connection. Nothing is loaded or contacted before the first call. */
export function openMinio(answer: MinioAnswer, ca: string | undefined): (options: MinioOptions) => Minio {
  let connection: Promise<Connected> | undefined;
  const connect = () => {
    connection ??= connectTo(answer, ca);
    return connection;
  };
  return ({ signal, planning, delay, isThere }) => {
    const attempts = planning ? ATTEMPTS_OF_PLAN : ATTEMPTS;
    const ask: Ask = (bucket, call) =>
      withRetry(
        async () => {
          try {
            const { sdk, client } = await connect();
            const send: Send = (command) =>
              client.send(command, { abortSignal: signal }).catch(unlessGone(bucket, isThere));
            return await call(sdk, send);
          } catch (thrown) {
            throw thrown instanceof FdlError ? thrown : errorOf(thrown, bucket, answer, signal);
          }
        },
        { attempts, signal, delay },
      );
    return { ...bucketCalls(ask), ...noticeCalls(ask), ...removalCalls(ask) };
  };
}

async function connectTo(answer: MinioAnswer, ca: string | undefined): Promise<Connected> {
  const { endpoint, verify, region, access_key, secret_key } = answer;
  hideCredentials(secret_key);
  const credentials = { accessKeyId: access_key, secretAccessKey: secret_key };
  const options = { endpoint, region: region || 'us-east-1', credentials, verifyTls: verify !== false, ca };
  const [{ client }, sdk] = await Promise.all([connectS3(options), import('./minio-sdk.ts')]);
  return { sdk, client };
}

// biome-ignore lint/suspicious/noExplicitAny: each command has an answer of its own
type Send = (command: any) => Promise<any>;
type Ask = <T>(bucket: string, call: (sdk: Sdk, send: Send) => Promise<T>) => Promise<T>;

function errorOf(thrown: unknown, bucket: string, { endpoint }: MinioAnswer, signal: AbortSignal): unknown {
  if (hasName(thrown, 'InvalidArgument') && /arn/i.test(messageOf(thrown))) {
    return new FdlError(
      'minio-arn',
      `MinIO refuses to notify a service of files in ${bucket}: ${messageOf(thrown)}`,
      {
        cause: thrown,
      },
    );
  }
  return s3Error(thrown, { bucket, endpoint }, signal);
}

/** MinIO's own name for a bucket that is not there, also where it says less: of HEAD, and to who has no right to it. */
function unlessGone(bucket: string, isThere: MinioOptions['isThere']) {
  return async (thrown: unknown): Promise<never> => {
    if (hasName(thrown, PAGE)) throw thrown;
    const status = (thrown as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata
      ?.httpStatusCode;
    const isDenied = status === 403 && bucket !== '';
    const found = isDenied ? await isThere?.(bucket) : undefined;
    if (found) throw notYours(bucket, thrown);
    if (!hasName(thrown, 'NotFound') && found !== false) throw thrown;
    throw Object.assign(new Error(`bucket ${bucket} is not there`, { cause: thrown }), {
      name: 'NoSuchBucket',
    });
  };
}

function notYours(bucket: string, cause: unknown): StorageError {
  const hint = 'Choose another name in the file, or ask its owner to let you use it.';
  const message = `the bucket ${bucket} belongs to another user of the cluster`;
  return new StorageError('storage-denied', message, { hint, cause });
}

function hasName(thrown: unknown, ...names: readonly string[]): boolean {
  return names.includes(String((thrown as { readonly name?: unknown } | undefined)?.name));
}

async function unless<T>(answer: Promise<T>, ...names: readonly string[]): Promise<T | undefined> {
  try {
    return await answer;
  } catch (thrown) {
    if (hasName(thrown, ...names)) return undefined;
    throw thrown;
  }
}

function bucketCalls(ask: Ask): Pick<Minio, 'buckets' | 'tags' | 'setTags' | 'create'> {
  return {
    buckets: () =>
      ask('', async (sdk, send) => {
        const { Buckets, Owner } = await send(new sdk.ListBucketsCommand({}));
        if (!Buckets && !Owner) throw strangeList('', 'the answer is not one of MinIO');
        return (Buckets ?? []).map(({ Name = '' }: Bucket) => Name);
      }),
    tags: (bucket) =>
      ask(bucket, async (sdk, send) => {
        // MinIO says of one that is not there, too, that it has no tags.
        const head = await unless(send(new sdk.HeadBucketCommand({ Bucket: bucket })), 'NoSuchBucket');
        if (!head) return undefined;
        const asked = send(new sdk.GetBucketTaggingCommand({ Bucket: bucket })).catch((thrown: unknown) => {
          if (hasName(thrown, 'NoSuchTagSet')) return { TagSet: [] };
          throw thrown;
        });
        const answer = await unless(asked, 'NoSuchBucket');
        const pairs: readonly { Key?: string; Value?: string }[] = answer?.TagSet ?? [];
        return answer && Object.fromEntries(pairs.map(({ Key = '', Value = '' }) => [Key, Value]));
      }),
    setTags: (bucket, tags) =>
      ask(bucket, async (sdk, send) => {
        const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
        await send(new sdk.PutBucketTaggingCommand({ Bucket: bucket, Tagging: { TagSet } }));
      }),
    create: (bucket) =>
      ask(bucket, async (sdk, send) => {
        await unless(send(new sdk.CreateBucketCommand({ Bucket: bucket })), 'BucketAlreadyOwnedByYou');
      }),
  };
}

function noticeCalls(ask: Ask): Pick<Minio, 'notifications' | 'setNotifications'> {
  return {
    notifications: (bucket) =>
      ask(bucket, async (sdk, send) => {
        const command = new sdk.GetBucketNotificationConfigurationCommand({ Bucket: bucket });
        const answer = await unless(send(command), 'NoSuchBucket');
        if (!answer) return undefined;
        const { $metadata: _, ...config } = answer;
        return config as NotificationConfiguration;
      }),
    setNotifications: (bucket, config) =>
      ask(bucket, async (sdk, send) => {
        const asked = { Bucket: bucket, NotificationConfiguration: config };
        await send(new sdk.PutBucketNotificationConfigurationCommand(asked));
      }),
  };
}

function removalCalls(ask: Ask): Pick<Minio, 'isEmpty' | 'count' | 'has' | 'drop' | 'remove'> {
  return {
    has: (bucket, key) =>
      ask(bucket, async (sdk, send) => {
        const command = new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: key, MaxKeys: 1 });
        const page = await unless(send(command), 'NoSuchBucket');
        return (page?.Contents ?? []).some(({ Key }: Listed) => Key === key);
      }),
    drop: (bucket, key) =>
      ask(bucket, async (sdk, send) => {
        await send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: key }));
      }),
    isEmpty: (bucket) =>
      ask(bucket, async (sdk, send) => {
        for await (const object of objectsOf(bucket, sdk, send)) if (!isMarker(object)) return false;
        return true;
      }),
    count: (bucket) =>
      ask(bucket, async (sdk, send) => {
        const command = new sdk.ListObjectsV2Command({ Bucket: bucket, MaxKeys: COUNTED });
        const page = await unless(send(command), 'NoSuchBucket');
        requireList(bucket, page);
        const found = ((page?.Contents ?? []) as readonly Listed[]).filter((each) => !isMarker(each));
        return { files: found.length, isMore: page?.IsTruncated === true };
      }),
    remove: (bucket, withContent) =>
      ask(bucket, async (sdk, send) => {
        for await (const object of objectsOf(bucket, sdk, send)) {
          if (!withContent && !isMarker(object)) continue;
          await send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: object.Key }));
        }
        const isGone = send(new sdk.DeleteBucketCommand({ Bucket: bucket })).catch(filesCame(bucket));
        await unless(isGone, 'NoSuchBucket');
      }),
  };
}

interface Listed {
  readonly Key: string;
  readonly Size?: number;
}

/** An object of no bytes that stands for a folder: OSCAR makes one for each path. */
function isMarker({ Key, Size = 0 }: Listed): boolean {
  return Key.endsWith('/') && Size === 0;
}

async function* objectsOf(bucket: string, sdk: Sdk, send: Send): AsyncGenerator<Listed> {
  const unseen = pageTokens((why) => strangeList(bucket, why));
  let token: string | undefined;
  do {
    const command = new sdk.ListObjectsV2Command({
      Bucket: bucket,
      ...(token !== undefined && { ContinuationToken: token }),
    });
    const page = await unless(send(command), 'NoSuchBucket');
    yield* (page?.Contents ?? []) as Listed[];
    requireList(bucket, page);
    token = unseen(page?.NextContinuationToken);
  } while (token !== undefined);
}

/** The page of a proxy, read as an empty list, would make a full bucket an empty one. */
function requireList(bucket: string, page: { readonly Name?: string } | undefined): void {
  if (page && page.Name === undefined) throw strangeList(bucket, 'the answer is not one of MinIO');
}

function strangeList(bucket: string, why: string): StorageError {
  const what = bucket ? `the bucket ${bucket}` : 'the buckets of a cluster';
  const hint = 'Check the address of its MinIO: something else answers there, such as a proxy.';
  return new StorageError('storage-failed', `${what} could not be listed: ${why}`, { hint });
}

function filesCame(bucket: string): (thrown: unknown) => never {
  return (thrown) => {
    if (!hasName(thrown, 'BucketNotEmpty')) throw thrown;
    throw new StorageError('storage-failed', `the bucket ${bucket} got a file while it was deleted`, {
      hint: 'Run the command again.',
    });
  };
}
