import { type ErrorDetail, errorDetail } from '../deploy/outcome.ts';
import { durationText } from '../terminal/amount.ts';
import { overwrittenLines, statusMark } from '../terminal/run-text.ts';
import type { Style } from '../terminal/style.ts';
import type { Invocation } from '../workflow/invocation.ts';
import { overwritten } from '../workflow/results.ts';
import type { Handler } from './command.ts';
import { fileOf, openSession, type WorkflowOptions } from './open-session.ts';
import { parseSince } from './since.ts';

interface Options extends WorkflowOptions {
  readonly step?: string;
  readonly failed?: boolean;
  readonly since?: string;
}

const FAILED: readonly Invocation['status'][] = ['failed', 'timed-out', 'cancelled'];

/** Lists invocations; for people the latest ones, with the totals of every step. */
export const run: Handler = async (context, [file], options: Options) => {
  const { terminal } = context;
  const session = await openSession(context, fileOf(context, file), options, 'look');
  const { step } = options;
  const since = options.since === undefined ? undefined : parseSince(options.since, new Date());
  const { workflow } = session;
  const invocations: Invocation[] = [];
  const unreached: ErrorDetail[] = [];
  const missed = (thrown: unknown) => void unreached.push(errorDetail(thrown, terminal.mask, 'read-failed'));
  for await (const each of session.invocations({ step, since, missed })) {
    const isOld = since !== undefined && each.startedAt !== undefined && each.startedAt < since;
    if (!isOld && (!options.failed || FAILED.includes(each.status))) invocations.push(each);
  }
  const messages = new Set(unreached.map(({ message }) => message));
  for (const message of messages) terminal.note(`${terminal.noteStyle('yellow', '!')} ${message}`);
  const lost = overwritten(invocations);
  if (terminal.json) terminal.data({ workflow: workflow.name, invocations, overwritten: lost, unreached });
  else terminal.out(statusText(workflow.name, invocations, terminal.outStyle));
  for (const line of overwrittenLines(lost, terminal.noteStyle)) terminal.note(line);
  return 0;
};

const SHOWN = 30;

function statusText(workflow: string, invocations: readonly Invocation[], style: Style): string {
  if (invocations.length === 0) return `${style('bold', workflow)}: no invocations`;
  const totals = new Map<string, Map<string, number>>();
  for (const { step, status } of invocations) {
    const counts = totals.get(step) ?? new Map<string, number>();
    totals.set(step, counts.set(status, (counts.get(status) ?? 0) + 1));
  }
  const width = Math.max(...[...totals.keys()].map((step) => step.length));
  const sums = [...totals].map(([step, counts]) => {
    const parts = [...counts].map(([status, count]) => `${count} ${status}`);
    return `  ${step.padEnd(width)}  ${parts.join(', ')}`;
  });
  const latest = invocations.slice(-SHOWN).map((each) => invocationText(each, width, style));
  const more =
    invocations.length > SHOWN
      ? [style('dim', `  … ${invocations.length - SHOWN} earlier ones (--json shows all)`)]
      : [];
  return [style('bold', workflow), ...sums, '', ...more, ...latest].join('\n');
}

function invocationText(invocation: Invocation, width: number, style: Style): string {
  const { id, step, status, input, durationMs, reason } = invocation;
  const time = durationMs === undefined ? '' : ` ${durationText(durationMs)}`;
  const head = `${statusMark(status, style)} ${step.padEnd(width)} ${status}${time} ${style('dim', `${input?.uri ?? ''} ${id}`)}`;
  return reason ? `${head}\n    ${reason}` : head;
}
