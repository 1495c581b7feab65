/** Finds the objects that the events of stores name. */
import { isPlaceholder } from '../storage/key.ts';
import { asNumber, asObject, asText, type JsonObject } from './json.ts';
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
 * Reads the events of stores: records of S3, MinIO and Onedata, EventBridge's event of S3, dCache's and Rucio's.
 * `store` is the store that another cluster says the event comes from.
 */
export function namedObjects(event: JsonObject, store?: string): NamedObjects | undefined {
  const single = fromDcache(event) ?? fromRucio(event) ?? fromEventBridge(event);
  if (single) return { objects: [named(single, event)], others: [] };
  if (!Array.isArray(event['Records'])) return undefined;
  const records = event['Records'].map((record) =>
    fromRecord(record, { ...event, Records: [record] }, store),
  );
  const objects = records.flatMap(({ object }) => object ?? []);
  if (objects.length === 0) return undefined;
  return {
    // The consoles of stores make empty objects with a slash at the end to show folders: nothing to work on.
    objects: objects.filter(({ source }) => !isPlaceholder(source.key, source.size)),
    others: records.flatMap((record) => (record.object ? [] : [record.event])),
  };
}

interface ReadRecord {
  /** The whole event with this record alone, as scripts that read its first record expect. */
  readonly event: JsonObject;
  readonly object?: NamedObject;
}

function fromRecord(record: unknown, event: JsonObject, store: string | undefined): ReadRecord {
  const fields = asObject(record) ?? {};
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

function fromDcache(event: JsonObject): ObjectSource | undefined {
  const name = asText(asObject(event['event'])?.['name']);
  if (name === undefined || !('subscription' in event)) return undefined;
  return { kind: 'object', provider: 'webdav', store: 'webdav.dcache', key: name };
}

function fromRucio(event: JsonObject): ObjectSource | undefined {
  const payload = asObject(event['payload']);
  const [bucket, key] = [asText(payload?.['scope']), asText(payload?.['name'])];
  if (!('event_type' in event) || bucket === undefined || key === undefined) return undefined;
  return { kind: 'object', provider: 'rucio', bucket, key };
}

function fromEventBridge(event: JsonObject): ObjectSource | undefined {
  const detail = asObject(event['detail']);
  const object = asObject(detail?.['object']);
  const bucket = asText(asObject(detail?.['bucket'])?.['name']);
  const key = asText(object?.['key']);
  if (event['source'] !== 'aws.s3' || bucket === undefined || key === undefined) return undefined;
  const eventTime = asText(event['time']);
  // Unlike in S3's own records, the key is not encoded here.
  const known = { ...sizeOf(object), ...stateOf(object), ...(eventTime && { eventTime }) };
  return { kind: 'object', provider: 's3', bucket, key, ...known };
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
