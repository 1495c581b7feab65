/** Which events of stores are about new content, and what they are wrapped in. */
import { describe, expect, it } from 'vitest';
import { readEvent } from '../../src/supervisor/event.ts';
import { contentOf, only, record } from './events.ts';

/** Keys of what an event asks to be worked on; `content` for what names no object. */
function keys(event: unknown): readonly string[] {
  return readEvent(event).map(({ source }) => (source.kind === 'object' ? source.key : 'content'));
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html */
const S3_OTHERS = [
  'ObjectRemoved:Delete',
  'ObjectRemoved:DeleteMarkerCreated',
  'ObjectRestore:Post',
  'ObjectRestore:Completed',
  'ObjectRestore:Delete',
  'ReducedRedundancyLostObject',
  'Replication:OperationFailedReplication',
  'LifecycleExpiration:Delete',
  'LifecycleTransition',
  'IntelligentTiering',
  'ObjectTagging:Put',
  'ObjectTagging:Delete',
  'ObjectAcl:Put',
];

/** MinIO's names of events that are not about content; some of them are called a creation. */
const MINIO_OTHERS = [
  's3:ObjectAccessed:Get',
  's3:ObjectAccessed:Head',
  's3:ObjectCreated:PutTagging',
  's3:ObjectCreated:DeleteTagging',
  's3:ObjectCreated:PutRetention',
  's3:ObjectCreated:PutLegalHold',
  's3:ObjectRemoved:Delete',
  's3:ObjectTransition:Complete',
  's3:Replication:OperationCompletedReplication',
];

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html */
const EVENTBRIDGE_OTHERS = [
  'Object Deleted',
  'Object Restore Initiated',
  'Object Restore Completed',
  'Object Restore Expired',
  'Object Storage Class Changed',
  'Object Access Tier Changed',
  'Object ACL Updated',
  'Object Tags Added',
  'Object Tags Deleted',
];

const BRIDGE = { version: '0', source: 'aws.s3', time: '2021-11-12T00:00:00Z' };

function bridged(type: string, key: string) {
  return {
    ...BRIDGE,
    'detail-type': type,
    detail: { bucket: { name: 'bucket' }, object: { key, size: key.endsWith('/') ? 0 : 5 } },
  };
}

describe('events about what is no new content', () => {
  it.each(S3_OTHERS)('S3: %s', (eventName) => {
    const other = record('aws:s3', 'old', { eventName });
    expect(keys({ Records: [other] })).toEqual([]);
    expect(keys({ Records: [other, record('aws:s3', 'new', { eventName: 'ObjectCreated:Put' })] })).toEqual([
      'new',
    ]);
  });

  it.each(MINIO_OTHERS)('MinIO: %s', (eventName) => {
    expect(
      keys({ EventName: eventName, Key: 'bucket/a', Records: [record('minio:s3', 'a', { eventName })] }),
    ).toEqual([]);
  });

  it('MinIO: one about a bucket, which names no object', () => {
    const eventName = 's3:BucketCreated:*';
    expect(keys({ EventName: eventName, Records: [record('minio:s3', '', { eventName })] })).toEqual([]);
  });

  it.each(EVENTBRIDGE_OTHERS)('EventBridge: %s', (type) => {
    expect(keys(bridged(type, 'old'))).toEqual([]);
  });

  it('dCache and Rucio: removals and folders', () => {
    const dcache = (mask: readonly string[]) => ({ event: { name: 'a', mask }, subscription: 'https://x' });
    expect(keys(dcache(['IN_DELETE']))).toEqual([]);
    expect(keys(dcache(['IN_ATTRIB']))).toEqual([]);
    expect(keys(dcache(['IN_CREATE', 'IN_ISDIR']))).toEqual([]);
    expect(keys(dcache(['IN_CLOSE_WRITE']))).toEqual(['a']);
    expect(keys({ event_type: 'deletion-done', payload: { scope: 'u', name: 'd' } })).toEqual([]);
  });

  it('S3: the message that tries out a destination', () => {
    const test = { Service: 'Amazon S3', Event: 's3:TestEvent', Time: 'now', Bucket: 'bucket' };
    expect(keys(test)).toEqual([]);
    expect(keys(queued(test))).toEqual([]);
  });
});

describe('events about new content', () => {
  it.each(['Put', 'Post', 'Copy', 'CompleteMultipartUpload'])('%s', (how) => {
    expect(keys({ Records: [record('aws:s3', 'a', { eventName: `ObjectCreated:${how}` })] })).toEqual(['a']);
    expect(keys({ Records: [record('minio:s3', 'a', { eventName: `s3:ObjectCreated:${how}` })] })).toEqual([
      'a',
    ]);
  });

  it('EventBridge; but not placeholders of folders', () => {
    expect(keys(bridged('Object Created', 'a+b'))).toEqual(['a+b']);
    expect(keys(bridged('Object Created', 'folder/'))).toEqual([]);
  });
});

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
function queued(...bodies: readonly unknown[]) {
  const Records = bodies.map((body, index) => ({
    messageId: `059f36b4-87a3-44ab-83d2-66197545020${index}`,
    receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: { ApproximateReceiveCount: '1' },
    messageAttributes: {},
    md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-2:123456789012:my-queue',
    awsRegion: 'us-east-2',
  }));
  return { Records };
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
function notification(message: unknown) {
  return {
    Type: 'Notification',
    MessageId: '95df01b4-ee98-5cb9-9903-4c221d41eb5e',
    TopicArn: 'arn:aws:sns:us-east-1:123456789012:topic',
    Subject: 'Amazon S3 Notification',
    Message: typeof message === 'string' ? message : JSON.stringify(message),
    Timestamp: '2019-01-02T12:45:07.000Z',
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
function published(message: unknown) {
  const EventSubscriptionArn = 'arn:aws:sns:us-east-1:123456789012:topic:21be56ed';
  return {
    Records: [
      { EventVersion: '1.0', EventSubscriptionArn, EventSource: 'aws:sns', Sns: notification(message) },
    ],
  };
}

describe('events in envelopes', () => {
  const created = (...names: readonly string[]) => ({
    Records: names.map((name) => record('aws:s3', name, { eventName: 'ObjectCreated:Put' })),
  });

  it.each([
    ['a queue', queued(created('a+b'))],
    ['a topic', published(created('a+b'))],
    ['a topic behind a queue', queued(notification(created('a+b')))],
  ])('%s: the object is worked on as if its event had come alone', (_where, event) => {
    const task = only(readEvent(event));
    expect(task.source).toMatchObject({ provider: 's3', bucket: 'bucket', key: 'a b', size: 9 });
    expect(JSON.parse(task.event)).toEqual(created('a+b'));
    expect(task.environment['STORAGE_OBJECT_KEY']).toBe('a b');
  });

  it('all records of all messages, those of EventBridge as well, without removals', () => {
    const removed = { Records: [record('aws:s3', 'gone', { eventName: 'ObjectRemoved:Delete' })] };
    const event = queued(
      created('a', 'b'),
      removed,
      bridged('Object Created', 'c'),
      notification(created('d')),
    );
    expect(keys(event)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('a message that is no event is content, and its envelope is the event of the script', () => {
    const [first, second] = readEvent(queued('test', { hello: 1 }));
    expect([contentOf(first), contentOf(second)]).toEqual(['test', '{"hello":1}']);
    expect(JSON.parse(first?.event ?? '')).toEqual(queued('test'));
    // What is passed on as this event reads back as the same content.
    expect(contentOf(only(readEvent(first?.event)))).toBe('test');
    expect(contentOf(only(readEvent(published('hello'))))).toBe('hello');
  });

  it('a message cannot bring a script or a command along: who may send it may not run anything', () => {
    for (const message of [{ script: 'ZWNobw==' }, { cmd_args: '["id"]' }]) {
      const task = only(readEvent(queued(message)));
      expect([task.command, contentOf(task)]).toEqual([undefined, JSON.stringify(message)]);
    }
  });

  it('are refused over HTTP, as other events are', () => {
    const request = { httpMethod: 'POST', body: JSON.stringify(queued(created('a'))) };
    expect(() => readEvent(request)).toThrow(expect.objectContaining({ code: 'event-refused' }));
  });
});
