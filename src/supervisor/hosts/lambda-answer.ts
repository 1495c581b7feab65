/** Puts answers into the form that AWS Lambda and the gateways before it expect. */
import { isUtf8 } from 'node:buffer';
import type { FdlError } from '../../errors.ts';
import { parseJson } from '../../json.ts';
import type { ObjectRef } from '../../workflow/invocation.ts';
import type { TaskResult } from '../task.ts';
import { type Answer, isWell } from './host.ts';
import type { LambdaFailure } from './runtime-api.ts';

/** Bytes. AWS Lambda takes synchronous answers of up to 6 MB. */
const LONGEST_ANSWER = 6 * 1024 * 1024;
/** Bytes for what stands around a body. */
const ENVELOPE = 4096;
/** Bytes of a body, which grows by a third as base64. */
export const LONGEST_BODY = Math.floor(((LONGEST_ANSWER - ENVELOPE) * 3) / 4);

/** Outputs that are named in an answer; all are in the log. */
const MOST_OUTPUTS = 1000;

/** What an answer depends on besides itself. */
export interface AnswerContext {
  readonly step: string;
  readonly requestId: string;
  /** The event is a request over HTTP. */
  readonly http: boolean;
  /** What a script failed on is to come again, or goes to somebody else: see `repeated` of `StepConfig`. */
  readonly repeated: boolean;
  /** The last lines that the script wrote. */
  readonly lastLines: readonly string[];
  /** Headers for callers that are allowed to invoke the function: where its log is. */
  readonly ownHeaders: Readonly<Record<string, string>>;
}

/**
 * The answer as JSON text, with what it tells of a script that failed; or what failed: AWS Lambda repeats an asynchronous
 * invocation that failed. Rule: Lambda's developer guide, "How Lambda handles errors and retries with asynchronous
 * invocation".
 */
type LambdaAnswer =
  | { readonly payload: string; readonly told?: LambdaFailure }
  | { readonly failure: LambdaFailure };

/** The answer of an invocation. */
export function lambdaAnswer(answer: Answer, context: AnswerContext): LambdaAnswer {
  if (answer.error) return unread(answer.error, context);
  const bad = answer.results.filter((result) => !isWell(result));
  const [first] = bad;
  if (first) {
    const failure = taskFailure(first, bad.length, answer.results.length, context);
    const comesAgain = context.repeated || context.http || !bad.every(isFailedScript);
    return comesAgain ? { failure } : { payload: failedSummary(answer, failure, context), told: failure };
  }
  if (answer.results.some(({ stdoutCut }) => stdoutCut)) return { failure: tooLarge(context.step) };
  if (answer.body) return { payload: JSON.stringify(response(200, answer.body, context)) };
  const summary = JSON.stringify(summaryOf(answer.results, context.step));
  if (!context.http) return { payload: summary };
  return { payload: JSON.stringify(response(200, Buffer.from(summary), context)) };
}

/** The failure for an answer that is longer than AWS Lambda takes. */
export function tooLarge(step: string): LambdaFailure {
  const hint = 'Write it to a file in TMP_OUTPUT_DIR, which is stored as an output of the step.';
  return {
    errorType: 'AnswerTooLarge',
    errorMessage: `step "${step}" wrote more than the ${LONGEST_BODY} bytes that AWS Lambda can answer with. ${hint}`,
  };
}

/** The failure for an error, of a type that is the error's code in the spelling of AWS. */
export function failureOf({ code, message, hint }: FdlError): LambdaFailure {
  const errorType = code.replace(/(?:^|-)(\w)/g, (_match, letter: string) => letter.toUpperCase());
  return { errorType, errorMessage: hint === undefined ? message : `${message} ${hint}` };
}

/** Somebody who sends a wrong request is told so; it is no failure of the function. */
function unread(error: FdlError, context: AnswerContext): LambdaAnswer {
  const status = { 'event-refused': 403, 'event-invalid': 400 }[error.code];
  if (!context.http || status === undefined) return { failure: failureOf(error) };
  const { code, message, hint } = error;
  const body = Buffer.from(JSON.stringify({ error: { code, message, hint } }));
  return { payload: JSON.stringify(response(status, body, context)) };
}

/** What API Gateway (payload 1.0 and 2.0), function URLs and load balancers turn into an answer over HTTP. */
function response(statusCode: number, body: Uint8Array, { http, requestId, ownHeaders }: AnswerContext) {
  const headers = {
    'content-type': contentType(body),
    'amz-lambda-request-id': requestId,
    ...(!http && ownHeaders),
  };
  return { statusCode, headers, body: Buffer.from(body).toString('base64'), isBase64Encoded: true };
}

function contentType(body: Uint8Array): string {
  if (!isUtf8(body)) return 'application/octet-stream';
  return parseJson(Buffer.from(body).toString('utf8')) ? 'application/json' : 'text/plain; charset=utf-8';
}

/**
 * Whether a script failed on an object: stores send their events asynchronously, so that nobody waits for an answer, and
 * it would fail again. Input, network and stores may be better the next time.
 */
function isFailedScript({ input, status, exitCode = 0, signal }: TaskResult): boolean {
  return input !== undefined && status !== 'cancelled' && (exitCode !== 0 || signal !== undefined);
}

/** What is not to come again is no failure to AWS Lambda, but to everybody who reads the answer. */
function failedSummary(
  { results }: Answer,
  { errorMessage }: LambdaFailure,
  { step }: AnswerContext,
): string {
  return JSON.stringify({ ...summaryOf(results, step), status: 'failed', reason: errorMessage });
}

function summaryOf(results: readonly TaskResult[], step: string): object {
  const outputs: readonly ObjectRef[] = results.flatMap((result) => result.outputs);
  const jobs = results.flatMap(({ job }) => job ?? []);
  return {
    step,
    status: jobs.length > 0 ? 'delegated' : 'succeeded',
    invocations: results.map(({ id }) => id),
    outputs: outputs.slice(0, MOST_OUTPUTS),
    outputCount: outputs.length,
    ...(jobs.length > 0 && { jobs }),
  };
}

function taskFailure(
  result: TaskResult,
  failed: number,
  all: number,
  { step, lastLines }: AnswerContext,
): LambdaFailure {
  const { input, reason = 'it did not succeed' } = result;
  const which = input ? ` on ${input.uri}` : '';
  const more = all > 1 ? ` (${failed} of ${all} inputs failed)` : '';
  const log = lastLines.length > 0 ? `\nLast lines of the script:\n${lastLines.join('\n')}` : '';
  return {
    errorType: failureType(result),
    errorMessage: `step "${step}" failed${which}: ${reason}${more}${log}`,
  };
}

function failureType({ status, exitCode, signal }: TaskResult): string {
  if (status === 'timed-out') return 'ScriptTimedOut';
  if (status === 'cancelled') return 'ScriptCancelled';
  return signal !== undefined || (exitCode ?? 0) !== 0 ? 'ScriptFailed' : 'StepFailed';
}
