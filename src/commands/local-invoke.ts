/** The part of `invoke` that works on this machine. */
import { randomUUID } from 'node:crypto';
import { stepFileName } from '../providers/local/home.ts';
import type { TaskResult } from '../supervisor/context.ts';
import { readEvent } from '../supervisor/event.ts';
import type { LogLine } from '../workflow/invocation.ts';
import type { Step } from '../workflow/model.ts';
import type { CommandContext } from './command.ts';
import { setUp } from './deployment.ts';
import { type WorkOptions, withWork } from './local-work.ts';
import type { ReadWorkflow } from './workflow-file.ts';

/** What came of a direct call. */
export interface Invoked {
  readonly status: string;
  /** What the script wrote. */
  readonly body: Uint8Array;
  readonly requestId?: string | undefined;
  /** Lines of the log that are not part of the answer. */
  readonly log?: string | undefined;
  /** Why it failed. */
  readonly reason?: string | undefined;
}

/** Calls a step as its provider would: an event is handled as such, anything else is its input. */
export async function invokeHere(
  context: CommandContext,
  loaded: ReadWorkflow,
  step: Step,
  payload: unknown,
  options: WorkOptions,
): Promise<Invoked> {
  await setUp(context, loaded.workflow, true);
  const lines: string[] = [];
  const onLine = ({ stream, message }: LogLine) => {
    if (stream === 'stderr') lines.push(message);
  };
  const results = await withWork(
    context,
    loaded,
    options,
    async ({ session }) => {
      await session.prepare();
      const done: TaskResult[] = [];
      for (const task of readEvent(payload)) {
        const id = `${stepFileName(step.id)}-${randomUUID().slice(0, 12)}`;
        done.push((await session.call(step, task, id)).result);
      }
      return done;
    },
    { onLine },
  );
  return invoked(results, lines);
}

function invoked(results: readonly TaskResult[], log: readonly string[]): Invoked {
  const failed = results.find(({ status }) => status !== 'succeeded');
  return {
    status: failed?.status ?? 'succeeded',
    body: Buffer.concat(results.map(({ stdout }) => stdout ?? new Uint8Array())),
    requestId: results[0]?.id,
    log: log.join('\n'),
    ...(failed && { reason: failed.reason ?? `exit code ${failed.exitCode}` }),
  };
}
