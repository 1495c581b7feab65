/** The supervisor as a runtime of AWS Lambda: one start, then one event after the other. */
import { accessSync, constants } from 'node:fs';
import { FdlError, messageOf } from '../../errors.ts';
import { asObject, parseJson } from '../../json.ts';
import type { LogLine } from '../../workflow/invocation.ts';
import type { StepConfig } from '../config.ts';
import { batchOverflow } from '../delegate/overflow.ts';
import { isHttpRequest } from '../event-http.ts';
import type { TaskDeps } from '../task.ts';
import { type Answer, type Host, type HostEvent, serve } from './host.ts';
import { failureOf, LONGEST_BODY, lambdaAnswer, tooLarge } from './lambda-answer.ts';
import { watchFiles, watchProcesses } from './leftovers.ts';
import type { LambdaInvocation, RuntimeApi } from './runtime-api.ts';

/** Seconds. */
const DEFAULT_THRESHOLD = 10;
/** Milliseconds. With less, a busy machine would not get the answer through. */
const SHORTEST_THRESHOLD = 500;
/** Where the X-Ray header of the request belongs: AWS clients pass it on, so that AWS notices endless loops. */
const TRACE = '_X_AMZN_TRACE_ID';

/** What a start brings: the step, and what its tasks need. */
interface StartedStep {
  readonly config: StepConfig;
  readonly deps: TaskDeps;
}

interface LambdaOptions {
  readonly api: RuntimeApi;
  /** Reads the configuration and opens the stores. What it throws is reported to AWS Lambda, and thrown. */
  readonly start: () => Promise<StartedStep>;
  /** The variables of this process; the one for tracing is set with each event. */
  readonly env: NodeJS.ProcessEnv;
  /** Takes a line for the log. */
  readonly say: (line: string) => void;
  /** Makes what takes the tasks of an event that the function cannot cope with; AWS Batch, by default. */
  readonly overflow?: typeof batchOverflow;
}

/** Starts once, then handles events until the step's signal fires. Answers whether all of them succeeded. */
export async function serveLambda(options: LambdaOptions): Promise<boolean> {
  const { api, start, env, say, overflow = batchOverflow } = options;
  const { config, deps } = await reported(api, start);
  const tail = logTail();
  const log: TaskDeps['log'] = (line) => {
    tail.push(line);
    deps.log(line);
  };
  const environment: Record<string, string | undefined> = { ...deps.environment, HOME: homeFor(deps) };
  // A script has no business with the events of the function, and could take them from it.
  delete environment['AWS_LAMBDA_RUNTIME_API'];
  const host = lambdaHost({ api, env, say, overflow, config, deps, tail });
  return serve(host, config, { ...deps, log, environment });
}

/**
 * Where programs write what they keep for their user. AWS Lambda lets nobody write but below `/tmp`, whatever the image
 * says, and its user has no folder. Rule: Lambda's developer guide, "Understanding the Lambda execution environment
 * lifecycle". The step's own variables count before it.
 */
function homeFor({ environment: { HOME: home }, tmpRoot }: TaskDeps): string {
  if (home === undefined || home === '') return tmpRoot;
  try {
    accessSync(home, constants.W_OK);
    return home;
  } catch {
    return tmpRoot;
  }
}

async function reported(api: RuntimeApi, start: () => Promise<StartedStep>): Promise<StartedStep> {
  try {
    return await start();
  } catch (thrown) {
    const cause = messageOf(thrown);
    const error =
      thrown instanceof FdlError
        ? thrown
        : new FdlError('start-failed', `the step cannot start: ${cause}`, { cause: thrown });
    await api.failInit(failureOf(error));
    throw error;
  }
}

/** An event of AWS Lambda. */
interface LambdaEvent extends HostEvent {
  readonly requestId: string;
  readonly http: boolean;
  /** A queue sent it, which waits for the answer, and says itself how often it sends what failed. */
  readonly queued: boolean;
}

interface HostParts extends Required<Omit<LambdaOptions, 'start'>>, StartedStep {
  readonly tail: LogTail;
}

function lambdaHost(parts: HostParts): Host<LambdaEvent> {
  return {
    answerBytes: LONGEST_BODY,
    events: () => events(parts),
    answer: (event, answer) => respond(parts, event, answer),
  };
}

async function* events(parts: HostParts): AsyncGenerator<LambdaEvent> {
  const { api, env, say, config, deps, tail } = parts;
  const threshold = (config.timeoutThresholdSeconds ?? DEFAULT_THRESHOLD) * 1000;
  for (;;) {
    const invocation = await api.next(deps.signal);
    if (!invocation) return;
    const { requestId, traceId = '' } = invocation;
    tail.clear();
    env[TRACE] = traceId;
    const endProcesses = watchProcesses(`AWS_LAMBDA_REQUEST_ID=${requestId}`);
    const removeFiles = watchFiles(deps.tmpRoot);
    yield withOverflow(lambdaEvent(invocation, threshold, deps.clock()), parts);
    const processes = await endProcesses();
    if (processes.length > 0) say(`processes of the invocation do not end: ${processes.join(', ')}`);
    const files = removeFiles();
    if (files.length > 0) say(`files of the invocation stay in ${deps.tmpRoot}: ${files.join(', ')}`);
  }
}

/**
 * The event with its limits: scripts end before AWS Lambda ends everything, so that outputs and answer get through.
 * `threshold` is how much before, in milliseconds, but never more than half of what is left at `now`.
 */
export function lambdaEvent(
  { requestId, payload, deadline, traceId }: LambdaInvocation,
  threshold: number,
  now: number,
): LambdaEvent {
  const value = parseJson(payload)?.value;
  const spare = Math.max(0, Math.min(Math.max(threshold, SHORTEST_THRESHOLD), (deadline - now) / 2));
  // The last tenth is for the answer alone.
  const answering = spare / 10;
  return {
    // The text itself, for content to arrive as it was sent.
    event: typeof value === 'string' ? value : payload,
    requestId,
    http: isHttpRequest(asObject(value) ?? {}),
    queued: isQueued(value),
    deadline: deadline - answering,
    spareMs: spare - answering,
    ...(traceId !== undefined && { environment: { [TRACE]: traceId } }),
  };
}

/** Rule: Lambda's developer guide, "Using Lambda with Amazon SQS", "Example event". */
function isQueued(event: unknown): boolean {
  const records = asObject(event)?.['Records'];
  return Array.isArray(records) && asObject(records[0])?.['eventSource'] === 'aws:sqs';
}

/** The event, with a way out if the step has one. Whoever waits for an answer over HTTP is not helped by a job. */
function withOverflow(event: LambdaEvent, { config, env, deps, overflow }: HostParts): LambdaEvent {
  const { batch, workflow, step } = config;
  if (!batch || event.http) return event;
  const { requestId } = event;
  const delegatedBy = `${env['AWS_LAMBDA_FUNCTION_NAME'] ?? step}/${requestId}`;
  const order = { workflow, step, target: batch, requestId, delegatedBy };
  return { ...event, overflow: overflow({ event: event.event, order, env, clock: deps.clock }) };
}

async function respond({ api, env, say, config, tail }: HostParts, event: LambdaEvent, answer: Answer) {
  const { requestId, http, queued } = event;
  const { step, batch } = config;
  const repeated = queued || (config.repeated ?? batch !== undefined);
  const context = { step, requestId, http, repeated, lastLines: tail.lines(), ownHeaders: logHeaders(env) };
  const given = lambdaAnswer(answer, context);
  const failure = 'payload' in given ? given.told : given.failure;
  if (failure) say(failure.errorMessage.split('\n')[0] ?? failure.errorType);
  if ('payload' in given) {
    if (!(await api.respond(requestId, given.payload))) say(tooLarge(step).errorMessage);
    return;
  }
  await api.fail(requestId, given.failure);
}

/** Where the log of this process is, as AWS Lambda says it. */
function logHeaders(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const [group, stream] = [env['AWS_LAMBDA_LOG_GROUP_NAME'], env['AWS_LAMBDA_LOG_STREAM_NAME']];
  return { ...(group && { 'amz-log-group-name': group }), ...(stream && { 'amz-log-stream-name': stream }) };
}

// Remembers the last lines that a script wrote, for the report of its failure.

const LINES = 10;
/** Characters of a line. */
const LONGEST = 300;

interface LogTail {
  push(line: LogLine): void;
  /** The last lines of scripts, the oldest first. */
  lines(): readonly string[];
  clear(): void;
}

/** A tail of up to ten lines; what the supervisor itself says is not part of it. */
export function logTail(): LogTail {
  let kept: readonly string[] = [];
  return {
    push: ({ stream, message }) => {
      if (stream === 'supervisor') return;
      const line = message.length > LONGEST ? `${message.slice(0, LONGEST)}…` : message;
      kept = [...kept.slice(1 - LINES), line];
    },
    lines: () => kept,
    clear: () => {
      kept = [];
    },
  };
}
