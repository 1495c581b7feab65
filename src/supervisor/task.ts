/** What one event asks for: one task per file. Plain values, made by `event.ts` or directly by `objectTask`. */
import type { StoreKind } from '../storage/kinds.ts';

/** An object of a store, as an event names it. */
export interface ObjectSource {
  readonly kind: 'object';
  /** What kind of store sent the event. */
  readonly provider: StoreKind;
  /** Id of the store, where the event says it (one that another cluster passed on); else the step's inputs tell. */
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

/** Content that came with the event itself, to be saved to a file of this name. */
export interface BodySource {
  readonly kind: 'body';
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What runs instead of the step's own script. */
export type TaskCommand =
  | { readonly kind: 'script'; readonly text: Uint8Array }
  | { readonly kind: 'argv'; readonly argv: readonly string[] };

export interface Task {
  readonly source: ObjectSource | BodySource;
  /** The event as JSON text. */
  readonly event: string;
  /** Variables that the event adds to the script's environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly command?: TaskCommand;
  /** What somebody should know about how the event was read: variables that were not passed on. */
  readonly notes: readonly string[];
}

/** An object that is there, to be handled as if its store had sent an event. */
export interface StoredObject {
  /** Id of the store, such as `minio.my_minio`. */
  readonly store: string;
  readonly kind: StoreKind;
  readonly bucket: string;
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly etag: string;
  /** ISO 8601. */
  readonly time: string;
}

/** The task for an object, with the event that S3 (or, for any other store, MinIO) would send about it. */
export function objectTask(object: StoredObject): Task {
  const { store, kind, bucket, key, size, time } = object;
  return {
    source: { kind: 'object', provider: kind, store, bucket, key, size, eventTime: time },
    event: JSON.stringify(storageEvent(object)),
    environment: { STORAGE_OBJECT_KEY: key, EVENT_TIME: time },
    notes: [],
  };
}

/** The event of a new object. S3 encodes keys in events as in a query: spaces as plus signs. */
function storageEvent({ kind, bucket, key, size, etag, time }: StoredObject): object {
  const encoded = encodeURIComponent(key).replaceAll('%20', '+');
  const s3 = {
    bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
    object: { key: kind === 's3' ? encoded.replaceAll('%2F', '/') : encoded, size, eTag: etag },
  };
  if (kind === 's3') {
    return { Records: [{ eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', eventTime: time, s3 }] };
  }
  const record = { eventSource: 'minio:s3', eventName: 's3:ObjectCreated:Put', eventTime: time, s3 };
  return { EventName: record.eventName, Key: `${bucket}/${key}`, Records: [record] };
}
