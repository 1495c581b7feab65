import { relative, resolve } from 'node:path';
import { FdlError } from '../errors.ts';
import { durationText } from '../terminal/amount.ts';
import { failureText, filesText, stepsText } from '../terminal/run-text.ts';
import { stepOrder } from '../workflow/order.ts';
import { finalObjects } from '../workflow/results.ts';
import type { CommandContext, ExitCode, Handler } from './command.ts';
import { setUp } from './deployment.ts';
import { entryStep } from './entry-step.ts';
import { type FetchedObject, fetchResults } from './fetch-results.ts';
import { type Work, type Worked, type WorkOptions, withWork } from './local-work.ts';
import { expandSources, type SourceFile } from './sources.ts';
import { isLocal, loadWorkflow, type ReadWorkflow, type WorkflowOptions } from './workflow-file.ts';

interface Options extends WorkflowOptions, WorkOptions {
  readonly output?: string;
  readonly step?: string;
  readonly resume?: boolean;
}

interface Ran extends Worked {
  readonly outputs: readonly FetchedObject[];
}

/** Sets the workflow up, puts the inputs, waits until nothing is left to do, fetches what came out. */
export const run: Handler = async (context, [file, inputs], options: Options) => {
  const loaded = await loadWorkflow(context, String(file), options);
  const sources = expandSources((inputs ?? []) as readonly string[], context.workingDirectory);
  if (sources.length === 0 && !options.resume) throw noInputs(String(file));
  const entry = sources.length > 0 ? entryStep(loaded.workflow, options.step) : undefined;
  await setUp(context, loaded.workflow, isLocal(context, options));
  const started = performance.now();
  const ran = await withWork(context, loaded, options, async (work): Promise<Ran> => {
    const worked = await workOff(work, sources, entry?.inputs[0], options);
    return { ...worked, outputs: await outputsOf(context, loaded, work, worked, options) };
  });
  return report(context, loaded, ran, performance.now() - started);
};

function noInputs(file: string): FdlError {
  return new FdlError('no-inputs', 'no input files are given', {
    hint: `Name them: fdl run ${file} FILE… ; to finish what an earlier run left: --resume.`,
    exitCode: 2,
  });
}

/** Nothing is made ready where there is nothing to do: finding the engine alone takes longer than that. */
async function workOff(
  work: Work,
  sources: readonly SourceFile[],
  folder: Parameters<Work['put']>[1] | undefined,
  { resume }: Options,
): Promise<Worked> {
  const left = resume ? work.left() : 0;
  if (left > 0 || sources.length > 0) await work.session.prepare();
  const before = resume ? await work.resume() : [];
  if (folder) await work.put(sources, folder);
  const worked = await work.finish();
  return { ...worked, invocations: [...before, ...worked.invocations] };
}

async function outputsOf(
  context: CommandContext,
  { workflow }: ReadWorkflow,
  { session }: Work,
  { invocations }: Worked,
  { output }: Options,
): Promise<readonly FetchedObject[]> {
  const objects = finalObjects(workflow, invocations);
  if (output === undefined) return objects.map(({ uri, size }) => ({ uri, size }));
  return fetchResults(objects, resolve(context.workingDirectory, output), session.storage, context.signal);
}

function report(
  context: CommandContext,
  { workflow }: ReadWorkflow,
  { invocations, failures, outputs, left }: Ran,
  milliseconds: number,
): ExitCode {
  const { terminal, signal } = context;
  const status = signal.aborted ? 'interrupted' : failures.length > 0 ? 'failed' : 'succeeded';
  if (terminal.json) terminal.data({ workflow: workflow.name, status, invocations, outputs, left });
  for (const failure of failures.slice(0, 20)) terminal.note(failureText(failure, terminal.noteStyle));
  if (failures.length > 20)
    terminal.note(`… and ${failures.length - 20} more: fdl status ${workflow.file} --failed`);
  const steps = stepsText(invocations, stepOrder(workflow));
  const what =
    invocations.length === 0 ? 'nothing was left to do' : `${invocations.length} invocations (${steps})`;
  const failed = failures.length > 0 ? `, ${failures.length} failed` : '';
  terminal.out(
    `${terminal.outStyle('bold', workflow.name)}: ${what}${failed} in ${durationText(milliseconds)}`,
  );
  const files = outputs.map(({ uri, path, size }) => ({ name: path ? shortPath(context, path) : uri, size }));
  if (files.length > 0) terminal.out(filesText(files.sort((a, b) => (a.name < b.name ? -1 : 1))));
  if (left > 0) terminal.note(`${left} inputs are left to do: fdl run ${workflow.file} --local --resume`);
  if (signal.aborted) return 130;
  return failures.length > 0 ? 1 : 0;
}

/** From the working directory, where the file lies below it. */
function shortPath({ workingDirectory }: CommandContext, path: string): string {
  const short = relative(workingDirectory, path);
  return short.startsWith('..') ? path : short;
}
