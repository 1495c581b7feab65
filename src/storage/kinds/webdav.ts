import { asObject, asText, type JsonObject } from '../../json.ts';
import type { StoreEvent } from '../events.ts';
import type { KindOfStore } from '../kind.ts';

/** Servers that speak WebDAV, such as dCache. */
export const webdav: KindOfStore = {
  endpoint: 'hostname',
  settings: ['hostname'],
  events: { single },
};

/** dCache's: `{"event": {"name": …, "mask": ["IN_CREATE"]}, "subscription": …}`. */
function single(event: JsonObject): StoreEvent | undefined {
  const inner = asObject(event['event']);
  const key = asText(inner?.['name']);
  if (!inner || key === undefined || !('subscription' in event)) return undefined;
  return { isNew: isArrival(inner), object: { store: 'webdav.dcache', key } };
}

/** What inotify calls the arrival of content, as dCache does. */
const ARRIVALS = ['IN_CREATE', 'IN_CLOSE_WRITE', 'IN_MODIFY', 'IN_MOVED_TO'];

/** A mask that is missing is no reason to leave it out: people write such events by hand. */
function isArrival(event: JsonObject): boolean {
  const mask = event['mask'];
  if (!Array.isArray(mask) || mask.length === 0) return true;
  return !mask.includes('IN_ISDIR') && mask.some((flag) => ARRIVALS.includes(flag));
}
