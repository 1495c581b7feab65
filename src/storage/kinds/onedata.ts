import { record, secret, section, text } from '../../fdl/schema/field.ts';
import { asText, type JsonObject } from '../../json.ts';
import type { StoreEvent } from '../events.ts';
import type { KindOfStore } from '../kind.ts';

/** Releases that know the fields. */
const since = 'SCAR, OSCAR 2.0.0';

/** What stands below `storage_providers.onedata`. */
export const schema = () =>
  record(
    section(
      {
        oneprovider_host: text({
          title: 'Oneprovider',
          description: 'Host name of the Oneprovider that serves the space.',
          since,
          public: true,
        }),
        token: secret({ title: 'Token', description: 'Access token of Onedata.', since }),
        space: text({ title: 'Space', description: 'Name of the Onedata space.', since, public: true }),
      },
      { title: 'Onedata space', description: 'A space of Onedata and the token that opens it.', since },
    ),
    {
      title: 'Onedata',
      description: 'Onedata spaces, by ids of your choice.',
      since,
    },
  );

/** Onedata. The folders at the top of a space are to it what buckets are to S3. */
export const kind: KindOfStore = {
  endpoint: 'oneprovider_host',
  settings: ['oneprovider_host'],
  needs: ['oneprovider_host', 'token', 'space'],
  protocol: 'onedata',
  events: { record: onTrigger },
};

/** The first folder of a path is the space, which its storage provider names. */
function onTrigger(fields: JsonObject, event: JsonObject): StoreEvent | undefined {
  const path = asText(event['Key']);
  if (fields['eventSource'] !== 'OneTrigger' || path === undefined) return undefined;
  const [, first = '', ...rest] = path.replace(/^\/+/, '').split('/');
  const object = rest.length > 0 ? { bucket: first, key: rest.join('/') } : { key: first };
  return { isNew: true, object, shownKey: path };
}
