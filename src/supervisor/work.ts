/** The work of one task: input, script, outputs. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { FdlError, hasCode, messageOf } from '../errors.ts';
import type { Skipped } from '../storage/odd-files.ts';
import type { ObjectRef, Span, Usage } from '../workflow/invocation.ts';
import type { StepConfig } from './config.ts';
import { inherited, isTooLong, scriptEnvironment } from './environment.ts';
import type { TaskFolders } from './folders.ts';
import { missingInterpreter, scriptCommand } from './interpreter.ts';
import type { Limit } from './limit.ts';
import type { TaskLog } from './log.ts';
import { isWanted, matchOutputs, producedFiles } from './outputs.ts';
import type { Command, Exit, ScriptUsage } from './script.ts';
import {
  inputPath,
  locate,
  relativePathOf,
  type StagedOut,
  stageBody,
  stageObject,
  stageOut,
} from './stage.ts';
import type { Task, TaskDeps, TaskResult } from './task.ts';
import { spanBelow, TRACEPARENT, traceparentOf } from './trace-context.ts';

/** Milliseconds that a script has to end after it was told to. */
export const GRACE = 5000;

/** How the work ended. */
export type Outcome = Pick<TaskResult, 'status'> &
  Partial<
    Pick<
      TaskResult,
      | 'exitCode'
      | 'signal'
      | 'reason'
      | 'job'
      | 'stdout'
      | 'stdoutCut'
      | 'input'
      | 'outputs'
      | 'usage'
      | 'span'
    >
  > & {
    /** The input does not fit on the disk. */
    readonly diskFull?: boolean;
    /** What runs the script is missing. */
    readonly missing?: boolean;
  };

/** Everything that the parts of one task share. */
export interface Run {
  readonly task: Task;
  readonly config: StepConfig;
  readonly deps: TaskDeps;
  readonly folders: TaskFolders;
  /** For the input and the script. */
  readonly limit: Limit;
  /** For the outputs; the same, unless time is spared for them. */
  readonly storing: Limit;
  readonly log: TaskLog;
}

/** Does the work of a task. Throws what keeps the script from running. */
export async function work(run: Run): Promise<Outcome> {
  const { log, task } = run;
  for (const note of task.notes) log.note('warning', note);
  if (isTooLong(task.event))
    log.note('warning', 'the event is too long for the variable EVENT, which is not set');
  const { input, bytes, traceparent, ...staged } = await stageIn(run);
  const span = spanBelow(traceparent);
  let usage: Usage | undefined;
  const exit = await execute(run, { ...staged, span }, (taken) => {
    usage = { ...taken, bytesIn: bytes, bytesOut: 0 };
  });
  const { code, signal, missing: _, ...output } = exit;
  const ran = {
    span,
    ...(input && { input }),
    ...(code !== undefined && { exitCode: code }),
    ...(signal !== undefined && { signal }),
    ...output,
  };
  const end = stopped(run) ?? failed(exit);
  const last = { ...run, limit: run.storing };
  const stored = end ?? (await storeOutputs(last, span).catch((error) => undone(last, error)));
  return { ...ran, ...stored, ...(usage && { usage: { ...usage, bytesOut: sizeOf(stored.outputs) } }) };
}

function sizeOf(objects: readonly ObjectRef[] = []): number {
  return objects.reduce((bytes, { size }) => bytes + size, 0);
}

/** How a task ends that its limit stopped. */
function stopped({ limit, config, deps }: Pick<Run, 'limit' | 'config' | 'deps'>): Outcome | undefined {
  const status = limit.verdict();
  if (status === undefined) return undefined;
  if (status === 'cancelled') return { status, reason: 'the invocation was cancelled' };
  const own = deps.deadline === undefined && config.timeoutSeconds !== undefined;
  const limitText = own ? `its ${config.timeoutSeconds} seconds` : 'the time it had';
  return { status, reason: `the invocation did not end within ${limitText}` };
}

/** How a task ends that something kept from being done. */
export function undone(run: Pick<Run, 'limit' | 'config' | 'deps'>, error: unknown): Outcome {
  run.deps.onError?.(error);
  return (
    stopped(run) ?? {
      status: 'failed',
      reason: messageOf(error),
      ...(isDiskFull(error) && { diskFull: true }),
    }
  );
}

function isDiskFull(error: unknown): boolean {
  return hasCode(error, 'ENOSPC') || (error instanceof Error && isDiskFull(error.cause));
}

function failed({ code, signal, missing }: Exit): Outcome | undefined {
  if (code === 0) return undefined;
  if (missing !== undefined) return { status: 'failed', reason: missingInterpreter(missing), missing: true };
  const killed = signal === 'SIGKILL' ? ', as happens when memory runs out' : '';
  const how = signal === undefined ? `with exit code ${code}` : `by the signal ${signal}${killed}`;
  return { status: 'failed', reason: `the script ended ${how}` };
}

interface StagedIn {
  readonly file?: string;
  readonly input?: ObjectRef;
  readonly bytes: number;
  /** What the object carries of its trace. */
  readonly traceparent?: string;
  /** The object's path, where the event said only a part of it. */
  readonly objectKey?: string;
  /** The input's path below the folder that started the step. */
  readonly relativePath?: string;
}

async function stageIn({ task, config, deps, folders, limit }: Run): Promise<StagedIn> {
  const { source } = task;
  if (source.kind === 'body') {
    const file = folders.holdInput(inputPath(folders.input, source.name));
    stageBody(source, file);
    return { file, bytes: source.bytes.length, relativePath: source.name };
  }
  if (config.stageIn === false) return { bytes: 0 };
  const object = locate(source, config);
  const relativePath = relativePathOf(object, config);
  const file = folders.holdInput(inputPath(folders.input, object.key));
  const { input, traceparent } = await stageObject(object, file, deps, limit.signal);
  return {
    file,
    input,
    bytes: input.size,
    ...(traceparent !== undefined && { traceparent }),
    relativePath,
    ...(source.bucket === undefined && { objectKey: `${object.bucket}/${object.key}` }),
  };
}

async function execute(
  run: Run,
  { file: inputFile, objectKey, relativePath, span }: Omit<StagedIn, 'bytes'> & { readonly span: Span },
  onUsage: (usage: ScriptUsage) => void,
): Promise<Exit> {
  const { task, config, deps, folders, limit, log } = run;
  const command = commandOf(run);
  const { requestId } = deps;
  const place = {
    inputDir: folders.input,
    outputDir: folders.output,
    inputFile,
    objectKey,
    relativePath,
    requestId,
    traceparent: traceparentOf(span),
  };
  limit.signal?.throwIfAborted();
  return deps.runner({
    command,
    env: scriptEnvironment(inherited(deps.environment), config, deps.secretEnvironment, task, place),
    cwd: deps.cwd,
    folders: folders.all(),
    ...(config.payload !== undefined && { shown: [config.payload] }),
    signal: limit.signal,
    graceMs: deps.graceMs ?? GRACE,
    captureBytes: deps.captureBytes ?? 0,
    onLine: log.line,
    onNote: (message) => log.note('warning', message),
    onUsage,
  });
}

function commandOf({ task, config, folders }: Run): Command {
  const plain = () => path.join(folders.scratch(), 'plain-script');
  if (task.command?.kind === 'argv') return task.command;
  if (task.command) {
    const file = path.join(folders.scratch(), 'script');
    writeFileSync(file, task.command.text);
    return scriptCommand(file, plain);
  }
  if (config.script !== undefined) return scriptCommand(config.script, plain);
  if (config.command?.length) return { kind: 'argv', argv: config.command };
  throw new FdlError('nothing-to-run', `step "${config.step}" has neither a script nor a command`, {
    hint: 'Give the step a script.',
  });
}

async function storeOutputs(run: Run, span: Span): Promise<Outcome> {
  const { config, deps, folders, limit, log } = run;
  if (config.outputs.length === 0) return { status: 'succeeded', outputs: [] };
  const { files, ignored, skipped } = producedFiles(folders.output, [folders.output, folders.input]);
  const matches = matchOutputs(files, config.outputs);
  for (const name of ignored)
    log.note('warning', `"${name}" is no file of this invocation and is not stored`);
  if (files.length > 0 && matches.length === 0) {
    log.note('warning', `no output of the step takes any of the ${files.length} files in TMP_OUTPUT_DIR`);
  }
  const how = { metadata: { [TRACEPARENT]: traceparentOf(span) }, signal: limit.signal };
  const stored = storedOutcome(run, matches.length, await stageOut(matches, deps, how));
  const missed = skipped.filter(({ name }) => isWanted(name, config.outputs));
  for (const { name, reason } of skipped) log.note('warning', `"${name}" is not stored: ${reason}`);
  return stored.status === 'succeeded' && missed.length > 0 ? { ...stored, ...notStored(missed) } : stored;
}

/** What the outputs want and cannot have is a failure, which does not keep the others from being stored. */
function notStored(missed: readonly Skipped[]): Pick<Outcome, 'status' | 'reason'> {
  const [first] = missed;
  const more = missed.length > 1 ? `; so are ${missed.length - 1} more, which the log names` : '';
  return { status: 'failed', reason: `the output "${first?.name}" is not stored: ${first?.reason}${more}` };
}

function storedOutcome(run: Run, wanted: number, { outputs, failure }: StagedOut): Outcome {
  // What is stored completely is a success, even if time ran out with the last byte.
  if (outputs.length === wanted) return { status: 'succeeded', outputs };
  const end = stopped(run) ?? {
    status: 'failed' as const,
    reason: failure ?? 'outputs could not be stored',
  };
  return { ...end, outputs };
}
