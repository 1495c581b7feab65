/** Sends HTTP requests to a cluster: undici, loaded with the first one. */
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { bounded, readBounded } from '../../../bounds.ts';
import { certificatesWith, openAgent } from '../../../network.ts';
import { withRetry } from '../../../retry.ts';
import { VERSION } from '../../../version.ts';
import { connectionError, OscarError, refusal } from './error.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Whether a request may be sent again after a failure of the moment: always, or only if it never left. */
type Repeat = 'always' | 'unsent';

export interface Request {
  readonly method: Method;
  /** Below the endpoint, with its query. */
  readonly path: string;
  readonly body?: string | Uint8Array | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly repeat: Repeat;
  /** Milliseconds until the answer starts, between two pieces of it, and for all of them. */
  readonly timeoutMs?: number | undefined;
  /** Bytes that the answer may have; 64 MiB by default. */
  readonly maxBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An answer that says of success. */
export interface Response<B = Buffer> {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: B;
}

/** Anything but success is thrown as OscarError. */
interface Transport {
  /** Answers with the whole body. */
  readonly send: (request: Request) => Promise<Response>;
  /** Answers as soon as the head of the answer is there; the body must be read. */
  readonly open: (request: Request) => Promise<Response<AsyncIterable<Uint8Array>>>;
  /** Ends all connections. */
  readonly close: () => Promise<void>;
}

export interface TransportOptions {
  /** What messages call the other side: `cluster lab`. */
  readonly whom: string;
  readonly endpoint: string;
  readonly verifyTls: boolean;
  readonly ca?: string | undefined;
  /** Waits between attempts. */
  readonly delay?: ((ms: number, signal: AbortSignal | undefined) => Promise<unknown>) | undefined;
  readonly attempts?: number | undefined;
}

/** Milliseconds. */
const CONNECT_TIMEOUT = 10_000;
const ANSWER_TIMEOUT = 60_000;
const MAX_REDIRECTIONS = 3;
/** Bytes: of an answer, and of what a server says of a failure. */
const LONGEST_ANSWER = 64 * 1024 * 1024;
const LONGEST_REFUSAL = 1024 * 1024;
/** Milliseconds: streams, such as logs, may take longer than answers. */
const STREAM_TIMEOUT = 900_000;

/** Connections to one server that are kept open and used again; nothing is contacted yet. */
export function openTransport(options: TransportOptions): Transport {
  let agent: Promise<Dispatcher> | undefined;
  const start = () => {
    const { verifyTls, ca } = options;
    return openAgent({ connectTimeout: CONNECT_TIMEOUT, verifyTls, ca: certificatesWith(ca) });
  };
  const { attempts, delay } = options;
  const repeated = <T>(request: Request, finish: (response: Response<Readable>) => Promise<T> | T) =>
    withRetry(
      async () => {
        agent ??= start();
        const sending = await agent;
        return named(options, request, async () => finish(await follow(sending, options, request)));
      },
      { signal: request.signal, attempts, delay },
    );
  return {
    send: (request) =>
      repeated(request, async (answer) => ({ ...answer, body: await whole(options, request, answer.body) })),
    open: (request) =>
      repeated(request, (answer) => ({ ...answer, body: pieces(options, request, answer.body) })),
    close: async () => {
      await (await agent)?.destroy();
    },
  };
}

/** Runs something with the connection, and throws what goes wrong as an error of ours. */
async function named<T>(options: TransportOptions, request: Request, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (thrown) {
    throw errorOf(options, request, thrown);
  }
}

function whole(options: TransportOptions, request: Request, body: Readable): Promise<Buffer> {
  const { maxBytes: bytes = LONGEST_ANSWER, timeoutMs: ms = ANSWER_TIMEOUT } = request;
  return readBounded(body, { bytes, ms }, overdone(options, request));
}

/** What an answer that is too much is thrown as; asked again, it would be so again. */
function overdone({ whom }: TransportOptions, { method, path }: Request): (why: string) => OscarError {
  const hint = 'Check that the endpoint is that of an OSCAR cluster, and what stands before it.';
  return (why) =>
    new OscarError('oscar-failed', `${whom} failed at ${method} ${path.split('?')[0]}: ${why}`, { hint });
}

async function* pieces(
  options: TransportOptions,
  request: Request,
  body: Readable,
): AsyncGenerator<Uint8Array> {
  const limits = { bytes: request.maxBytes ?? LONGEST_ANSWER, ms: STREAM_TIMEOUT };
  try {
    yield* bounded(body, limits, overdone(options, request));
  } catch (thrown) {
    throw errorOf(options, request, thrown);
  }
}

function errorOf({ whom, endpoint }: TransportOptions, request: Request, thrown: unknown): unknown {
  if (request.signal?.aborted) return request.signal.reason;
  const error =
    thrown instanceof OscarError ? thrown : connectionError(whom, new URL(endpoint).origin, thrown);
  const mayRepeat = request.repeat === 'always' || error.unsent;
  return error.retryable && !mayRepeat ? final(error) : error;
}

/** The same error, for a request that must not be sent twice. */
function final({ code, message, hint, status, said, cause }: OscarError): OscarError {
  return new OscarError(code as 'oscar-failed', message, { hint, status, said, cause });
}

/** Follows redirections to the same scheme, host and port only: the login must not go elsewhere. */
async function follow(
  agent: Dispatcher,
  options: TransportOptions,
  request: Request,
): Promise<Response<Readable>> {
  const { whom, endpoint } = options;
  const start = new URL(endpoint + request.path);
  let url = start;
  for (let hops = 0; ; hops += 1) {
    const { method, body = null, headers, signal, timeoutMs = ANSWER_TIMEOUT } = request;
    const response = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      body: body as string | Buffer | null,
      headers: { 'user-agent': `fdl/${VERSION}`, accept: 'application/json, text/plain', ...headers },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      ...(signal && { signal }),
    });
    const { statusCode: status } = response;
    if (status >= 200 && status < 300) return { status, headers: response.headers, body: response.body };
    const limits = { bytes: LONGEST_REFUSAL, ms: timeoutMs };
    const text = (await readBounded(response.body, limits, overdone(options, request))).toString('utf8');
    const location = status >= 300 && status < 400 ? response.headers.location : undefined;
    const isAddress = typeof location === 'string' && URL.canParse(location, url.href);
    const target = isAddress ? new URL(location, url) : undefined;
    if (target && target.origin === url.origin && method === 'GET' && hops < MAX_REDIRECTIONS) {
      url = target;
      continue;
    }
    const what = `${method} ${start.pathname}`;
    const retryAfterMs = Number(response.headers['retry-after']) * 1000 || undefined;
    const said = target ? `it redirects to ${target.origin}` : text;
    throw refusal({ whom, status, body: said, what, retryAfterMs });
  }
}
