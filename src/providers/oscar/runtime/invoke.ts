/** Direct calls of services, and calls of exposed services at their address. */

import { readBounded } from '../../../bounds.ts';
import { FdlError } from '../../../errors.ts';
import { certificatesWith, openAgent } from '../../../network.ts';
import { hideLogin } from '../../../secret.ts';
import type { Call, CallResult } from '../../runtime.ts';
import { exposedUrl, isExposed, type ServiceAnswer } from '../api/answers.ts';
import { connectionError, NO_ROUTE, OscarError } from '../api/error.ts';
import type { OpenCluster } from '../clusters/open.ts';
import type { Located, OscarRuntimeDeps } from './deps.ts';
import { answerOf, bodyOf } from './payload.ts';
import { ownService } from './steps.ts';

/**
 * Calls a service: at once by `/run` with its own token, or as a job by `/job`.
 * @throws FdlError `step-not-deployed`, `no-address`, `not-callable`
 */
export async function invokeService(
  located: Located,
  call: Call,
  deps: OscarRuntimeDeps,
): Promise<CallResult> {
  const { step, endpoint, workflow } = located;
  const { signal } = deps;
  const service = await ownService(located, deps);
  if (!service) throw notDeployed(step.id, workflow.file);
  const token = service.token ?? '';
  const url = exposedUrl(service, endpoint);
  if (call.overHttp) {
    if (url === undefined) throw noAddress(step.id);
    return callExposed({ ...located, url, token, service }, call, signal);
  }
  if (call.dryRun) return { status: 'accepted', body: new Uint8Array() };
  if (step.serves || isExposed(service)) throw servesOnly(step.id, url);
  if (call.async) {
    const reason = await start(located, token, bodyOf(call.payload), signal);
    return { status: 'accepted', body: new Uint8Array(), ...(reason !== undefined && { reason }) };
  }
  return run(located, token, bodyOf(call.payload), signal);
}

/**
 * A job that is started with the token of its service is nobody's, and only the administrator sees it: users start it as
 * themselves. Clusters do not know users whose id has an `@` then, of which they compare a part with the whole.
 * Rule: OSCAR, `MakeJobHandler` with `FormatUID`, and `MakeJobsInfoHandler`.
 * @returns what the caller should know of the job
 */
async function start(
  { client, step, isAdmin }: Located,
  token: string,
  event: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await client.submit(step.name, isAdmin ? token : undefined, event, signal);
    return undefined;
  } catch (thrown) {
    if (isAdmin || !(thrown instanceof OscarError) || thrown.code !== 'oscar-not-found') throw thrown;
  }
  await client.submit(step.name, token, event, signal);
  return `only the administrator of cluster ${client.cluster} sees this job: fdl status and fdl logs do not show it`;
}

async function run(
  { client, step }: Located,
  token: string,
  body: string,
  signal: AbortSignal,
): Promise<CallResult> {
  try {
    return { status: 'succeeded', body: answerOf(await client.run(step.name, token, body, signal)) };
  } catch (thrown) {
    if (!(thrown instanceof OscarError)) throw thrown;
    if (thrown.code === 'oscar-unsupported') throw noBackend(client.cluster, step.id);
    if (thrown.status !== 500) throw thrown;
    return { status: 'failed', body: new Uint8Array(), reason: thrown.said || thrown.message };
  }
}

function notDeployed(step: string, file: string): FdlError {
  return new FdlError('step-not-deployed', `the step "${step}" is not deployed`, {
    hint: `Deploy the workflow: fdl apply ${file}; or run every step on this machine: --local.`,
  });
}

function noAddress(step: string): FdlError {
  const hint = 'Give it one (`expose.api_port`) and apply, or leave --http out.';
  return new FdlError('no-address', `the step "${step}" has no address over HTTP`, { hint });
}

function servesOnly(step: string, url: string | undefined): FdlError {
  const hint =
    url === undefined ? undefined : `It answers at ${url}: add --http, or call it as its own manual says.`;
  return new FdlError('not-callable', `the step "${step}" answers requests of its own kind only`, { hint });
}

function noBackend(cluster: string, step: string): FdlError {
  const message = `cluster ${cluster} has no serverless backend, which would answer "${step}" at once`;
  return new FdlError('not-callable', message, { hint: 'Start a job instead: --async.' });
}

interface ExposedService extends Pick<OpenCluster, 'verifyTls' | 'ca' | 'client'> {
  readonly url: string;
  readonly token: string;
  readonly service: ServiceAnswer;
}

/** Milliseconds. Rule: the server ends requests after 300 s. */
const TIMEOUT = 320_000;
/** What an answer may have, and how long it may take. */
const LIMITS = { bytes: 1024 * 1024 * 1024, ms: TIMEOUT };

/** A POST with the payload, else a GET. */
async function callExposed(
  exposed: ExposedService,
  { payload, query = {} }: Call,
  signal: AbortSignal,
): Promise<CallResult> {
  const target = new URL(exposed.url);
  for (const [name, value] of Object.entries(query)) target.searchParams.set(name, value);
  const answer = await send(exposed, target, payload, signal);
  const isDone = answer.status < 400;
  // The cluster itself answers, whose ingress would have led to the service.
  const isUnserved = answer.status === 404 && answer.body.toString('utf8').trim() === NO_ROUTE;
  const why = isUnserved ? ': the cluster has no ingress that leads to its exposed services' : '';
  const reason = `${exposed.url} answered ${answer.status}${why}`;
  return { status: isDone ? 'succeeded' : 'failed', body: answer.body, ...(!isDone && { reason }) };
}

async function send(
  { verifyTls, ca, client, service, token }: ExposedService,
  target: URL,
  payload: unknown,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly body: Buffer }> {
  const agent = await openAgent({ verifyTls, ca: certificatesWith(ca) });
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
    const tooMuch = (why: string) =>
      new OscarError('oscar-failed', `cluster ${client.cluster} failed at ${target.pathname}: ${why}`);
    return { status: response.statusCode, body: await readBounded(response.body, LIMITS, tooMuch) };
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof OscarError) throw thrown;
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
