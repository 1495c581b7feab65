/** What gives events to the supervisor and takes its answers: a command line, AWS Lambda, AWS Batch. */
import { FdlError, messageOf } from '../../errors.ts';
import type { StepConfig } from '../config.ts';
import { readEvent } from '../event.ts';
import { handleTask } from '../invocation.ts';
import { taskLog } from '../log.ts';
import { unwanted } from '../stage.ts';
import type { HostJob, Overflow, Task, TaskDeps, TaskResult } from '../task.ts';
import { GRACE } from '../work.ts';

export interface HostEvent {
  /** A JSON value, or a text that may be JSON. */
  readonly event: unknown;
  /** Id of the request, where the host has one. */
  readonly requestId?: string;
  /** When the host ends the work; milliseconds since 1970. */
  readonly deadline?: number;
  /** Milliseconds before the deadline that belong to the storing of outputs: scripts end then. */
  readonly spareMs?: number;
  /** Variables that scripts inherit for this event alone. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Takes the tasks of this event that the host cannot cope with. */
  readonly overflow?: Overflow;
}

export interface Answer {
  /** Every task of the event succeeded, or was passed on. */
  readonly ok: boolean;
  /** In the order of the event's records. */
  readonly results: readonly TaskResult[];
  /** What the script wrote, where the event named no object: the answer of a direct call. */
  readonly body?: Uint8Array;
  /** Why nothing was done: the event cannot be read, or is refused. */
  readonly error?: FdlError;
}

export interface Host<Event extends HostEvent = HostEvent> {
  /** Events, one at a time: the next one is asked for when the last one is answered. */
  events(): AsyncIterable<Event>;
  answer(event: Event, answer: Answer): Promise<void>;
  /** Bytes of a direct call's answer; what is longer is cut. */
  readonly answerBytes: number;
}

/** Handles all events of a host. Answers whether everything succeeded. */
export async function serve<Event extends HostEvent>(
  host: Host<Event>,
  config: StepConfig,
  deps: TaskDeps,
): Promise<boolean> {
  let ok = true;
  for await (const event of host.events()) {
    const answer = await answerTo(event, config, deps, host.answerBytes);
    await host.answer(event, answer);
    ok &&= answer.ok;
  }
  return ok;
}

/** Does what one event asks for: its tasks one after the other, since they share the memory of one container. */
export async function answerTo(
  hostEvent: HostEvent,
  config: StepConfig,
  deps: TaskDeps,
  answerBytes: number,
): Promise<Answer> {
  try {
    const all = readEvent(hostEvent.event, { overHttp: config.overHttp ?? 'refuse' });
    const tasks = all.filter((task) => isWanted(task, config, deps, hostEvent.requestId));
    const direct = tasks.length === 1 && tasks[0]?.source.kind === 'body';
    const own = { ...depsFor(hostEvent, deps), captureBytes: direct ? answerBytes : 0 };
    const results: TaskResult[] = [];
    for (const [index, task] of tasks.entries())
      results.push(await handleTask(task, config, own, idInJob(deps.job, index)));
    const ok = results.every(isWell);
    const body = direct ? results[0]?.stdout : undefined;
    return { ok, results, ...(body && { body }) };
  } catch (thrown) {
    const error =
      thrown instanceof FdlError
        ? thrown
        : new FdlError('event-failed', messageOf(thrown), { cause: thrown });
    return { ok: false, results: [], error };
  }
}

/** What is left out is said in the log. */
function isWanted({ source }: Task, config: StepConfig, deps: TaskDeps, requestId = 'event'): boolean {
  const why = source.kind === 'object' ? unwanted(source, config) : undefined;
  if (why !== undefined) taskLog(config, deps, deps.job?.id ?? requestId).note('info', why);
  return why === undefined;
}

/** A job and what it does are known by one id; further attempts and tasks of it are counted. */
function idInJob(job: HostJob | undefined, index: number): string | undefined {
  if (!job) return undefined;
  const counted = job.attempt > 1 || index > 0;
  return [job.id, ...(counted ? [job.attempt] : []), ...(index > 0 ? [index + 1] : [])].join('-');
}

/** Whether nothing is left to do for the task here. */
export function isWell({ status }: TaskResult): boolean {
  return status === 'succeeded' || status === 'delegated';
}

function depsFor(event: HostEvent, deps: TaskDeps): TaskDeps {
  const { requestId, deadline, spareMs, environment, overflow } = event;
  return {
    ...deps,
    ...(overflow && { overflow }),
    ...(requestId !== undefined && { requestId }),
    ...(deadline !== undefined && { deadline }),
    ...(environment && { environment: { ...deps.environment, ...environment } }),
    // A script that does not end when it is told to must not use up all the time that is spared.
    ...(spareMs !== undefined && { spareMs, graceMs: Math.min(deps.graceMs ?? GRACE, spareMs / 2) }),
  };
}
