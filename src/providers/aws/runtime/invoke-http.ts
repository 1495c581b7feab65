/** Direct calls of steps by their addresses over HTTP. */
import type { Dispatcher } from 'undici';
import { readBounded } from '../../../bounds.ts';
import { FdlError, messageOf } from '../../../errors.ts';
import { openAgent } from '../../../network.ts';
import { VERSION } from '../../../version.ts';
import type { Call, CallResult } from '../../runtime.ts';
import type { Clients } from '../api/clients.ts';
import type { AwsStep } from '../dialect/step.ts';
import type { Site } from '../site.ts';

/** A request as it is signed and sent. */
export interface HttpCall {
  readonly method: Dispatcher.HttpMethod;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
}

/** Sends a request and reads the whole answer. */
export type SendCall = (call: HttpCall, signal: AbortSignal) => Promise<HttpAnswer>;

interface HttpDeps {
  readonly site: Site;
  readonly sign: Sign;
  readonly send: SendCall;
  readonly signal: AbortSignal;
}

/**
 * The request that a call is: a POST where it has content, else a GET, unless the step's address wants another method.
 */
export function httpCall(address: string, step: AwsStep, { payload, query = {} }: Call): HttpCall {
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const { body, type } = contentOf(payload);
  const usual = body.length > 0 ? 'POST' : 'GET';
  const agent = { 'user-agent': `fdl/${VERSION}` };
  const headers = body.length > 0 ? { ...agent, 'content-type': type } : agent;
  return { method: methodOf(step) ?? usual, url, headers, body };
}

/** The only method that an address answers to; function URLs answer to all. */
function methodOf({ settings }: AwsStep): string | undefined {
  const method = settings.lambda?.function_url
    ? 'ANY'
    : settings.api_gateway?.http_method?.trim().toUpperCase();
  return method === 'ANY' ? undefined : method;
}

/** Gateways pass on content of this type byte for byte. */
const BYTES = 'application/octet-stream';

function contentOf(payload: unknown): { readonly body: Uint8Array; readonly type: string } {
  if (payload === undefined) return { body: new Uint8Array(), type: BYTES };
  if (payload instanceof Uint8Array) return { body: payload, type: BYTES };
  if (typeof payload === 'string') return { body: Buffer.from(payload), type: BYTES };
  return { body: Buffer.from(JSON.stringify(payload)), type: 'application/json' };
}

/**
 * Calls a step by its address, signed unless the address is open to all.
 * @throws FdlError `call-failed`: nothing answers
 */
export async function invokeOverHttp(
  address: string,
  step: AwsStep,
  call: Call,
  { site, sign, send, signal }: HttpDeps,
): Promise<CallResult> {
  const request = httpCall(address, step, call);
  const signed = isOpen(step) ? request.headers : await sign(request, site, serviceOf(step));
  const answer = await send({ ...request, headers: signed }, signal);
  const { status, body } = answer;
  const requestId = idOf(answer);
  const common = { body, ...(requestId !== undefined && { requestId }) };
  if (status >= 200 && status < 400) return { status: 'succeeded', ...common };
  return {
    status: 'failed',
    ...common,
    reason: `${request.url.host} answered with status ${status}${why(status)}`,
  };
}

function isOpen({ settings: { lambda, api_gateway: api } }: AwsStep): boolean {
  const auth = lambda?.function_url ? lambda.auth : api?.auth;
  return auth?.trim().toLowerCase() === 'none';
}

function serviceOf({ settings }: AwsStep): SignedService {
  return settings.lambda?.function_url ? 'lambda' : 'execute-api';
}

function idOf({ headers }: HttpAnswer): string | undefined {
  const names = ['amz-lambda-request-id', 'x-amzn-requestid', 'apigw-requestid'];
  const found = names.map((name) => headers[name]).find((value) => value !== undefined);
  return Array.isArray(found) ? found[0] : found;
}

function why(status: number): string {
  if (status === 403) return ': the call is not allowed, or carries what may not come over HTTP';
  if (status === 503 || status === 504) return ': the function took too long (HTTP APIs wait for 30 s)';
  return '';
}

/** Milliseconds: the longest timeout of a function, with some time around it. */
const LONGEST_ANSWER = 960_000;
/** Bytes: far more than what functions, and the HTTP APIs before them, can answer. */
const LARGEST_ANSWER = 256 * 1024 * 1024;

export const sendCall: SendCall = async ({ method, url, headers, body }, signal) => {
  const agent = await openAgent({ headersTimeout: LONGEST_ANSWER, bodyTimeout: LONGEST_ANSWER });
  try {
    const { origin, pathname, search } = url;
    const answer = await agent.request({
      origin,
      path: pathname + search,
      method,
      headers,
      signal,
      ...(body.length > 0 && { body }),
    });
    const limits = { bytes: LARGEST_ANSWER, ms: LONGEST_ANSWER };
    const tooMuch = (why: string) => new FdlError('call-failed', `${url.host} cannot be read: ${why}`);
    const content = await readBounded(answer.body, limits, tooMuch);
    return { status: answer.statusCode, headers: answer.headers, body: new Uint8Array(content) };
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof FdlError) throw cause;
    throw new FdlError('call-failed', `${url.host} does not answer: ${messageOf(cause)}`, {
      hint: 'Check the network; `fdl ls FILE` shows the address and whether the step is ready.',
      cause,
    });
  } finally {
    await agent.destroy();
  }
};

/** Services by whose names requests to their addresses are signed. */
type SignedService = 'lambda' | 'execute-api';

/** Answers the headers of a request with its signature. */
export type Sign = (
  call: HttpCall,
  site: Site,
  service: SignedService,
) => Promise<Readonly<Record<string, string>>>;

/** Signs with the credentials that a site is reached with. */
export function openSigner(clients: Clients): Sign {
  return async (call, site, service) => {
    const [{ signedHeaders }, { client }] = await Promise.all([
      import('../../../supervisor/aws/signing.ts'),
      clients('lambda', site),
    ]);
    return signedHeaders(call, { service, region: site.region, keys: () => client.config.credentials() });
  };
}
