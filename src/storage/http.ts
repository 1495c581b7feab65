/** Requests to stores that speak plain HTTP: connections, retries and redirections; credentials stay with their server. */
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { readBounded } from '../bounds.ts';
import { certificatesWith, openAgent } from '../network.ts';
import { withRetry } from '../retry.ts';
import { VERSION } from '../version.ts';
import { StorageError } from './error.ts';
import { connectionError, type HttpSubject, statusError, wrongAnswer } from './http-error.ts';

/** Whom connections trust. */
export interface HttpTrust {
  /** False takes any certificate. */
  readonly verifyTls: boolean;
  /** A file with certificates of the server's own authority, in PEM. */
  readonly ca?: string | undefined;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Headers with credentials: for the origin of `url` alone. */
  readonly secret?: Readonly<Record<string, string>> | undefined;
  /** A stream is made anew for each attempt. */
  readonly body?: string | Buffer | (() => Readable) | undefined;
  /** What the request is about, for errors. */
  readonly subject: HttpSubject;
  /** Statuses beside those of success (200 to 299) that are answers and no failures. */
  readonly accept?: readonly number[] | undefined;
  /** False takes a redirection for the answer. */
  readonly follows?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Must be read or discarded, else the connection stays occupied. */
  readonly body: Readable;
  /** Where it came from, after all redirections. */
  readonly url: string;
}

export interface Http {
  /** One answer; failures of the moment are tried again. Rejects with StorageError, or with the signal's reason. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** The same, without more attempts: for what its caller repeats as a whole. */
  sendOnce(request: HttpRequest): Promise<HttpAnswer>;
  /** The whole answer as text, of 64 MiB at most. */
  text(request: HttpRequest): Promise<{ readonly answer: HttpAnswer; readonly text: string }>;
}

/** Milliseconds: for a connection to be made, for the start of an answer (a store may check what it got first), between its pieces. */
const CONNECT_TIMEOUT = 10_000;
const ANSWER_TIMEOUT = 300_000;
const IDLE_TIMEOUT = 60_000;
const LONGEST = { bytes: 64 * 1024 * 1024, ms: 120_000 } as const;

/** Connections to one server, made with the first request. */
export function openHttp({ verifyTls, ca: file }: HttpTrust): Http {
  let agent: Promise<Dispatcher> | undefined;
  const connect = () => {
    agent ??= openAgent({
      verifyTls,
      ca: certificatesWith(file),
      connectTimeout: CONNECT_TIMEOUT,
      headersTimeout: ANSWER_TIMEOUT,
      bodyTimeout: IDLE_TIMEOUT,
    });
    return agent;
  };
  const sendOnce = async (request: HttpRequest) => succeeded(request, await follow(await connect(), request));
  const send = (request: HttpRequest) => withRetry(() => sendOnce(request), { signal: request.signal });
  const text = (request: HttpRequest) =>
    withRetry(
      async () => {
        const answer = await sendOnce(request);
        return { answer, text: await textOf(answer, request) };
      },
      { signal: request.signal },
    );
  return { send, sendOnce, text };
}

async function succeeded(request: HttpRequest, answer: HttpAnswer): Promise<HttpAnswer> {
  const { status, body } = answer;
  if ((status >= 200 && status < 300) || request.accept?.includes(status)) return answer;
  const said = await readBounded(body, { bytes: 64 * 1024, ms: 10_000 }, () => new Error()).catch(() => '');
  body.on('error', () => undefined).destroy();
  throw statusError(answer, String(said), request.subject);
}

async function textOf({ body }: HttpAnswer, { subject, signal }: HttpRequest): Promise<string> {
  try {
    return String(await readBounded(body, LONGEST, (why) => wrongAnswer(why, subject)));
  } catch (thrown) {
    if (signal?.aborted) throw signal.reason;
    throw thrown instanceof StorageError ? thrown : connectionError(thrown, subject);
  }
}

/** Reads what nobody wants, so that the connection can be used again; only for short answers. */
export function discard({ body }: HttpAnswer): void {
  body.on('error', () => undefined).resume();
}

const LONGEST_CHAIN = 5;
/** That of 303 is asked by GET, whatever was asked before; 304 is none. */
const REDIRECTIONS: readonly number[] = [301, 302, 303, 307, 308];

/** Servers such as dCache send clients on to the machine that has the file. */
async function follow(agent: Dispatcher, request: HttpRequest): Promise<HttpAnswer> {
  let current = request;
  for (let count = 0; count <= LONGEST_CHAIN; count += 1) {
    const answer = await sendTo(agent, current);
    const { location } = answer.headers;
    const leads = REDIRECTIONS.includes(answer.status) && request.follows !== false;
    if (!leads || location === undefined) return answer;
    discard(answer);
    current = redirected(current, answer.status, location);
  }
  throw wrongAnswer('it redirects without end', request.subject);
}

function redirected(request: HttpRequest, status: number, location: string): HttpRequest {
  const from = new URL(request.url);
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const isSafe = to?.protocol === 'https:' || (to?.protocol === 'http:' && from.protocol === 'http:');
  if (!to || !isSafe)
    throw wrongAnswer(
      `it redirects to an address that is not safe: ${to?.origin ?? location}`,
      request.subject,
    );
  const { secret, body, method, ...rest } = request;
  const kept = to.origin === from.origin ? { secret } : {};
  if (status === 303) return { ...rest, ...kept, method: 'GET', url: to.href };
  return { ...rest, ...kept, method, body, url: to.href };
}

async function sendTo(agent: Dispatcher, request: HttpRequest): Promise<HttpAnswer> {
  const { method, url, headers, secret, body, signal, subject } = request;
  const { origin, pathname, search } = new URL(url);
  const content = typeof body === 'function' ? body() : (body ?? null);
  try {
    const answer = await agent.request({
      origin,
      path: pathname + search,
      method: method as Dispatcher.HttpMethod,
      headers: { 'user-agent': `fdl/${VERSION}`, ...headers, ...secret },
      body: content,
      ...(signal && { signal }),
    });
    return { status: answer.statusCode, headers: single(answer.headers), body: answer.body, url };
  } catch (thrown) {
    if (signal?.aborted) throw signal.reason;
    // What broke the content counts before what that did to the connection.
    const own = typeof content === 'object' && content && 'errored' in content ? content.errored : undefined;
    if (typeof content === 'object' && content && 'destroy' in content) content.destroy();
    throw own instanceof StorageError ? own : connectionError(thrown, subject);
  }
}

function single(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value = '']) => [name, [value].flat().join(', ')]),
  );
}
