/** Servers before other servers: each request is passed on, or answered in their place. */
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

/** Answers a request, or says that it is to be passed on. `forward` passes it on with other headers. */
export type Answer = (
  request: IncomingMessage,
  response: ServerResponse,
  forward: (headers?: IncomingMessage['headers']) => Promise<void>,
) => void;

export interface Server {
  readonly url: string;
  readonly host: string;
  close(): Promise<void>;
}

/** A server before the one at `target`. */
export async function startBefore(target: string, answer: Answer): Promise<Server> {
  const server = createServer((request, response) =>
    answer(request, response, (headers = request.headers) =>
      forward(target, request, response, headers).catch(() => void response.destroy()),
    ),
  );
  // On a busy machine a client would use a connection that was just given up.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}`,
    host,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The host stays as it was, since signatures hold it, and registries name it. */
async function forward(
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
  headers: IncomingMessage['headers'],
): Promise<void> {
  const { method = 'GET', url } = request;
  const passed = send(`${target}${url}`, { method, headers });
  const answered = new Promise<IncomingMessage>((resolve, reject) =>
    passed.once('response', resolve).once('error', reject),
  );
  await pipeline(request, passed);
  const answer = await answered;
  response.writeHead(answer.statusCode ?? 500, answer.headers);
  await pipeline(answer, response);
}
