import { asObject, asText, type JsonObject } from '../../json.ts';
import type { StoreEvent } from '../events.ts';
import type { KindOfStore } from '../kind.ts';

/** Rucio, whose scopes are to it what buckets are to S3. */
export const rucio: KindOfStore = { endpoint: 'host', settings: ['host'], events: { single } };

function single(event: JsonObject): StoreEvent | undefined {
  const payload = asObject(event['payload']);
  const [bucket, key] = [asText(payload?.['scope']), asText(payload?.['name'])];
  if (!('event_type' in event) || bucket === undefined || key === undefined) return undefined;
  // Types of events are such as `deletion-done`.
  const isGone = /^(deletion|erase)/i.test(asText(event['event_type']) ?? '');
  return { isNew: !isGone, object: { bucket, key } };
}
