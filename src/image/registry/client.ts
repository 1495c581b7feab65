/** Calls the API of registries: authorised, repeated where that is safe, with errors that name what was asked for. */
import type { Readable } from 'node:stream';
import { type Memory, openMemory } from '../../memory.ts';
import { type Delay, withRetry } from '../../retry.ts';
import { RegistryError, refusalError } from '../error.ts';
import { type Access, openAuthorizer } from './authorizer.ts';
import type { CredentialSource } from './credentials.ts';
import { type Endpoint, endpointOf, type Repository } from './endpoint.ts';
import {
  discard,
  type HttpRequest,
  type HttpResponse,
  type Method,
  openTransport,
  redirected,
  sendFollowing,
  textOf,
} from './transport.ts';

export interface ClientOptions {
  readonly credentials: CredentialSource;
  /** `FDL_REGISTRY_MIRRORS`. */
  readonly mirrors?: string | undefined;
  /** Ends whatever the client does. */
  readonly signal?: AbortSignal | undefined;
  readonly delay?: Delay | undefined;
}

/** What is sent: bytes, or a stream that is opened when the registry is ready for it. */
type Body = Uint8Array | (() => Promise<Readable>);

export interface RegistryCall {
  readonly method: Method;
  readonly at: Repository;
  /** Below the repository, such as `manifests/latest`; or an address that the registry gave before. */
  readonly path: string;
  readonly access: 'pull' | 'push';
  /** Another repository of the same registry that the call reads from. */
  readonly from?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body | undefined;
  /** Statuses that are answers; all others are errors. */
  readonly expected: readonly number[];
  /** What error messages name. */
  readonly subject: string;
  /** How often in all, where the registry fails for the moment; by default as `withRetry` does. */
  readonly attempts?: number | undefined;
}

export interface Answer extends HttpResponse {
  /** The address that was asked, for relative ones in the answer. */
  readonly url: string;
}

export interface RegistryClient {
  /** Rejects with RegistryError `image-not-found`, `image-denied`, `registry-failed`, or the reason of the signal. */
  call(call: RegistryCall): Promise<Answer>;
  /** The host that serves a registry: blobs can be mounted between repositories of one host. */
  hostOf(registry: string): string;
  /** The options that repetitions around several calls must use as well. */
  readonly retry: { readonly signal: AbortSignal | undefined; readonly delay: Delay | undefined };
  /** Of what never changes, since a digest names it. */
  readonly memory?: Memory | undefined;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** A client for all registries, which has asked none yet. */
export function openRegistryClient(options: ClientOptions): RegistryClient {
  const { signal, delay, mirrors } = options;
  const transport = openTransport();
  const authorizer = openAuthorizer({ ...options, send: transport.send });
  const deps = { send: transport.send, authorizer, signal };
  return {
    call: (call) => {
      const endpoint = endpointOf(call.at.registry, mirrors);
      return withRetry(() => attempt(call, endpoint, deps), { attempts: call.attempts, signal, delay });
    },
    hostOf: (registry) => endpointOf(registry, mirrors).origin,
    retry: { signal, delay },
    memory: openMemory(),
    close: transport.close,
  };
}

interface CallDeps {
  readonly send: (request: HttpRequest) => Promise<HttpResponse>;
  readonly authorizer: ReturnType<typeof openAuthorizer>;
  readonly signal: AbortSignal | undefined;
}

async function attempt(call: RegistryCall, endpoint: Endpoint, deps: CallDeps): Promise<Answer> {
  const access = { endpoint, repository: call.at.repository, scopes: scopesOf(call) };
  const first = await deps.authorizer.authorize(access);
  const answer = await send(call, endpoint, first.header, deps);
  if (answer.status !== 401) return accepted(call, answer, first.problem);
  const challenge = answer.headers['www-authenticate'];
  const again = await deps.authorizer.renew(access, challenge, first.header);
  if (again.header === undefined) return accepted(call, answer, again.problem ?? first.problem);
  discard(answer.body);
  if (typeof call.body === 'function') throw interrupted(call);
  return accepted(call, await send(call, endpoint, again.header, deps), again.problem);
}

function scopesOf({ at, access, from }: RegistryCall): Access['scopes'] {
  const own = `repository:${at.repository}:${access === 'push' ? 'pull,push' : 'pull'}`;
  return from === undefined ? [own] : [own, `repository:${from}:pull`];
}

async function send(call: RegistryCall, endpoint: Endpoint, header: string | undefined, deps: CallDeps) {
  const { method, at, path, body } = call;
  const base: HttpRequest = {
    method,
    url: `${endpoint.origin}/v2/${at.repository}/`,
    headers: { ...call.headers, ...(header !== undefined && { authorization: header }) },
    signal: deps.signal,
  };
  // An address that the registry gave may be anywhere: the rules of redirections hold for it.
  const request = { ...redirected(base, path), body: typeof body === 'function' ? await body() : body };
  const reads = method === 'GET' || method === 'HEAD';
  const response = await (reads ? sendFollowing(deps.send, request) : deps.send(request));
  return { ...response, url: request.url };
}

async function accepted(call: RegistryCall, answer: Answer, problem: string | undefined): Promise<Answer> {
  if (call.expected.includes(answer.status)) return answer;
  throw refusalError({ ...answer, text: await textOf(answer.body) }, { ...call, problem });
}

/** A stream that was being sent cannot be sent again from here. */
function interrupted({ subject }: RegistryCall): RegistryError {
  const message = `the registry asked for a new login while ${subject} was sent`;
  return new RegistryError('registry-failed', message, { retryable: true });
}
