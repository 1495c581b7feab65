/** The session of a command: opened with what the command line gives, and shown in the terminal. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FdlError } from '../errors.ts';
import type { Emit } from '../providers/runtime.ts';
import type { Activity, SessionEvent } from '../session/events.ts';
import { open, type Session } from '../session/index.ts';
import type { Purpose } from '../session/read-file.ts';
import type { SessionSettings } from '../session/settings.ts';
import { countOf } from '../terminal/amount.ts';
import type { WorkflowLine } from '../terminal/command-line.ts';
import { diagnosticText } from '../terminal/diagnostics.ts';
import { eventText } from '../terminal/plan-text.ts';
import type { Progress, Shown, Terminal } from '../terminal/terminal.ts';
import { activityShown } from './activity-text.ts';
import type { CommandContext } from './command.ts';

export interface WorkflowOptions {
  readonly local?: boolean;
  readonly envFile?: string;
  /** `NAME=VALUE`, for parameters of the file. */
  readonly param?: readonly string[];
  /** File with values of parameters. */
  readonly params?: string;
  /** Name given on the command line. */
  readonly workflow?: string;
}

/**
 * Opens the workflow of a file. Whatever happens is shown, and `also` hears of it before.
 * @throws FdlError `file-invalid` (with everything that is wrong shown before), `file-not-found`
 */
export function openSession(
  context: CommandContext,
  file: string,
  options: WorkflowOptions,
  purpose: Purpose,
  also: Emit<SessionEvent> = () => {},
): Promise<Session> {
  const settings = settingsOptions(context, options);
  const show = settings.emit ?? (() => {});
  const emit: Emit<SessionEvent> = (event) => {
    void also(event);
    return show(event);
  };
  return open(file, { ...settings, emit, name: options.workflow, purpose });
}

/** How to name its workflow again on a command line. */
export function lineOf(
  { workflow: { file }, target }: Session,
  { workflow, param, params }: WorkflowOptions,
): WorkflowLine {
  return { file, local: target === 'local', workflow, param, params };
}

/**
 * What a session gets of the settings of a command.
 * @throws FdlError `usage`
 */
export function settingsOptions(
  { environment, workingDirectory, signal, terminal }: CommandContext,
  { local, envFile, param, params }: WorkflowOptions,
): SessionSettings {
  return {
    environment,
    envFile,
    parameters: parametersOf(param),
    parametersFile: params,
    workingDirectory,
    target: local ? 'local' : undefined,
    signal,
    emit: showEvents(terminal),
    hide: (secrets) => terminal.hide(secrets),
  };
}

/**
 * `NAME=VALUE`, by name; of two values for one name the last counts.
 * @throws FdlError `usage`
 */
export function parametersOf(given: readonly string[] = []): Readonly<Record<string, string>> {
  return Object.fromEntries(
    given.map((each) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(each) ?? [];
      if (name !== undefined && value !== undefined) return [name, value];
      const hint = 'Write the name of the parameter, "=" and the value: --param NAME=VALUE.';
      throw new FdlError('usage', `--param ${each} gives no value`, { hint, exitCode: 2 });
    }),
  );
}

/** Names that are looked for where no file is given. */
const USUAL = ['workflow.yaml', 'workflow.yml', 'fdl.yaml', 'fdl.yml'];

/**
 * The file that is given, or the usual one in the working directory.
 * @throws FdlError `file-not-found`, `file-ambiguous` where there are several
 */
export function fileOf(context: CommandContext, given: unknown): string {
  if (given !== undefined) return String(given);
  const [found, ...others] = usualFiles(context);
  if (found !== undefined && others.length === 0) return found;
  if (found === undefined) {
    throw new FdlError('file-not-found', `there is no ${USUAL.join(', ')} in the working directory`, {
      hint: 'Name the FDL file, such as path/to/workflow.yaml, or let `fdl init` write one.',
      exitCode: 2,
    });
  }
  throw new FdlError('file-ambiguous', `several files here may be meant: ${[found, ...others].join(', ')}`, {
    hint: 'Name the one that is meant.',
    exitCode: 2,
  });
}

/** Whether a file with one of these names lies here. */
export function hasUsualFile(context: CommandContext): boolean {
  return usualFiles(context).length > 0;
}

function usualFiles({ workingDirectory }: CommandContext): readonly string[] {
  return USUAL.filter((name) => existsSync(join(workingDirectory, name)));
}

/** The same for a command that takes `[file] [step]`. */
export function fileAndStep(
  context: CommandContext,
  [first, second]: readonly unknown[],
): { readonly file: string; readonly step: string | undefined } {
  if (second !== undefined) return { file: String(first), step: String(second) };
  const { file, rest } = fileAndRest(context, first === undefined ? [] : [String(first)]);
  return { file, step: rest[0] };
}

/**
 * The file and what stands behind it, of a command that may leave the file out: the first word is the file if it is
 * named as YAML is, or if nothing else here could be meant.
 */
export function fileAndRest(
  context: CommandContext,
  words: readonly string[],
): { readonly file: string; readonly rest: readonly string[] } {
  const [first, ...rest] = words;
  if (first === undefined) return { file: fileOf(context, undefined), rest };
  if (/\.ya?ml$/i.test(first) || usualFiles(context).length === 0) return { file: first, rest };
  return { file: fileOf(context, undefined), rest: words };
}

/** The steps of a file, for whoever is to choose one of them. Nothing is said of the file. */
export async function stepNames(context: CommandContext, given: unknown): Promise<readonly string[]> {
  const { workflow } = await quietly(context, given);
  return workflow.steps.map(({ id }) => id);
}

/** The same of the parameters of a file. */
export async function parameterNames(context: CommandContext, given: unknown): Promise<readonly string[]> {
  const { parameters } = await quietly(context, given);
  return Object.keys(parameters);
}

function quietly(context: CommandContext, given: unknown): Promise<Session> {
  const { environment, workingDirectory } = context;
  return open(fileOf(context, given), { environment, workingDirectory, purpose: 'look' });
}

// What a session says, in the terminal: a line that moves while something goes on, and notes.

/** Shows what is of interest to whoever waits for a command. What scripts write, and what is over, is not. */
function showEvents(terminal: Terminal): Emit<SessionEvent> {
  const showActivity = activityShower(terminal);
  return (event) => {
    switch (event.type) {
      case 'activity':
        return showActivity(event.activity);
      case 'note':
        return terminal.note(event.message);
      case 'settled':
        return terminal.note(eventText(event.event, terminal.noteStyle));
      case 'stopping':
        return terminal.note(
          `${countOf(event.running, 'script')} running: told to end, within ${event.grace / 1000} seconds; what is done stays done`,
        );
      case 'skipped':
        return terminal.note(`${event.uri} starts nothing: ${event.reason}`);
      case 'diagnostics':
        showDiagnostics(terminal, event);
    }
  };
}

/** Warnings that are shown by commands other than `validate`. */
const SHOWN = 20;

function showDiagnostics(
  terminal: Terminal,
  { diagnostics, isInvalid, file, source }: Extract<SessionEvent, { type: 'diagnostics' }>,
): void {
  const shown = isInvalid ? diagnostics : diagnostics.slice(0, SHOWN);
  for (const each of shown) terminal.note(diagnosticText(each, source, terminal.noteStyle));
  const more = diagnostics.length - shown.length;
  if (more > 0) terminal.note(`… and ${countOf(more, 'more warning')}: fdl validate ${file}`);
}

/** One line for what goes on; the first text of it is waited for. */
function activityShower(terminal: Terminal): (activity: Activity | undefined) => void | Promise<void> {
  let line: Progress | undefined;
  let isOn = false;
  let began: { readonly name: string; readonly since: number } | undefined;
  const shownOf = (activity: Activity): Shown => {
    if (began?.name !== activity.name) began = { name: activity.name, since: performance.now() };
    const { since } = began;
    return { ...activityShown(activity, terminal.noteStyle, performance.now() - since), since };
  };
  return (activity) => {
    const wasOn = isOn;
    isOn = activity !== undefined;
    if (!activity) {
      line?.stop();
      line = undefined;
      began = undefined;
    } else if (wasOn) {
      line?.update(shownOf(activity));
    } else {
      return terminal.progress(shownOf(activity)).then((opened) => {
        // It may be over before there is a line for it.
        if (isOn) line = opened;
        else opened.stop();
      });
    }
  };
}
