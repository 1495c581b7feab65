/** Says each HTTP request that this process sends, whoever sends it: Node's own client, as the SDK of AWS does, or undici. */
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { withoutCredentials } from './secret.ts';

/** The parts of a request of undici that are read. Rule: https://github.com/nodejs/undici/blob/main/docs/docs/api/DiagnosticsChannel.md */
interface UndiciRequest {
  readonly origin?: string | URL;
  readonly method: string;
  readonly path: string;
}

/** Headers by which servers name a request: AWS, S3, registries and gateways. */
const REQUEST_IDS = ['x-amzn-requestid', 'x-amz-request-id', 'x-request-id'];

/**
 * From now on `say` hears of each request when its answer begins or when it fails: method, address, status, milliseconds and
 * the id that the server gave it. Addresses are without logins and signatures.
 */
export function traceRequests(say: (line: string) => void): void {
  const began = new WeakMap<object, number>();
  const begin = (request: object) => void began.set(request, performance.now());
  const end = (request: object, what: string, outcome: string) => {
    const start = began.get(request);
    // Its end is told once, also where a connection breaks after the answer began.
    if (start === undefined) return;
    began.delete(request);
    say(`${what} ${outcome} in ${Math.round(performance.now() - start)} ms`);
  };
  listen<{ request: ClientRequest }>('http.client.request.start', ({ request }) => {
    begin(request);
    request.once('error', (error) => end(request, ofNode(request), failed(error)));
  });
  listen<{ request: ClientRequest; response: IncomingMessage }>(
    'http.client.response.finish',
    ({ request, response }) => {
      const { statusCode, headers } = response;
      end(
        request,
        ofNode(request),
        answered(statusCode, (name) => headers[name]),
      );
    },
  );
  listen<{ request: UndiciRequest }>('undici:request:create', ({ request }) => begin(request));
  listen<{ request: UndiciRequest; response: { statusCode: number; headers: readonly Buffer[] } }>(
    'undici:request:headers',
    ({ request, response: { statusCode, headers } }) => {
      end(
        request,
        ofUndici(request),
        answered(statusCode, (name) => rawHeader(headers, name)),
      );
    },
  );
  listen<{ request: UndiciRequest; error: unknown }>('undici:request:error', ({ request, error }) =>
    end(request, ofUndici(request), failed(error)),
  );
}

function listen<T>(channel: string, take: (message: T) => void): void {
  subscribe(channel, (message) => take(message as T));
}

/** Many calls of AWS go to the same address, and say in a header what they are. */
function ofNode(request: ClientRequest): string {
  const target = request.getHeader('x-amz-target');
  const host = request.getHeader('host') ?? request.host;
  const url = shownUrl(`${request.protocol}//${host}${request.path}`);
  return `${request.method} ${url}${target ? ` (${target})` : ''}`;
}

function ofUndici({ method, origin = '', path }: UndiciRequest): string {
  // A proxy gets the whole address as the path, or its host and port.
  const url = path.startsWith('/') ? `${String(origin).replace(/\/$/, '')}${path}` : path;
  return `${method} ${shownUrl(url)}`;
}

/** Values of queries that are credentials by their names. */
const CREDENTIAL = /([?&](?:[\w-]*token|password|secret|client_secret|code)=)[^&#]+/gi;

function shownUrl(url: string): string {
  return withoutCredentials(url).replace(CREDENTIAL, '$1(secret)');
}

function answered(
  status: number | undefined,
  header: (name: string) => string | string[] | undefined,
): string {
  const id = REQUEST_IDS.map(header).find((value) => value !== undefined);
  return `${status}${id === undefined ? '' : ` (request ${id})`}`;
}

function failed(error: unknown): string {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  return `failed: ${code ?? message ?? error}`;
}

/** Names and values by turns. */
function rawHeader(headers: readonly Buffer[], wanted: string): string | undefined {
  const at = headers.findIndex((name, index) => index % 2 === 0 && String(name).toLowerCase() === wanted);
  return at < 0 ? undefined : String(headers[at + 1]);
}
