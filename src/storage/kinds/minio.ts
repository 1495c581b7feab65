import { flag, record, section, text } from '../../fdl/schema/field.ts';
import type { JsonObject } from '../../json.ts';
import { accessKeys } from '../access-keys.ts';
import type { PresentObject } from '../events.ts';
import type { KindOfStore } from '../kind.ts';
import { s3Record, writeS3 } from '../s3-events.ts';

/** Releases that know the fields. */
const since = 'SCAR, OSCAR 2.0.0';

/** What stands below `storage_providers.minio`. */
export const schema = () =>
  record(
    section(
      {
        endpoint: text({
          title: 'Endpoint',
          description: 'URL of the MinIO server, with scheme and port.',
          examples: ['https://minio.example.org:9000'],
          since,
          public: true,
        }),
        verify: flag({
          title: 'Verify TLS',
          description: "Whether the server's TLS certificate is checked.",
          default: true,
          since,
        }),
        ...accessKeys(),
        region: text({
          title: 'Region',
          description: 'Region that the server expects in signatures.',
          examples: ['us-east-1'],
          since,
          public: true,
        }),
      },
      { title: 'MinIO server', description: 'A MinIO server and its credentials.', since },
    ),
    {
      title: 'MinIO',
      description: 'MinIO servers, by ids of your choice.',
      since,
    },
  );

/** MinIO, which speaks the protocol of S3. */
export const kind: KindOfStore = {
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
  const first = { eventSource: 'minio:s3', eventName, eventTime: object.time, s3 };
  return { EventName: eventName, Key: `${object.bucket}/${object.key}`, Records: [first] };
}
