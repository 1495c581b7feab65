import { record, secret, section, text } from '../../fdl/schema/field.ts';
import type { KindOfStore } from '../kind.ts';

/** What stands below `storage_providers.gcs`. */
export const schema = () =>
  record(
    section(
      {
        credentials: secret({
          title: 'Credentials',
          description:
            'The JSON of a key of a service account, or of `gcloud auth application-default login`, as a text: `${env:GOOGLE_CREDENTIALS}`.',
        }),
        access_key: secret({
          title: 'Access key',
          description: 'Id of an HMAC key, in place of `credentials`.',
        }),
        secret_key: secret({ title: 'Secret key', description: 'Secret part of that HMAC key.' }),
        endpoint: text({
          title: 'Endpoint',
          description: 'URL of the server, where it is not https://storage.googleapis.com.',
          public: true,
        }),
      },
      { title: 'Google Cloud account', description: 'Credentials for buckets of Google Cloud Storage.' },
    ),
    {
      title: 'Google Cloud Storage',
      description:
        'Accounts of Google Cloud Storage, by ids of your choice; services of OSCAR do not know them.',
    },
  );

/** Google Cloud Storage, whose names of buckets are global. */
export const kind: KindOfStore = {
  endpoint: 'endpoint',
  settings: ['endpoint'],
  variables: { credentials: 'GOOGLE_CREDENTIALS' },
  keys: [['credentials'], ['access_key', 'secret_key']],
  protocol: 'gcs',
};
