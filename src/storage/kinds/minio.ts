import type { JsonObject } from '../../json.ts';
import type { PresentObject } from '../events.ts';
import type { KindOfStore } from '../kind.ts';
import { s3Record, writeS3 } from '../s3-events.ts';

/** MinIO, which speaks the protocol of S3. */
export const minio: KindOfStore = {
  endpoint: 'endpoint',
  settings: ['endpoint', 'region', 'verify'],
  ofClusters: true,
  hasBuckets: true,
  variables: { access_key: 'ACCESS_KEY', secret_key: 'SECRET_KEY' },
  needs: ['endpoint', 'access_key', 'secret_key'],
  protocol: 's3',
  region: 'us-east-1',
  events: { record: s3Record('minio:s3'), write: minioEvent },
};

/** The event of a new object as MinIO sends it. */
export function minioEvent(object: PresentObject): JsonObject {
  const s3 = writeS3(object, { slashes: 'encoded' });
  const eventName = 's3:ObjectCreated:Put';
  const record = { eventSource: 'minio:s3', eventName, eventTime: object.time, s3 };
  return { EventName: eventName, Key: `${object.bucket}/${object.key}`, Records: [record] };
}
