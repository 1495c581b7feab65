/** How a script is run. The way a process starts is a parameter: here, or in a container that is started from outside. */

/** What runs: a script, or a program with its arguments. */
export type Command =
  /** `interpreter` is what the script's `#!` line names, with at most one argument; `/bin/sh` without such a line. */
  | { readonly kind: 'script'; readonly path: string; readonly interpreter: readonly string[] }
  | { readonly kind: 'argv'; readonly argv: readonly string[] };

export interface RunSpec {
  readonly command: Command;
  /** The whole environment of the process. */
  readonly env: Readonly<Record<string, string>>;
  /** Where it starts; absent for the folder that the runner takes by itself (the image's working directory). */
  readonly cwd?: string | undefined;
  /** Folders that the process must see under the very same path, and write to. */
  readonly folders: readonly string[];
  /** Folders that it must see likewise, and only read. */
  readonly shown?: readonly string[];
  /** Ends the whole process group when it fires: on a deadline or when somebody cancels. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between the polite signal (SIGTERM) and the certain one (SIGKILL). */
  readonly graceMs: number;
  /** Bytes of the standard output to keep for the answer; 0 keeps none. */
  readonly captureBytes: number;
  /** One line of output, without its end; lines over 64 KiB come in pieces. */
  readonly onLine: (stream: 'stdout' | 'stderr', line: string) => void;
  /** What the runner itself has to say, for the log. */
  readonly onNote: (message: string) => void;
  /** Hears, before the runner answers, what the process took. */
  readonly onUsage?: (usage: ScriptUsage) => void;
}

/** What a process and all that it started took of the machine. Absent is what cannot be known there. */
export interface ScriptUsage {
  /** Milliseconds between its start and its end. */
  readonly wallMs: number;
  /** Milliseconds of processor time, its own and the system's for it, over all processors. */
  readonly cpuMs?: number;
  /** Bytes of memory that it had at most. */
  readonly peakMemoryBytes?: number;
}

/** How a process ended: by itself with a code, or by a signal. */
export interface Exit {
  readonly code?: number;
  readonly signal?: string;
  /** The interpreter that the script asks for and that is not there, so that nothing ran; the code is 127. */
  readonly missing?: string;
  /** The standard output, as far as it was to be kept. */
  readonly stdout?: Uint8Array;
  /** More was written than was to be kept. */
  readonly stdoutCut?: boolean;
}

/** Runs a command to its end. Rejects only when it cannot be started: `FdlError` `script-not-started`. */
export type Runner = (spec: RunSpec) => Promise<Exit>;
