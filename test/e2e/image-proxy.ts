/** Counts what passes between a client and a registry. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

export interface Traffic {
  readonly requests: readonly string[];
  /** Bytes of bodies, to the registry and from it. */
  readonly up: number;
  readonly down: number;
}

export interface CountingProxy {
  readonly host: string;
  /** What passed since it was asked last. */
  traffic(): Traffic;
  close(): Promise<void>;
}

/** A proxy before the registry at `url`. */
export async function startCountingProxy(url: string): Promise<CountingProxy> {
  const counted = { requests: [] as string[], up: 0, down: 0 };
  const server = createServer((request, response) => {
    forward(url, request, response, counted).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    traffic: () => {
      const seen = { ...counted };
      Object.assign(counted, { requests: [], up: 0, down: 0 });
      return seen;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function forward(
  url: string,
  request: IncomingMessage,
  response: ServerResponse,
  counted: { requests: string[]; up: number; down: number },
): Promise<void> {
  const { method, url: path, headers } = request;
  counted.requests.push(`${method} ${path}`);
  // The host stays as it was, so that the registry names this proxy in the addresses it gives.
  const passed = send(`${url}${path}`, { method: method ?? 'GET', headers });
  request.on('data', (chunk: Buffer) => {
    counted.up += chunk.length;
  });
  const [, [answer]] = await Promise.all([pipeline(request, passed), once(passed, 'response')]);
  answer.on('data', (chunk: Buffer) => {
    counted.down += chunk.length;
  });
  response.writeHead(answer.statusCode, answer.headers);
  await pipeline(answer, response);
}
