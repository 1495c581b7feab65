import { objectUri } from '../storage/uri.ts';
import { bytesText, countOf } from '../terminal/amount.ts';
import { failureText, notPutText } from '../terminal/run-text.ts';
import { openCloud } from './cloud.ts';
import { putAndFollow, putFiles } from './cloud-work.ts';
import type { CommandContext, ExitCode, Handler } from './command.ts';
import { entryStep } from './entry-step.ts';
import { type PutDone, type PutOptions, putHere } from './local-put.ts';
import { expandSources, type Intake, skippedPuts } from './sources.ts';
import { folderOf } from './storage-place.ts';
import {
  fileOption,
  isLocal,
  loadWorkflow,
  type ReadWorkflow,
  type WorkflowOptions,
} from './workflow-file.ts';

interface Options extends WorkflowOptions, PutOptions {
  readonly file?: string;
  readonly step?: string;
  readonly to?: string;
  readonly timeout?: number;
}

/** Puts files where they trigger the entry step, or another one; waits for what comes of it only when asked to. */
export const run: Handler = async (context, [names], options: Options) => {
  const local = isLocal(context, options);
  const file = fileOption(context, options.file);
  const loaded = await loadWorkflow(context, file, options, local ? 'deploy' : 'look');
  const { files: sources, skipped } = expandSources(names as readonly string[], context.workingDirectory);
  const { workflow } = loaded;
  const folder = options.to ? folderOf(workflow, options.to) : entryStep(workflow, options.step).inputs[0];
  const intake = { folder, sources, skipped };
  const started = performance.now();
  const done = local
    ? await putHere(context, loaded, intake, options)
    : await putThere(context, loaded, intake, options);
  const notPut = [...skippedPuts(intake), ...done.notPut];
  return report(context, { ...done, notPut }, intake, (performance.now() - started) / 1000);
};

async function putThere(
  context: CommandContext,
  { workflow }: ReadWorkflow,
  intake: Intake,
  { wait, timeout }: Options,
): Promise<PutDone> {
  const cloud = await openCloud(context, workflow);
  if (!wait) return { ...(await putFiles(context, cloud, intake)), failures: [] };
  const { pending, ...done } = await putAndFollow(context, cloud, intake, { timeout });
  if (pending.length > 0)
    context.terminal.note(`${countOf(pending.length, 'input')} not through yet: fdl status ${workflow.file}`);
  return { ...done, left: pending.length };
}

function report(
  { terminal, signal }: CommandContext,
  { puts, notPut, failures, left = 0 }: PutDone,
  { sources }: Intake,
  seconds: number,
): ExitCode {
  const transfers = puts.map(({ path, store, bucket, key, size }) => {
    return { source: path, target: objectUri(store, bucket, key), size, status: 'done' };
  });
  const failed = notPut.map(({ path, store, bucket, key, reason }) => {
    return { source: path, target: objectUri(store, bucket, key), status: 'failed', error: reason };
  });
  const bytes = puts.reduce((sum, { size }) => sum + size, 0);
  if (terminal.json)
    terminal.data({ transfers: [...transfers, ...failed], summary: { files: puts.length, bytes, seconds } });
  for (const each of notPut) terminal.note(notPutText(each, terminal.noteStyle));
  for (const failure of failures) terminal.note(failureText(failure, terminal.noteStyle));
  for (const { source, target } of transfers) terminal.out(`${source} → ${target}`);
  terminal.out(`${countOf(puts.length, 'file')}, ${bytesText(bytes)}`);
  if (signal.aborted) return 130;
  return failures.length + notPut.length + left > 0 || puts.length < sources.length ? 1 : 0;
}
