/** What a command is: data that says how it is called, and a handler that is loaded when it is. */
import type { Terminal } from '../terminal/terminal.ts';

/** 0 done, 1 failed or declined, 2 wrong command line or file, 3 `plan --detailed-exitcode` found changes, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 3 | 130;

/** Everything that a handler may use from outside. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** Fires on Ctrl-C and on SIGTERM. */
  readonly signal: AbortSignal;
  /** All commands. */
  readonly catalog: readonly CommandSpec[];
}

export type Handler = (
  context: CommandContext,
  args: readonly (string | readonly string[] | undefined)[],
  options: Readonly<Record<string, unknown>>,
) => Promise<ExitCode>;

/** What `fdl completion` lists for shells, since only the machine at hand knows it. */
export type Listed = 'templates' | 'steps' | 'clusters' | 'parameters';

export interface OptionSpec {
  /** As commander writes them: `-o, --output <dir>`. */
  readonly flags: string;
  readonly description: string;
  /** Allowed values. */
  readonly choices?: readonly string[];
  /** A whole number from here on. */
  readonly min?: number;
  /** May be given several times; its value is the list of all. */
  readonly repeats?: true;
  readonly default?: string | number | boolean;
  /** Nothing is a value, too. */
  readonly mayBeEmpty?: boolean;
  /** What its value is one of. */
  readonly completes?: Listed;
}

export interface CommandSpec {
  readonly name: string;
  /** As commander writes them: `<file> [inputs...]`. */
  readonly arguments?: string;
  /** What each argument is, in their order. */
  readonly argumentHelp?: readonly string[];
  /** What its arguments may be, besides files. */
  readonly completes?: Listed;
  readonly summary: string;
  /** More than the summary, where there is more to say. */
  readonly description?: string;
  readonly options: readonly OptionSpec[];
  /** Command lines, each with what it does. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  readonly load: () => Promise<Handler>;
  /** `fdl cluster add`: commands below this one, which by itself does what `load` says. */
  readonly subcommands?: readonly CommandSpec[];
}
