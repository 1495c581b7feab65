/** What the events of stores say of objects. */
import type { JsonObject } from '../json.ts';

/** An object as an event names it. */
export interface EventObject {
  /** Id of the store, where the event says it. */
  readonly store?: string;
  /** Absent where `key` is relative to the folder of the step's input in that store. */
  readonly bucket?: string;
  readonly key: string;
  /** Bytes. */
  readonly size?: number;
  /** ISO 8601. */
  readonly eventTime?: string;
  /** Id of the object's version, in buckets that have versions. */
  readonly version?: string;
  /** Tells the changes of one key apart: an event that is delivered again has the same one. */
  readonly sequencer?: string;
}

/** What an event of a store says of an object, whether or not its content is new. */
export interface StoreEvent {
  readonly isNew: boolean;
  /** Always there where it is new. */
  readonly object?: EventObject;
  /** The key as scripts know it, where that is another one. */
  readonly shownKey?: string;
}

/** An object that is there, to be spoken of as if its store had sent an event. */
export interface PresentObject {
  readonly bucket: string;
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly etag: string;
  /** ISO 8601. */
  readonly time: string;
}

/** The events of one kind of store. What reads them answers nothing for an event of another kind. */
export interface EventsOfStore {
  /** Reads an event that speaks of one object. */
  readonly single?: (event: JsonObject) => StoreEvent | undefined;
  /** Reads one of the `Records` of an event. */
  readonly record?: (record: JsonObject, event: JsonObject) => StoreEvent | undefined;
  /** Whether it is sent only to try whether events arrive. */
  readonly isTrial?: (event: JsonObject) => boolean;
  /** The event of a new object. */
  readonly write?: (object: PresentObject) => JsonObject;
}
