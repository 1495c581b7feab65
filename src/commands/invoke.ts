import { isUtf8 } from 'node:buffer';
import { FdlError } from '../errors.ts';
import type { Step } from '../workflow/model.ts';
import { callOf, directPayload, givenData, httpContent } from './call-payload.ts';
import { openCloud } from './cloud.ts';
import type { CommandContext, ExitCode, Handler } from './command.ts';
import { findStep } from './entry-step.ts';
import { type Invoked, invokeHere } from './local-invoke.ts';
import type { WorkOptions } from './local-work.ts';
import { isLocal, loadWorkflow, type ReadWorkflow, type WorkflowOptions } from './workflow-file.ts';

interface Options extends WorkflowOptions, WorkOptions {
  readonly data?: string;
  /** Absent where the file says it. */
  readonly async?: boolean;
  readonly http?: boolean;
}

/** Calls a step directly and prints what it answers. */
export const run: Handler = async (context, [file, stepId], options: Options) => {
  const local = isLocal(context, options);
  const loaded = await loadWorkflow(context, String(file), options, local ? 'deploy' : 'look');
  const step = findStep(loaded.workflow, String(stepId));
  if (local) checkLocal(options);
  if (options.http && options.async) throw noAsync();
  const { workingDirectory } = context;
  const data = options.data === undefined ? undefined : await givenData(options.data, workingDirectory);
  const invoked = local
    ? await invokeHere(context, loaded, step, await payloadHere(), options)
    : await invokeThere(context, loaded, step, data, options);
  return report(context, step.id, invoked, local);

  function payloadHere() {
    return directPayload(data, step, { workflow: loaded.workflow, workingDirectory });
  }
};

function checkLocal({ async, http }: Options): void {
  if (async) {
    const hint = 'Leave --async out, or queue a file: fdl put FILE --local.';
    throw usage('no-background', 'nothing runs in the background on this machine', hint);
  }
  if (http) throw usage('no-address', 'steps have no address on this machine', 'Leave --http out.');
}

function noAsync(): FdlError {
  return usage('http-waits', 'a call over HTTP waits for its answer', 'Leave out either --http or --async.');
}

function usage(code: string, message: string, hint: string): FdlError {
  return new FdlError(code, message, { hint, exitCode: 2 });
}

async function invokeThere(
  context: CommandContext,
  loaded: ReadWorkflow,
  { id }: Step,
  data: Buffer | undefined,
  { async, http }: Options,
): Promise<Invoked> {
  const { workflow, runtime } = await openCloud(context, loaded.workflow);
  const step = findStep(workflow, id);
  const places = { workflow, workingDirectory: context.workingDirectory };
  const progress = await context.terminal.progress(`calling ${id}`);
  try {
    if (!runtime.invoke) throw new FdlError('not-callable', `${id} cannot be called directly`);
    if (http) {
      const content = await httpContent(data, step, places);
      return await runtime.invoke(workflow, step, {
        payload: undefined,
        ...content,
        async: false,
        overHttp: true,
      });
    }
    const { takesBytes, dryRun, async: isAsync } = callOf(step);
    const payload = takesBytes && data ? data : await directPayload(data, step, places);
    return await runtime.invoke(workflow, step, { payload, async: async ?? isAsync, dryRun });
  } finally {
    progress.stop();
  }
}

/** On clouds, the log has the answer in it as well: it is shown where there is no answer. */
function report({ terminal }: CommandContext, step: string, invoked: Invoked, local: boolean): ExitCode {
  const { status, body, requestId, log, reason } = invoked;
  const isFailed = status !== 'succeeded' && status !== 'accepted';
  if (terminal.json) {
    terminal.data({ step, status, ...answerOf(body), requestId, log, reason });
  } else {
    if (log && (local || isFailed)) terminal.note(log);
    if (status === 'accepted') terminal.out(`${step} accepted the call${requestId ? `: ${requestId}` : ''}`);
    else terminal.content(body);
  }
  if (isFailed) terminal.note(`${step} ${status}: ${reason}`);
  return isFailed ? 1 : 0;
}

/** What is no text is base64 in JSON. */
function answerOf(body: Uint8Array): { readonly result: string; readonly encoding?: 'base64' } {
  const bytes = Buffer.from(body);
  return isUtf8(bytes)
    ? { result: bytes.toString('utf8') }
    : { result: bytes.toString('base64'), encoding: 'base64' };
}
