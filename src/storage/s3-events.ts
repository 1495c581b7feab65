/** Events of S3, and of servers that write them as S3 does. */
import { asNumber, asObject, asText, type JsonObject } from '../json.ts';
import type { EventObject, PresentObject, StoreEvent } from './events.ts';

/**
 * MinIO calls these creations, although the content stays as it was: seen in the events that it sends.
 */
const UNCHANGED = ['PutTagging', 'DeleteTagging', 'PutRetention', 'PutLegalHold'];

/**
 * Whether a record of S3 or MinIO is about new content. A name that is missing is no reason to leave it out: people
 * write such events by hand. A restored object (`ObjectRestore:Completed`) was worked on when it was created.
 * Rule: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
 */
function isCreation(eventName: string | undefined): boolean {
  if (eventName === undefined) return true;
  const [, how] = /^(?:s3:)?ObjectCreated:(.*)$/.exec(eventName) ?? [];
  return how !== undefined && !UNCHANGED.includes(how);
}

/** Reads a record of the store that calls itself `source`. */
export function s3Record(source: string): (record: JsonObject, event: JsonObject) => StoreEvent | undefined {
  return (record, event) => {
    const s3 = asObject(record['s3']);
    if (!s3 || record['eventSource'] !== source) return undefined;
    if (!isCreation(asText(record['eventName']) ?? asText(event['EventName']))) return { isNew: false };
    const object = asObject(s3['object']);
    const bucket = asText(asObject(s3['bucket'])?.['name']);
    const key = asText(object?.['key']);
    if (bucket === undefined || key === undefined) return undefined;
    return { isNew: true, object: { bucket, key: decodeKey(key), ...s3State(object) } };
  };
}

/** Size, and which state of the object is meant; EventBridge writes the version's name with a hyphen. */
export function s3State(object: JsonObject | undefined): Pick<EventObject, 'size' | 'version' | 'sequencer'> {
  const size = asNumber(object?.['size']);
  const version = asText(object?.['versionId']) ?? asText(object?.['version-id']);
  const sequencer = asText(object?.['sequencer']);
  return {
    ...(size !== undefined && { size }),
    ...(version && { version }),
    ...(sequencer && { sequencer }),
  };
}

/** What records say of an object. S3 encodes keys in them as in a query, spaces as plus signs; MinIO slashes too. */
export function writeS3(
  { bucket, key, size, etag }: PresentObject,
  { slashes }: { readonly slashes: 'plain' | 'encoded' },
): JsonObject {
  const encoded = encodeURIComponent(key).replaceAll('%20', '+');
  return {
    bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
    object: { key: slashes === 'plain' ? encoded.replaceAll('%2F', '/') : encoded, size, eTag: etag },
  };
}

/** Keys in records are encoded as in a query. What is no valid code stays as it is. */
function decodeKey(encoded: string): string {
  const spaced = encoded.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced.replace(/(%[0-9a-fA-F]{2})+/g, (codes) =>
      Buffer.from(codes.replaceAll('%', ''), 'hex').toString('utf8'),
    );
  }
}
