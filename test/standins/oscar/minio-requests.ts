/** Requests to a cluster's MinIO: what the front answers by itself, and what MinIO or its stand-in answers. */
import { type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { failure } from './memory-s3.ts';
import { type Minio, type MinioState, serverOf } from './minio.ts';
import {
  eventName,
  eventText,
  fits,
  type Happened,
  type Notification,
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
  if (Date.now() < state.downUntil) return void response.destroy();
  const user = accessKeyOf(request, searchParams);
  const isReal = serverOf(state) !== undefined;
  if (!isReal && !isKnown(state.minio(), user))
    return refuse(403, user ? 'InvalidAccessKeyId' : 'AccessDenied');
  if (key === '' && searchParams.has('notification')) {
    if (isReal) return realNotification(state, { bucket, request, body }, response, refuse);
    return notification(state, method, bucket, body, reply, refuse);
  }
  const isNewBucket = method === 'PUT' && key === '' && searchParams.size === 0;
  if (!isReal && isNewBucket && (await state.minio().exists(bucket)))
    return refuse(409, 'BucketAlreadyOwnedByYou');
  const event = key === '' ? undefined : eventName(method, searchParams, request);
  const happened = event && { bucket, key, event, user };
  if (happened) announce(state, happened, 'before');
  const answer = await forward(state, request, body);
  if (!isReal) tellOtherwise(method, searchParams, answer);
  response.writeHead(answer.status, answer.headers);
  response.end(answer.body);
  if (happened && answer.status === 200) announce(state, happened, 'after');
  if (happened && answer.status !== 200) forget(state, happened);
  if (method === 'DELETE' && key === '' && searchParams.size === 0 && answer.status === 204)
    state.notifications.delete(bucket);
}

interface Forwarded {
  status: number;
  headers: Record<string, string | string[]>;
  body: Buffer;
}

/** Rule: MinIO says of the tags of a bucket that is not there what it says of one without tags. Seen on 2025-09-07. */
function tellOtherwise(method: string, query: URLSearchParams, answer: Forwarded): void {
  const isMissing = answer.status === 404 && answer.body.includes('NoSuchBucket');
  if (method !== 'GET' || !query.has('tagging') || !isMissing) return;
  const { status, body } = failure(404, 'NoSuchTagSet', 'The TagSet does not exist');
  const bytes = Buffer.from(String(body));
  Object.assign(answer, {
    status,
    body: bytes,
    headers: { ...answer.headers, 'content-length': String(bytes.length) },
  });
}

function accessKeyOf({ headers }: IncomingMessage, query: URLSearchParams): string {
  const credential = /Credential=([^/,]+)\//.exec(headers.authorization ?? '')?.[1];
  return credential ?? query.get('X-Amz-Credential')?.split('/')[0] ?? '';
}

function isKnown({ root, users }: Minio, key: string): boolean {
  return key === root.accessKey || [...users.values()].some(({ accessKey }) => accessKey === key);
}

/** With its own headers, since the signature counts them in. */
async function forward(state: MinioState, request: IncomingMessage, body: Buffer): Promise<Forwarded> {
  const base = new URL(serverOf(state)?.server.url ?? String(state.options.store));
  const { method = 'GET', url = '/', headers } = request;
  const { connection: _, expect: _expect, 'transfer-encoding': _framing, ...kept } = headers;
  return new Promise((resolve, reject) => {
    const at = { host: base.hostname, port: base.port, method, path: url };
    const sent = send(
      { ...at, headers: { ...kept, 'content-length': body.length }, agent: false },
      async (answer) => {
        const bytes = await buffer(answer);
        const { 'transfer-encoding': _framed, connection: _kept, ...own } = answer.headers;
        const length = method === 'HEAD' ? {} : { 'content-length': String(bytes.length) };
        const all = { ...own, ...length } as Record<string, string>;
        resolve({ status: answer.statusCode ?? 500, headers: all, body: bytes });
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

const UNKNOWN_ARN =
  'A specified destination ARN does not exist or is not well-formed. Verify the destination ARN.';

/**
 * MinIO knows more webhooks here than are registered: what is not is refused, and left out of answers one at a time.
 * Rule: MinIO, `PutBucketNotificationHandler` and `GetBucketNotificationHandler` (`ErrARNNotFound`).
 */
async function realNotification(
  state: MinioState,
  { bucket, request, body }: { bucket: string; request: IncomingMessage; body: Buffer },
  response: ServerResponse,
  refuse: Refuse,
): Promise<void> {
  const wanted = request.method === 'PUT' ? parseNotifications(body.toString()) : [];
  if (unregistered(state, wanted) !== undefined) return refuse(400, 'InvalidArgument', UNKNOWN_ARN);
  const answer = await forward(state, request, body);
  if (request.method === 'PUT' && answer.status === 200) state.notifications.set(bucket, wanted);
  const gone =
    request.method === 'GET' ? unregistered(state, parseNotifications(answer.body.toString())) : undefined;
  if (gone === undefined) {
    response.writeHead(answer.status, answer.headers).end(answer.body);
    return;
  }
  const rest = parseNotifications(answer.body.toString()).filter(({ arn }) => arn !== gone);
  response.writeHead(200, { 'content-type': 'application/xml' }).end(configurationXml(rest));
}

function unregistered(state: MinioState, all: readonly Notification[]): string | undefined {
  const { webhooks, arnOf } = state.minio();
  const known = new Set([...webhooks.keys()].map(arnOf));
  return all.find(({ arn }) => !known.has(arn))?.arn;
}

function configurationXml(all: readonly Notification[]): string {
  return `<NotificationConfiguration>${all.map(notificationXml).join('')}</NotificationConfiguration>`;
}

async function notification(
  state: MinioState,
  method: string,
  bucket: string,
  body: Buffer,
  reply: Reply,
  refuse: Refuse,
): Promise<void> {
  const { notifications } = state;
  if (!(await state.minio().exists(bucket))) return refuse(404, 'NoSuchBucket');
  if (method === 'GET') {
    const content = configurationXml(notifications.get(bucket) ?? []);
    return reply(200, content, { 'content-type': 'application/xml' });
  }
  const wanted = parseNotifications(body.toString());
  if (unregistered(state, wanted) !== undefined) return refuse(400, 'InvalidArgument', UNKNOWN_ARN);
  const same = wanted.map(({ id: _, ...rest }) => JSON.stringify(rest));
  if (new Set(same).size < same.length) {
    const why =
      'An object key name filtering rule defined with overlapping prefixes, overlapping suffixes, or overlapping combinations of prefixes and suffixes for the same event types.';
    return refuse(400, 'InvalidArgument', why);
  }
  notifications.set(bucket, wanted);
  reply(200);
}

/** Sends what happened to every service whose notification fits; where MinIO itself does, it is awaited. */
export function announce(state: MinioState, happened: Happened, when: 'before' | 'after'): void {
  const { webhooks, lost, arnOf } = state.minio();
  const isReal = serverOf(state) !== undefined;
  if (isReal !== (when === 'before')) return;
  const fitting = (state.notifications.get(happened.bucket) ?? []).filter((each) => fits(each, happened));
  for (const { arn } of fitting) {
    const service = [...webhooks.keys()].find((name) => arnOf(name) === arn);
    if (isReal) {
      if (service !== undefined) state.awaited.push(awaitedName(service, happened));
      continue;
    }
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

function awaitedName(service: string, { bucket, key }: Happened): string {
  return `${service} ${bucket}/${key}`;
}

/** What was refused makes no event. */
function forget({ awaited }: MinioState, { bucket, key }: Happened): void {
  const at = awaited.findIndex((name) => name.endsWith(` ${bucket}/${key}`));
  if (at >= 0) awaited.splice(at, 1);
}

async function describe({ client, options }: MinioState, happened: Happened): Promise<string> {
  const head = await client.send(new HeadObjectCommand({ Bucket: happened.bucket, Key: happened.key }));
  const { ContentLength: size = 0, ETag: etag = '', ContentType: type = '' } = head;
  return eventText(happened, options.region, { size, etag: etag.replaceAll('"', ''), type });
}
