import { FdlError } from '../errors.ts';
import { failedBeforeText } from '../terminal/run-text.ts';
import type { Handler } from './command.ts';
import { fileAndRest, lineOf, openSession, type WorkflowOptions } from './open-session.ts';
import { checkPrices, report, tell, type WorkOptions, withCost } from './run.ts';
import { parseSince } from './since.ts';

interface Options extends WorkflowOptions, WorkOptions {
  readonly output?: string;
  readonly step?: string;
  readonly since?: string;
  readonly all?: boolean;
  readonly failed?: boolean;
}

/** Runs inputs again that are there, by default those that failed. */
export const run: Handler = async (context, [first, more], options: Options) => {
  const { terminal } = context;
  const { output, step, all, failed, timeout, engine, concurrency, retries } = options;
  if (all && failed) throw bothGiven();
  const { file, rest: invocations } = fileAndRest(context, [first ?? [], more ?? []].flat());
  const session = await openSession(context, file, options, 'use');
  const since = options.since === undefined ? undefined : parseSince(options.since, new Date());
  await checkPrices(context, session, options);
  const started = performance.now();
  const how = { output, timeout, engine, concurrency, retries };
  const done = await session.rerun({ invocations, step, since, all, failed }, how);
  const line = lineOf(session, options);
  for (const { invocation, reason } of done.lost)
    terminal.note(
      failedBeforeText({ ...invocation, reason: `it cannot be run again: ${reason}` }, terminal.noteStyle),
    );
  if (done.chosen === 0)
    terminal.note(`${session.workflow.name}: ${all ? 'nothing to run again' : 'no input has failed'}`);
  const took = performance.now() - started;
  const code = report(context, session, await withCost(session, done, options), took, line, 'run again');
  await tell(context, session, done, took);
  return code === 0 && done.lost.length > 0 ? 1 : code;
};

function bothGiven(): FdlError {
  const hint = 'Leave one of them out: --failed is what is run again without --all.';
  return new FdlError('usage', '--all and --failed are given', { hint, exitCode: 2 });
}
