/** Payloads of direct calls and what comes back. Pure. */
import { asNumber, asObject, asText, parseJson } from '../../../json.ts';
import { unquoted } from '../../../supervisor/log-form.ts';
import type { CallResult } from '../../provider.ts';
import { recordOf } from './attribution.ts';
import { platformLine } from './platform-line.ts';

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
export interface Reply {
  readonly payload: Uint8Array;
  /** Set where the function failed. */
  readonly functionError?: string | undefined;
  /** The end of the log, as base64. */
  readonly logResult?: string | undefined;
  readonly requestId?: string | undefined;
}

/** What a reply means. */
export function resultOf({ payload, functionError, logResult, requestId }: Reply): CallResult {
  const log = logResult === undefined ? undefined : logText(logResult);
  const common = { ...(requestId !== undefined && { requestId }), ...(log !== undefined && { log }) };
  if (functionError === undefined) return { status: 'succeeded', body: bodyOf(payload), ...common };
  return { status: 'failed', body: new Uint8Array(), reason: failureText(payload, functionError), ...common };
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

/** The lines of the script: what AWS Lambda and the supervisor write for machines is left out. */
function logText(encoded: string): string {
  const lines = Buffer.from(encoded, 'base64').toString('utf8').split('\n');
  return lines
    .filter((line) => !recordOf(line) && !platformLine(line))
    .map(unquoted)
    .join('\n')
    .trim();
}
