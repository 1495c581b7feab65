/** Finds the objects that the events of stores name. */

import { asNumber, asObject, asText, type JsonObject } from '../json.ts';
import { isPlaceholder } from '../storage/key.ts';
import { isArrival, isCreation, isCreationOnBus, isKept, isOfS3 } from './event-kinds.ts';
import type { ObjectSource } from './task.ts';

/** An object of an event, with the part of the event that speaks of it and the variables that scripts know it by. */
export interface NamedObject {
  readonly source: ObjectSource;
  readonly event: JsonObject;
  readonly environment: Readonly<Record<string, string>>;
}

/** Objects that an event names, and records of it that name none. Nothing if no store sends such an event. */
export interface NamedObjects {
  readonly objects: readonly NamedObject[];
  readonly others: readonly JsonObject[];
}

/**
 * Reads the events of stores: records of S3, MinIO and Onedata, EventBridge's event of S3, dCache's and Rucio's. What is
 * not about new content names no object. `store` is the store that another cluster says the event comes from.
 */
export function namedObjects(event: JsonObject, store?: string): NamedObjects | undefined {
  const single = fromDcache(event) ?? fromRucio(event) ?? fromEventBridge(event);
  if (single)
    return { objects: single.isNew ? [named(single.source, event)].filter(isFile) : [], others: [] };
  if (!Array.isArray(event['Records'])) return undefined;
  const records = event['Records'].map((record) =>
    fromRecord(record, { ...event, Records: [record] }, store),
  );
  if (!records.some(({ object, isOld }) => object || isOld)) return undefined;
  return {
    objects: records.flatMap(({ object }) => object ?? []).filter(isFile),
    others: records.flatMap(({ object, isOld, event }) => (object || isOld ? [] : [event])),
  };
}

/** The consoles of stores make empty objects with a slash at the end to show folders: nothing to work on. */
function isFile({ source }: NamedObject): boolean {
  return !isPlaceholder(source.key, source.size);
}

interface ReadRecord {
  /** The whole event with this record alone, as scripts that read its first record expect. */
  readonly event: JsonObject;
  readonly object?: NamedObject;
  /** It is not about new content. */
  readonly isOld?: boolean;
}

/** What an event names that is about one object. */
interface Single {
  readonly source: ObjectSource;
  readonly isNew: boolean;
}

function fromRecord(record: unknown, event: JsonObject, store: string | undefined): ReadRecord {
  const fields = asObject(record) ?? {};
  if (isOfS3(fields) && !isCreation(asText(fields['eventName']) ?? asText(event['EventName'])))
    return { event, isOld: true };
  const source = fromS3Record(fields) ?? fromOnedata(fields, event);
  if (!source) return { event };
  const eventTime = asText(fields['eventTime']);
  const full = {
    ...source,
    ...(store && { store: storeId(source, store) }),
    ...(eventTime && { eventTime }),
  };
  const shownKey = source.provider === 'onedata' ? asText(event['Key']) : undefined;
  return { event, object: named(full, event, shownKey) };
}

function named(source: ObjectSource, event: JsonObject, shownKey = source.key): NamedObject {
  const time = source.eventTime;
  return { source, event, environment: { STORAGE_OBJECT_KEY: shownKey, ...(time && { EVENT_TIME: time }) } };
}

/** `minio.my_cluster` is an id; `my_cluster` alone is a name among the stores of the event's own kind. */
function storeId(source: ObjectSource, store: string): string {
  return store.includes('.') ? store : `${source.provider}.${store}`;
}

function fromS3Record(record: JsonObject): ObjectSource | undefined {
  const providers: Readonly<Record<string, 's3' | 'minio'>> = { 'aws:s3': 's3', 'minio:s3': 'minio' };
  const provider = providers[asText(record['eventSource']) ?? ''];
  const s3 = asObject(record['s3']);
  const object = asObject(s3?.['object']);
  const bucket = asText(asObject(s3?.['bucket'])?.['name']);
  const key = asText(object?.['key']);
  if (!provider || bucket === undefined || key === undefined) return undefined;
  return { kind: 'object', provider, bucket, key: decodeKey(key), ...sizeOf(object), ...stateOf(object) };
}

function sizeOf(object: JsonObject | undefined): { readonly size?: number } {
  const size = asNumber(object?.['size']);
  return size === undefined ? {} : { size };
}

/** Which state of the object is meant; EventBridge writes the version's name with a hyphen. */
function stateOf(object: JsonObject | undefined): Pick<ObjectSource, 'version' | 'sequencer'> {
  const version = asText(object?.['versionId']) ?? asText(object?.['version-id']);
  const sequencer = asText(object?.['sequencer']);
  return { ...(version && { version }), ...(sequencer && { sequencer }) };
}

/** The first folder of a path in Onedata is the space, which is to it what a bucket is to S3. */
function fromOnedata(record: JsonObject, event: JsonObject): ObjectSource | undefined {
  const path = asText(event['Key']);
  if (record['eventSource'] !== 'OneTrigger' || path === undefined) return undefined;
  const [bucket = '', ...rest] = path.replace(/^\/+/, '').split('/');
  return { kind: 'object', provider: 'onedata', bucket, key: rest.join('/') };
}

function fromDcache(event: JsonObject): Single | undefined {
  const inner = asObject(event['event']);
  const name = asText(inner?.['name']);
  if (!inner || name === undefined || !('subscription' in event)) return undefined;
  const source = { kind: 'object', provider: 'webdav', store: 'webdav.dcache', key: name } as const;
  return { source, isNew: isArrival(inner) };
}

function fromRucio(event: JsonObject): Single | undefined {
  const payload = asObject(event['payload']);
  const [bucket, key] = [asText(payload?.['scope']), asText(payload?.['name'])];
  if (!('event_type' in event) || bucket === undefined || key === undefined) return undefined;
  return {
    source: { kind: 'object', provider: 'rucio', bucket, key },
    isNew: isKept(asText(event['event_type'])),
  };
}

function fromEventBridge(event: JsonObject): Single | undefined {
  const detail = asObject(event['detail']);
  const object = asObject(detail?.['object']);
  const bucket = asText(asObject(detail?.['bucket'])?.['name']);
  const key = asText(object?.['key']);
  if (event['source'] !== 'aws.s3' || bucket === undefined || key === undefined) return undefined;
  const eventTime = asText(event['time']);
  // Unlike in S3's own records, the key is not encoded here.
  const known = { ...sizeOf(object), ...stateOf(object), ...(eventTime && { eventTime }) };
  return {
    source: { kind: 'object', provider: 's3', bucket, key, ...known },
    isNew: isCreationOnBus(event),
  };
}

/** Keys in records are encoded as in a query. What is no valid code stays as it is. */
export function decodeKey(encoded: string): string {
  const spaced = encoded.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced.replace(/(%[0-9a-fA-F]{2})+/g, (codes) =>
      Buffer.from(codes.replaceAll('%', ''), 'hex').toString('utf8'),
    );
  }
}
