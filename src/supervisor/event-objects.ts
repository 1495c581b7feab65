/** Finds the objects that the events of stores name. */
import { asObject, asText, type JsonObject } from '../json.ts';
import type { EventObject, StoreEvent } from '../storage/events.ts';
import { isPlaceholder } from '../storage/key.ts';
import { kindOfStore } from '../storage/kinds.ts';
import { STORE_KINDS, type StoreKind } from '../store-kinds.ts';
import type { ObjectSource } from './task.ts';

/** An object of an event, with the part of the event that speaks of it and the variables that scripts know it by. */
export interface NamedObject {
  readonly source: ObjectSource;
  readonly event: JsonObject;
  readonly environment: Readonly<Record<string, string>>;
}

/** Objects that an event names, and records of it that name none. Nothing if no store sends such an event. */
interface NamedObjects {
  readonly objects: readonly NamedObject[];
  readonly others: readonly JsonObject[];
}

/**
 * Reads the events of stores. What is not about new content names no object. `store` is the store that another cluster
 * says the event comes from.
 */
export function namedObjects(event: JsonObject, store?: string): NamedObjects | undefined {
  const single = firstOf((kind) => kindOfStore(kind).events?.single?.(event));
  if (single) return { objects: named(single, event), others: [] };
  if (!Array.isArray(event['Records'])) return undefined;
  const records = event['Records'].map((record) => {
    // The whole event with this record alone, as scripts that read its first record expect.
    return { record, alone: { ...event, Records: [record] } };
  });
  const read = records.map(({ record, alone }) => ({ alone, of: recordEvent(record, alone, store) }));
  if (!read.some(({ of }) => of)) return undefined;
  return {
    objects: read.flatMap(({ of, alone }) => (of ? named(of, alone) : [])),
    others: read.flatMap(({ of, alone }) => (of ? [] : [alone])),
  };
}

/** Whether an event is sent only to try whether events arrive. */
export function isTrial(event: JsonObject): boolean {
  return STORE_KINDS.some((kind) => kindOfStore(kind).events?.isTrial?.(event));
}

/** An event, and the kind of store that sent it. */
interface OfKind {
  readonly kind: StoreKind;
  readonly event: StoreEvent;
}

function firstOf(read: (kind: StoreKind) => StoreEvent | undefined): OfKind | undefined {
  for (const kind of STORE_KINDS) {
    const event = read(kind);
    if (event) return { kind, event };
  }
  return undefined;
}

function recordEvent(value: unknown, event: JsonObject, store: string | undefined): OfKind | undefined {
  const record = asObject(value) ?? {};
  const found = firstOf((kind) => kindOfStore(kind).events?.record?.(record, event));
  if (!found?.event.object) return found;
  const eventTime = asText(record['eventTime']);
  const object: EventObject = {
    ...found.event.object,
    ...(store && { store: storeId(found.kind, store) }),
    ...(eventTime && { eventTime }),
  };
  return { ...found, event: { ...found.event, object } };
}

/** `minio.my_cluster` is an id; `my_cluster` alone is a name among the stores of the event's own kind. */
function storeId(kind: StoreKind, store: string): string {
  return store.includes('.') ? store : `${kind}.${store}`;
}

/** The consoles of stores make empty objects with a slash at the end to show folders: nothing to work on. */
function named(
  { kind, event: { isNew, object, shownKey } }: OfKind,
  event: JsonObject,
): readonly NamedObject[] {
  if (!isNew || !object || isPlaceholder(object.key, object.size)) return [];
  const time = object.eventTime;
  const environment = { STORAGE_OBJECT_KEY: shownKey ?? object.key, ...(time && { EVENT_TIME: time }) };
  return [{ source: { kind: 'object', provider: kind, ...object }, event, environment }];
}
