/** Speaks to moto, which keeps the state: passes requests on, and asks questions of its own. */
import { once } from 'node:events';
import { type IncomingMessage, request as send } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { ApiRequest, Params, Reply } from './api.ts';
import { type Element, parseXml } from './xml.ts';

export interface Question {
  readonly service: string;
  readonly region: string;
  readonly method?: string;
  readonly path?: string;
  /** `X-Amz-Target` of JSON services. */
  readonly target?: string;
  /** Parameters of query services. */
  readonly form?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly ok: boolean;
  json(): Params;
  xml(): Element;
}

export interface Moto {
  readonly url: string;
  /** Sends a request as it came, or with another body. */
  forward(request: ApiRequest, body?: Buffer): Promise<Reply>;
  ask(question: Question): Promise<Answer>;
}

/** Headers that concern one connection alone. */
const CONNECTION = new Set(['connection', 'expect', 'keep-alive', 'transfer-encoding', 'content-length']);

/** Speaks to the moto at `url`. */
export function motoAt(url: string): Moto {
  return {
    url,
    forward: async (request, body) => {
      const streamed = body === undefined && !request.raw.readableEnded && !request.raw.readableFlowing;
      const whole = streamed ? undefined : (body ?? (await request.body()));
      const { target, method, raw } = request;
      return exchange(`${url}${target}`, method, headersFor(request, whole), whole ?? raw);
    },
    ask: async (question) => {
      const { path = '/', method = question.target || question.form ? 'POST' : 'GET' } = question;
      const body = bodyOf(question);
      const reply = await exchange(`${url}${path}`, method, questionHeaders(question, body), body);
      return answerOf(reply, await buffer(reply.body as IncomingMessage));
    },
  };
}

function headersFor({ headers }: ApiRequest, whole: Buffer | undefined): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !CONNECTION.has(name));
  const length = whole?.length ?? headers['content-length'];
  const framing =
    length === undefined ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(length) };
  return { ...Object.fromEntries(kept), ...framing };
}

function bodyOf({ form, body, target }: Question): Buffer {
  if (form) return Buffer.from(new URLSearchParams(form).toString());
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(body === undefined ? (target ? '{}' : '') : JSON.stringify(body));
}

function questionHeaders({ service, region, target, form }: Question, body: Buffer): Record<string, string> {
  const scope = `Credential=standin/20260101/${region}/${service}/aws4_request`;
  return {
    authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0`,
    'content-length': String(body.length),
    ...(target && { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' }),
    ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
  };
}

async function exchange(
  url: string,
  method: string,
  headers: Record<string, string>,
  body: Buffer | IncomingMessage,
): Promise<Reply> {
  const passed = send(url, { method, headers, agent: false });
  const answered = once(passed, 'response') as Promise<[IncomingMessage]>;
  const sent = Buffer.isBuffer(body) ? passed.end(body) : pipeline(body, passed);
  const [[response]] = await Promise.all([answered, sent]);
  const given = Object.entries(response.headers).filter(
    ([name]) => !CONNECTION.has(name) || name === 'content-length',
  );
  const values = given.map(([name, value]) => [name, String(value)]);
  return { status: response.statusCode ?? 500, headers: Object.fromEntries(values), body: response };
}

function answerOf({ status, headers }: Reply, body: Buffer): Answer {
  const text = () => body.toString();
  return {
    status,
    headers,
    body,
    ok: status < 300,
    json: () => JSON.parse(text() || '{}'),
    xml: () => parseXml(text()),
  };
}
