/** An HTTP server for one test that answers as the test says, and remembers what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { s3Storage } from '../../../src/storage/s3/index.ts';
import type { Storage } from '../../../src/storage/storage.ts';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export type Respond = (response: ServerResponse, asked: Asked) => void;

export interface ScriptedServer {
  readonly url: string;
  readonly storage: Storage;
  readonly asked: readonly Asked[];
}

/** A server that answers its first request by the first function, and so on; the last one goes on for ever. */
export async function scripted(...responses: readonly Respond[]): Promise<ScriptedServer> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request).catch(() => undefined);
    // The client went away.
    if (!body) return;
    const { method = '', url = '', headers } = request;
    const entry = { method, url, headers, body };
    const respond = responses[Math.min(asked.length, responses.length - 1)];
    asked.push(entry);
    respond?.(response, entry);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
  return { url, asked, storage: s3Storage({ endpoint: url, credentials, partBytes: 1024 * 1024 }) };
}

/** Answers with an error as S3 writes it. */
export function s3Failure(status: number, code: string, message = code): Respond {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(`<Error><Code>${code}</Code><Message>${message}</Message></Error>`);
  };
}

/** Answers with content. */
export function content(body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Respond {
  return (response) => {
    response.writeHead(200, { 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT', etag: '"tag"', ...headers });
    response.end(body);
  };
}
