/** Sends HTTP requests: undici, loaded with the first one, behind a function. */
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { readBounded } from '../../bounds.ts';
import { FdlError, messageOf } from '../../errors.ts';
import { openAgent } from '../../network.ts';
import { VERSION } from '../../version.ts';
import { connectionError, RegistryError } from '../error.ts';
import { isThisMachine } from './endpoint.ts';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT';

export interface HttpRequest {
  readonly method: Method;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream is read at the speed of the connection, and destroyed if the request fails. */
  readonly body?: Uint8Array | Readable | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Must be read or discarded, else the connection stays occupied. */
  readonly body: Readable;
}

/**
 * Sends one request and answers as soon as the head of the answer is there; redirections are answers.
 * It rejects with RegistryError `registry-failed`, with what `body` failed with, or with the signal's reason.
 */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;

interface Transport {
  readonly send: Send;
  /** Ends all connections. */
  readonly close: () => Promise<void>;
}

/** Bytes. What is read into memory, such as messages and manifests, is never longer. */
const LONGEST_TEXT = 8 * 1024 * 1024;
/** Milliseconds for all of it. */
const LONGEST_TIME = 120_000;

/** Connections that are kept open and used again. */
export function openTransport(): Transport {
  let agent: Promise<Dispatcher> | undefined;
  return {
    send: async (request) => {
      agent ??= openAgent();
      return send(await agent, request);
    },
    close: async () => {
      await (await agent)?.destroy();
    },
  };
}

async function send(agent: Dispatcher, request: HttpRequest): Promise<HttpResponse> {
  const { method, url, body = null, signal } = request;
  const { origin, pathname, search } = new URL(url);
  const headers = { 'user-agent': `fdl/${VERSION}`, ...request.headers };
  try {
    const options = { origin, path: pathname + search, method, headers, body, ...(signal && { signal }) };
    const response = await agent.request(options);
    return { status: response.statusCode, headers: single(response.headers), body: response.body };
  } catch (error) {
    throw failure(error, request);
  }
}

/** Why a request failed: what broke its body counts before what that did to the connection. */
function failure(error: unknown, { url, body, signal }: HttpRequest): unknown {
  if (signal?.aborted) return signal.reason;
  const own = [error, body && 'errored' in body ? body.errored : undefined];
  return own.find((thrown) => thrown instanceof FdlError) ?? connectionError(new URL(url).host, error);
}

function single(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value = '']) => [name, [value].flat().join(', ')]);
  return Object.fromEntries(entries);
}

/** Reads a body that nobody wants, so that its connection can be used again; only for short ones. */
export function discard(body: Readable): void {
  body.on('error', () => undefined).resume();
}

/**
 * Reads a body as bytes.
 * @throws RegistryError `registry-failed`: it breaks off, is longer than anything that is read into memory, or takes more
 *   than so many milliseconds
 */
export async function bytesOf(body: Readable, ms: number = LONGEST_TIME): Promise<Buffer> {
  try {
    return await readBounded(body, { bytes: LONGEST_TEXT, ms }, (why) => brokenAnswer(why, false));
  } catch (error) {
    throw error instanceof FdlError ? error : brokenAnswer(messageOf(error), true);
  }
}

function brokenAnswer(why: string, retryable: boolean): RegistryError {
  return new RegistryError('registry-failed', `the answer of a registry cannot be read: ${why}`, {
    retryable,
  });
}

/** Reads a body as text; see `bytesOf`. */
export async function textOf(body: Readable): Promise<string> {
  return (await bytesOf(body)).toString('utf8');
}

// Follows registries to where they keep blobs.

const LONGEST_CHAIN = 5;
const REDIRECTIONS: readonly number[] = [301, 302, 303, 307, 308];

/**
 * Sends a GET or HEAD request and follows redirections. Credentials go to the first origin only: the storage behind
 * a registry has signed addresses, and nobody else may learn them.
 * @throws RegistryError `registry-failed`
 */
export async function sendFollowing(send: Send, request: HttpRequest): Promise<HttpResponse> {
  let current = request;
  for (let count = 0; count <= LONGEST_CHAIN; count += 1) {
    const response = await send(current);
    const { location } = response.headers;
    if (!REDIRECTIONS.includes(response.status) || location === undefined) return response;
    discard(response.body);
    current = redirected(current, location);
  }
  const { host } = new URL(request.url);
  throw new RegistryError('registry-failed', `the registry ${host} redirects without end`);
}

/**
 * The request at the address that a registry names in `Location`, without credentials if that is another origin.
 * @throws RegistryError `registry-failed`: the address is none, or gives up TLS
 */
export function redirected(request: HttpRequest, location: string): HttpRequest {
  const from = new URL(request.url);
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const safe = to?.protocol === 'https:' || (to?.protocol === 'http:' && isPlainAllowed(from, to));
  if (!to || !safe) {
    const message = `the registry ${from.host} points to an address that is not safe: ${to?.origin ?? location}`;
    throw new RegistryError('registry-failed', message, { hint: 'Its operator has to name one with https.' });
  }
  const { authorization, ...others } = request.headers;
  const same = to.origin === from.origin && authorization !== undefined;
  return { ...request, url: to.href, headers: same ? { ...others, authorization } : others };
}

/** Whoever chose plain HTTP for a registry gets it from where that one points, too. */
function isPlainAllowed(from: URL, to: URL): boolean {
  return from.protocol === 'http:' || isThisMachine(to.host);
}
