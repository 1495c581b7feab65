/** Direct calls of steps on this machine. */
import { randomUUID } from 'node:crypto';
import type { TaskResult } from '../../supervisor/context.ts';
import { contentEvent, readEvent } from '../../supervisor/event.ts';
import type { Step, Workflow } from '../../workflow/model.ts';
import type { Call, CallResult } from '../provider.ts';
import { stepFileName } from './home.ts';
import { type WorkDeps, withWork } from './work.ts';

/** Calls a step as its provider would: an event is handled as such, anything else is its input. */
export async function invokeStep(
  workflow: Workflow,
  step: Step,
  { payload, engine }: Call,
  deps: WorkDeps,
): Promise<CallResult> {
  const lines: string[] = [];
  const emit: WorkDeps['emit'] = (event) => {
    if (event.type === 'line' && event.line.stream === 'stderr') lines.push(event.line.message);
  };
  const results = await withWork(workflow, { engine }, { ...deps, emit }, async ({ worker }) => {
    await worker.prepare();
    const done: TaskResult[] = [];
    for (const task of readEvent(payload instanceof Uint8Array ? contentEvent(payload) : payload)) {
      const id = `${stepFileName(step.id)}-${randomUUID().slice(0, 12)}`;
      done.push((await worker.call(step, task, id)).result);
    }
    return done;
  });
  return resultOf(results, lines);
}

function resultOf(results: readonly TaskResult[], log: readonly string[]): CallResult {
  const failed = results.find(({ status }) => status !== 'succeeded');
  return {
    status: failed?.status ?? 'succeeded',
    body: Buffer.concat(results.map(({ stdout }) => stdout ?? new Uint8Array())),
    requestId: results[0]?.id,
    log: log.join('\n'),
    isLogApart: true,
    ...(failed && { reason: failed.reason ?? `exit code ${failed.exitCode}` }),
  };
}
