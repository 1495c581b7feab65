/** An HTTP server for one test that answers whatever the test says: without end, the wrong thing, another place. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

interface LyingServer {
  readonly url: string;
  /** `host:port`. */
  readonly host: string;
  /** What it was asked, such as `GET /v2/`, with the login that came along. */
  readonly asked: { readonly what: string; readonly authorization: string | undefined }[];
}

/** A server that gives every request to `answer`. */
export async function lyingServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<LyingServer> {
  const asked: { what: string; authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    asked.push({ what: `${request.method} ${request.url}`, authorization: request.headers.authorization });
    // Whoever has enough goes away.
    response.on('error', () => undefined);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: `http://${host}`, host, asked };
}

/** Sends a chunk again and again until the other side goes away: without a pause, or one in so many milliseconds. */
export function endless(response: ServerResponse, chunk: Uint8Array | string, everyMs = 0): void {
  const more = () => {
    if (response.destroyed) return;
    if (everyMs > 0) {
      response.write(chunk);
      setTimeout(more, everyMs);
    } else if (response.write(chunk)) setImmediate(more);
    else response.once('drain', more);
  };
  more();
}
