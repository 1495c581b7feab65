import { explained } from './system-error.ts';

/** A position in a text file. Line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What `fdl` ends with: 1 the operation failed, 2 the command line or the file is wrong, 130 interrupted. */
type FailureExit = 1 | 2 | 130;

export interface FdlErrorOptions {
  /** What to change, as a full sentence. */
  readonly hint?: string | undefined;
  readonly place?: Place | undefined;
  readonly exitCode?: FailureExit;
  readonly cause?: unknown;
  /** More for programs: plain data beside the message. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * The one error type of this program: everything that a user can cause or mend is thrown as this.
 * `code` is stable and meant for scripts; `message` names the offending value; `hint` says what to change.
 */
export class FdlError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly place: Place | undefined;
  readonly exitCode: FailureExit;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: string, message: string, options: FdlErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'FdlError';
    this.code = code;
    this.hint = options.hint;
    this.place = options.place;
    this.exitCode = options.exitCode ?? 1;
    this.details = options.details;
  }
}

/** The message of anything that was thrown; errors of the system, of connections and of SDKs in plain words. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof FdlError) return thrown.message;
  const known = explained(thrown);
  if (known) return known.what;
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Whether a thrown value is a system error with this code, such as `ENOENT`. */
export function hasCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && (thrown as NodeJS.ErrnoException).code === code;
}

/** What machines lack by the codes of system errors, as clauses. */
const FAULTS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full (ENOSPC)',
  EDQUOT: 'the disk quota is used up (EDQUOT)',
  EMFILE: 'too many files are open (EMFILE)',
  ENFILE: 'too many files are open on this machine (ENFILE)',
  ENOMEM: 'there is no memory left (ENOMEM)',
  EAGAIN: 'no more processes can be started (EAGAIN)',
};

/** The machine is why something failed, not what was asked of it: later, the same may work. */
export class MachineError extends FdlError {}

/** What the machine lacks, as a clause, if that is why something failed, or why its cause did. */
export function machineFault(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if (thrown instanceof MachineError) return thrown.message;
  const code = (thrown as NodeJS.ErrnoException).code;
  return (
    (code !== undefined && Object.hasOwn(FAULTS, code) ? FAULTS[code] : undefined) ??
    machineFault(thrown.cause)
  );
}

/** Anything that was thrown as an error that can be shown: where nobody expected it, it is a fault of this program. */
export function presentable(thrown: unknown): FdlError {
  if (thrown instanceof FdlError) return thrown;
  const known = explained(thrown);
  if (known) return new FdlError(known.code, known.what, { hint: known.hint, cause: thrown });
  const hint = 'This is a fault of fdl. With --debug it says where, which a report of it needs.';
  return new FdlError('internal', `unexpected: ${messageOf(thrown)}`, { hint, cause: thrown });
}
