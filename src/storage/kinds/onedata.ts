import { asText, type JsonObject } from '../../json.ts';
import type { StoreEvent } from '../events.ts';
import type { KindOfStore } from '../kind.ts';

/** Onedata, whose spaces are to it what buckets are to S3. */
export const onedata: KindOfStore = {
  endpoint: 'oneprovider_host',
  settings: ['oneprovider_host'],
  events: { record },
};

/** The first folder of a path is the space. */
function record(fields: JsonObject, event: JsonObject): StoreEvent | undefined {
  const path = asText(event['Key']);
  if (fields['eventSource'] !== 'OneTrigger' || path === undefined) return undefined;
  const [bucket = '', ...rest] = path.replace(/^\/+/, '').split('/');
  return { isNew: true, object: { bucket, key: rest.join('/') }, shownKey: path };
}
