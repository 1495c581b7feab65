import { asObject, asText, type JsonObject } from '../../json.ts';
import type { PresentObject, StoreEvent } from '../events.ts';
import type { KindOfStore } from '../kind.ts';
import { s3Record, s3State, writeS3 } from '../s3-events.ts';

/** Amazon S3, whose names of buckets are global. */
export const s3: KindOfStore = {
  settings: ['region'],
  account: 's3.default',
  hasBuckets: true,
  variables: { access_key: 'AWS_ACCESS_KEY_ID', secret_key: 'AWS_SECRET_ACCESS_KEY' },
  protocol: 's3',
  events: { single: onBus, record: s3Record('aws:s3'), isTrial, write },
};

/** EventBridge's event of S3. Rule: https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html */
function onBus(event: JsonObject): StoreEvent | undefined {
  const detail = asObject(event['detail']);
  const object = asObject(detail?.['object']);
  const bucket = asText(asObject(detail?.['bucket'])?.['name']);
  const key = asText(object?.['key']);
  if (event['source'] !== 'aws.s3' || bucket === undefined || key === undefined) return undefined;
  const eventTime = asText(event['time']);
  const type = asText(event['detail-type']);
  return {
    isNew: type === undefined || type === 'Object Created',
    // Unlike in S3's own records, the key is not encoded here.
    object: { bucket, key, ...s3State(object), ...(eventTime && { eventTime }) },
  };
}

/**
 * What S3 sends to a queue or a topic when somebody configures it: `{"Service": "Amazon S3", "Event": "s3:TestEvent"}`.
 */
function isTrial(event: JsonObject): boolean {
  return event['Service'] === 'Amazon S3' && event['Event'] === 's3:TestEvent';
}

function write(object: PresentObject): JsonObject {
  const s3 = writeS3(object, { slashes: 'plain' });
  const head = { eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', eventTime: object.time };
  return { Records: [{ ...head, s3 }] };
}
