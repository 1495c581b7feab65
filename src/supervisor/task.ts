/** A task: one input for a step's script. What it is, what it needs from around it, and how it ended. */
import type { EventObject, PresentObject } from '../storage/events.ts';
import { minioEvent } from '../storage/kinds/minio.ts';
import { kindOfStore } from '../storage/kinds.ts';
import type { Storage } from '../storage/storage.ts';
import type { StoreKind } from '../store-kinds.ts';
import type { LogLine, ObjectRef, Span, Usage } from '../workflow/invocation.ts';
import type { EndStatus } from '../workflow/records.ts';
import type { Runner } from './script.ts';

/** How a task ended: the fields of an `Invocation`, and what a direct call answers with. */
export interface TaskResult {
  readonly id: string;
  readonly step: string;
  readonly status: EndStatus;
  readonly input?: ObjectRef;
  readonly outputs: readonly ObjectRef[];
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly durationMs: number;
  readonly exitCode?: number;
  /** The signal that ended the script. */
  readonly signal?: string;
  /** Why it did not succeed, as a sentence. */
  readonly reason?: string;
  /** Id of the job of AWS Batch that it was passed on to. */
  readonly job?: string;
  /** What its script took; absent where it did not run. */
  readonly usage?: Usage;
  /** What it ran with: see `workflow/key.ts`. */
  readonly key?: string;
  /** Absent where its script did not run. */
  readonly span?: Span;
  /** What the script wrote, when it was asked for. */
  readonly stdout?: Uint8Array;
  readonly stdoutCut?: boolean;
}

/** Passes a task on to somewhere else that can cope with it. Answers the id of the job that does. */
export type Overflow = (task: Task, signal: AbortSignal | undefined) => Promise<string>;

/** The job of AWS Batch that runs the program. */
export interface HostJob {
  readonly id: string;
  /** Counts from 1. */
  readonly attempt: number;
  /** Who passed the event on: `function/request id`. */
  readonly delegatedBy?: string;
}

/** What a task needs from around it. */
export interface TaskDeps {
  /** Opens a store by its id. */
  readonly storage: (store: string) => Storage | Promise<Storage>;
  readonly runner: Runner;
  readonly log: (line: LogLine) => void;
  /** Hides secrets in a text; everything that is logged goes through it. */
  readonly mask?: (text: string) => string;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** A folder for the folders of tasks. */
  readonly tmpRoot: string;
  /** The environment that scripts inherit. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Variables of the script that are secret. */
  readonly secretEnvironment?: Readonly<Record<string, string>>;
  /** Cancels the task. */
  readonly signal?: AbortSignal;
  /** When the surroundings end the task whatever the step says; milliseconds since 1970. */
  readonly deadline?: number;
  /** Milliseconds before `deadline` that belong to the storing of outputs: the script ends then. None by default. */
  readonly spareMs?: number;
  /** Id of the request at AWS Lambda. */
  readonly requestId?: string;
  /** Hears of what kept a task from being done, besides its script. */
  readonly onError?: (error: unknown) => void;
  /** Takes tasks whose script failed or did not end in time. */
  readonly overflow?: Overflow;
  readonly job?: HostJob;
  /** Where scripts start; by default where the runner takes it. */
  readonly cwd?: string;
  /** Milliseconds a script has to end after it was told to; 5,000 by default. */
  readonly graceMs?: number;
  /** Bytes of the script's standard output to answer with; none by default. */
  readonly captureBytes?: number;
}

// What one event asks for: one task per object. Plain values, made by `event.ts` or directly by `objectTask`.

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
interface StoredObject extends PresentObject {
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
