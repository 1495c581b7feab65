/** What AWS answers that is no success, and what kept a call from reaching it. */
import { FdlError, messageOf } from '../../errors.ts';
import { asObject, asText, parseJson } from '../../json.ts';

/** An answer over HTTP. */
export interface HttpReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** Why a call failed, as far as that matters to whoever made it. */
interface CallVerdict {
  /** The service's own code, such as `AccessDeniedException`; that of the system where the service was not reached. */
  readonly awsCode: string;
  /** Of the answer over HTTP; 0 where none came. */
  readonly status: number;
  /** The same call may work later. */
  readonly retryable: boolean;
  /** The service may have done what was asked for. */
  readonly uncertain: boolean;
}

/** A call to AWS that failed. */
export class CallError extends FdlError implements CallVerdict {
  readonly awsCode: string;
  readonly status: number;
  readonly retryable: boolean;
  readonly uncertain: boolean;

  constructor(message: string, verdict: CallVerdict, cause?: unknown) {
    super('aws-call-failed', message, { cause });
    this.awsCode = verdict.awsCode;
    this.status = verdict.status;
    this.retryable = verdict.retryable;
    this.uncertain = verdict.uncertain;
  }
}

/** Codes of a connection that was never made: nothing was sent. */
const UNREACHED = /^(CONNECT_TIMEOUT|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;
const MOMENTARY = /^(ECONNREFUSED|EAI_AGAIN|ECONNRESET|EPIPE|ETIMEDOUT|IDLE_TIMEOUT)$/;
const BUSY = /^(.*Throttl.*|TooManyRequests.*|RequestLimitExceeded|SlowDown)$/;
const SERVER_FAILED = 500;
const TOO_MANY = 429;

/** Whether a call did not get through to the service at all. */
export function isUnreached(error: unknown): error is CallError {
  return error instanceof CallError && error.status === 0 && UNREACHED.test(error.awsCode);
}

/** The error for a call that got no answer. `what` says which call: `ssm GetParameter`. */
export function unansweredError(what: string, thrown: unknown): CallError {
  const code = (thrown as NodeJS.ErrnoException).code ?? 'UNKNOWN';
  const verdict = {
    awsCode: code,
    status: 0,
    retryable: MOMENTARY.test(code),
    uncertain: !UNREACHED.test(code),
  };
  return new CallError(`${what} got no answer: ${messageOf(thrown) || code}`, verdict, thrown);
}

/** The error for an answer that is none of success. */
export function refusedError(what: string, reply: HttpReply): CallError {
  const { status } = reply;
  const { code, message } = reported(reply);
  const busy = BUSY.test(code) || status === TOO_MANY;
  const retryable = busy || status >= SERVER_FAILED;
  const verdict = { awsCode: code, status, retryable, uncertain: !busy && status >= SERVER_FAILED };
  return new CallError(`${what} was answered with ${code}: ${message || `status ${status}`}`, verdict);
}

/** Services say what is wrong as JSON, or, as S3 does, in XML. */
function reported({ status, headers, body }: HttpReply): { readonly code: string; readonly message: string } {
  const fields = asObject(parseJson(body)?.value);
  const named = asText(headers['x-amzn-errortype']) ?? asText(fields?.['__type']) ?? asText(fields?.['code']);
  const element = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1];
  // JSON services write `namespace#Code` or `Code:address`.
  const code = named?.replace(/^.*#/, '').replace(/:.*$/, '') ?? element('Code') ?? String(status);
  const message = asText(fields?.['message']) ?? asText(fields?.['Message']) ?? element('Message') ?? '';
  return { code, message };
}
