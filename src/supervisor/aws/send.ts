/**
 * Calls to services of AWS, signed and sent without the services' clients: those would make the supervisor, which every
 * image carries, half as large again, and its start slower.
 */
import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { type Limits, readBounded } from '../../bounds.ts';
import { type Delay, withRetry } from '../../retry.ts';
import { CallError, type HttpReply, refusedError, unansweredError } from './call-error.ts';
import type { KeySource } from './credentials.ts';
import { signedHeaders } from './signing.ts';

export interface AwsCall {
  readonly service: 'ssm' | 'batch' | 's3';
  /** For messages: `GetParameter`. */
  readonly operation: string;
  /** POST by default. */
  readonly method?: 'GET' | 'PUT' | 'POST';
  /** For calls to S3. */
  readonly bucket?: string;
  /** Encoded, with a slash at its start. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whether doing it twice is the same as doing it once, so that it is sent again after a failure; it is by default. */
  readonly repeatable?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Makes a call. Rejects with `CallError`, with what the source of keys rejects with, or the reason of its signal. */
export type AwsSend = (call: AwsCall) => Promise<HttpReply>;

interface SenderOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly keys: KeySource;
  /** By default what the environment says. */
  readonly region?: string | undefined;
  /** Milliseconds for a connection to be made; 5,000 by default. */
  readonly connectMs?: number | undefined;
  /** Limits of an answer; 16 MiB within 60 seconds by default. */
  readonly answer?: Limits | undefined;
  /** How long to wait before a call is made again. */
  readonly delay?: Delay | undefined;
}

const CONNECT_MS = 5000;
const IDLE_MS = 10_000;
/** Far more than any of these calls answers, and for all of it. */
const ANSWER: Limits = { bytes: 16 * 1024 * 1024, ms: 60_000 };
const ATTEMPTS = 3;
const DEFAULT_REGION = 'us-east-1';

/** Sends calls to the services of one region, or to the server that the environment names instead. */
export function awsSender(options: SenderOptions): AwsSend {
  const { env, connectMs = CONNECT_MS, answer = ANSWER } = options;
  const region = options.region ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? DEFAULT_REGION;
  const scope = { region, keys: options.keys };
  const once = async (call: AwsCall): Promise<HttpReply> => {
    const { service, operation, method = 'POST', headers = {}, body = '', signal } = call;
    const what = `${service} ${operation}`;
    const request = { url: urlOf(call, region, env), method, headers, body };
    const signed = await signedHeaders(request, { ...scope, service });
    const sent = { ...request, headers: signed, connectMs, idleMs: IDLE_MS, answer, signal };
    const reply = await exchange(sent).catch((thrown: unknown) => {
      signal?.throwIfAborted();
      throw unansweredError(what, thrown);
    });
    if (reply.status >= 200 && reply.status < 300) return reply;
    throw refusedError(what, reply);
  };
  const { delay } = options;
  return (call) =>
    withRetry(() => once(call).catch(rethrow(call)), { attempts: ATTEMPTS, signal: call.signal, delay });
}

/** Throws what a call failed with; one that may have had its effect is not to be sent again where that matters. */
function rethrow({ repeatable = true }: AwsCall): (thrown: unknown) => never {
  return (thrown) => {
    if (repeatable || !(thrown instanceof CallError) || !thrown.uncertain) throw thrown;
    const { message, awsCode, status, uncertain } = thrown;
    throw new CallError(message, { awsCode, status, uncertain, retryable: false }, thrown.cause);
  };
}

/** The URL of a call. Servers other than AWS rarely answer for host names made of buckets. */
function urlOf({ service, bucket, path }: AwsCall, region: string, env: SenderOptions['env']): URL {
  const custom = env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] ?? env['AWS_ENDPOINT_URL'];
  const inBucket = bucket === undefined ? '' : `/${bucket}`;
  if (custom) return new URL(`${custom.replace(/\/+$/, '')}${inBucket}${path}`);
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const host = bucket === undefined ? service : `${bucket}.${service}`;
  return new URL(`https://${host}.${region}.${domain}${path}`);
}

// One request over HTTP, with limits to how long it may take.

interface HttpCall {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Milliseconds for a connection to be made; names of hosts are looked up in this time too. */
  readonly connectMs: number;
  /** Milliseconds without any byte on the connection. */
  readonly idleMs: number;
  readonly answer: Limits;
  readonly signal?: AbortSignal | undefined;
}

/** What a connection that takes too long fails with. */
type TimeoutCode = 'CONNECT_TIMEOUT' | 'IDLE_TIMEOUT';

/** Sends a request. Rejects with system errors, or with one that has a `TimeoutCode` as its code. */
async function exchange(call: HttpCall): Promise<HttpReply> {
  const { url, method, headers, body, answer, signal } = call;
  // Loaded here, since most steps never make such a call.
  const { request } = await (url.protocol === 'http:' ? import('node:http') : import('node:https'));
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, ...(signal && { signal }) }, (response) => {
      const { statusCode: status = 0 } = response;
      readBounded(response, answer, (why) => new Error(why)).then(
        (content) => resolve({ status, headers: response.headers, body: content.toString('utf8') }),
        reject,
      );
    });
    sent.once('error', reject);
    limitTime(sent, call);
    sent.end(body);
  });
}

function limitTime(sent: ClientRequest, { url, connectMs, idleMs }: HttpCall): void {
  sent.once('socket', (socket: Socket) => {
    if (!socket.connecting) return;
    const late = () => sent.destroy(timeout('CONNECT_TIMEOUT', 'no connection was made', connectMs));
    const timer = setTimeout(late, connectMs);
    socket.once(url.protocol === 'http:' ? 'connect' : 'secureConnect', () => clearTimeout(timer));
    sent.once('close', () => clearTimeout(timer));
  });
  sent.setTimeout(idleMs, () => sent.destroy(timeout('IDLE_TIMEOUT', 'no answer came', idleMs)));
}

function timeout(code: TimeoutCode, what: string, ms: number): Error {
  return Object.assign(new Error(`${what} within ${ms / 1000} seconds`), { code });
}
