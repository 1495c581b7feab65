/** What one event asks for: one task per file. Plain values, made by `event.ts` or directly by `objectTask`. */
import type { EventObject, PresentObject } from '../storage/events.ts';
import { minioEvent } from '../storage/kinds/minio.ts';
import { kindOfStore, type StoreKind } from '../storage/kinds.ts';

/** An object of a store, as an event names it. Where the event does not say the store, the step's inputs tell. */
export interface ObjectSource extends EventObject {
  readonly kind: 'object';
  /** What kind of store sent the event. */
  readonly provider: StoreKind;
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
export interface StoredObject extends PresentObject {
  /** Id of the store, such as `minio.my_minio`. */
  readonly store: string;
  readonly kind: StoreKind;
}

/** The task for an object, with the event that its store (or, where we do not know that, MinIO) would send about it. */
export function objectTask(object: StoredObject): Task {
  const { store, kind, bucket, key, size, time } = object;
  const { write = minioEvent } = kindOfStore(kind).events ?? {};
  return {
    source: { kind: 'object', provider: kind, store, bucket, key, size, eventTime: time },
    event: JSON.stringify(write(object)),
    environment: { STORAGE_OBJECT_KEY: key, EVENT_TIME: time },
    notes: [],
  };
}
