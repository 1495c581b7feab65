/** Calls of exposed services at their address. */
import { buffer } from 'node:stream/consumers';
import { hideLogin } from '../../../secret.ts';
import type { Call, CallResult } from '../../provider.ts';
import type { ServiceAnswer } from '../api/answers.ts';
import { connectionError } from '../api/error.ts';
import type { OpenCluster } from './deps.ts';

export interface ExposedService extends Pick<OpenCluster, 'verifyTls' | 'client'> {
  readonly url: string;
  readonly token: string;
  readonly service: ServiceAnswer;
}

/** Milliseconds. Rule: the server ends requests after 300 s. */
const TIMEOUT = 320_000;

/** A POST with the payload, else a GET. */
export async function callExposed(
  exposed: ExposedService,
  { payload, query = {} }: Call,
  signal: AbortSignal,
): Promise<CallResult> {
  const target = new URL(exposed.url);
  for (const [name, value] of Object.entries(query)) target.searchParams.set(name, value);
  const answer = await send(exposed, target, payload, signal);
  const isDone = answer.status < 400;
  const reason = `${exposed.url} answered ${answer.status}`;
  return { status: isDone ? 'succeeded' : 'failed', body: answer.body, ...(!isDone && { reason }) };
}

async function send(
  { verifyTls, client, service, token }: ExposedService,
  target: URL,
  payload: unknown,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly body: Buffer }> {
  const { Agent } = await import('../../../undici.ts');
  const agent = new Agent({ connect: { rejectUnauthorized: verifyTls } });
  const content = contentOf(payload);
  try {
    const response = await agent.request({
      origin: target.origin,
      path: target.pathname + target.search,
      method: content ? 'POST' : 'GET',
      headers: { ...login(service, token), ...content?.headers },
      body: content?.body ?? null,
      headersTimeout: TIMEOUT,
      bodyTimeout: TIMEOUT,
      signal,
    });
    return { status: response.statusCode, body: await buffer(response.body) };
  } catch (thrown) {
    signal.throwIfAborted();
    throw connectionError(`cluster ${client.cluster}`, target.origin, thrown);
  } finally {
    await agent.destroy();
  }
}

/** Rule: with `set_auth`, the user is the service's name and the password its token; `forward` takes the token. */
function login(service: ServiceAnswer, token: string): Readonly<Record<string, string>> {
  const { set_auth: isClosed, auth_type: type } = (service['expose'] ?? {}) as {
    set_auth?: boolean;
    auth_type?: string;
  };
  if (!isClosed) return {};
  hideLogin(service.name, token);
  const pair = Buffer.from(`${service.name}:${token}`).toString('base64');
  return { authorization: type === 'forward' ? `Bearer ${token}` : `Basic ${pair}` };
}

function contentOf(payload: unknown) {
  if (payload === undefined) return undefined;
  const isBytes = payload instanceof Uint8Array;
  const type = isBytes ? 'application/octet-stream' : 'application/json';
  const body = isBytes ? Buffer.from(payload) : JSON.stringify(payload);
  return { body, headers: { 'content-type': type } };
}
