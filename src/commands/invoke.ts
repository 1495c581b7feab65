import { isUtf8 } from 'node:buffer';
import { resolve } from 'node:path';
import { FdlError } from '../errors.ts';
import type { EngineChoice } from '../providers/runtime.ts';
import { readData } from '../session/call-content.ts';
import type { CallResult, Workflow } from '../session/index.ts';
import { filesText } from '../terminal/run-text.ts';
import { folderUri } from '../workflow/draw.ts';
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
  const { file, step: named } = fileAndStep(context, [first, second]);
  const session = await openSession(context, file, options, 'use');
  const step = named ?? onlyStep(session.workflow);
  if (http && async) throw noAsync();
  const data = given === undefined ? undefined : () => givenData(given, context.workingDirectory);
  const called = await session.call(step, { data, async, http, engine });
  const lies = whereResultLies(called, session.workflow, step);
  if (context.terminal.json) context.terminal.data(documentOf(session.workflow.name, step, called));
  return report(context, step, called, lies);
};

/** @throws FdlError `usage`: the file has several */
function onlyStep({ file, steps }: Workflow): string {
  const [only, second] = steps;
  if (only && !second) return only.id;
  const names = steps.map(({ id }) => id).join(', ');
  throw new FdlError('usage', 'no step is named', {
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

/** Files that are listed for people; `--json` has all that are known. */
const SHOWN = 20;

/** Where the result of a step lies that has printed nothing, as sentences. */
function whereResultLies(
  { status, body, outputs }: CallResult,
  { steps }: Workflow,
  id: string,
): readonly string[] {
  if (status !== 'succeeded' || body.length > 0) return [];
  const quiet = `${id} printed nothing`;
  if (outputs && outputs.length > 0) {
    const more = outputs.length - SHOWN;
    const files = filesText(outputs.slice(0, SHOWN).map(({ uri, size }) => ({ name: uri, size })));
    return [`${quiet}; it stored:`, files, ...(more > 0 ? [`  … and ${more} more`] : [])];
  }
  const folders = (steps.find((step) => step.id === id)?.outputs ?? []).map(folderUri);
  if (outputs || folders.length === 0) return [`${quiet}, and stored nothing`];
  return [`${quiet}; what it stored lies in ${folders.join(', ')}`];
}

/** A log that has the answer in it as well is shown where there is no answer. */
function report(
  { terminal }: CommandContext,
  step: string,
  called: CallResult,
  lies: readonly string[],
): ExitCode {
  const { status, body, requestId, log, reason, isLogApart } = called;
  const isFailed = status !== 'succeeded' && status !== 'accepted';
  if (!terminal.json) {
    if (log && (isLogApart || isFailed)) terminal.note(log);
    if (status === 'accepted') terminal.out(`${step} accepted the call${requestId ? `: ${requestId}` : ''}`);
    else if (body.length > 0) terminal.content(body);
    for (const line of lies) terminal.note(line);
  }
  if (isFailed) terminal.note(`${step} ${status}: ${reason}`);
  else if (reason !== undefined) terminal.note(reason);
  return isFailed ? 1 : 0;
}

export function documentOf(
  workflow: string,
  step: string,
  { status, body, outputs, requestId, log, reason }: CallResult,
) {
  return { workflow, step, status, ...answerOf(body), outputs, requestId, log, reason };
}

/** What is no text is base64 in JSON. */
function answerOf(body: Uint8Array): { readonly result: string; readonly encoding?: 'base64' } {
  const bytes = Buffer.from(body);
  return isUtf8(bytes)
    ? { result: bytes.toString('utf8') }
    : { result: bytes.toString('base64'), encoding: 'base64' };
}
