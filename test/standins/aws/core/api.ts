/** What passes through the stand-in of AWS: requests, replies, and the rules between them. */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';

/** One call of an API of AWS, as it was received. */
export interface Call {
  /** As in the scope of the signature: `lambda`, `s3`, `apigateway`, `tagging`, … */
  readonly service: string;
  /** As in the API reference: `CreateFunction`. */
  readonly operation: string;
  readonly region: string;
  /** Whether it changes or starts something. */
  readonly mutating: boolean;
  /** Access key that it is signed with. */
  readonly caller: string;
  /** Of JSON and query protocols all parameters; of S3 `Bucket` and `Key`; parts of the path in any case. */
  readonly params: Params;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt?: number;
  /** HTTP status of the answer; none if there was no answer. */
  readonly status?: number;
  /** Code of the error that was answered. */
  readonly error?: string;
}

// biome-ignore lint/suspicious/noExplicitAny: the parameters of all operations of all services.
export type Params = Readonly<Record<string, any>>;

export interface ApiRequest {
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  readonly caller: string;
  readonly method: string;
  /** Path and query as they came. */
  readonly target: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly params: Params;
  readonly raw: IncomingMessage;
  /** The whole body. Bodies of S3 that nobody asks for are passed on as a stream. */
  body(): Promise<Buffer>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | Readable;
}

/** Passes a request on, with another body if one is given. */
export type Next = (body?: Buffer) => Promise<Reply>;

/** Answers a request itself, or passes it on and may change what comes back. */
export type Rule = (request: ApiRequest, next: Next) => Promise<Reply>;

/** Rules by `service:Operation`. */
export type Rules = Readonly<Record<string, Rule>>;

/** An answer in JSON. */
export function json(body: unknown, status = 200): Reply {
  const headers = { 'content-type': 'application/json' };
  return { status, headers, body: Buffer.from(body === undefined ? '' : JSON.stringify(body)) };
}

export function xml(body: string, status = 200): Reply {
  return { status, headers: { 'content-type': 'application/xml' }, body: Buffer.from(body) };
}

export function empty(status: number, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers, body: Buffer.alloc(0) };
}

/** A reply with its whole body in memory. */
export async function settled(reply: Reply): Promise<Reply & { readonly body: Buffer }> {
  if (Buffer.isBuffer(reply.body)) return { ...reply, body: reply.body };
  const chunks: Buffer[] = [];
  for await (const chunk of reply.body) chunks.push(chunk);
  return { ...reply, body: Buffer.concat(chunks) };
}

/** A reply in JSON with its content changed; failures stay as they are. */
export async function mapJson(reply: Reply, change: (body: Params) => unknown): Promise<Reply> {
  const whole = await settled(reply);
  if (whole.status >= 300) return whole;
  return json(change(JSON.parse(whole.body.toString() || '{}')), whole.status);
}

/** A rule that does something after the call succeeded. */
export function afterwards(act: (request: ApiRequest, reply: Reply & { body: Buffer }) => unknown): Rule {
  return async (request, next) => {
    const reply = await settled(await next());
    if (reply.status < 300) await act(request, reply);
    return reply;
  };
}
