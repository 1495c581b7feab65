import { relative } from 'node:path';
import { FdlError } from '../errors.ts';
import { localHome } from '../providers/local/home.ts';
import { isSettled } from '../providers/local/standing.ts';
import { countOf, durationText } from '../terminal/amount.ts';
import {
  failedBeforeText,
  failureText,
  filesText,
  notFetchedLines,
  notPutText,
  overwrittenLines,
  statusMark,
  stepsText,
} from '../terminal/run-text.ts';
import { stepOrder } from '../workflow/order.ts';
import { overwritten } from '../workflow/results.ts';
import type { CommandContext, ExitCode, Handler } from './command.ts';
import { entryStep } from './entry-step.ts';
import type { Ran, RunOptions } from './run-work.ts';
import { expandSources, type Intake, skippedPuts } from './sources.ts';
import { isLocal, loadWorkflow, type ReadWorkflow } from './workflow-file.ts';

/** Files and failures that are listed for people; `--json` has all. */
const SHOWN = 20;

const NOTHING: Ran = {
  invocations: [],
  failures: [],
  notPut: [],
  outputs: [],
  notFetched: [],
  left: 0,
  failedBefore: [],
};

/** Puts the inputs, waits until nothing is left to do, fetches what came out; on this machine, sets all up before. */
export const run: Handler = async (context, [file, inputs], given: RunOptions) => {
  const options = given.failed ? { ...given, resume: true } : given;
  const local = isLocal(context, options);
  const loaded = await loadWorkflow(context, String(file), options, local ? 'deploy' : 'look');
  const { files: sources, skipped } = expandSources(
    (inputs ?? []) as readonly string[],
    context.workingDirectory,
  );
  const isGiven = sources.length + skipped.length > 0;
  if (!isGiven && !options.resume) throw noInputs(String(file));
  const folder = isGiven ? entryStep(loaded.workflow, options.step).inputs[0] : undefined;
  const started = performance.now();
  const intake = folder && { folder, sources, skipped };
  const ran = local
    ? await runHere(context, loaded, options, intake)
    : await (await import('./cloud-run.ts')).runOnCloud(context, loaded, options, intake);
  const notPut = [...(intake ? skippedPuts(intake) : []), ...ran.notPut];
  return report(context, loaded, { ...ran, notPut }, performance.now() - started);
};

async function runHere(
  context: CommandContext,
  loaded: ReadWorkflow,
  options: RunOptions,
  intake: Intake | undefined,
): Promise<Ran> {
  // A pipeline may ask often: finding nothing to do should cost little more than reading the file.
  if (!intake && isSettled(localHome(loaded.workflow, context.environment))) return NOTHING;
  const { runWork } = await import('./run-work.ts');
  return runWork(context, loaded, options, intake);
}

function noInputs(file: string): FdlError {
  return new FdlError('no-inputs', 'no input files are given', {
    hint: `Name them: fdl run ${file} FILE… ; to finish what an earlier run left: --resume.`,
    exitCode: 2,
  });
}

function report(
  context: CommandContext,
  { workflow, diagnostics }: ReadWorkflow,
  ran: Ran,
  milliseconds: number,
): ExitCode {
  const { terminal, signal } = context;
  const { invocations, failures, failedBefore, notPut, outputs, notFetched, left, fault } = ran;
  const status = statusOf(ran, signal);
  const lost = overwritten(invocations);
  if (terminal.json)
    terminal.data({
      workflow: workflow.name,
      status,
      invocations,
      outputs,
      notFetched,
      overwritten: lost,
      left,
      diagnostics,
      failedBefore,
      ...(fault !== undefined && { fault }),
    });
  for (const each of notPut) terminal.note(notPutText(each, terminal.noteStyle));
  for (const failure of failures.slice(0, SHOWN)) terminal.note(failureText(failure, terminal.noteStyle));
  if (failures.length > SHOWN)
    terminal.note(`… and ${failures.length - SHOWN} more: fdl status ${workflow.file} --failed`);
  for (const failure of failedBefore.slice(0, SHOWN))
    terminal.note(failedBeforeText(failure, terminal.noteStyle));
  if (failedBefore.length > SHOWN)
    terminal.note(`… and ${failedBefore.length - SHOWN} more: fdl status ${workflow.file} --local --failed`);
  const steps = stepsText(invocations, stepOrder(workflow));
  const nothing = left > 0 ? 'nothing has started' : 'nothing was left to do';
  const what = invocations.length === 0 ? nothing : `${countOf(invocations.length, 'invocation')} (${steps})`;
  const failed = failures.length > 0 ? `, ${failures.length} failed` : '';
  const head = terminal.outStyle('bold', workflow.name);
  terminal.out(`${head}: ${what}${failed} in ${durationText(milliseconds)}`);
  const files = outputs.map(({ uri, path, size }) => ({ name: path ? shortPath(context, path) : uri, size }));
  const sorted = files.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (files.length > 0) terminal.out(filesText(sorted.slice(0, SHOWN)));
  if (files.length > SHOWN) terminal.out(`  … and ${files.length - SHOWN} more`);
  for (const line of notFetchedLines(notFetched, terminal.noteStyle)) terminal.note(line);
  for (const line of overwrittenLines(lost, terminal.noteStyle)) terminal.note(line);
  if (failedBefore.length > 0) terminal.note(againText(workflow.file, failedBefore.length));
  if (fault !== undefined) terminal.note(`${statusMark('failed', terminal.noteStyle)} stopped: ${fault}`);
  if (left > 0) terminal.note(leftText(workflow.file, ran));
  return EXITS[status];
}

const EXITS = { interrupted: 130, failed: 1, 'timed-out': 1, succeeded: 0 } as const;

function statusOf(
  { failures, failedBefore, notPut, notFetched, timedOut, fault }: Ran,
  { aborted }: AbortSignal,
): keyof typeof EXITS {
  if (aborted) return 'interrupted';
  const failed = failures.length + failedBefore.length + notPut.length + notFetched.length;
  if (failed > 0 || fault !== undefined) return 'failed';
  return timedOut ? 'timed-out' : 'succeeded';
}

function againText(file: string, count: number): string {
  const what = `${countOf(count, 'input')} failed earlier`;
  return `${what}; to run what failed again: fdl run ${file} --local --resume --failed`;
}

/** On clouds the steps go on without us. */
function leftText(file: string, { left, timedOut }: Ran): string {
  const inputs = countOf(left, 'input');
  return timedOut === undefined
    ? `${inputs} left to do: fdl run ${file} --local --resume`
    : `${inputs} not through yet, which the steps go on with: fdl status ${file}`;
}

/** From the working directory, where the file lies below it. */
function shortPath({ workingDirectory }: CommandContext, path: string): string {
  const short = relative(workingDirectory, path);
  return short.startsWith('..') ? path : short;
}
