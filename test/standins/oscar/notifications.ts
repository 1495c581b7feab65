/** MinIO's notifications: their configuration as XML, which of them an object concerns, and the event it sends. */
import type { IncomingMessage } from 'node:http';
import { text } from './memory-s3.ts';

/** What sends files of a folder to a service. */
export interface Notification {
  readonly id: string;
  readonly arn: string;
  readonly events: readonly string[];
  readonly prefix: string;
  readonly suffix: string;
}

/** Reads a notification configuration; only queues count, since MinIO knows no others. */
export function parseNotifications(xml: string): readonly Notification[] {
  return [...xml.matchAll(/<QueueConfiguration>([\s\S]*?)<\/QueueConfiguration>/g)].map(([, inner = '']) => {
    const one = (name: string) => text(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(inner)?.[1] ?? '');
    const rules = [...inner.matchAll(/<FilterRule>([\s\S]*?)<\/FilterRule>/g)].map(([, rule = '']) => rule);
    const rule = (name: string) => {
      const found = rules.find((each) => new RegExp(`<Name>${name}</Name>`, 'i').test(each)) ?? '';
      return text(/<Value>([\s\S]*?)<\/Value>/.exec(found)?.[1] ?? '');
    };
    const events = [...inner.matchAll(/<Event>(.*?)<\/Event>/g)].map(([, event = '']) => event);
    return { id: one('Id'), arn: one('Queue'), events, prefix: rule('prefix'), suffix: rule('suffix') };
  });
}

/** One notification as S3 writes it. */
export function notificationXml({ id, arn, events, prefix, suffix }: Notification): string {
  const rules = Object.entries({ prefix, suffix }).flatMap(([name, value]) =>
    value
      ? [`<FilterRule><Name>${name}</Name><Value>${value.replaceAll('&', '&amp;')}</Value></FilterRule>`]
      : [],
  );
  const filter = rules.length > 0 ? `<Filter><S3Key>${rules.join('')}</S3Key></Filter>` : '';
  const listed = events.map((event) => `<Event>${event}</Event>`).join('');
  return `<QueueConfiguration><Id>${id}</Id><Queue>${arn}</Queue>${listed}${filter}</QueueConfiguration>`;
}

/** What a successful request did to an object, if it made one. */
export function eventName(
  method: string,
  query: URLSearchParams,
  { headers }: IncomingMessage,
): string | undefined {
  if (method === 'POST' && query.has('uploadId')) return 's3:ObjectCreated:CompleteMultipartUpload';
  if (method !== 'PUT' || ['partNumber', 'tagging', 'acl'].some((name) => query.has(name))) return undefined;
  return headers['x-amz-copy-source'] ? 's3:ObjectCreated:Copy' : 's3:ObjectCreated:Put';
}

/** An object that was made, and by whom. */
export interface Happened {
  readonly bucket: string;
  readonly key: string;
  readonly event: string;
  /** Access key. */
  readonly user: string;
}

/** Whether an object is what a notification asks for. */
export function fits({ prefix, suffix, events }: Notification, { key, event }: Happened): boolean {
  const isAsked = events.some((each) => each === event || event.startsWith(each.replace(/\*$/, '')));
  return isAsked && key.startsWith(prefix) && key.endsWith(suffix);
}

/** The event as MinIO posts it. */
export function eventText(
  { bucket, key, event, user }: Happened,
  region: string,
  object: { readonly size: number; readonly etag: string; readonly type: string },
): string {
  const record = {
    eventVersion: '2.0',
    eventSource: 'minio:s3',
    awsRegion: region,
    eventTime: new Date().toISOString(),
    eventName: event,
    userIdentity: { principalId: user },
    requestParameters: { principalId: user, region, sourceIPAddress: '127.0.0.1' },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'Config',
      bucket: { name: bucket, ownerIdentity: { principalId: user }, arn: `arn:aws:s3:::${bucket}` },
      object: {
        key: encodeURIComponent(key).replaceAll('%20', '+'),
        size: object.size,
        eTag: object.etag,
        contentType: object.type,
      },
    },
  };
  return JSON.stringify({ EventName: event, Key: `${bucket}/${key}`, Records: [record] });
}
