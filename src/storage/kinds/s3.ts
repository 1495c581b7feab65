import { record, section, text } from '../../fdl/schema/field.ts';
import { asObject, asText, type JsonObject } from '../../json.ts';
import { accessKeys } from '../access-keys.ts';
import type { PresentObject, StoreEvent } from '../events.ts';
import type { KindOfStore } from '../kind.ts';
import { s3Record, s3State, writeS3 } from '../s3-events.ts';

/** Releases that know the fields. */
const since = 'SCAR, OSCAR 2.0.0';

/** What stands below `storage_providers.s3`. */
export const schema = () =>
  record(
    section(
      {
        ...accessKeys(),
        region: text({
          title: 'Region',
          description: 'AWS region of the buckets.',
          examples: ['us-east-1'],
          since,
          public: true,
        }),
      },
      { title: 'S3 account', description: 'Credentials of an AWS account for its buckets.', since },
    ),
    {
      title: 'S3',
      description: 'Accounts of Amazon S3, by ids of your choice.',
      since,
    },
  );

/** Amazon S3, whose names of buckets are global. */
export const kind: KindOfStore = {
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
