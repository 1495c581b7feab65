import { localHome } from '../providers/local/home.ts';
import { announce, type IntakeDeps, type TakenIn, takeIn } from '../providers/local/intake.ts';
import { openJournal } from '../providers/local/journal.ts';
import { triggersOf } from '../providers/local/triggers.ts';
import { localStorage } from '../storage/local-folders.ts';
import { objectUri } from '../storage/uri.ts';
import { bytesText, countOf } from '../terminal/amount.ts';
import { failureText, notPutText } from '../terminal/run-text.ts';
import type { Folder } from '../workflow/model.ts';
import type { CommandContext, ExitCode, Handler } from './command.ts';
import { setUp } from './deployment.ts';
import { entryStep } from './entry-step.ts';
import { type WorkOptions, withWork } from './local-work.ts';
import type { Failure } from './recent-lines.ts';
import { expandSources, type SourceFile } from './sources.ts';
import { folderOf } from './storage-place.ts';
import {
  fileOption,
  loadWorkflow,
  type ReadWorkflow,
  requireLocal,
  type WorkflowOptions,
} from './workflow-file.ts';

interface Options extends WorkflowOptions, WorkOptions {
  readonly file?: string;
  readonly step?: string;
  readonly to?: string;
  readonly wait?: boolean;
}

interface Done extends TakenIn {
  readonly failures: readonly Failure[];
}

/** Puts files where they trigger the entry step, or another one; runs it only when asked to wait. */
export const run: Handler = async (context, [sources], options: Options) => {
  const loaded = await loadWorkflow(context, fileOption(context, options.file), options);
  const files = expandSources(sources as readonly string[], context.workingDirectory);
  const { workflow } = loaded;
  const folder = options.to ? folderOf(workflow, options.to) : entryStep(workflow, options.step).inputs[0];
  requireLocal(context, options);
  await setUp(context, workflow, true);
  const started = performance.now();
  const done = options.wait
    ? await putAndWork(context, loaded, options, files, folder)
    : { ...(await putOnly(context, loaded, files, folder)), failures: [] };
  return report(context, done, files, (performance.now() - started) / 1000);
};

async function putAndWork(
  context: CommandContext,
  loaded: ReadWorkflow,
  options: Options,
  files: readonly SourceFile[],
  folder: Folder,
): Promise<Done> {
  return withWork(context, loaded, options, async (work) => {
    await work.session.prepare();
    const taken = await work.put(files, folder);
    const { failures } = await work.finish();
    return { ...taken, failures };
  });
}

/** Needs no lock: a process that works on the queue notices the files by itself, or the next one finds them queued. */
async function putOnly(
  { environment, signal }: CommandContext,
  { workflow }: ReadWorkflow,
  files: readonly SourceFile[],
  folder: Folder,
): Promise<TakenIn> {
  const home = localHome(workflow, environment);
  const journal = openJournal(home);
  const deps: IntakeDeps = {
    journal,
    triggers: triggersOf(workflow),
    storage: () => localStorage(`${home.buckets}/${folder.namespace}`),
    enqueue: (queued) => journal.append({ type: 'queued', queued }),
    signal,
  };
  try {
    return await takeIn(announce(files, folder, new Date().toISOString()), deps);
  } finally {
    journal.close();
  }
}

function report(
  { terminal, signal }: CommandContext,
  { puts, notPut, failures }: Done,
  files: readonly SourceFile[],
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
  return failures.length > 0 || puts.length < files.length ? 1 : 0;
}
