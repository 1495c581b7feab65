/** What happens while a workflow runs, and what came of it, as text. */
import type { Invocation } from '../workflow/invocation.ts';
import { bytesText, countOf } from './amount.ts';
import { commandLine, type WorkflowLine } from './command-line.ts';
import { beginningOf, padded, textWidth } from './fit.ts';
import type { Style } from './style.ts';
import { nameText } from './visible.ts';

interface CountsLike {
  readonly waiting: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** `12 done, 2 running, 5 waiting, 1 failed`. */
export function countsText({ waiting, running, succeeded, failed }: CountsLike): string {
  const parts = [`${succeeded} done`, `${running} running`, `${waiting} waiting`];
  return [...parts, ...(failed > 0 ? [`${failed} failed`] : [])].join(', ');
}

interface StepCountsLike extends CountsLike {
  readonly step: string;
}

/** Columns of a name where there is one line for all steps. */
const SHORT_NAME = 20;

/** How far each step is, all on one line: `clean 4/5, plot 0/4`. */
export function shortStepsText(steps: readonly StepCountsLike[]): string {
  const parts = steps.map(({ step, waiting, running, succeeded, failed }) => {
    return `${beginningOf(step, SHORT_NAME)} ${succeeded}/${waiting + running + succeeded + failed}`;
  });
  return parts.join(', ');
}

/** The same with one line for each, in columns. */
export function stepRows(steps: readonly StepCountsLike[]): readonly string[] {
  const width = Math.max(...steps.map(({ step }) => textWidth(step)));
  return steps.map((each) => `${padded(each.step, width)}  ${countsText(each)}`);
}

/** One line on the steps: `clean 4, analyse 4, plot 4`. */
export function stepsText(invocations: readonly Invocation[], order: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const { step } of invocations) counts.set(step, (counts.get(step) ?? 0) + 1);
  const steps = [...counts].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  return steps.map(([step, count]) => `${step} ${count}`).join(', ');
}

/** What was done: `4 invocations (clean 2, plot 2), 6 results used again`. */
export function doneText(invocations: readonly Invocation[], order: readonly string[], left: number): string {
  const done = invocations.filter(({ cached }) => !cached);
  const used = invocations.length - done.length;
  const nothing = left > 0 ? 'nothing has ended yet' : 'nothing was left to do';
  const parts = [
    ...(done.length > 0 ? [`${countOf(done.length, 'invocation')} (${stepsText(done, order)})`] : []),
    ...(used > 0 ? [`${countOf(used, 'result')} used again`] : []),
  ];
  return parts.length > 0 ? parts.join(', ') : nothing;
}

/** Attempts that failed before the last one: `2 inputs tried again after 3 failed attempts: 1 succeeded`. */
export function attemptsText(attempts: readonly Invocation[], invocations: readonly Invocation[]): string {
  const workOf = ({ id, step, input }: Invocation) => `${step}\n${input?.uri ?? id}`;
  const tried = new Set(attempts.map(workOf));
  const good = new Set(invocations.filter(({ status }) => status === 'succeeded').map(workOf));
  const inputs = countOf(tried.size, 'input');
  const succeeded = [...tried].filter((work) => good.has(work)).length;
  return `${inputs} tried again after ${countOf(attempts.length, 'failed attempt')}: ${succeeded} succeeded`;
}

/** Why a step ran for an input that it had before. */
export function whyText(
  { step, uri, reason }: { readonly step: string; readonly uri: string; readonly reason: string },
  style: Style,
): string {
  return `${style('bold', step)} runs for ${nameText(uri)}: ${reason}`;
}

const MARKS: Readonly<Record<Invocation['status'], readonly [string, Parameters<Style>[0]]>> = {
  succeeded: ['✓', 'green'],
  failed: ['✗', 'red'],
  'timed-out': ['✗', 'red'],
  cancelled: ['✗', 'yellow'],
  delegated: ['→', 'cyan'],
  queued: ['·', 'dim'],
  running: ['▸', 'cyan'],
};

/** The mark of a status. */
export function statusMark(status: Invocation['status'], style: Style): string {
  const [mark, colour] = MARKS[status];
  return style(colour, mark);
}

interface FailureLike {
  readonly invocation: Invocation;
  readonly lastLines: readonly string[];
}

/** A failure: the step, its input, why, the last lines of its log, and the command that shows the rest. */
export function failureText(
  { invocation, lastLines }: FailureLike,
  style: Style,
  workflow: WorkflowLine,
): string {
  const { step, status, input, reason, exitCode, id } = invocation;
  const code = exitCode === undefined ? '' : ` (exit code ${exitCode})`;
  const why = reason ?? `it ${status}${code}`;
  const head = `${statusMark(status, style)} ${style('bold', step)} ${status}${input ? ` for ${nameText(input.uri)}` : ''}: ${why}`;
  const log = lastLines.map((line) => `    ${style('dim', '|')} ${line}`);
  return [head, ...log, `    ${style('dim', `${commandLine('logs', workflow)} --invocation ${id}`)}`].join(
    '\n',
  );
}

/** A failure of an earlier command, whose log is no longer at hand. */
export function failedBeforeText({ step, status, input, reason, id }: Invocation, style: Style): string {
  const head = `${statusMark(status, style)} ${style('bold', step)} ${status} earlier for ${nameText(input?.uri ?? id)}`;
  return `${head}: ${reason ?? `it ${status}`}`;
}

/** A file that could not be put. */
export function notPutText(
  { path, reason }: { readonly path: string; readonly reason: string },
  style: Style,
  verb = 'put',
): string {
  return `${statusMark('failed', style)} ${nameText(path)} was not ${verb}: ${reason}`;
}

interface OverwrittenLike {
  readonly uri: string;
  readonly invocations: readonly string[];
}

/** Objects that are named; there may be as many as results. */
const NAMED = 5;

/** Results that are lost because others took their place, and how to keep them. */
export function overwrittenLines(objects: readonly OverwrittenLike[], style: Style): readonly string[] {
  if (objects.length === 0) return [];
  const mark = style('yellow', '!');
  const more = objects.length - NAMED;
  return [
    ...objects.slice(0, NAMED).map(({ uri, invocations: { length } }) => {
      return `${mark} ${length} inputs wrote ${nameText(uri)}: only what the last one wrote is left`;
    }),
    ...(more > 0 ? [`${mark} … and ${more} more objects like that (--json shows all)`] : []),
    `  ${style('cyan', 'hint')}: In the script, name results after the input: "$TMP_OUTPUT_DIR/$(basename "$INPUT_FILE_PATH")", or after its path below the input folder, $INPUT_RELATIVE_PATH, where names come twice.`,
  ];
}

interface NotFetchedLike {
  readonly uri: string;
  readonly reason: string;
  readonly hint?: string | undefined;
}

/** Objects that could not be fetched, each by name, and what to do about it once. */
export function notFetchedLines(objects: readonly NotFetchedLike[], style: Style): readonly string[] {
  return notDoneLines(objects, 'fetched', style);
}

/** The same of files that could not be moved. */
export function notMovedLines(
  files: readonly { readonly source: string; readonly reason?: string; readonly hint?: string | undefined }[],
  style: Style,
): readonly string[] {
  const named = files.map(({ source, reason = 'nothing says why', hint }) => ({ uri: source, reason, hint }));
  return notDoneLines(named, 'moved', style);
}

/** And of whatever could not be done: `done` is `deleted`, for one. */
export function notDoneLines(
  objects: readonly NotFetchedLike[],
  done: string,
  style: Style,
): readonly string[] {
  const mark = statusMark('failed', style);
  const hints = new Set(objects.flatMap(({ hint }) => hint ?? []));
  return [
    ...objects.map(({ uri, reason }) => `${mark} ${nameText(uri)} was not ${done}: ${reason}`),
    ...[...hints].map((hint) => `  ${style('cyan', 'hint')}: ${hint}`),
  ];
}

/** Columns of a size, and what stands around it. */
const SIZE = 12;

/** Files with their sizes, in columns of a screen with that `room`; a name that is longer does not widen the column. */
export function filesText(
  files: readonly { readonly name: string; readonly size: number }[],
  room: number = Number.POSITIVE_INFINITY,
): string {
  const named = files.map(({ name, size }) => ({ name: nameText(name), size: bytesText(size) }));
  const widths = named.map(({ name }) => textWidth(name)).filter((width) => width <= room - SIZE);
  const width = Math.max(0, ...widths);
  return named.map(({ name, size }) => `  ${padded(name, width)}  ${size}`).join('\n');
}

/** A file that went from one place to another. */
export function transferText({
  source,
  target,
}: {
  readonly source: string;
  readonly target: string;
}): string {
  return `${nameText(source)} → ${nameText(target)}`;
}
