/** Working on a workflow's queue on this machine: what run, put --wait and dev share. */
import type { EngineChoice } from '../providers/local/engine.ts';
import { localHome } from '../providers/local/home.ts';
import { announce, type IntakeDeps, type Put, stillThere, takeIn } from '../providers/local/intake.ts';
import { countLeft, readSinceCheckpoint } from '../providers/local/journal.ts';
import { openSession, type Session } from '../providers/local/session.ts';
import { triggersOf } from '../providers/local/triggers.ts';
import { countsText } from '../terminal/run-text.ts';
import type { Invocation, LogLine } from '../workflow/invocation.ts';
import type { Folder } from '../workflow/model.ts';
import type { CommandContext } from './command.ts';
import { type Failure, RecentLines } from './recent-lines.ts';
import type { SourceFile } from './sources.ts';
import type { ReadWorkflow } from './workflow-file.ts';

export interface WorkOptions {
  readonly engine?: EngineChoice;
  readonly concurrency?: number;
  readonly retries?: number;
}

/** What came of the work. */
export interface Worked {
  /** Those that ended, in that order. */
  readonly invocations: readonly Invocation[];
  readonly failures: readonly Failure[];
  /** Inputs and invocations that are left to do, also of earlier commands. */
  readonly left: number;
}

export interface Work {
  readonly session: Session;
  /** Those so far. */
  readonly failures: readonly Failure[];
  /** Copies files to a folder and queues what they trigger. */
  put(files: readonly SourceFile[], folder: Folder): Promise<readonly Put[]>;
  /** How much earlier commands left. */
  left(): number;
  /** Queues what earlier commands left; answers what they had done since nothing was left. */
  resume(): Promise<readonly Invocation[]>;
  /** Waits until nothing is left to do, or somebody interrupts. */
  finish(): Promise<Worked>;
}

export interface WorkHooks {
  readonly onLine?: (line: LogLine) => void;
  readonly onEnd?: (invocation: Invocation, lastLines: readonly string[]) => void;
}

/**
 * Opens the queue of a workflow, works with it, and closes it whatever happens.
 * @throws FdlError `locked`, and what `work` throws
 */
export async function withWork<T>(
  context: CommandContext,
  { workflow, read }: ReadWorkflow,
  options: WorkOptions,
  work: (work: Work) => Promise<T>,
  hooks: WorkHooks = {},
): Promise<T> {
  const { environment, signal, terminal } = context;
  const home = localHome(workflow, environment);
  const run = new Date().toISOString();
  const recent = new RecentLines();
  const invocations: Invocation[] = [];
  const failures: Failure[] = [];
  const progress = await terminal.progress('starting');
  const session = openSession(workflow, home, {
    engine: options.engine ?? 'auto',
    concurrency: options.concurrency,
    retries: options.retries ?? 0,
    secrets: read.secrets,
    environment,
    signal,
    say: (message) => terminal.note(message),
    onChange: (counts) => progress.update(countsText(counts)),
    onLine: (line) => {
      recent.add(line);
      hooks.onLine?.(line);
    },
    onEnd: (invocation) => {
      const lastLines = recent.take(invocation.id);
      invocations.push(invocation);
      if (invocation.status !== 'succeeded') failures.push({ invocation, lastLines });
      hooks.onEnd?.(invocation, lastLines);
    },
  });
  const { queue, journal, storage } = session;
  const enqueue: IntakeDeps['enqueue'] = (queued) => queue.enqueue(queued);
  const intake: IntakeDeps = { journal, storage, enqueue, triggers: triggersOf(workflow), signal };
  try {
    return await work({
      session,
      failures,
      put: (files, folder) => takeIn(announce(files, folder, run), intake),
      left: () => countLeft(readSinceCheckpoint(home)),
      async resume() {
        const { announced, pending, ended } = readSinceCheckpoint(home);
        queue.take(pending);
        await takeIn(stillThere(announced, journal), intake, { remember: false });
        return ended.map(({ invocation }) => invocation);
      },
      async finish() {
        await queue.idle();
        return { invocations, failures, left: countLeft(readSinceCheckpoint(home)) };
      },
    });
  } finally {
    progress.stop();
    session.close();
  }
}
