import type { ErrorDetail } from '../deploy/action.ts';
import { errorDetail } from '../deploy/outcome.ts';
import { costText } from '../terminal/cost-text.ts';
import { overwrittenLines } from '../terminal/run-text.ts';
import { statusText } from '../terminal/status-text.ts';
import { isFailed, lastAttempts } from '../workflow/again.ts';
import type { Cost } from '../workflow/cost.ts';
import type { Invocation } from '../workflow/invocation.ts';
import { overwritten } from '../workflow/results.ts';
import type { Handler } from './command.ts';
import { fileOf, openSession, type WorkflowOptions } from './open-session.ts';
import { parseSince } from './since.ts';

interface Options extends WorkflowOptions {
  readonly step?: string;
  readonly failed?: boolean;
  readonly since?: string;
  readonly cost?: boolean;
  readonly prices?: string;
}

/** A place that could not be asked. */
export interface Unreached {
  /** Absent where a workflow may be at several places of one. */
  readonly provider?: string;
  readonly error: ErrorDetail;
}

export function documentOf(
  workflow: string,
  invocations: readonly Invocation[],
  unreached: readonly Unreached[],
  cost?: Cost,
) {
  return { workflow, invocations, overwritten: overwritten(invocations), unreached, cost };
}

/** Lists invocations; for people the latest ones, with the totals of every step. Failures that are asked for are one of the command. */
export const run: Handler = async (context, [file], options: Options) => {
  const { terminal } = context;
  const session = await openSession(context, fileOf(context, file), options, 'look');
  const { step } = options;
  const since = options.since === undefined ? undefined : parseSince(options.since, new Date());
  const { workflow } = session;
  const all: Invocation[] = [];
  const unreached: Unreached[] = [];
  const missed = (thrown: unknown) =>
    void unreached.push({ error: errorDetail(thrown, terminal.mask, 'read-failed') });
  for await (const each of session.invocations({ step, since, missed })) {
    const isOld = since !== undefined && each.startedAt !== undefined && each.startedAt < since;
    if (!isOld) all.push(each);
  }
  const invocations = options.failed ? lastAttempts(workflow, all).filter(isFailed) : all;
  const messages = new Set(unreached.map(({ error }) => error.message));
  for (const message of messages) terminal.note(`${terminal.noteStyle('yellow', '!')} ${message}`);
  const lost = overwritten(invocations);
  const cost = options.cost ? await session.cost(invocations, options) : undefined;
  if (terminal.json) terminal.data(documentOf(workflow.name, invocations, unreached, cost));
  else terminal.out(statusText(workflow.name, invocations, terminal.outStyle, terminal.room));
  if (cost && !terminal.json) terminal.out(`\n${costText(cost, terminal.outStyle)}`);
  for (const line of overwrittenLines(lost, terminal.noteStyle)) terminal.note(line);
  return options.failed && invocations.length > 0 ? 1 : 0;
};
