/**
 * The Runtime API of AWS Lambda: a server beside the function that hands out its events and takes its answers
 * (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
 */
import type { IncomingHttpHeaders, OutgoingHttpHeaders, RequestOptions } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { FdlError, hasCode, messageOf } from '../../errors.ts';

/** An event that the function was invoked with. */
export interface LambdaInvocation {
  readonly requestId: string;
  /** The event as JSON text. */
  readonly payload: string;
  /** When AWS Lambda ends the function; milliseconds since 1970. */
  readonly deadline: number;
  /** The X-Ray header of the request, by which AWS also notices functions that trigger themselves. */
  readonly traceId?: string;
}

/** What is reported of an invocation, or of a start, that failed. */
export interface LambdaFailure {
  readonly errorType: string;
  readonly errorMessage: string;
}

/** All methods throw `FdlError` `lambda-api-failed`, after which the program cannot but end. */
export interface RuntimeApi {
  /** Waits for the next event. Nothing once the signal fires. */
  next(signal: AbortSignal | undefined): Promise<LambdaInvocation | undefined>;
  /** Answers an invocation. Says whether the answer was taken: one that is too long is not. */
  respond(requestId: string, payload: string): Promise<boolean>;
  /** Reports that an invocation failed. */
  fail(requestId: string, failure: LambdaFailure): Promise<void>;
  /** Reports that the program cannot start. */
  failInit(failure: LambdaFailure): Promise<void>;
}

type Http = typeof import('node:http');

interface Call extends Pick<RequestOptions, 'method' | 'headers' | 'signal'> {
  readonly path: string;
  readonly body?: string;
}

type Caller = (call: Call) => Promise<Reply>;

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const TOO_LONG = 413;

/** Speaks to the server at `address` (`host:port`) over one connection that stays open. */
export async function openRuntimeApi(address: string): Promise<RuntimeApi> {
  // Loaded here, since the program also runs where there is no such server.
  const http = await import('node:http');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const call = ({ path, body, ...options }: Call) =>
    exchange(http, `http://${address}/2018-06-01${path}`, { agent, ...options }, body).catch((cause) => {
      throw apiFailed(path, messageOf(cause), cause);
    });
  return {
    next: (signal) => nextInvocation(call, signal),
    respond: (id, payload) => respond(call, `/runtime/invocation/${id}/response`, payload),
    fail: (id, failure) => report(call, `/runtime/invocation/${id}/error`, failure),
    failInit: (failure) => report(call, '/runtime/init/error', failure),
  };
}

async function nextInvocation(
  call: Caller,
  signal: AbortSignal | undefined,
): Promise<LambdaInvocation | undefined> {
  const path = '/runtime/invocation/next';
  try {
    const reply = await call({ path, signal });
    expectStatus(reply, path);
    const text = (name: string) => String(reply.headers[`lambda-runtime-${name}`] ?? '');
    const traceId = text('trace-id');
    return {
      requestId: text('aws-request-id'),
      payload: reply.body.toString('utf8'),
      deadline: Number(text('deadline-ms')),
      ...(traceId !== '' && { traceId }),
    };
  } catch (error) {
    if (signal?.aborted) return undefined;
    throw error;
  }
}

async function respond(call: Caller, path: string, payload: string): Promise<boolean> {
  const reply = await call({ method: 'POST', path, body: payload, headers: headersOf(payload) });
  if (reply.status !== TOO_LONG) expectStatus(reply, path);
  return reply.status !== TOO_LONG;
}

async function report(call: Caller, path: string, failure: LambdaFailure): Promise<void> {
  const body = JSON.stringify({ ...failure, stackTrace: [] });
  const headers = { ...headersOf(body), 'lambda-runtime-function-error-type': failure.errorType };
  expectStatus(await call({ method: 'POST', path, body, headers }), path);
}

function headersOf(body: string): OutgoingHttpHeaders {
  return { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
}

function expectStatus({ status, body }: Reply, path: string): void {
  if (status >= 200 && status < 300) return;
  throw apiFailed(path, `it answered ${status}: ${body.toString('utf8').trim().slice(0, 500)}`);
}

async function exchange(http: Http, url: string, options: RequestOptions, body?: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, options, (response) => {
      const { statusCode: status = 0, headers } = response;
      buffer(response).then((bytes) => resolve({ status, headers, body: bytes }), reject);
    });
    request.once('error', (error) => {
      // The other side may close a connection just when it is used again: that says nothing about the request.
      if (request.reusedSocket && hasCode(error, 'ECONNRESET')) resolve(exchange(http, url, options, body));
      else reject(error);
    });
    request.end(body);
  });
}

function apiFailed(path: string, why: string, cause?: unknown): FdlError {
  return new FdlError('lambda-api-failed', `AWS Lambda's ${path} could not be used: ${why}`, { cause });
}
