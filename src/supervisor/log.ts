/** What a task writes to the log: the script's lines, notes of the supervisor, and a record at its start and end. */
import type { LogLine, ObjectRef } from '../workflow/invocation.ts';
import type { LogLevel, StepConfig } from './config.ts';
import type { TaskDeps, TaskResult } from './context.ts';

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warning', 'error'];

export interface TaskLog {
  line(stream: 'stdout' | 'stderr', message: string): void;
  /** Something for people; shown if the step's level asks for it. */
  note(level: LogLevel, message: string): void;
  /** The record that opens the task: one JSON line. `startedAt` is ISO 8601, UTC. */
  start(input: Partial<ObjectRef> | undefined, startedAt: string): void;
  /** The record that closes it. */
  end(result: TaskResult): void;
}

/** The log of the invocation `id`; everything in it goes through the mask of secrets. */
export function taskLog(config: StepConfig, deps: TaskDeps, id: string): TaskLog {
  const { workflow, step } = config;
  const mask = deps.mask ?? ((text) => text);
  const threshold = LEVELS.indexOf(config.logLevel ?? 'info');
  const write = (stream: LogLine['stream'], message: string) => {
    const time = new Date(deps.clock()).toISOString();
    deps.log({ time, step, invocation: id, stream, message: mask(message) });
  };
  const record = (fdl: string, fields: object) =>
    write('supervisor', JSON.stringify({ fdl, workflow, step, invocation: id, ...fields }));
  return {
    line: write,
    note: (level, message) => {
      if (LEVELS.indexOf(level) >= threshold) write('supervisor', message);
    },
    start: (input, startedAt) => record('start', { input, startedAt }),
    end: ({ input, outputs, status, startedAt, endedAt, durationMs, exitCode, signal, reason }) =>
      record('end', { input, outputs, status, startedAt, endedAt, durationMs, exitCode, signal, reason }),
  };
}
