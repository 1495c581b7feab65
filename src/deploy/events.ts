/** What planning and applying say while they go on. They print nothing themselves. */
import type { Subject } from './action.ts';
import type { Outcome } from './outcome.ts';

/** Something was read from the outside: resource or kind `done` of `total`. */
interface ReadEvent {
  readonly type: 'read';
  /** Id of the resource; the name of the kind where a kind is listed. */
  readonly id: string;
  readonly done: number;
  readonly total: number;
}

/** What a kind says while it reads. */
interface ReadingEvent {
  readonly type: 'reading';
  readonly id: string;
  readonly message: string;
}

/** Emitted while a plan is made. */
export type PlanEvent = ReadEvent | ReadingEvent;

/** Work on a resource starts. */
export interface StartedEvent {
  readonly type: 'started';
  readonly subject: Subject;
}

/** What a kind says while it works: `waiting for the role to become assumable`. */
export interface ProgressEvent {
  readonly type: 'progress';
  readonly subject: Subject;
  readonly message: string;
  /** Milliseconds since the work on the resource started. */
  readonly elapsedMs: number;
}

/** A resource is settled. Emitted once for every action of a plan, also for those on which no work started. */
export interface FinishedEvent {
  readonly type: 'finished';
  readonly outcome: Outcome;
  /** Milliseconds since the work on the resource started; 0 where none did. */
  readonly elapsedMs: number;
}

/** Emitted while a plan is applied. */
export type ApplyEvent = StartedEvent | ProgressEvent | FinishedEvent;
