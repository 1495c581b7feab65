/** The part of `put` that works on this machine. */
import { localHome } from '../providers/local/home.ts';
import { announce, type IntakeDeps, takeIn } from '../providers/local/intake.ts';
import { openJournal } from '../providers/local/journal.ts';
import { triggersOf } from '../providers/local/triggers.ts';
import { localStorage } from '../storage/local-folders.ts';
import type { CommandContext } from './command.ts';
import { setUp } from './deployment.ts';
import { type WorkOptions, withWork } from './local-work.ts';
import type { Failure } from './recent-lines.ts';
import type { Intake } from './sources.ts';
import type { Uploaded } from './upload.ts';
import type { ReadWorkflow } from './workflow-file.ts';

/** What became of files, and of what they set off as far as that was waited for. */
export interface PutDone extends Uploaded {
  readonly failures: readonly Failure[];
  /** Inputs that are not through. */
  readonly left?: number;
}

export interface PutOptions extends WorkOptions {
  readonly wait?: boolean;
}

/** Queues files, and works on the queue only when asked to wait. */
export async function putHere(
  context: CommandContext,
  loaded: ReadWorkflow,
  intake: Intake,
  options: PutOptions,
): Promise<PutDone> {
  await setUp(context, loaded.workflow, true);
  if (!options.wait) return { ...(await putOnly(context, loaded, intake)), failures: [] };
  return withWork(context, loaded, options, async (work) => {
    await work.session.prepare();
    const taken = await work.put(intake.sources, intake.folder);
    const { failures, fault, left } = await work.finish();
    if (fault === undefined) return { ...taken, failures };
    context.terminal.note(`stopped: ${fault}; to go on: fdl run ${loaded.workflow.file} --local --resume`);
    return { ...taken, failures, left };
  });
}

/** Needs no lock: a process that works on the queue notices the files by itself, or the next one finds them queued. */
async function putOnly(
  { environment, signal }: CommandContext,
  { workflow }: ReadWorkflow,
  { folder, sources }: Intake,
): Promise<Uploaded> {
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
    return await takeIn(announce(sources, folder, new Date().toISOString()), deps);
  } finally {
    journal.close();
  }
}
