/** Requests to a cluster's MinIO: what it answers by itself, and what the S3 stand-in behind it answers. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { failure } from './memory-s3.ts';
import type { Minio, MinioState } from './minio.ts';
import {
  eventName,
  eventText,
  fits,
  type Happened,
  notificationXml,
  parseNotifications,
} from './notifications.ts';

type Refuse = (...how: Parameters<typeof failure>) => void;
type Reply = (status: number, content?: string, headers?: Record<string, string>) => void;

/** Answers one request. */
export async function handle(
  state: MinioState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await buffer(request);
  const { method = '', url = '/' } = request;
  const { pathname, searchParams } = new URL(url, 'http://minio');
  const [bucket = '', ...rest] = pathname.slice(1).split('/').map(decodeURIComponent);
  const key = rest.join('/');
  const reply: Reply = (status, content = '', headers = {}) =>
    void response.writeHead(status, headers).end(method === 'HEAD' ? undefined : content);
  const refuse = (...how: Parameters<typeof failure>) => {
    const { status, body: content, headers } = failure(...how);
    reply(status, String(content), headers);
  };
  if (Date.now() < state.downUntil)
    return refuse(503, 'XMinioServerNotInitialized', 'Server not initialized');
  const user = accessKeyOf(request, searchParams);
  if (!isKnown(state.minio(), user)) return refuse(403, user ? 'InvalidAccessKeyId' : 'AccessDenied');
  if (key === '' && searchParams.has('notification'))
    return notification(state, method, bucket, body, reply, refuse);
  const isNewBucket = method === 'PUT' && key === '' && searchParams.size === 0;
  if (isNewBucket && (await state.minio().exists(bucket))) return refuse(409, 'BucketAlreadyOwnedByYou');
  const answer = await forward(state.options.s3, request, body);
  response.writeHead(answer.status, answer.headers);
  response.end(answer.body);
  const event = answer.status === 200 && key !== '' ? eventName(method, searchParams, request) : undefined;
  if (event) announce(state, { bucket, key, event, user });
}

function accessKeyOf({ headers }: IncomingMessage, query: URLSearchParams): string {
  const credential = /Credential=([^/,]+)\//.exec(headers.authorization ?? '')?.[1];
  return credential ?? query.get('X-Amz-Credential')?.split('/')[0] ?? '';
}

function isKnown({ root, users }: Minio, key: string): boolean {
  return key === root.accessKey || [...users.values()].some(({ accessKey }) => accessKey === key);
}

async function forward(s3: string, request: IncomingMessage, body: Buffer) {
  const headers = Object.entries(request.headers).flatMap(([name, value]) => {
    const isOfConnection = ['host', 'connection', 'content-length', 'expect', 'transfer-encoding'].includes(
      name,
    );
    return isOfConnection || value === undefined ? [] : [[name, String(value)] as [string, string]];
  });
  const { method = 'GET', url = '/' } = request;
  const hasBody = method === 'PUT' || method === 'POST';
  const answer = await fetch(s3 + url, { method, headers, redirect: 'manual', ...(hasBody && { body }) });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const own = new Headers(answer.headers);
  own.delete('content-encoding');
  own.delete('transfer-encoding');
  return { status: answer.status, headers: Object.fromEntries(own), body: bytes };
}

async function notification(
  state: MinioState,
  method: string,
  bucket: string,
  body: Buffer,
  reply: Reply,
  refuse: Refuse,
): Promise<void> {
  const { notifications, webhooks, arnOf } = state.minio();
  if (!(await state.minio().exists(bucket))) return refuse(404, 'NoSuchBucket');
  if (method === 'GET') {
    const rows = (notifications.get(bucket) ?? []).map(notificationXml).join('');
    const content = `<NotificationConfiguration>${rows}</NotificationConfiguration>`;
    return reply(200, content, { 'content-type': 'application/xml' });
  }
  const wanted = parseNotifications(body.toString());
  const known = new Set([...webhooks.keys()].map(arnOf));
  if (wanted.some(({ arn }) => !known.has(arn))) {
    const why =
      'A specified destination ARN does not exist or is not well-formed. Verify the destination ARN.';
    return refuse(400, 'InvalidArgument', why);
  }
  const same = wanted.map(({ id: _, ...rest }) => JSON.stringify(rest));
  if (new Set(same).size < same.length) {
    const why =
      'An object key name filtering rule defined with overlapping prefixes, overlapping suffixes, or overlapping combinations of prefixes and suffixes for the same event types.';
    return refuse(400, 'InvalidArgument', why);
  }
  notifications.set(bucket, wanted);
  reply(200);
}

/** Sends what happened to every service whose notification fits. */
function announce(state: MinioState, happened: Happened): void {
  const { notifications, webhooks, lost, arnOf } = state.minio();
  const fitting = (notifications.get(happened.bucket) ?? []).filter((each) => fits(each, happened));
  for (const { arn } of fitting) {
    const service = [...webhooks.keys()].find((name) => arnOf(name) === arn);
    if (service === undefined) {
      lost.push({ service: arn, why: 'no webhook' });
      continue;
    }
    const delivery = describe(state, happened)
      .then((event) => state.options.deliver(service, webhooks.get(service) ?? '', event))
      .catch((error: Error) => lost.push({ service, why: error.message }))
      .finally(() => state.underWay.delete(delivery));
    state.underWay.add(delivery);
  }
}

async function describe({ client, options }: MinioState, happened: Happened): Promise<string> {
  const head = await client.send(new HeadObjectCommand({ Bucket: happened.bucket, Key: happened.key }));
  const { ContentLength: size = 0, ETag: etag = '', ContentType: type = '' } = head;
  return eventText(happened, options.region, { size, etag: etag.replaceAll('"', ''), type });
}
