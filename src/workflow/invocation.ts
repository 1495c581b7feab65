/** One run of one step for one input: the same shape on every provider. */

export type InvocationStatus =
  | 'queued'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'timed-out'
  | 'cancelled'
  | 'delegated';

/** An object by its storage URI, such as `minio.my_minio://bucket/key`. */
export interface ObjectRef {
  readonly uri: string;
  /** Bytes. */
  readonly size: number;
  /** As its store gave it, when the invocation read or wrote the object. */
  readonly etag?: string;
  /** Of the content, in hexadecimal digits, where the store's tag says nothing of that. */
  readonly sha256?: string;
}

/** What a script took of the machine where it ran. Absent is what cannot be known there. */
export interface Usage {
  /** Milliseconds between its start and its end. */
  readonly wallMs: number;
  /** Milliseconds of processor time, its own and the system's for it, over all processors. */
  readonly cpuMs?: number;
  /** Bytes of memory that it and what it started had at most. */
  readonly peakMemoryBytes?: number;
  /** Bytes of its input. */
  readonly bytesIn: number;
  /** Bytes of what was stored of its results. */
  readonly bytesOut: number;
}

/** Where it stands in a trace, by the ids of W3C Trace Context: hexadecimal. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** Of what wrote its input; absent where the input does not say it. */
  readonly parentSpanId?: string;
}

/** What AWS Lambda says that it charges for. */
export interface Billed {
  readonly milliseconds: number;
  readonly memoryMib: number;
  readonly requests: number;
}

export interface Invocation {
  readonly id: string;
  /** Id of the step. */
  readonly step: string;
  readonly status: InvocationStatus;
  /** Absent for a direct call that names no object. */
  readonly input?: ObjectRef;
  readonly outputs: readonly ObjectRef[];
  /** Nothing tells which outputs are its own: they are those that appeared while it ran. */
  readonly outputsGuessed?: boolean;
  /** ISO 8601, UTC. */
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly durationMs?: number;
  /** Of the script; absent when a signal ended it or it never started. */
  readonly exitCode?: number;
  /** Why it failed or waits, as a sentence for people. */
  readonly reason?: string;
  /** Id of the job of AWS Batch that does it, or that it was passed on to; of a service on OSCAR, of the job elsewhere. */
  readonly job?: string;
  /** What its script took; absent where nobody measured it. */
  readonly usage?: Usage;
  /** Of its function, or of what passed its input on to its job; absent where AWS Lambda has not said it. */
  readonly billed?: Billed;
  /** What it ran with: see `key.ts`. */
  readonly key?: string;
  /** It was not done now: this is an earlier one whose outputs still count. */
  readonly cached?: boolean;
  /** Its span, as its outputs carry it; absent where its supervisor has none. */
  readonly span?: Span;
}

/** Whether nothing more will happen to an invocation of this status. */
export function isSettled(status: InvocationStatus): boolean {
  return status !== 'queued' && status !== 'running';
}

/** One line that a step's script, or its supervisor, wrote. */
export interface LogLine {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly step: string;
  /** Id of the invocation. */
  readonly invocation: string;
  readonly stream: 'stdout' | 'stderr' | 'supervisor';
  readonly message: string;
}
