import { record, secret, section, text } from '../../fdl/schema/field.ts';
import type { KindOfStore } from '../kind.ts';

/** What stands below `storage_providers.azure`. */
export const schema = () =>
  record(
    section(
      {
        account: text({ title: 'Account', description: 'Name of the storage account.' }),
        account_key: secret({ title: 'Account key', description: 'One of the two keys of the account.' }),
        sas_token: secret({
          title: 'SAS token',
          description: 'A shared access signature, in place of `account_key`.',
        }),
        connection_string: secret({
          title: 'Connection string',
          description: 'A connection string of the account, in place of all other fields.',
        }),
        endpoint: text({
          title: 'Endpoint',
          description: 'URL of the blob service, where it is not https://ACCOUNT.blob.core.windows.net.',
          public: true,
        }),
      },
      { title: 'Storage account', description: 'A storage account of Azure and what opens it.' },
    ),
    {
      title: 'Azure Blob Storage',
      description: 'Storage accounts of Azure, by ids of your choice; services of OSCAR do not know them.',
    },
  );

/** Azure Blob Storage, whose containers are to it what buckets are to S3. */
export const kind: KindOfStore = {
  endpoint: 'endpoint',
  settings: ['endpoint'],
  variables: { account: 'AZURE_STORAGE_ACCOUNT', account_key: 'AZURE_STORAGE_KEY' },
  keys: [['account', 'account_key'], ['account', 'sas_token'], ['connection_string']],
  protocol: 'azure',
};
