import { setTimeout as wait } from 'node:timers/promises';
import type { ErrorDetail } from '../deploy/action.ts';
import { errorDetail } from '../deploy/outcome.ts';
import { FdlError, type Session } from '../session/index.ts';
import { costText } from '../terminal/cost-text.ts';
import { overwrittenLines } from '../terminal/run-text.ts';
import { statusText } from '../terminal/status-text.ts';
import type { Style } from '../terminal/style.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { isFailed, lastAttempts } from '../workflow/again.ts';
import type { Cost } from '../workflow/cost.ts';
import type { Invocation } from '../workflow/invocation.ts';
import type { Workflow } from '../workflow/model.ts';
import { overwritten } from '../workflow/results.ts';
import { stepStatuses } from '../workflow/step-status.ts';
import type { CommandContext, ExitCode, Handler } from './command.ts';
import { checkCostOptions } from './cost-options.ts';
import { fileOf, openSession, type WorkflowOptions } from './open-session.ts';
import { parseSince } from './since.ts';

interface Options extends WorkflowOptions {
  readonly step?: string;
  readonly failed?: boolean;
  readonly since?: string;
  readonly cost?: boolean;
  readonly prices?: string;
  readonly watch?: boolean;
}

/** A place that could not be asked. */
export interface Unreached {
  /** Absent where a workflow may be at several places of one. */
  readonly provider?: string;
  readonly error: ErrorDetail;
}

export function documentOf(workflow: Workflow, { invocations, unreached, cost }: Looked) {
  const steps = stepStatuses(workflow, invocations);
  return {
    workflow: workflow.name,
    steps,
    invocations,
    overwritten: overwritten(invocations),
    unreached,
    cost,
  };
}

/** What was found at one look. */
interface Looked {
  readonly invocations: readonly Invocation[];
  readonly unreached: readonly Unreached[];
  readonly cost?: Cost | undefined;
}

/** Lists invocations; for people the latest ones, with the totals of every step. Failures that are asked for are one of the command. */
export const run: Handler = async (context, [file], options: Options) => {
  const { terminal } = context;
  checkCostOptions(options);
  if (options.watch && terminal.json) throw watchIsForPeople();
  const session = await openSession(context, fileOf(context, file), options, 'look');
  const { workflow } = session;
  if (options.watch) return watch(context, session, options);
  const looked = await look(context, session, options);
  const { invocations } = looked;
  for (const line of unreachedLines(looked, terminal.noteStyle)) terminal.note(line);
  if (terminal.json) terminal.data(documentOf(workflow, looked));
  else terminal.out(textOf(workflow, looked, terminal, options));
  for (const line of overwrittenLines(overwritten(invocations), terminal.noteStyle)) terminal.note(line);
  return options.failed && invocations.length > 0 ? 1 : 0;
};

async function look(
  { terminal }: CommandContext,
  session: Session,
  { step, failed, cost, ...options }: Options,
): Promise<Looked> {
  const since = options.since === undefined ? undefined : parseSince(options.since, new Date());
  const all: Invocation[] = [];
  const unreached: Unreached[] = [];
  const missed = (thrown: unknown) =>
    void unreached.push({ error: errorDetail(thrown, terminal.mask, 'read-failed') });
  for await (const each of session.invocations({ step, since, missed })) {
    const isOld = since !== undefined && each.startedAt !== undefined && each.startedAt < since;
    if (!isOld) all.push(each);
  }
  const invocations = failed ? lastAttempts(session.workflow, all).filter(isFailed) : all;
  return { invocations, unreached, cost: cost ? await session.cost(invocations, options) : undefined };
}

function unreachedLines({ unreached }: Looked, style: Style): readonly string[] {
  const messages = new Set(unreached.map(({ error }) => error.message));
  return [...messages].map((message) => `${style('yellow', '!')} ${message}`);
}

function textOf(
  workflow: Workflow,
  { invocations, cost }: Looked,
  { outStyle, room }: Terminal,
  { failed, shown }: { readonly failed?: boolean | undefined; readonly shown?: number },
): string {
  if (failed && invocations.length === 0) return `${outStyle('bold', workflow.name)}: no input has failed`;
  const times = stepStatuses(workflow, invocations);
  const text = statusText(workflow.name, invocations, outStyle, { room, times, ...(shown && { shown }) });
  return cost && invocations.length > 0 ? `${text}\n\n${costText(cost, outStyle)}` : text;
}

/** Milliseconds between two looks. */
const INTERVAL = 2000;
/** Invocations that are shown of them: the screen has little room. */
const WATCHED = 12;

/** Shows how things are, again and again, until somebody has seen enough. */
async function watch(context: CommandContext, session: Session, options: Options): Promise<ExitCode> {
  const { terminal, signal } = context;
  const draw = await terminal.redraw();
  while (!signal.aborted) {
    try {
      const looked = await look(context, session, options);
      const missed = unreachedLines(looked, terminal.outStyle);
      draw(
        [...missed, textOf(session.workflow, looked, terminal, { ...options, shown: WATCHED })].join('\n'),
      );
      await wait(INTERVAL, undefined, { signal });
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    }
  }
  return 0;
}

function watchIsForPeople(): FdlError {
  return new FdlError('usage', '--watch draws for people, --json prints one document', {
    hint: 'Leave one of them out: programs ask again, or follow lines with fdl logs --follow --json.',
    exitCode: 2,
  });
}
