import { isUtf8 } from 'node:buffer';
import { resolve } from 'node:path';
import { FdlError } from '../errors.ts';
import type { EngineChoice } from '../providers/provider.ts';
import { readData } from '../session/call-content.ts';
import type { CallResult, Workflow } from '../session/index.ts';
import type { CommandContext, ExitCode, Handler } from './command.ts';
import { fileAndStep, openSession, type WorkflowOptions } from './open-session.ts';

interface Options extends WorkflowOptions {
  readonly data?: string;
  /** Absent where the file says it. */
  readonly async?: boolean;
  readonly http?: boolean;
  readonly engine?: EngineChoice;
}

/** Calls a step directly and prints what it answers. */
export const run: Handler = async (context, [first, second], options: Options) => {
  const { data: given, async, http, engine } = options;
  const { file, step } = fileAndStep(context, [first, second]);
  const session = await openSession(context, file, options, 'use');
  if (step === undefined) throw noStep(session.workflow);
  if (http && async) throw noAsync();
  const data = given === undefined ? undefined : () => givenData(given, context.workingDirectory);
  return report(context, step, await session.call(step, { data, async, http, engine }));
};

function noStep({ file, steps }: Workflow): FdlError {
  const names = steps.map(({ id }) => id).join(', ');
  return new FdlError('usage', 'no step is named', {
    hint: `Name one of ${names}: fdl invoke ${file} STEP.`,
    exitCode: 2,
  });
}

function noAsync(): FdlError {
  return new FdlError('http-waits', 'a call over HTTP waits for its answer', {
    hint: 'Leave out either --http or --async.',
    exitCode: 2,
  });
}

/** The bytes of `--data`: a text, `@FILE`, or `-` for stdin. @throws FdlError `payload-unreadable` */
export async function givenData(data: string, workingDirectory: string): Promise<Buffer> {
  if (data === '-') return readStdin();
  return data.startsWith('@') ? readData(resolve(workingDirectory, data.slice(1))) : Buffer.from(data);
}

async function readStdin(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A log that has the answer in it as well is shown where there is no answer. */
function report({ terminal }: CommandContext, step: string, called: CallResult): ExitCode {
  const { status, body, requestId, log, reason, isLogApart } = called;
  const isFailed = status !== 'succeeded' && status !== 'accepted';
  if (terminal.json) {
    terminal.data({ step, status, ...answerOf(body), requestId, log, reason });
  } else {
    if (log && (isLogApart || isFailed)) terminal.note(log);
    if (status === 'accepted') terminal.out(`${step} accepted the call${requestId ? `: ${requestId}` : ''}`);
    else terminal.content(body);
  }
  if (isFailed) terminal.note(`${step} ${status}: ${reason}`);
  else if (reason !== undefined) terminal.note(reason);
  return isFailed ? 1 : 0;
}

/** What is no text is base64 in JSON. */
function answerOf(body: Uint8Array): { readonly result: string; readonly encoding?: 'base64' } {
  const bytes = Buffer.from(body);
  return isUtf8(bytes)
    ? { result: bytes.toString('utf8') }
    : { result: bytes.toString('base64'), encoding: 'base64' };
}
