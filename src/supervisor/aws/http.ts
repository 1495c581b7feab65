/** One request over HTTP, with limits to how long it may take. */
import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';

export interface HttpCall {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Milliseconds for a connection to be made; names of hosts are looked up in this time too. */
  readonly connectMs: number;
  /** Milliseconds without any byte on the connection. */
  readonly idleMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** What a connection that takes too long fails with. */
export type TimeoutCode = 'CONNECT_TIMEOUT' | 'IDLE_TIMEOUT';

/** Sends a request. Rejects with system errors, or with one that has a `TimeoutCode` as its code. */
export async function exchange(call: HttpCall): Promise<HttpReply> {
  const { url, method, headers, body, signal } = call;
  // Loaded here, since most steps never make such a call.
  const { request } = await (url.protocol === 'http:' ? import('node:http') : import('node:https'));
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, ...(signal && { signal }) }, (response) => {
      const { statusCode: status = 0 } = response;
      text(response).then((content) => resolve({ status, headers: response.headers, body: content }), reject);
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
