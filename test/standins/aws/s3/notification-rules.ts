/**
 * Notification configurations, kept byte by byte, and the events that follow from them. Rules: "Amazon S3 Event
 * Notifications" in S3's user guide.
 */
import { randomUUID } from 'node:crypto';
import { type ApiRequest, empty, type Reply, type Rule, type Rules, settled, xml } from '../core/api.ts';
import { AwsFault } from '../core/fault.ts';
import type { World } from '../core/world.ts';
import type { Functions } from '../lambda/functions.ts';
import { parseFunctionArn } from '../lambda/functions.ts';
import { allowsBucket } from '../lambda/policy.ts';
import type { Buckets } from './bucket-rules.ts';
import { checkEntries, concerned, type NotificationEntry, parseNotification } from './notification-config.ts';
import { recordsOf } from './record.ts';

export interface NotificationParts {
  readonly world: World;
  readonly buckets: Buckets;
  readonly functions: Functions;
  /** Invokes a function asynchronously. */
  readonly deliver: (region: string, name: string, event: unknown) => void;
  /** How often each event is delivered. */
  readonly deliveries: () => number;
}

const NONE = '<NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>';

export function notificationRules(parts: NotificationParts): Rules {
  const kept = new Map<string, string>();
  const announce = (name: string): Rule => {
    return async (request, next) => {
      const reply = await settled(await next());
      const done = reply.status < 300 && !reply.body.includes('<Error>');
      const config = kept.get(request.params['Bucket']);
      if (done && config) parts.world.work.start(() => send(parts, request, name, config, reply));
      return reply;
    };
  };
  return {
    's3:PutBucketNotificationConfiguration': (request) => put(parts, kept, request),
    's3:GetBucketNotificationConfiguration': async ({ params }) => {
      await needBucket(parts, params['Bucket']);
      return xml(kept.get(params['Bucket']) ?? NONE);
    },
    's3:DeleteBucket': async ({ params }, next) => {
      const reply = await settled(await next());
      if (reply.status < 300) kept.delete(params['Bucket']);
      return reply;
    },
    's3:PutObject': announce('ObjectCreated:Put'),
    's3:CopyObject': announce('ObjectCreated:Copy'),
    's3:CompleteMultipartUpload': announce('ObjectCreated:CompleteMultipartUpload'),
  };
}

async function needBucket({ buckets }: NotificationParts, bucket: string): Promise<string> {
  const region = await buckets.regionOf(bucket);
  if (region === undefined) throw new AwsFault('NoSuchBucket', 'The specified bucket does not exist', 404);
  return region;
}

async function put(parts: NotificationParts, kept: Map<string, string>, request: ApiRequest): Promise<Reply> {
  const bucket = request.params['Bucket'];
  const region = await needBucket(parts, bucket);
  const source = (await request.body()).toString();
  const entries = parseNotification(source);
  checkEntries(entries);
  if (request.headers['x-amz-skip-destination-validation'] !== 'true') {
    for (const entry of entries) await checkDestination(parts, region, bucket, entry);
  }
  kept.set(bucket, withIds(source));
  return empty(200);
}

/** S3 gives ids to entries that have none. */
function withIds(source: string): string {
  return source.replace(
    /<(CloudFunction|Queue|Topic)Configuration>(?:(?!<\/\1Configuration>).)*<\/\1Configuration>/gs,
    (whole) => (whole.includes('<Id>') ? whole : whole.replace('>', `><Id>${randomUUID()}</Id>`)),
  );
}

async function checkDestination(
  parts: NotificationParts,
  region: string,
  bucket: string,
  entry: NotificationEntry,
): Promise<void> {
  const [, , , where] = entry.arn.split(':');
  if (where !== region) {
    const message =
      'The notification destination service region is not valid for the bucket location constraint';
    throw new AwsFault('InvalidArgument', message);
  }
  if (await isReachable(parts, region, bucket, entry)) return;
  throw new AwsFault('InvalidArgument', 'Unable to validate the following destination configurations');
}

async function isReachable(
  { functions, world }: NotificationParts,
  region: string,
  bucket: string,
  { kind, arn }: NotificationEntry,
): Promise<boolean> {
  if (kind === 'lambda') {
    const target = parseFunctionArn(arn);
    const known = target && functions.get(target.region, target.name);
    return known !== undefined && allowsBucket(known.statements, bucket);
  }
  const name = arn.split(':').at(-1) ?? '';
  const form: Record<string, string> =
    kind === 'queue'
      ? { Action: 'GetQueueUrl', Version: '2012-11-05', QueueName: name }
      : { Action: 'GetTopicAttributes', Version: '2010-03-31', TopicArn: arn };
  const { ok } = await world.moto.ask({ service: kind === 'queue' ? 'sqs' : 'sns', region, form });
  return ok;
}

let last = 0;

/** Grows with every event. */
function nextSequencer(): string {
  last += 1;
  return `00${Date.now().toString(16).toUpperCase()}${last.toString(16).padStart(5, '0').toUpperCase()}`;
}

async function send(
  parts: NotificationParts,
  { params, region, target }: ApiRequest,
  name: string,
  config: string,
  reply: Reply,
): Promise<void> {
  const [bucket, key] = [params['Bucket'], params['Key']];
  const meant = concerned(parseNotification(config), `s3:${name}`, key).filter(
    ({ kind }) => kind === 'lambda',
  );
  if (meant.length === 0) return;
  const path = target.split('?')[0] ?? '';
  const { headers } = await parts.world.moto.ask({ service: 's3', region, method: 'HEAD', path });
  const [size, etag] = [Number(headers['content-length'] ?? 0), (headers['etag'] ?? '').replaceAll('"', '')];
  const versionId = reply.headers['x-amz-version-id'];
  const about = {
    ...{ region, name, bucket, key, size, etag },
    ...(versionId !== undefined && { versionId }),
  };
  for (const { id: configurationId, arn } of meant) {
    const event = recordsOf({ ...about, configurationId, time: Date.now(), sequencer: nextSequencer() });
    const to = parseFunctionArn(arn);
    const known = to && parts.functions.get(to.region, to.name);
    if (!known || !allowsBucket(known.statements, bucket)) continue;
    for (let copy = 0; copy < parts.deliveries(); copy += 1) parts.deliver(known.region, known.name, event);
  }
}
