/** Which events are about new content: the others must not run a script, which would work on what is old or gone. */
import { asObject, asText, type JsonObject } from '../json.ts';

/**
 * MinIO calls these creations, although the content stays as it was: seen in the events that it sends.
 */
const UNCHANGED = ['PutTagging', 'DeleteTagging', 'PutRetention', 'PutLegalHold'];

/**
 * Whether a record of S3 or MinIO is about new content. A name that is missing is no reason to leave it out: people
 * write such events by hand. A restored object (`ObjectRestore:Completed`) was worked on when it was created.
 * Rule: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
 */
export function isCreation(eventName: string | undefined): boolean {
  if (eventName === undefined) return true;
  const [, how] = /^(?:s3:)?ObjectCreated:(.*)$/.exec(eventName) ?? [];
  return how !== undefined && !UNCHANGED.includes(how);
}

/** As `isCreation`, for EventBridge. Rule: https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html */
export function isCreationOnBus(event: JsonObject): boolean {
  const type = asText(event['detail-type']);
  return type === undefined || type === 'Object Created';
}

/** What inotify calls the arrival of content, as dCache does. */
const ARRIVALS = ['IN_CREATE', 'IN_CLOSE_WRITE', 'IN_MODIFY', 'IN_MOVED_TO'];

/** As `isCreation`, for dCache: `{"name": …, "mask": ["IN_CREATE"]}`. */
export function isArrival(event: JsonObject): boolean {
  const mask = event['mask'];
  if (!Array.isArray(mask) || mask.length === 0) return true;
  return !mask.includes('IN_ISDIR') && mask.some((flag) => ARRIVALS.includes(flag));
}

/** As `isCreation`, for the types of Rucio's events, such as `deletion-done`. */
export function isKept(eventType: string | undefined): boolean {
  return !/^(deletion|erase)/i.test(eventType ?? '');
}

/**
 * What S3 sends to a queue or a topic when somebody configures it: `{"Service": "Amazon S3", "Event": "s3:TestEvent"}`.
 */
export function isTrial(event: JsonObject): boolean {
  return event['Service'] === 'Amazon S3' && event['Event'] === 's3:TestEvent';
}

/** Whether a record is of a store that names its events as S3 does. */
export function isOfS3(record: JsonObject): boolean {
  return asObject(record['s3']) !== undefined && /^(aws|minio):s3$/.test(asText(record['eventSource']) ?? '');
}
