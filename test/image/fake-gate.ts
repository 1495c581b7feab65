/** Who may use a fake registry: passwords, or tokens for scopes that end. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

export interface GateOptions {
  readonly scheme: 'basic' | 'bearer';
  /** Whoever gives these may do everything; others may pull what is `open`. */
  readonly user?: string;
  readonly password?: string;
  /** What is taken as a refresh token. */
  readonly identity?: string;
  /** Repositories that anybody may pull. */
  readonly open?: readonly string[];
  /** Requests that a token is good for; all by default. */
  readonly uses?: number;
  /** Seconds that tokens are said to be good for. */
  readonly expiresIn?: number;
  /** Address of the token service, if it is another one. */
  readonly realm?: string;
}

export interface Gate {
  /** The headers of a 401, if the request may not be answered. */
  check(request: IncomingMessage): Readonly<Record<string, string>> | undefined;
  token(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** The gate of a registry at `origin`. */
export function openGate(origin: string, options: GateOptions): Gate {
  const { scheme, user, password, realm = `${origin}/token`, uses = Number.POSITIVE_INFINITY } = options;
  const tokens = new Map<string, { readonly scopes: readonly string[]; left: number }>();
  const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const isOpen = (scope: string) =>
    options.open?.some((name) => scope === `repository:${name}:pull`) ?? false;
  return {
    check: (request) => {
      const { authorization } = request.headers;
      if (scheme === 'basic') {
        return authorization === basic ? undefined : { 'www-authenticate': 'Basic realm="Registry"' };
      }
      const needed = scopesOf(request);
      const token = tokens.get(authorization?.replace('Bearer ', '') ?? '');
      if (token && token.left > 0 && needed.every((scope) => covers(token.scopes, scope))) {
        token.left -= 1;
        return undefined;
      }
      const scope = needed.length > 0 ? `,scope="${needed.join(' ')}"` : '';
      return { 'www-authenticate': `Bearer realm="${realm}",service="fake, one"${scope}` };
    },
    token: async (request, response) => {
      const url = new URL(request.url ?? '', origin);
      const form = request.method === 'POST' ? new URLSearchParams(await text(request)) : undefined;
      const asked = form ? (form.get('scope') ?? '').split(' ') : url.searchParams.getAll('scope');
      const known = form
        ? form.get('refresh_token') === options.identity
        : request.headers.authorization === basic;
      if (
        (form ?? url.searchParams).get('service') !== 'fake, one' ||
        (!known && request.headers.authorization)
      ) {
        return void response.writeHead(401).end();
      }
      // A service grants what it may grant, and is silent about the rest.
      const scopes = known ? asked : asked.filter(isOpen);
      const value = `token-${tokens.size + 1}`;
      tokens.set(value, { scopes, left: uses });
      const expiry = options.expiresIn === undefined ? {} : { expires_in: options.expiresIn };
      response.end(JSON.stringify(form ? { access_token: value, ...expiry } : { token: value, ...expiry }));
    },
  };
}

function scopesOf({ method, url = '' }: IncomingMessage): readonly string[] {
  const { pathname, searchParams } = new URL(url, 'http://registry');
  const [, repository] = /^\/v2\/(.+?)\/(?:manifests|blobs)\//.exec(pathname) ?? [];
  if (repository === undefined) return [];
  const actions = method === 'GET' || method === 'HEAD' ? 'pull' : 'pull,push';
  const from = searchParams.get('from');
  return [`repository:${repository}:${actions}`, ...(from ? [`repository:${from}:pull`] : [])];
}

/** Whether scopes allow at least what one asks for. */
function covers(scopes: readonly string[], wanted: string): boolean {
  const split = (scope: string) => {
    const colon = scope.lastIndexOf(':');
    return { name: scope.slice(0, colon), actions: scope.slice(colon + 1).split(',') };
  };
  const { name, actions } = split(wanted);
  const granted = scopes
    .map(split)
    .filter((scope) => scope.name === name)
    .flatMap((scope) => scope.actions);
  return actions.every((action) => granted.includes(action));
}
