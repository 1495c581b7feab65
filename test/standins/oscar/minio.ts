/**
 * A cluster's MinIO: a server in front of MinIO itself, or of an S3 stand-in in memory where only calls of the cluster
 * matter. The front does what needs no restart of MinIO here: it knows which webhooks are registered, and cuts all
 * connections for a while whenever that changes, as the restart does.
 */
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketTaggingCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketNotificationConfigurationCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { quietly } from '../../../src/storage/s3/client.ts';
import { type MinioAdmin, memoryAdmin, serverAdmin } from './minio-admin.ts';
import type { PooledMinio } from './minio-pool.ts';
import { announce, handle } from './minio-requests.ts';
import type { Happened, Notification } from './notifications.ts';

export interface Keys {
  readonly accessKey: string;
  readonly secretKey: string;
}

export interface MinioOptions {
  /** URL of the S3 stand-in that keeps the objects, or MinIO itself. */
  readonly store: string | PooledMinio;
  readonly region: string;
  readonly root: Keys;
  /** Milliseconds without service after each change of its webhooks. */
  readonly restartMs: number;
  /** Delivers an event to a service's webhook. */
  readonly deliver: (service: string, token: string, event: string) => Promise<unknown>;
}

/** The MinIO of a cluster, as the cluster's manager and tests see it. */
export interface Minio {
  readonly url: string;
  readonly root: Keys;
  readonly region: string;
  /** Keys of its users. */
  readonly users: Map<string, Keys>;
  /** Tokens of the webhooks, by service. */
  readonly webhooks: Map<string, string>;
  /** Events whose delivery was refused. */
  readonly lost: { readonly service: string; readonly why: string }[];
  /** Talks to the objects behind all rules. */
  readonly client: S3Client;
  readonly admin: MinioAdmin;
  arnOf(service: string): string;
  /** Registers a webhook, or takes it away: either restarts MinIO. */
  setWebhook(service: string, token: string | undefined): Promise<void>;
  /** Who hears of new objects in a bucket. */
  listeners(bucket: string): readonly Notification[];
  listen(bucket: string, notifications: readonly Notification[]): Promise<void>;
  tagsOf(bucket: string): Promise<Readonly<Record<string, string>>>;
  tag(bucket: string, tags: Readonly<Record<string, string>>): Promise<void>;
  buckets(): Promise<readonly string[]>;
  exists(bucket: string): Promise<boolean>;
  create(bucket: string): Promise<void>;
  putFolder(bucket: string, key: string): Promise<void>;
  /** Deletes a bucket with everything in it. */
  remove(bucket: string): Promise<void>;
  /** Resolves when all events that were on their way have been delivered. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** What requests work on. */
export interface MinioState {
  readonly options: MinioOptions;
  readonly client: S3Client;
  readonly minio: () => Minio;
  readonly underWay: Set<Promise<unknown>>;
  /** Events that MinIO itself is to deliver, as `SERVICE BUCKET/KEY`. */
  readonly awaited: string[];
  readonly notifications: Map<string, readonly Notification[]>;
  downUntil: number;
}

/** MinIO itself behind the front, if it is. */
export function serverOf({ options }: Pick<MinioState, 'options'>): PooledMinio | undefined {
  return typeof options.store === 'string' ? undefined : options.store;
}

export async function startMinio(options: MinioOptions): Promise<Minio> {
  const pooled = serverOf({ options });
  const client = pooled?.client ?? clientOf(String(options.store), options.region);
  let self: Minio | undefined;
  const minio = () => self as Minio;
  const state: MinioState = {
    ...{ options, client, minio, underWay: new Set(), awaited: [], notifications: new Map() },
    downUntil: 0,
  };
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    handle(state, request, response).catch(() => response.destroy());
  });
  // On a busy machine a client would use a connection that was just given up.
  server.keepAliveTimeout = 0;
  server.on('connection', (socket) => {
    // Rule: OSCAR, `RestartServer`, restarts MinIO for each webhook: it answers nobody meanwhile.
    if (Date.now() < state.downUntil) return void socket.destroy();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    state.downUntil = Date.now() + options.restartMs;
    if (options.restartMs > 0) for (const socket of sockets) socket.destroy();
  };
  self = makeMinio(state, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, cut, async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    if (!pooled) client.destroy();
  });
  if (pooled) pooled.hook = (service, event) => void delivered(state, service, event);
  return self;
}

function clientOf(endpoint: string, region: string): S3Client {
  const credentials = { accessKeyId: 'standin-access', secretAccessKey: 'standin-secret' };
  return quietly(() => {
    return new S3Client({
      endpoint,
      region: region || 'us-east-1',
      credentials,
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  });
}

/** MinIO has posted an event to the webhook of a service. */
async function delivered(state: MinioState, service: string, event: string): Promise<void> {
  const { webhooks, lost } = state.minio();
  const [record] = (
    JSON.parse(event) as { Records: { s3: { bucket: { name: string }; object: { key: string } } }[] }
  ).Records;
  const key = decodeURIComponent((record?.s3.object.key ?? '').replaceAll('+', ' '));
  const delivery = state.options
    .deliver(service, webhooks.get(service) ?? '', event)
    .catch((error: Error) => lost.push({ service, why: error.message }))
    .finally(() => state.underWay.delete(delivery));
  state.underWay.add(delivery);
  const at = state.awaited.indexOf(`${service} ${record?.s3.bucket.name}/${key}`);
  if (at >= 0) state.awaited.splice(at, 1);
}

/** Milliseconds until an event that does not come is not waited for any more. */
const PATIENCE = 40_000;

async function settle({ underWay, awaited }: MinioState): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (underWay.size > 0 || (awaited.length > 0 && Date.now() < end)) {
    await Promise.all(underWay);
    if (awaited.length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function makeMinio(state: MinioState, url: string, cut: () => void, stop: () => Promise<void>): Minio {
  const { client, options, notifications } = state;
  const pooled = serverOf(state);
  const webhooks = new Map<string, string>();
  const arnOf = (service: string) => `arn:minio:sqs:${options.region}:${service}:webhook`;
  const put = async (bucket: string, path: string) => {
    // Rule: aws-sdk-go, which OSCAR uses, cleans paths: two slashes are one.
    const key = path.replace(/\/+/g, '/');
    const happened: Happened = { bucket, key, event: 's3:ObjectCreated:Put', user: options.root.accessKey };
    // Before it is there: MinIO tells of it at once.
    announce(state, happened, 'before');
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: '', ContentLength: 0 }));
    announce(state, happened, 'after');
  };
  return {
    url,
    client,
    webhooks,
    arnOf,
    admin: pooled ? serverAdmin(pooled.server.url, options.root) : memoryAdmin(),
    root: options.root,
    region: options.region,
    users: new Map(),
    lost: [],
    async setWebhook(service, token) {
      if (token === undefined) webhooks.delete(service);
      else webhooks.set(service, token);
      await pooled?.server.know([service]);
      cut();
    },
    listeners: (bucket) => notifications.get(bucket) ?? [],
    listen: async (bucket, wanted) => {
      if (pooled) await listenAt(pooled, bucket, wanted);
      notifications.set(bucket, wanted);
    },
    buckets: async () => {
      const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
      return Buckets.map(({ Name = '' }) => Name);
    },
    exists: (bucket) => exists(client, bucket),
    create: async (bucket) => {
      if (await exists(client, bucket)) throw new Error(`the bucket "${bucket}" already exists\n`);
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
    },
    putFolder: put,
    tagsOf: async (bucket) => {
      const { TagSet = [] } = await client
        .send(new GetBucketTaggingCommand({ Bucket: bucket }))
        .catch(() => ({ TagSet: [] }));
      return Object.fromEntries(TagSet.map(({ Key = '', Value = '' }) => [Key, Value]));
    },
    tag: async (bucket, pairs) => {
      const TagSet = Object.entries(pairs).map(([Key, Value]) => ({ Key, Value }));
      await client.send(new PutBucketTaggingCommand({ Bucket: bucket, Tagging: { TagSet } }));
    },
    remove: async (bucket) => {
      await empty(client, bucket);
      await client.send(new DeleteBucketCommand({ Bucket: bucket }));
      notifications.delete(bucket);
    },
    settled: () => settle(state),
    stop,
  };
}

async function listenAt({ client, server }: PooledMinio, bucket: string, wanted: readonly Notification[]) {
  await server.know(wanted.flatMap(({ arn }) => arn.split(':')[4] ?? []));
  const QueueConfigurations = wanted.map(({ id, arn, events, prefix, suffix }) => ({
    Id: id,
    QueueArn: arn,
    Events: events as never,
    Filter: {
      Key: {
        FilterRules: [
          ...(prefix ? [{ Name: 'prefix' as const, Value: prefix }] : []),
          ...(suffix ? [{ Name: 'suffix' as const, Value: suffix }] : []),
        ],
      },
    },
  }));
  const NotificationConfiguration = { QueueConfigurations };
  await client.send(
    new PutBucketNotificationConfigurationCommand({ Bucket: bucket, NotificationConfiguration }),
  );
}

async function exists(client: S3Client, bucket: string): Promise<boolean> {
  return client.send(new HeadBucketCommand({ Bucket: bucket })).then(
    () => true,
    () => false,
  );
}

async function empty(client: S3Client, bucket: string): Promise<void> {
  for (;;) {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
    if (Contents.length === 0) return;
    for (const { Key } of Contents) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
  }
}
