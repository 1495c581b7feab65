/** Direct calls of functions by the API of AWS Lambda. */
import { FdlError } from '../../../errors.ts';
import { asNumber, asObject, asText, parseJson } from '../../../json.ts';
import type { ObjectRef } from '../../../workflow/invocation.ts';
import { failedAnswer, readRecord, reasonAlone, saysAgain, unquoted } from '../../../workflow/records.ts';
import type { Call, CallResult } from '../../runtime.ts';
import type { Clients } from '../api/clients.ts';
import { hasAwsCode } from '../api/errors.ts';
import type { AwsStep } from '../dialect/step.ts';
import type { Site } from '../site.ts';
import { platformLine } from './platform-line.ts';

/** Milliseconds: a function may take as long as that, with some time around it. */
const LONGEST_CALL = 960_000;

/**
 * Calls a function.
 * @throws FdlError `payload-too-large`, `step-not-deployed`, and the errors of AWS
 */
export async function invokeFunction(
  clients: Clients,
  site: Site,
  step: AwsStep,
  call: Call,
  signal: AbortSignal,
): Promise<CallResult> {
  const { sdk, client } = await clients('lambda', site);
  const wantsLog = step.settings.lambda?.log_type?.trim().toLowerCase() !== 'none';
  const type = call.dryRun ? 'DryRun' : call.async ? 'Event' : 'RequestResponse';
  const command = new sdk.InvokeCommand({
    FunctionName: step.name,
    InvocationType: type,
    ...(type === 'RequestResponse' && wantsLog && { LogType: 'Tail' as const }),
    Payload: Buffer.from(payloadText(call.payload)),
  });
  const options = { abortSignal: signal, requestTimeout: LONGEST_CALL };
  const answer = await client.send(command, options).catch((thrown) => {
    throw explained(thrown, step, call.async);
  });
  const { $metadata: { requestId } = {} } = answer;
  if (type !== 'RequestResponse') return { status: 'accepted', body: new Uint8Array(), requestId };
  const { Payload: payload = new Uint8Array(), FunctionError: functionError, LogResult: logResult } = answer;
  return resultOf({ payload, functionError, logResult, requestId });
}

function explained(thrown: unknown, { id, name }: AwsStep, async: boolean): unknown {
  if (hasAwsCode(thrown, 'ResourceNotFoundException')) return notDeployed(id);
  if (hasAwsCode(thrown, 'RequestTooLargeException', 'RequestEntityTooLargeException')) {
    const limit = async ? '1 MB' : '6 MB';
    const hint = 'Upload it instead: fdl put FILE.';
    return new FdlError('payload-too-large', `AWS Lambda takes at most ${limit} for ${name}`, {
      hint,
      cause: thrown,
    });
  }
  return thrown;
}

/** A step that is called and is not there. */
export function notDeployed(step: string): FdlError {
  const hint = 'Deploy the workflow: fdl apply FILE.';
  return new FdlError('step-not-deployed', `the step "${step}" is not deployed`, { hint });
}

/**
 * The payload as JSON text, which is all that AWS Lambda takes. A text that is JSON is an event or content that is
 * JSON; any other text becomes a JSON text, which the supervisor unwraps.
 */
export function payloadText(payload: unknown): string {
  if (typeof payload !== 'string') return JSON.stringify(payload ?? {});
  const parsed = parseJson(payload);
  return parsed && typeof parsed.value !== 'string' ? payload : JSON.stringify(payload);
}

/** What AWS Lambda answered to a call that waited. */
interface Reply {
  readonly payload: Uint8Array;
  /** Set where the function failed. */
  readonly functionError?: string | undefined;
  /** The end of the log, as base64. */
  readonly logResult?: string | undefined;
  readonly requestId?: string | undefined;
}

/** What a reply means. */
export function resultOf({ payload, functionError, logResult, requestId }: Reply): CallResult {
  const whole = logResult === undefined ? undefined : logText(logResult);
  const outputs = logResult === undefined ? undefined : outputsIn(logResult);
  const text =
    functionError === undefined
      ? failedAnswer(Buffer.from(payload).toString('utf8'))
      : failureText(payload, functionError);
  const reason = text && reasonAlone(text, Boolean(whole));
  const log = reason ? withoutReason(whole, reason) : whole;
  const common = {
    ...(requestId !== undefined && { requestId }),
    ...(log !== undefined && { log }),
    ...(outputs && { outputs }),
  };
  if (reason === undefined) return { status: 'succeeded', body: bodyOf(payload), ...common };
  return { status: 'failed', body: new Uint8Array(), reason, ...common };
}

/** A log without what the supervisor says of the failure. */
function withoutReason(log: string | undefined, reason: string): string | undefined {
  return log
    ?.split('\n')
    .filter((line) => !saysAgain(line, reason))
    .join('\n');
}

/** The content of an answer in the form of gateways, or the answer itself. */
function bodyOf(payload: Uint8Array): Uint8Array {
  const answer = asObject(parseJson(Buffer.from(payload).toString('utf8'))?.value);
  const body = answer?.['body'];
  if (asNumber(answer?.['statusCode']) === undefined || typeof body !== 'string') return payload;
  return Buffer.from(body, answer?.['isBase64Encoded'] === true ? 'base64' : 'utf8');
}

function failureText(payload: Uint8Array, functionError: string): string {
  const failure = asObject(parseJson(Buffer.from(payload).toString('utf8'))?.value);
  const [type, message] = [asText(failure?.['errorType']), asText(failure?.['errorMessage'])];
  return message ?? type ?? `the function failed (${functionError})`;
}

/** What the supervisor says that it stored; nothing where the end of the log does not have all of it. */
function outputsIn(encoded: string): readonly ObjectRef[] | undefined {
  const lines = Buffer.from(encoded, 'base64').toString('utf8').split('\n');
  const records = lines.flatMap((line) => readRecord(line) ?? []);
  const isWhole = records.some(({ fdl }) => fdl === 'start') && records.some(({ fdl }) => fdl === 'end');
  return isWhole ? records.flatMap(({ outputs }) => outputs) : undefined;
}

/** The lines of the script: what AWS Lambda and the supervisor write for machines is left out. */
function logText(encoded: string): string {
  const lines = Buffer.from(encoded, 'base64').toString('utf8').split('\n');
  return lines
    .filter((line) => !readRecord(line) && !platformLine(line))
    .map(unquoted)
    .join('\n')
    .trim();
}
