import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FdlError, messageOf } from '../errors.ts';
import { stepFileName } from '../providers/local/home.ts';
import type { TaskResult } from '../supervisor/context.ts';
import { readEvent } from '../supervisor/event.ts';
import type { LogLine } from '../workflow/invocation.ts';
import type { CommandContext, ExitCode, Handler } from './command.ts';
import { setUp } from './deployment.ts';
import { findStep } from './entry-step.ts';
import { type WorkOptions, withWork } from './local-work.ts';
import { loadWorkflow, requireLocal, type WorkflowOptions } from './workflow-file.ts';

interface Options extends WorkflowOptions, WorkOptions {
  readonly data?: string;
  readonly async?: boolean;
}

/** Calls a step as its provider would for a direct call: an event is handled as such, anything else is its input. */
export const run: Handler = async (context, [file, stepId], options: Options) => {
  const loaded = await loadWorkflow(context, String(file), options);
  const step = findStep(loaded.workflow, String(stepId));
  requireLocal(context, options);
  if (options.async) throw noBackground();
  const payload = await readPayload(options.data, context.workingDirectory);
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
  return report(context, step.id, results, lines);
};

function noBackground(): FdlError {
  const hint = 'Leave --async out, or queue a file: fdl put FILE --local.';
  return new FdlError('no-background', 'nothing runs in the background on this machine', {
    hint,
    exitCode: 2,
  });
}

async function readPayload(data: string | undefined, workingDirectory: string): Promise<unknown> {
  if (data === undefined) return {};
  if (data === '-') return text(await readStdin());
  if (!data.startsWith('@')) return data;
  const path = resolve(workingDirectory, data.slice(1));
  try {
    return text(await readFile(path));
  } catch (cause) {
    throw new FdlError('payload-unreadable', `${path} cannot be read: ${messageOf(cause)}`, {
      exitCode: 2,
      cause,
    });
  }
}

async function readStdin(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Text as it is; bytes that are no text as base64, as gateways send them. */
function text(bytes: Buffer): string {
  const decoded = bytes.toString('utf8');
  return Buffer.from(decoded).equals(bytes) ? decoded : bytes.toString('base64');
}

function report(
  { terminal }: CommandContext,
  step: string,
  results: readonly TaskResult[],
  log: readonly string[],
): ExitCode {
  const failed = results.find(({ status }) => status !== 'succeeded');
  const status = failed?.status ?? 'succeeded';
  const answer = Buffer.concat(results.map(({ stdout }) => stdout ?? new Uint8Array())).toString('utf8');
  if (terminal.json) {
    const [first] = results;
    terminal.data({ step, status, result: answer, requestId: first?.id, log: log.join('\n') });
  } else {
    for (const line of log) terminal.note(line);
    terminal.out(answer.replace(/\n$/, ''));
  }
  if (failed) terminal.note(`${step} ${failed.status}: ${failed.reason ?? `exit code ${failed.exitCode}`}`);
  return failed ? 1 : 0;
}
