/** What a task writes to the log: the script's lines, notes of the supervisor, and a record at its start and end. */
import type { LogLine, ObjectRef } from '../workflow/invocation.ts';
import { oneLine, recordLine } from '../workflow/records.ts';
import type { LogLevel, StepConfig } from './config.ts';
import type { TaskDeps, TaskResult } from './task.ts';

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warning', 'error'];

export interface TaskLog {
  line(stream: 'stdout' | 'stderr', message: string): void;
  /** Something for people; shown if the step's level asks for it. */
  note(level: LogLevel, message: string): void;
  /** The record that opens the task: one JSON line. `startedAt` is ISO 8601, UTC. */
  start(input: Partial<ObjectRef> | undefined, startedAt: string): void;
  /** The record that closes it; what it wrote is in records of its own before, as far as that is much. */
  end(result: TaskResult): void;
}

/**
 * The log of the invocation `id`. What scripts print and what is written for people goes through the mask of secrets; a
 * record is for programs, which look for what it names: of it, only the reason is masked, by whoever found it.
 */
export function taskLog(config: StepConfig, deps: TaskDeps, id: string): TaskLog {
  const { workflow, step } = config;
  const mask = deps.mask ?? ((text) => text);
  const threshold = LEVELS.indexOf(config.logLevel ?? 'info');
  const writeAsIs = (stream: LogLine['stream'], message: string) => {
    const time = new Date(deps.clock()).toISOString();
    deps.log({ time, step, invocation: id, stream, message });
  };
  const write = (stream: LogLine['stream'], message: string) => writeAsIs(stream, mask(message));
  const place = placeOf(deps);
  const own = { workflow, step, invocation: id };
  const record = (line: string) => writeAsIs('supervisor', line);
  return {
    line: write,
    note: (level, message) => {
      if (LEVELS.indexOf(level) >= threshold) write('supervisor', oneLine(message));
    },
    start: (input, startedAt) => record(recordLine('start', { ...own, input, startedAt }, place)),
    end: ({ input, outputs, status, startedAt, endedAt, durationMs, ...result }) => {
      const { exitCode, signal, reason, job, usage, key, span } = result;
      const how = { exitCode, signal, reason, job, usage, key, span };
      const lists = portions(outputs);
      for (const portion of lists.slice(0, -1))
        record(recordLine('outputs', { ...own, outputs: portion }, place));
      const last = lists.at(-1) ?? [];
      const end = { ...own, input, outputs: last, status, startedAt, endedAt, durationMs, ...how };
      record(recordLine('end', end, place));
    },
  };
}

/** Characters. CloudWatch Logs cuts lines of more than 256 KB, and a record in pieces is none. */
const LONGEST_LIST = 50_000;

/** Outputs by the record that they go into: the last portion belongs to the end, those before have records of their own. */
function portions(outputs: readonly ObjectRef[]): readonly ObjectRef[][] {
  const found: ObjectRef[][] = [];
  let room = 0;
  for (const output of outputs) {
    const length = JSON.stringify(output).length;
    if (room < length) {
      found.push([]);
      room = LONGEST_LIST;
    }
    found.at(-1)?.push(output);
    room -= length;
  }
  return found;
}

/** What leads from this log to that of whoever passed the event on. */
function placeOf({ job }: TaskDeps): object {
  return job ? { job: job.id, attempt: job.attempt, delegatedBy: job.delegatedBy } : {};
}
