/** What a session says while something goes on. Nothing of it is needed to go on: results are returned. */
import type { FinishedEvent, PlanEvent, ProgressEvent, StartedEvent } from '../deploy/events.ts';
import type { Diagnostic } from '../fdl/diagnostic.ts';
import type { Source } from '../fdl/source.ts';
import type { Counts, Emit, WorkActivity, WorkEvent } from '../providers/runtime.ts';
import type { TransferProgress } from '../storage/transfer.ts';

/** Something that takes a while, and how far it is. */
export type Activity =
  | WorkActivity
  | { readonly name: 'reading'; readonly event?: PlanEvent }
  | { readonly name: 'applying'; readonly work?: ApplyWork }
  | { readonly name: 'calling'; readonly step: string }
  | { readonly name: 'listing' }
  /** `total`: bytes of all files. */
  | { readonly name: 'downloading'; readonly moved: TransferProgress; readonly total: number }
  | Moving
  | { readonly name: 'deleting'; readonly done: number; readonly of: number };

/** Files that move, in all (`total`: bytes) and those that are under way. */
export interface Moving {
  readonly name: 'uploading' | 'downloading' | 'copying';
  readonly moved: TransferProgress;
  readonly total: number;
  readonly each: readonly { readonly name: string; readonly bytes: number; readonly size: number }[];
}

/** How far a deployment is: resources that change, and what each that is worked on said last. */
export interface ApplyWork {
  readonly counts: Counts;
  readonly running: readonly (StartedEvent | ProgressEvent)[];
}

export type SessionEvent =
  | Exclude<WorkEvent, { readonly type: 'activity' }>
  /** It begins or goes on; without an activity, the last one is over. */
  | { readonly type: 'activity'; readonly activity?: Activity | undefined }
  /** A resource of a deployment is settled. */
  | { readonly type: 'settled'; readonly event: FinishedEvent }
  /** What there is to say about the file: warnings, or all that stands in the way. */
  | {
      readonly type: 'diagnostics';
      readonly diagnostics: readonly Diagnostic[];
      /** The file cannot be used. */
      readonly isInvalid: boolean;
      readonly file: string;
      /** For showing the lines. */
      readonly source: Source | undefined;
    };

/** Does something that takes a while, and says when it begins and when it is over. */
export async function during<T>(
  emit: Emit<SessionEvent>,
  activity: Activity,
  work: () => Promise<T>,
): Promise<T> {
  await emit({ type: 'activity', activity });
  try {
    return await work();
  } finally {
    void emit({ type: 'activity' });
  }
}
