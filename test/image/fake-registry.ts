/**
 * A registry at the wire, in memory: strict where real ones are (digests, sessions, scopes), and failing on demand.
 * Its behaviour without demands is that of CNCF Distribution; see `fake-registry.test.ts`.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Gate, type GateOptions, openGate } from './fake-gate.ts';
import {
  bytesOf,
  errors,
  type FakeStore,
  openStore,
  type Received,
  type Reply,
  type StoreOptions,
} from './fake-store.ts';

export interface LoggedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly authorization: string | undefined;
  /** Bytes of the request's body. */
  readonly received: number;
}

/** What happens instead of the usual answer. */
export interface Trouble {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Sends the usual answer's body only so far, then breaks the connection. */
  readonly cutAfter?: number;
  /** Changes the last byte of the usual answer's body. */
  readonly corrupt?: boolean;
  /** Breaks the connection without an answer. */
  readonly hangUp?: boolean;
  /** Does what was asked, then breaks the connection without an answer. */
  readonly forget?: boolean;
  /** Answers after this. */
  readonly after?: Promise<unknown>;
}

export interface FakeOptions extends StoreOptions {
  readonly auth?: GateOptions;
  /** Asked for every request; `count` is how often this method and path came, this time included. */
  readonly trouble?: (request: { method: string; path: string; count: number }) => Trouble | undefined;
}

export interface FakeRegistry extends FakeStore {
  /** With its port. */
  readonly host: string;
  readonly requests: readonly LoggedRequest[];
  /** Requests of a method whose path matches. */
  count(method: string, path: RegExp): number;
  /** Forgets the log. */
  forget(): void;
  close(): Promise<void>;
}

interface State {
  readonly log: LoggedRequest[];
  readonly seen: Map<string, number>;
  readonly gate: Gate | undefined;
  readonly reply: ReturnType<typeof openStore>['reply'];
  readonly trouble: FakeOptions['trouble'];
}

/** Bytes. Larger uploads are checked and not kept. */
const KEPT = 16 * 1024 * 1024;

/** Starts an empty registry. */
export async function startFakeRegistry(options: FakeOptions = {}): Promise<FakeRegistry> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { auth, trouble } = options;
  const { reply, ...store } = openStore(options);
  const gate = auth && openGate(`http://${host}`, auth);
  const state: State = { log: [], seen: new Map(), gate, reply, trouble };
  server.on('request', (request, response) => {
    handle(state, request, response).catch(() => response.destroy());
  });
  return {
    ...store,
    host,
    requests: state.log,
    count: (method, path) =>
      state.log.filter((each) => each.method === method && path.test(each.path)).length,
    forget: () => {
      state.log.length = 0;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function handle(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '', url: path = '', headers } = request;
  const entry = { method, path, authorization: headers.authorization, received: 0 };
  state.log.push(entry);
  const key = `${method} ${path}`;
  const count = (state.seen.get(key) ?? 0) + 1;
  state.seen.set(key, count);
  const trouble = state.trouble?.({ method, path, count }) ?? {};
  await trouble.after;
  if (trouble.hangUp) return void response.destroy();
  if (trouble.status !== undefined) {
    request.resume();
    return void response.writeHead(trouble.status, trouble.headers).end(trouble.body);
  }
  if (path.startsWith('/token')) return state.gate?.token(request, response);
  const refused = state.gate?.check(request);
  if (refused) {
    request.resume();
    return void response.writeHead(401, refused).end(errors('UNAUTHORIZED'));
  }
  const body = method === 'PUT' || method === 'POST' ? await received(request, entry) : undefined;
  await answer(state.reply({ method, path, headers, body }), method, response, trouble);
}

async function received(request: IncomingMessage, entry: { received: number }): Promise<Received> {
  const hash = createHash('sha256');
  const kept: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) {
    hash.update(chunk);
    entry.received += chunk.length;
    if (entry.received <= KEPT) kept.push(chunk);
    else kept.length = 0;
  }
  const size = entry.received;
  const digest = `sha256:${hash.digest('hex')}`;
  return size <= KEPT ? { digest, size, bytes: Buffer.concat(kept) } : { digest, size };
}

async function answer(
  reply: Reply,
  method: string,
  response: ServerResponse,
  trouble: Trouble,
): Promise<void> {
  const { status, headers = {}, content } = reply;
  if (trouble.forget) return void response.destroy();
  const size = content === undefined ? 0 : Buffer.isBuffer(content) ? content.length : content.size;
  response.writeHead(status, { 'content-length': String(size), ...headers });
  if (content === undefined || method === 'HEAD') return void response.end();
  let sent = 0;
  for (const chunk of bytesOf(content)) {
    const rest = (trouble.cutAfter ?? Number.POSITIVE_INFINITY) - sent;
    const part = chunk.subarray(0, Math.max(0, rest));
    const last = sent + chunk.length === size;
    const shown = trouble.corrupt && last ? damaged(part) : part;
    // What is cut must have left before the connection ends.
    if (rest <= chunk.length) await new Promise((resolve) => response.write(shown, resolve));
    else if (!response.write(shown)) await once(response, 'drain');
    sent += part.length;
    if (rest <= chunk.length) return void response.destroy();
  }
  response.end();
}

function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length - 1] = (copy[copy.length - 1] ?? 0) ^ 1;
  return copy;
}
