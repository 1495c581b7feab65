/**
 * A cluster's MinIO: a server in front of an S3 stand-in that adds what is MinIO's own. Notifications with webhooks of
 * its own kind of ARN, buckets that exist already being refused, access keys that must be known (signatures are not
 * checked), and a restart that makes it unreachable for a while.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketTaggingCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { quietly } from '../../../src/storage/s3-client.ts';
import { handle } from './minio-requests.ts';
import type { Notification } from './notifications.ts';

export interface Keys {
  readonly accessKey: string;
  readonly secretKey: string;
}

export interface MinioOptions {
  /** URL of the S3 stand-in that keeps the objects. */
  readonly s3: string;
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
  readonly notifications: Map<string, readonly Notification[]>;
  /** Tokens of the webhooks, by service. */
  readonly webhooks: Map<string, string>;
  readonly tags: Map<string, Readonly<Record<string, string>>>;
  /** Events whose delivery was refused. */
  readonly lost: { readonly service: string; readonly why: string }[];
  /** Talks to the objects behind all rules. */
  readonly client: S3Client;
  arnOf(service: string): string;
  setWebhook(service: string, token: string | undefined): void;
  buckets(): Promise<readonly string[]>;
  exists(bucket: string): Promise<boolean>;
  create(bucket: string): Promise<void>;
  putFolder(bucket: string, key: string): Promise<void>;
  tag(bucket: string, tags: Readonly<Record<string, string>>): Promise<void>;
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
  downUntil: number;
}

export async function startMinio(options: MinioOptions): Promise<Minio> {
  const client = clientOf(options.s3, options.region);
  let self: Minio | undefined;
  const minio = () => self as Minio;
  const state: MinioState = { options, client, minio, underWay: new Set(), downUntil: 0 };
  const server = createServer((request, response) => {
    handle(state, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  self = makeMinio(state, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    client.destroy();
  });
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

function makeMinio(state: MinioState, url: string, stop: () => Promise<void>): Minio {
  const { client, options } = state;
  const tags = new Map<string, Readonly<Record<string, string>>>();
  const webhooks = new Map<string, string>();
  const notifications = new Map<string, readonly Notification[]>();
  const has = (bucket: string) => exists(client, bucket);
  return {
    url,
    client,
    tags,
    webhooks,
    notifications,
    root: options.root,
    region: options.region,
    users: new Map(),
    lost: [],
    arnOf: (service) => `arn:minio:sqs:${options.region}:${service}:webhook`,
    setWebhook(service, token) {
      if (token === undefined) webhooks.delete(service);
      else webhooks.set(service, token);
      state.downUntil = Date.now() + options.restartMs;
    },
    buckets: async () => {
      const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
      return Buckets.map(({ Name = '' }) => Name);
    },
    exists: has,
    create: async (bucket) => {
      if (await has(bucket)) throw new Error(`the bucket "${bucket}" already exists\n`);
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
    },
    putFolder: async (bucket, key) => {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: '', ContentLength: 0 }));
    },
    tag: async (bucket, pairs) => {
      const TagSet = Object.entries(pairs).map(([Key, Value]) => ({ Key, Value }));
      await client.send(new PutBucketTaggingCommand({ Bucket: bucket, Tagging: { TagSet } }));
      tags.set(bucket, pairs);
    },
    remove: async (bucket) => {
      await empty(client, bucket);
      await client.send(new DeleteBucketCommand({ Bucket: bucket }));
      notifications.delete(bucket);
      tags.delete(bucket);
    },
    settled: async () => {
      while (state.underWay.size > 0) await Promise.all(state.underWay);
    },
    stop,
  };
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
