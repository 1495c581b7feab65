import { relative } from 'node:path';
import { FdlError } from '../errors.ts';
import { localHome } from '../providers/local/home.ts';
import { isSettled } from '../providers/local/standing.ts';
import { countOf, durationText } from '../terminal/amount.ts';
import { failureText, filesText, notPutText, stepsText } from '../terminal/run-text.ts';
import { stepOrder } from '../workflow/order.ts';
import type { CommandContext, ExitCode, Handler } from './command.ts';
import { entryStep } from './entry-step.ts';
import type { Ran, RunOptions } from './run-work.ts';
import { expandSources } from './sources.ts';
import { isLocal, loadWorkflow, type ReadWorkflow } from './workflow-file.ts';

/** Files and failures that are listed for people; `--json` has all. */
const SHOWN = 20;

const NOTHING: Ran = { invocations: [], failures: [], notPut: [], outputs: [], left: 0 };

/** Sets the workflow up, puts the inputs, waits until nothing is left to do, fetches what came out. */
export const run: Handler = async (context, [file, inputs], options: RunOptions) => {
  const loaded = await loadWorkflow(context, String(file), options);
  const sources = expandSources((inputs ?? []) as readonly string[], context.workingDirectory);
  if (sources.length === 0 && !options.resume) throw noInputs(String(file));
  const folder = sources.length > 0 ? entryStep(loaded.workflow, options.step).inputs[0] : undefined;
  const started = performance.now();
  const home = localHome(loaded.workflow, context.environment);
  // A pipeline may ask often: finding nothing to do should cost little more than reading the file.
  const isIdle = sources.length === 0 && isLocal(context, options) && isSettled(home);
  const ran = isIdle ? NOTHING : await work();
  return report(context, loaded, ran, performance.now() - started);

  async function work(): Promise<Ran> {
    const { runWork } = await import('./run-work.ts');
    return runWork(context, loaded, options, folder && { folder, sources });
  }
};

function noInputs(file: string): FdlError {
  return new FdlError('no-inputs', 'no input files are given', {
    hint: `Name them: fdl run ${file} FILE… ; to finish what an earlier run left: --resume.`,
    exitCode: 2,
  });
}

function report(
  context: CommandContext,
  { workflow }: ReadWorkflow,
  { invocations, failures, notPut, outputs, left }: Ran,
  milliseconds: number,
): ExitCode {
  const { terminal, signal } = context;
  const isFailed = failures.length + notPut.length > 0;
  const status = signal.aborted ? 'interrupted' : isFailed ? 'failed' : 'succeeded';
  if (terminal.json) terminal.data({ workflow: workflow.name, status, invocations, outputs, left });
  for (const each of notPut) terminal.note(notPutText(each, terminal.noteStyle));
  for (const failure of failures.slice(0, SHOWN)) terminal.note(failureText(failure, terminal.noteStyle));
  if (failures.length > SHOWN)
    terminal.note(`… and ${failures.length - SHOWN} more: fdl status ${workflow.file} --failed`);
  const steps = stepsText(invocations, stepOrder(workflow));
  const what =
    invocations.length === 0
      ? 'nothing was left to do'
      : `${countOf(invocations.length, 'invocation')} (${steps})`;
  const failed = failures.length > 0 ? `, ${failures.length} failed` : '';
  const head = terminal.outStyle('bold', workflow.name);
  terminal.out(`${head}: ${what}${failed} in ${durationText(milliseconds)}`);
  const files = outputs.map(({ uri, path, size }) => ({ name: path ? shortPath(context, path) : uri, size }));
  const sorted = files.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (files.length > 0) terminal.out(filesText(sorted.slice(0, SHOWN)));
  if (files.length > SHOWN) terminal.out(`  … and ${files.length - SHOWN} more`);
  if (left > 0)
    terminal.note(`${countOf(left, 'input')} left to do: fdl run ${workflow.file} --local --resume`);
  if (signal.aborted) return 130;
  return isFailed ? 1 : 0;
}

/** From the working directory, where the file lies below it. */
function shortPath({ workingDirectory }: CommandContext, path: string): string {
  const short = relative(workingDirectory, path);
  return short.startsWith('..') ? path : short;
}
