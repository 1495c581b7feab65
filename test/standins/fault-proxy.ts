/** A proxy before a server that others wrote, which spoils what a test wants spoilt. */
import { request as ask, createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';
import { onTestFinished } from 'vitest';

/** What becomes of a request: an answer of the proxy's own, or other bytes in one direction. */
export type Fault =
  | { readonly status: number; readonly code?: string; readonly headers?: Readonly<Record<string, string>> }
  /** Breaks the connection after so many bytes of the answer, or of the request. */
  | { readonly cut: 'answer' | 'request'; readonly after: number }
  /** Changes one byte. */
  | { readonly corrupt: 'answer' | 'request' }
  /** Lets nothing through after so many bytes of the answer, or of the request. */
  | { readonly hang: 'answer' | 'request'; readonly after: number };

export interface FaultProxy {
  readonly url: string;
  /** Requests so far, such as `PUT /bucket/key?partNumber=1`. */
  readonly asked: readonly string[];
  /** Those that were answered to the end. */
  readonly answered: readonly string[];
  /** Bytes of bodies that went through. */
  readonly moved: { up: number; down: number };
}

/** Starts a proxy before `upstream`, which asks for the fault of each request, if it has one. */
export async function faultProxy(
  upstream: string,
  faultOf: (what: string, headers: IncomingMessage['headers']) => Fault | undefined,
): Promise<FaultProxy> {
  const { hostname, port } = new URL(upstream);
  const asked: string[] = [];
  const answered: string[] = [];
  const moved = { up: 0, down: 0 };
  const server = createServer((request, response) => {
    const { method, url: path, headers } = request;
    asked.push(`${method} ${path}`);
    response.once('finish', () => void answered.push(`${method} ${path}`));
    const fault = faultOf(`${method} ${path}`, headers);
    request.on('error', ignore);
    response.on('error', ignore);
    if (fault && 'status' in fault) {
      request.resume();
      response.writeHead(fault.status, { 'content-type': 'application/xml', ...fault.headers });
      response.end(`<Error><Code>${fault.code ?? 'ServiceUnavailable'}</Code><Message>no</Message></Error>`);
      return;
    }
    const broken = () => void request.socket.destroy();
    const way = (name: 'answer' | 'request', direction: 'up' | 'down') => {
      const count = (bytes: number) => {
        moved[direction] += bytes;
      };
      return spoiling(fault, name, count, broken);
    };
    const forwarded = ask({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.on('error', broken);
      answer.pipe(way('answer', 'down')).pipe(response);
    });
    forwarded.on('error', broken);
    request.on('close', () => void (request.complete || forwarded.destroy()));
    request.pipe(way('request', 'up')).pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, answered, moved };
}

function ignore(): void {}

function spoiling(
  fault: Fault | undefined,
  way: 'answer' | 'request',
  count: (bytes: number) => void,
  broken: () => void,
): Transform {
  let seen = 0;
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      seen += chunk.length;
      if (fault && 'cut' in fault && fault.cut === way && seen > fault.after) return broken();
      // Nothing is called back: no more is taken.
      if (fault && 'hang' in fault && fault.hang === way && seen > fault.after) return;
      count(chunk.length);
      if (fault && 'corrupt' in fault && fault.corrupt === way && seen === chunk.length) {
        const other = Buffer.from(chunk);
        other[other.length - 1] = (other[other.length - 1] ?? 0) ^ 1;
        return done(null, other);
      }
      done(null, chunk);
    },
  });
}
