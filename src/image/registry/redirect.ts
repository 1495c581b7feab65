/** Follows registries to where they keep blobs. */
import { isThisMachine } from './endpoint.ts';
import { RegistryError } from './error.ts';
import { discard, type HttpRequest, type HttpResponse, type Send } from './transport.ts';

const LONGEST_CHAIN = 5;
const REDIRECTIONS: readonly number[] = [301, 302, 303, 307, 308];

/**
 * Sends a GET or HEAD request and follows redirections. Credentials go to the first origin only: the storage behind
 * a registry has signed addresses, and nobody else may learn them.
 * @throws RegistryError `registry-failed`
 */
export async function sendFollowing(send: Send, request: HttpRequest): Promise<HttpResponse> {
  let current = request;
  for (let count = 0; count <= LONGEST_CHAIN; count += 1) {
    const response = await send(current);
    const { location } = response.headers;
    if (!REDIRECTIONS.includes(response.status) || location === undefined) return response;
    discard(response.body);
    current = redirected(current, location);
  }
  const { host } = new URL(request.url);
  throw new RegistryError('registry-failed', `the registry ${host} redirects without end`);
}

/**
 * The request at the address that a registry names in `Location`, without credentials if that is another origin.
 * @throws RegistryError `registry-failed`: the address is none, or gives up TLS
 */
export function redirected(request: HttpRequest, location: string): HttpRequest {
  const from = new URL(request.url);
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const safe = to?.protocol === 'https:' || (to?.protocol === 'http:' && isPlainAllowed(from, to));
  if (!to || !safe) {
    const message = `the registry ${from.host} points to an address that is not safe: ${to?.origin ?? location}`;
    throw new RegistryError('registry-failed', message, { hint: 'Its operator has to name one with https.' });
  }
  const { authorization, ...others } = request.headers;
  const same = to.origin === from.origin && authorization !== undefined;
  return { ...request, url: to.href, headers: same ? { ...others, authorization } : others };
}

/** Whoever chose plain HTTP for a registry gets it from where that one points, too. */
function isPlainAllowed(from: URL, to: URL): boolean {
  return from.protocol === 'http:' || isThisMachine(to.host);
}
