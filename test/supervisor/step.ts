/** A step with folders as its stores, for tests of whole invocations. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { localStorage } from '../../src/storage/local-folders.ts';
import type { StepConfig } from '../../src/supervisor/config.ts';
import { readEvent } from '../../src/supervisor/event.ts';
import { handleTask } from '../../src/supervisor/invocation.ts';
import { runProcess } from '../../src/supervisor/process-runner.ts';
import { objectTask, type Task, type TaskDeps, type TaskResult } from '../../src/supervisor/task.ts';
import type { LogLine } from '../../src/workflow/invocation.ts';
import { temporaryFolder } from '../storage/temporary-folder.ts';

export interface TestStep {
  readonly config: StepConfig;
  readonly deps: TaskDeps;
  readonly lines: readonly LogLine[];
  /** Writes an object to the bucket `in` and answers its task. */
  put(key: string, content: string): Task;
  /** Contents of the bucket `out`, by key. */
  stored(): Readonly<Record<string, string>>;
  /** Names of what is left of the folders of tasks. */
  leftovers(): readonly string[];
  handle(task: Task, id?: string): Promise<TaskResult>;
}

/** A step that runs `script` and stores all outputs at `out/res/`. */
export function testStep(
  script: string,
  changes: Partial<StepConfig> = {},
  deps: Partial<TaskDeps> = {},
): TestStep {
  const root = temporaryFolder();
  for (const folder of ['stores/in', 'stores/out']) mkdirSync(path.join(root, folder), { recursive: true });
  const file = path.join(root, 'script.sh');
  writeFileSync(file, script);
  const lines: LogLine[] = [];
  const storage = localStorage(path.join(root, 'stores'));
  const config: StepConfig = { ...baseConfig(file), ...changes };
  const tmpRoot = path.join(root, 'tmp');
  const allDeps: TaskDeps = {
    storage: () => storage,
    runner: runProcess,
    log: (line) => lines.push(line),
    clock: Date.now,
    tmpRoot,
    environment: { PATH: process.env['PATH'] },
    ...deps,
  };
  return {
    config,
    deps: allDeps,
    lines,
    put: (key, content) => {
      const target = path.join(root, 'stores/in', key);
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, content);
      const time = '2026-01-01T00:00:00.000Z';
      return objectTask({
        store: 's3.default',
        kind: 's3',
        bucket: 'in',
        key,
        size: content.length,
        etag: 'e',
        time,
      });
    },
    stored: () => contents(path.join(root, 'stores/out')),
    leftovers: () => readdirSync(tmpRoot),
    handle: (task, id) => handleTask(task, config, allDeps, id),
  };
}

function baseConfig(script: string): StepConfig {
  const store = 's3.default';
  return {
    workflow: 'w',
    step: 's',
    script,
    inputs: [{ store, bucket: 'in', prefix: '' }],
    outputs: [{ store, bucket: 'out', prefix: 'res', prefixes: [], suffixes: [] }],
    environment: {},
    stores: [],
  };
}

function contents(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(path.join(folder, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));
}

/** The task of a direct call. */
export function direct(event: unknown): Task {
  const [task] = readEvent(event);
  if (!task) throw new Error('the event has no task');
  return task;
}

/** What the supervisor itself wrote, records parsed. */
export function records(step: TestStep): readonly Record<string, unknown>[] {
  const own = step.lines.filter(({ stream, message }) => stream === 'supervisor' && message.startsWith('{'));
  return own.map(({ message }) => JSON.parse(message));
}

/** What it wrote for people. */
export function notes(step: TestStep): readonly string[] {
  const own = step.lines.filter(({ stream, message }) => stream === 'supervisor' && !message.startsWith('{'));
  return own.map(({ message }) => message);
}

/** What the script wrote. */
export function written(step: TestStep): readonly string[] {
  return step.lines.filter(({ stream }) => stream !== 'supervisor').map(({ message }) => message);
}
