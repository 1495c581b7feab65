/** Attics, a made-up kind of store: servers that speak the protocol of S3, each with shelves for buckets. */
import { record, secret, section, text } from '../src/fdl/schema/field.ts';
import type { KindOfStore } from '../src/storage/kind.ts';
import { s3Record } from '../src/storage/s3-events.ts';

/** What stands below `storage_providers.attic`. */
export const schema = () =>
  record(
    section(
      {
        address: text({ title: 'Address', description: 'URL of the attic.', public: true }),
        floor: text({ title: 'Floor', description: 'Floor below the roof.', public: true }),
        access_key: secret({ title: 'Name', description: 'Name at the door.' }),
        secret_key: secret({ title: 'Word', description: 'Word at the door.' }),
      },
      { title: 'Attic', description: 'An attic and what opens it.' },
    ),
    { title: 'Attics', description: 'Attics, by ids of your choice.' },
  );

export const kind: KindOfStore = {
  endpoint: 'address',
  settings: ['address', 'floor'],
  hasBuckets: true,
  variables: { access_key: 'ATTIC_NAME', secret_key: 'ATTIC_WORD' },
  needs: ['address', 'access_key', 'secret_key'],
  protocol: 's3',
  region: 'roof',
  events: { record: s3Record('attic:s3') },
};
