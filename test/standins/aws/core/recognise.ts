/**
 * Reads a request of any service: who signed it for which service, which operation it means, its parameters. Rules:
 * the common errors in the API references; the protocols of the services in their models, as botocore has them.
 */
import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { ApiRequest, Params } from './api.ts';
import { AwsFault } from './fault.ts';
import { recogniseRoute } from './routes.ts';
import { recogniseS3 } from './s3-operation.ts';

/** What a signature says about the request. */
export interface Scope {
  readonly caller: string;
  readonly region: string;
  readonly service: string;
}

/** The scope of a request's signature (SigV4), from its header or from a presigned address; nothing if it has none. */
export function scopeOf(authorization: string | undefined, query: URLSearchParams): Scope | undefined {
  const presigned =
    query.get('X-Amz-Algorithm') && query.get('X-Amz-Signature') && query.get('X-Amz-Credential');
  const signed = /^AWS4-HMAC-SHA256 .*Credential=([^,\s]+).*SignedHeaders=\S+.*Signature=\w+/.exec(
    authorization ?? '',
  );
  const [caller, date, region, service, end] = (signed?.[1] ?? presigned ?? '').split('/');
  if (!caller || !date || !region || !service || end !== 'aws4_request') return undefined;
  return { caller, region, service };
}

/** Recognises a request. @throws AwsFault if it is not signed */
export async function recognise(raw: IncomingMessage): Promise<ApiRequest> {
  const [path = '/', search = ''] = (raw.url ?? '/').split(/\?(.*)/s);
  const query = new URLSearchParams(search);
  const headers = flat(raw.headers);
  const scope = scopeOf(headers['authorization'], query);
  if (!scope) throw unsigned();
  const { caller, region, service } = scope;
  const method = raw.method ?? 'GET';
  let read: Promise<Buffer> | undefined;
  const body = () => {
    read ??= buffer(raw);
    return read;
  };
  const about = { service, method, path, query, headers };
  const known =
    service === 's3' ? recogniseS3(method, path, query, headers) : await recogniseOther(about, body);
  return { service, region, caller, method, target: raw.url ?? '/', query, headers, raw, body, ...known };
}

function unsigned(): AwsFault {
  return new AwsFault('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
}

interface About {
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
}

async function recogniseOther(
  about: About,
  body: () => Promise<Buffer>,
): Promise<{ operation: string; params: Params }> {
  const text = (await body()).toString();
  const target = about.headers['x-amz-target'];
  if (target) return { operation: target.split('.').at(-1) ?? target, params: jsonOf(text) };
  const form = new URLSearchParams(text);
  const action = form.get('Action') ?? about.query.get('Action');
  if (action) return { operation: action, params: Object.fromEntries(form) };
  const { operation, params } = recogniseRoute(about.service, about.method, about.path);
  // The payload of an invocation is the user's.
  const given = operation === 'Invoke' ? {} : jsonOf(text);
  return { operation, params: { ...Object.fromEntries(about.query), ...given, ...params } };
}

function jsonOf(text: string): Params {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    throw new AwsFault('SerializationException', 'The body is no JSON.');
  }
}

function flat(headers: IncomingMessage['headers']): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value ?? '')]));
}

const READING =
  /^(Get|List|Describe|Head|Filter|Lookup|Search|BatchGet|BatchCheck|Simulate|Validate|Test|StartLiveTail|StartQuery|Assume)/;

/** Whether an operation changes or starts something. */
export function isMutating(operation: string): boolean {
  return !READING.test(operation.replace(/^(GET|HEAD) .*/, 'Get'));
}
